using System.Globalization;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Addresses istiod 1.22 gives to ServiceEntries without one: by a hash of namespace and host, so that every
/// istiod finds the same.</summary>
/// <remarks>Istio 1.22: pilot/pkg/serviceregistry/serviceentry/controller.go#autoAllocateIPs.</remarks>
internal static class AddressAllocation
{
    private const uint Slots = 256 * 254;
    private const uint Prime = 65011;

    /// <summary>IPv4 addresses in 240.240.0.0/16 by namespace and host.</summary>
    /// <param name="entries">ServiceEntries, oldest first.</param>
    public static IReadOnlyDictionary<(string Namespace, string Host), string> Of(IEnumerable<ServiceEntry> entries)
    {
        var slots = new SortedDictionary<uint, (string Namespace, string Host)>();
        foreach (ServiceEntry se in entries)
        {
            if (se.Addresses.Count > 0 || se.Resolution == Resolution.Passthrough)
            {
                continue;
            }

            foreach (string host in se.Hosts.Where(static h => !Hostname.IsWildcard(h)))
            {
                uint hash = Fnv1A(se.Meta.Namespace + "/" + host);
                uint slot = hash % Slots;
                for (uint i = 1; slots.ContainsKey(slot); i++)
                {
                    slot = unchecked(hash + (i * (Prime - (hash % Prime)))) % Slots;
                }

                slots.Add(slot, (se.Meta.Namespace, host));
            }
        }

        return Number(slots);
    }

    /// <summary>Slots become addresses in order; the last octet is never 0 or 255, and one host has one
    /// address.</summary>
    private static Dictionary<(string Namespace, string Host), string> Number(
        SortedDictionary<uint, (string Namespace, string Host)> slots)
    {
        var result = new Dictionary<(string, string), string>();
        var byHost = new Dictionary<string, string>(StringComparer.Ordinal);
        uint skipped = 0;
        foreach ((uint slot, (string ns, string host)) in slots)
        {
            uint x = slot + 1 + skipped;
            if (x % 255 == 0)
            {
                x++;
                skipped++;
            }

            if (!byHost.TryGetValue(host, out string? address))
            {
                address = string.Create(CultureInfo.InvariantCulture, $"240.240.{x / 255}.{x % 255}");
                byHost.Add(host, address);
            }

            result[(ns, host)] = address;
        }

        return result;
    }

    private static uint Fnv1A(string text)
    {
        uint hash = 0x811c9dc5;
        foreach (byte b in System.Text.Encoding.UTF8.GetBytes(text))
        {
            hash = unchecked((hash ^ b) * 0x01000193);
        }

        return hash;
    }
}

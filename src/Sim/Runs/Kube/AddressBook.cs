using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Gives addresses to pods and services, never the same twice.</summary>
internal sealed class AddressBook(Ipv4Range pods, Ipv4Range services)
{
    private const int FirstIndex = 10;

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _serviceIps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Service Stated, Service Placed)> _placed = new(StringComparer.Ordinal);
    private long _nextPod = FirstIndex;
    private long _nextService = FirstIndex;

    /// <summary>Reserves an address that a manifest states.</summary>
    public void Take(string address) => _taken.Add(address);

    public string NextPod() => Next(pods, ref _nextPod);

    /// <summary>The service with a virtual address, where it needs one and states none; the same object as long as
    /// the service is the same.</summary>
    public Service WithAddress(Service service)
    {
        string type = service.Spec?.Type?.Value ?? "ClusterIP";
        if (service.Spec is null || type == "ExternalName" || service.Spec.ClusterIP is { Value.Length: > 0 }
            || service.Spec.ClusterIPs.Count > 0)
        {
            return service;
        }

        string key = service.Namespace + "/" + service.Name;
        if (!_serviceIps.TryGetValue(key, out string? ip))
        {
            ip = Next(services, ref _nextService);
            _serviceIps.Add(key, ip);
        }

        if (!_placed.TryGetValue(key, out (Service Stated, Service Placed) known)
            || !ReferenceEquals(known.Stated, service))
        {
            known = (service,
                service with { Spec = service.Spec with { ClusterIP = KubeText.Text(ip, service.Spec.Span) } });
            _placed[key] = known;
        }

        return known.Placed;
    }

    private string Next(Ipv4Range range, ref long next)
    {
        while (next < range.Count - 1)
        {
            string address = range.At(next++);
            if (_taken.Add(address))
            {
                return address;
            }
        }

        throw new InvalidOperationException("the subnet " + range.At(0) + " has no address left");
    }
}

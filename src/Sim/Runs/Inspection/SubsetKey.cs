using System.Globalization;

namespace Sim.Runs.Inspection;

/// <summary>The parts of an Envoy cluster's name.</summary>
/// <remarks>Istio: pilot/pkg/model/service.go#ParseSubsetKey, istioctl/pkg/writer/envoy/configdump/cluster.go
/// #safelyParseSubsetKey: a name without four parts is a name and nothing else.</remarks>
/// <param name="Direction"><c>inbound</c>, <c>outbound</c>, or empty.</param>
/// <param name="Subset">Subset.</param>
/// <param name="Host">Host, or the whole name.</param>
/// <param name="Port">Port.</param>
/// <param name="HasParts">The name has four parts.</param>
internal sealed record SubsetKey(string Direction, string Subset, string Host, int Port, bool HasParts)
    : IComparable<SubsetKey>
{
    /// <summary>Reads a name.</summary>
    public static SubsetKey Parse(string name)
    {
        string[] parts = name.Split('|');
        return parts.Length <= 3 ? new SubsetKey("", "", name, 0, false)
            : new SubsetKey(parts[0], parts[2], parts[3],
                int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : 0, true);
    }

    /// <summary>Order of istioctl: host, subset, port, direction, bytes.</summary>
    public int CompareTo(SubsetKey? other)
    {
        if (other is null)
        {
            return 1;
        }

        int c = string.CompareOrdinal(Host, other.Host);
        c = c != 0 ? c : string.CompareOrdinal(Subset, other.Subset);
        c = c != 0 ? c : Port.CompareTo(other.Port);
        return c != 0 ? c : string.CompareOrdinal(Direction, other.Direction);
    }
}

namespace Sim.Manifests.Admission;

/// <summary>Host names with a star in front.</summary>
/// <remarks>Istio: pkg/config/host/name.go#Matches, #SubsetOf.</remarks>
internal static class HostNames
{
    /// <summary>True when some host matches both.</summary>
    public static bool Matches(string a, string b)
    {
        bool isWildA = a.StartsWith('*');
        bool isWildB = b.StartsWith('*');
        return (isWildA, isWildB) switch
        {
            (true, true) => a.Length < b.Length ? b[1..].EndsWith(a[1..], StringComparison.Ordinal)
                : a[1..].EndsWith(b[1..], StringComparison.Ordinal),
            (true, false) => b.EndsWith(a[1..], StringComparison.Ordinal),
            (false, true) => a.EndsWith(b[1..], StringComparison.Ordinal),
            _ => a == b,
        };
    }

    /// <summary>True when every host that matches the first matches the second.</summary>
    public static bool IsSubset(string a, string b)
    {
        bool isWildA = a.StartsWith('*');
        bool isWildB = b.StartsWith('*');
        return (isWildA, isWildB) switch
        {
            (true, true) => a.Length >= b.Length && a[1..].EndsWith(b[1..], StringComparison.Ordinal),
            (true, false) => false,
            (false, true) => a.EndsWith(b[1..], StringComparison.Ordinal),
            _ => a == b,
        };
    }
}

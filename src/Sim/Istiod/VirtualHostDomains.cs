namespace Sim.Istiod;

/// <summary>Host headers by which a caller may name a service.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/httproute.go#GenerateAltVirtualHosts.</remarks>
internal static class VirtualHostDomains
{
    /// <param name="host">Host of the service.</param>
    /// <param name="clientNamespace">Namespace of the caller.</param>
    /// <param name="domain">Domain of the cluster.</param>
    /// <param name="withFinalDot">The absolute form with a final dot counts too (1.27).</param>
    public static List<string> Of(string host, string clientNamespace, string domain, bool withFinalDot)
    {
        var result = new List<string> { host };
        if (withFinalDot && !host.EndsWith('.'))
        {
            result.Add(host + ".");
        }

        string suffix = ".svc." + domain;
        if (!host.EndsWith(suffix, StringComparison.Ordinal))
        {
            return result;
        }

        string stem = host[..^suffix.Length];
        int dot = stem.LastIndexOf('.');
        if (dot < 0)
        {
            return result;
        }

        if (stem[(dot + 1)..] == clientNamespace)
        {
            result.Add(stem[..dot]);
        }

        result.Add(stem + ".svc");
        result.Add(stem);
        return result;
    }
}

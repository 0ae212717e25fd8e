using System.Net;

namespace Sim.Istiod;

/// <summary>Host headers by which a caller may name a service.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/httproute.go#generateVirtualHostDomains,
/// #GenerateAltVirtualHosts.</remarks>
internal static class VirtualHostDomains
{
    private const string Svc = ".svc.";

    /// <param name="host">Host of the service.</param>
    /// <param name="proxyDomain">DNS domain of the caller, <c>namespace.svc.domain</c> in Kubernetes.</param>
    /// <param name="withFinalDot">The absolute form with a final dot counts too (1.27).</param>
    public static List<string> Of(string host, string proxyDomain, bool withFinalDot)
    {
        var result = new List<string> { host };
        if (withFinalDot && !host.EndsWith('.') && !IPAddress.TryParse(host, out _))
        {
            result.Add(host + ".");
        }

        if (proxyDomain.Contains(Svc, StringComparison.Ordinal))
        {
            AddKubernetes(result, host, proxyDomain);
        }
        else
        {
            AddShared(result, host, proxyDomain);
        }

        return result;
    }

    private static void AddKubernetes(List<string> result, string host, string proxyDomain)
    {
        int proxySvc = proxyDomain.IndexOf(Svc, StringComparison.Ordinal);
        int svc = host.IndexOf(Svc, StringComparison.Ordinal);
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        if (svc <= 0 || dot >= svc || host[svc..] != proxyDomain[proxySvc..])
        {
            return;
        }

        string stem = host[..svc];
        if (stem[(dot + 1)..] == proxyDomain[..proxySvc])
        {
            result.AddRange([host[..dot], stem + ".svc", stem]);
        }
        else
        {
            result.AddRange([stem, stem + ".svc"]);
        }
    }

    /// <summary>Outside Kubernetes: the part of the name that the caller's domain does not have.</summary>
    private static void AddShared(List<string> result, string host, string proxyDomain)
    {
        string[] parts = host.Split('.');
        string[] domain = proxyDomain.Split('.');
        int shared = 0;
        while (shared < Math.Min(parts.Length, domain.Length) && parts[^(shared + 1)] == domain[^(shared + 1)])
        {
            shared++;
        }

        if (shared == 0)
        {
            return;
        }

        string unique = string.Join('.', parts[..^shared]);
        result.Add(unique);
        if (parts.Length - shared == 2)
        {
            result.Add(unique + "." + domain[^shared]);
        }
    }
}

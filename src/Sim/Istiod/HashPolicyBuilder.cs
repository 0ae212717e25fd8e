using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Hash policies that DestinationRules put on routes.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/route.go#hashForVirtualService,
/// #consistentHashToHashPolicy.</remarks>
internal static class HashPolicyBuilder
{
    /// <summary>Policy of a destination; null = none.</summary>
    public static HashPolicy? For(Proxy proxy, Service? service, string subset, int? port)
    {
        DestinationRule? rule = service is null ? null : proxy.RuleFor(service)?.Rule;
        if (rule is null)
        {
            return null;
        }

        ConsistentHash? hash = Of(rule.TrafficPolicy, port);
        Subset? s = subset.Length == 0 ? null : rule.Subsets.FirstOrDefault(x => x.Name == subset);
        hash = Of(s?.TrafficPolicy, port) ?? hash;
        return hash is null ? null : Convert(hash);
    }

    private static ConsistentHash? Of(TrafficPolicy? policy, int? port)
    {
        PortTrafficPolicy? block = policy?.PortLevelSettings.FirstOrDefault(p => p.Port == port);
        return block?.LoadBalancer?.ConsistentHash ?? policy?.LoadBalancer?.ConsistentHash;
    }

    private static HashPolicy? Convert(ConsistentHash h)
    {
        if (h.HttpHeaderName is { } header)
        {
            return new HashPolicy("header", header.ToLowerInvariant());
        }

        if (h.CookieName is { } cookie)
        {
            return new HashPolicy("cookie", cookie, h.CookieTtlNs, h.CookiePath);
        }

        if (h.UseSourceIp)
        {
            return new HashPolicy("source_ip");
        }

        return h.QueryParameterName is { } parameter ? new HashPolicy("query_parameter", parameter) : null;
    }
}

using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Which settings of a DestinationRule apply to a port and subset.</summary>
/// <remarks>Istio: pilot/pkg/networking/util/util.go#MergeTrafficPolicy, #MergeSubsetTrafficPolicy.</remarks>
internal static class TrafficPolicyMerge
{
    /// <summary>The policy of a rule for a port and subset; null = none.</summary>
    public static TrafficPolicy? For(DestinationRule? rule, string subset, int port, IstioProfile profile)
    {
        if (rule is null)
        {
            return null;
        }

        TrafficPolicy? basis = Merge(null, rule.TrafficPolicy, port, profile);
        Subset? s = subset.Length == 0 ? null : rule.Subsets.FirstOrDefault(x => x.Name == subset);
        return s is null ? basis : Merge(basis, s.TrafficPolicy, port, profile);
    }

    /// <summary>A policy overridden block by block by a narrower one.</summary>
    public static TrafficPolicy? Merge(TrafficPolicy? basis, TrafficPolicy? over, int port, IstioProfile profile)
    {
        if (over is null)
        {
            return basis;
        }

        PortTrafficPolicy? block = over.PortLevelSettings.FirstOrDefault(p => p.Port == port);
        if (basis is null)
        {
            return block is null ? over with { PortLevelSettings = [] } : OfPort(block);
        }

        bool keepsBudget = profile == IstioProfile.V1_31;
        TrafficPolicy merged = basis with
        {
            PortLevelSettings = [],
            RetryBudget = keepsBudget ? over.RetryBudget ?? basis.RetryBudget : null,
            Tunnel = over.Tunnel ?? basis.Tunnel,
            ProxyProtocol = over.ProxyProtocol ?? basis.ProxyProtocol,
        };
        return block is null
            ? merged with
            {
                LoadBalancer = over.LoadBalancer ?? basis.LoadBalancer,
                ConnectionPool = over.ConnectionPool ?? basis.ConnectionPool,
                OutlierDetection = over.OutlierDetection ?? basis.OutlierDetection,
                Tls = over.Tls ?? basis.Tls,
            }
            : merged with
            {
                LoadBalancer = block.LoadBalancer,
                ConnectionPool = block.ConnectionPool,
                OutlierDetection = block.OutlierDetection,
                Tls = block.Tls,
            };
    }

    private static TrafficPolicy OfPort(PortTrafficPolicy p) => new()
    {
        LoadBalancer = p.LoadBalancer,
        ConnectionPool = p.ConnectionPool,
        OutlierDetection = p.OutlierDetection,
        Tls = p.Tls,
    };
}

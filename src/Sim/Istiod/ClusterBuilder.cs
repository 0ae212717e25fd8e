using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>What an outbound EDS cluster depends on; services are told apart by identity, rules by number.</summary>
internal readonly record struct ClusterKey(
    Service Service, int Port, string PortName, string Subset, int Rule, bool IsGateway, bool IsSniDnat);

/// <summary>Builds the outbound clusters of a proxy.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/cluster.go, cluster_builder.go.</remarks>
internal sealed class ClusterBuilder(Proxy proxy, ClusterTrafficPolicy policies)
{
    private readonly PushContext _push = proxy.Push;
    private readonly Dictionary<string, EndpointBuilder> _builders = new(StringComparer.Ordinal);

    /// <summary>Statuses that the host of a sticky session may have.</summary>
    /// <remarks>Istio: cluster.go#buildOutboundClusters. Nothing asks for a host unless
    /// PILOT_ENABLE_PERSISTENT_SESSION_FILTER is set, which is off in every release's default.</remarks>
    private static readonly EdsHealthStatus[] Sticky =
        [EdsHealthStatus.Healthy, EdsHealthStatus.Draining, EdsHealthStatus.Unknown, EdsHealthStatus.Degraded];

    /// <summary>Clusters of all services the proxy sees, with their subsets.</summary>
    public IEnumerable<ClusterConfig> Outbound()
    {
        foreach (Service service in proxy.Scope.Services)
        {
            if (service.Resolution == Resolution.Alias)
            {
                continue;
            }

            ConsolidatedDestinationRule? rule = proxy.RuleFor(service);
            foreach (ServicePort port in service.Ports)
            {
                if (port.Protocol == Protocol.Udp)
                {
                    continue;
                }

                foreach (ClusterConfig c in OfPort(service, port, rule?.Rule, false))
                {
                    yield return c;
                }
            }
        }
    }

    /// <summary>Endpoints of an EDS cluster of this proxy.</summary>
    public ClusterLoadAssignment Endpoints(ClusterConfig config) =>
        _builders[config.Name].Build(config.Name);

    /// <summary>Clusters named by SNI, for gateways that pass connections on.</summary>
    public IEnumerable<ClusterConfig> SniDnat()
    {
        foreach (Service service in proxy.Scope.Services)
        {
            if (service.MeshExternal || service.Resolution == Resolution.Alias)
            {
                continue;
            }

            ConsolidatedDestinationRule? rule = proxy.RuleFor(service);
            foreach (ServicePort port in service.Ports)
            {
                if (port.Protocol == Protocol.Udp)
                {
                    continue;
                }

                foreach (ClusterConfig c in OfPort(service, port, rule?.Rule, true))
                {
                    yield return c;
                }
            }
        }
    }

    private IEnumerable<ClusterConfig> OfPort(Service service, ServicePort port, DestinationRule? rule, bool isSniDnat)
    {
        DiscoveryType type = TypeOf(service);
        TrafficPolicy? basis = TrafficPolicyMerge.Merge(null, rule?.TrafficPolicy, port.Port, _push.Profile);
        ClusterConfig? main = Build(service, port, rule, null, basis, type, isSniDnat);
        if (main is null)
        {
            yield break;
        }

        yield return main;
        foreach (Subset subset in rule?.Subsets ?? [])
        {
            TrafficPolicy? policy = TrafficPolicyMerge.Merge(basis, subset.TrafficPolicy, port.Port, _push.Profile);
            if (Build(service, port, rule, subset, policy, main.Type, isSniDnat) is { } c)
            {
                yield return c;
            }
        }
    }

    private ClusterConfig? Build(
        Service service, ServicePort port, DestinationRule? rule, Subset? subset, TrafficPolicy? policy,
        DiscoveryType type, bool isSniDnat)
    {
        string subsetName = subset?.Name ?? "";
        string sni = ClusterNames.Sni(service.Hostname, port.Port, subsetName);
        string name = isSniDnat ? sni : ClusterNames.Outbound(service.Hostname, port.Port, subsetName);
        bool isPassthrough = policy?.LoadBalancer is { Simple: SimpleLb.Passthrough }
            || subset?.TrafficPolicy?.LoadBalancer is { Simple: SimpleLb.Passthrough };
        DiscoveryType actual = isPassthrough ? DiscoveryType.OriginalDst : type;
        ClusterLoadAssignment? inline = null;
        var endpoints = new EndpointBuilder(proxy, service, port, subsetName, isSniDnat);
        _builders.TryAdd(name, endpoints);
        if (type is DiscoveryType.StrictDns or DiscoveryType.LogicalDns or DiscoveryType.Static)
        {
            inline = endpoints.BuildInline(name);
            if (inline.Endpoints.Count == 0)
            {
                return null;
            }
        }

        if (type != DiscoveryType.Eds)
        {
            return Config(inline);
        }

        var key = new ClusterKey(
            service, port.Port, port.Name, subsetName, _push.NumberOf(rule), proxy.IsGateway, isSniDnat);
        if (!_push.SharedClusters.TryGetValue(key, out ClusterConfig? shared))
        {
            shared = Config(null);
            _push.SharedClusters.Add(key, shared);
        }

        return shared;

        ClusterConfig Config(ClusterLoadAssignment? members)
        {
            ClusterConfig config = Basis(service, subset, rule, name, actual) with
            {
                InlineEndpoints = actual == type ? members : null,
                UpstreamPortOverride = service is { Resolution: Resolution.Passthrough, IsKubernetes: false }
                    && type == DiscoveryType.OriginalDst ? port.TargetPort : 0,
            };
            if (service.HasPersistentSession && subset is null && !isSniDnat)
            {
                config = config with { CommonLb = config.CommonLb with { OverrideHostStatuses = Sticky } };
            }

            config = policies.Apply(config, policy, service, port);
            return isSniDnat ? config : config with
            {
                Tls = policies.Tls(policy, rule, service, port, sni, actual),
            };
        }
    }

    private ClusterConfig Basis(
        Service service, Subset? subset, DestinationRule? rule, string name, DiscoveryType type) => new()
        {
            Name = name,
            Type = type,
            DnsRefreshRateNs = _push.Config.DnsRefreshRateNs,
            Subset = subset?.Name ?? "",
            DestinationRule = rule?.Meta.FullName ?? "",
            IsExternal = service.MeshExternal && subset is null,
            ServiceHost = service.Hostname,
            ServiceNamespace = service.Namespace,
            Origin = subset is { Origin.IsKnown: true } ? subset.Origin : rule?.Meta.Origin ?? service.Origin,
        };

    private DiscoveryType TypeOf(Service service) => service.Resolution switch
    {
        Resolution.DnsLb => DiscoveryType.StrictDns,
        Resolution.DnsRoundRobinLb => DiscoveryType.LogicalDns,
        Resolution.Passthrough when !proxy.IsGateway => DiscoveryType.OriginalDst,
        Resolution.DynamicDns => DiscoveryType.StrictDns,
        _ => DiscoveryType.Eds,
    };
}

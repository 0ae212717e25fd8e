using System.Collections.Immutable;
using System.Net;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>What endpoints depend on, where no rule looks at the caller's labels or node.</summary>
internal readonly record struct EndpointsKey(
    string Cluster, string ServiceNamespace, string Port, int Rule, string CallerCluster, string Network,
    Locality Locality, string NetworkView);

/// <summary>Builds the endpoints of one cluster for one proxy.</summary>
/// <remarks>Istio: pilot/pkg/xds/endpoints/endpoint_builder.go, ep_filters.go.</remarks>
internal sealed class EndpointBuilder
{
    private readonly PushContext _push;
    private readonly Proxy _proxy;
    private readonly Service _service;
    private readonly ServicePort _port;
    private readonly string _subset;
    private readonly bool _isSniDnat;
    private readonly DestinationRule? _rule;
    private readonly ImmutableSortedDictionary<string, string> _subsetLabels;
    private MtlsChecker? _mtlsChecker;
    private TrafficPolicy? _policy;

    public EndpointBuilder(Proxy proxy, Service service, ServicePort port, string subset, bool isSniDnat)
    {
        _push = proxy.Push;
        _proxy = proxy;
        _service = service;
        _port = port;
        _subset = subset;
        _isSniDnat = isSniDnat;
        _rule = proxy.RuleFor(service)?.Rule;
        _subsetLabels = subset.Length == 0 ? LabelSet.Empty
            : _rule?.Subsets.FirstOrDefault(s => s.Name == subset)?.Labels ?? LabelSet.Empty;
    }

    /// <summary>Made when first asked for: most callers find their endpoints made.</summary>
    private MtlsChecker Mtls => _mtlsChecker ??= new MtlsChecker(
        _push.Authentication, _rule, _subset, _port.Port, _push.Profile);

    /// <summary>Endpoints as EDS sends them. Callers that cannot be told apart share them.</summary>
    /// <remarks>Istio: pilot/pkg/xds/endpoints/endpoint_builder.go#WriteHash: the key of istiod's own cache.</remarks>
    public ClusterLoadAssignment Build(string clusterName)
    {
        if (!_push.SharesEndpoints)
        {
            return Build(clusterName, false);
        }

        var key = new EndpointsKey(clusterName, _service.Namespace, _port.Name, _push.NumberOf(_rule), _proxy.Cluster,
            _proxy.Network, _proxy.Locality, _proxy.NetworkView.Count == 0 ? "" : string.Join(',', _proxy.NetworkView));
        Dictionary<EndpointsKey, ClusterLoadAssignment> made = _push.SharedEndpoints(_service);
        if (!made.TryGetValue(key, out ClusterLoadAssignment? shared))
        {
            shared = Build(clusterName, false);
            made.Add(key, shared);
        }

        return shared;
    }

    /// <summary>Endpoints inside a DNS or static cluster: names are kept.</summary>
    public ClusterLoadAssignment BuildInline(string clusterName) => Build(clusterName, true);

    private ClusterLoadAssignment Build(string clusterName, bool isInline)
    {
        _policy = TrafficPolicyMerge.For(_rule, _subset, _port.Port, _push.Profile);
        List<LocalityGroup> groups = Groups(isInline);
        LocalityLoadBalancing.Effective setting =
            LocalityLoadBalancing.SettingFor(_push.Config, _policy?.LoadBalancer, _service.TrafficDistribution);
        ImmutableSortedDictionary<string, string> labels =
            isInline && _push.Profile != IstioProfile.V1_31 ? LabelSet.Empty : _proxy.Labels;
        groups = LocalityLoadBalancing.Apply(
            groups, _proxy.Locality, labels, setting, _policy?.OutlierDetection is not null, _push.Profile);
        return new ClusterLoadAssignment
        {
            ClusterName = clusterName,
            Endpoints =
            [
                .. groups.Select(static g => new LocalityLbEndpoints(
                    g.Locality, g.Priority, g.Weight, [.. g.Endpoints.Select(static e => e.Endpoint)])),
            ],
            Origin = _rule?.Meta.Origin ?? _service.Origin,
        };
    }

    private List<LocalityGroup> Groups(bool isInline)
    {
        var byLocality = new SortedDictionary<string, List<IstioEndpoint>>(StringComparer.Ordinal);
        bool isClusterLocal = _push.ClusterLocal.IsClusterLocal(_service.Hostname);
        foreach (IstioEndpoint e in _push.Registry.Endpoints(_service.Hostname, _service.Namespace))
        {
            if (!Keep(e, isInline, isClusterLocal))
            {
                continue;
            }

            if (!byLocality.TryGetValue(e.LocalityLabel, out List<IstioEndpoint>? list))
            {
                byLocality.Add(e.LocalityLabel, list = []);
            }

            list.Add(e);
        }

        var groups = new List<LocalityGroup>(byLocality.Count);
        foreach (List<IstioEndpoint> list in byLocality.Values)
        {
            groups.Add(Group(list, isInline));
        }

        return groups;
    }

    private bool Keep(IstioEndpoint e, bool isInline, bool isClusterLocal)
    {
        if (e.PortName != _port.Name || !LabelSet.SubsetOf(_subsetLabels, e.Labels)
            || (!isInline && e.Address.Length > 0 && e.Port != 0 && !IPAddress.TryParse(e.Address, out _)))
        {
            return false;
        }

        if (_service.IsNodeLocal && (e.NodeName != _proxy.Pod.NodeName || e.Cluster != _proxy.Cluster))
        {
            return false;
        }

        if ((_proxy.NetworkView.Count > 0 && e.Network.Length > 0 && !_proxy.NetworkView.Contains(e.Network))
            || (isClusterLocal && e.Cluster != _proxy.Cluster))
        {
            return false;
        }

        if (e.Address.Length == 0 && (!Gateways(isInline).Any || (_proxy.InNetwork(e.Network) && !MustUseGateway(e))))
        {
            return false;
        }

        return e.Health switch
        {
            EndpointHealth.UnHealthy => e.SendUnhealthy
                && (_push.Profile != IstioProfile.V1_31 || _policy?.OutlierDetection is not { MinHealthPercent: > 0 }
                    || _service.TrafficDistribution.Length > 0),
            EndpointHealth.Draining => _service.HasPersistentSession,
            EndpointHealth.Terminating => false,
            _ => true,
        };
    }

    private LocalityGroup Group(List<IstioEndpoint> list, bool isInline)
    {
        Locality locality = list[0].Locality;
        NetworkGateways gatewaySet = Gateways(isInline);
        if (!gatewaySet.Any)
        {
            List<RankedEndpoint> plain = [.. list.Where(MayStay).Select(e => Direct(e, 1))];
            uint? weight = plain.Count == 0 ? null : Sum(plain);
            return new LocalityGroup { Locality = locality, Weight = weight, Endpoints = plain };
        }

        var result = new List<RankedEndpoint>();
        var gateways = new SortedDictionary<(string Address, int Port), (NetworkGateway Gateway, uint Weight)>();
        uint scale = gatewaySet.Scale;
        foreach (IstioEndpoint e in list)
        {
            uint weight = (uint)Math.Min(uint.MaxValue, (ulong)Math.Max(1, e.Weight) * scale);
            IReadOnlyList<NetworkGateway> via = Reachable(gatewaySet.For(e.Network, e.Cluster));
            if ((!MustUseGateway(e) || via.Count == 0) && (_proxy.InNetwork(e.Network) || via.Count == 0))
            {
                if (e.Address.Length > 0 && MayStay(e))
                {
                    result.Add(Direct(e, scale));
                }

                continue;
            }

            if (!SpeaksMtls(e))
            {
                continue;
            }

            uint share = weight / (uint)via.Count;
            foreach (NetworkGateway g in via)
            {
                (string Address, int Port) key = (g.Address, g.Port);
                gateways[key] = gateways.TryGetValue(key, out (NetworkGateway Gateway, uint Weight) has)
                    ? (has.Gateway, has.Weight + share) : (g, share);
            }
        }

        result.AddRange(gateways.Values.OrderBy(static g => g.Gateway.Address, StringComparer.Ordinal)
            .ThenBy(static g => g.Gateway.Port).Select(static g => OfGateway(g.Gateway, g.Weight)));
        return new LocalityGroup
        {
            Locality = locality,
            Weight = result.Count == 0 ? null : Sum(result),
            Endpoints = result,
        };
    }

    /// <summary>A caller without network reaches networks through their gateways (1.30).</summary>
    private bool MustUseGateway(IstioEndpoint e) =>
        _push.Profile == IstioProfile.V1_31 && _proxy.Network.Length == 0 && e.Network.Length > 0;

    /// <summary>Gateways of the caller's address families (1.30).</summary>
    private IReadOnlyList<NetworkGateway> Reachable(IReadOnlyList<NetworkGateway> gateways) =>
        _push.Profile != IstioProfile.V1_31 || gateways.All(g => _proxy.SpeaksTo(g.Address)) ? gateways
            : [.. gateways.Where(g => _proxy.SpeaksTo(g.Address))];

    private NetworkGateways Gateways(bool isInline) => isInline ? _push.DnsGateways : _push.Gateways;

    private bool MayStay(IstioEndpoint e) => !_isSniDnat || SpeaksMtls(e);

    private bool SpeaksMtls(IstioEndpoint e) => e.TlsMode == "istio" && Mtls.IsEnabled(e);

    private RankedEndpoint Direct(IstioEndpoint e, uint scale) => new(
        new LbEndpoint
        {
            Address = e.Address,
            Port = e.Port,
            Weight = (uint)Math.Min(uint.MaxValue, (ulong)Math.Max(1, e.Weight) * scale),
            HealthStatus = e.Health switch
            {
                EndpointHealth.UnHealthy => EdsHealthStatus.Unhealthy,
                EndpointHealth.Draining => EdsHealthStatus.Draining,
                _ => EdsHealthStatus.Healthy,
            },
            TlsMode = e.TlsMode is "disabled" or "" || !Mtls.IsEnabled(e) ? "" : e.TlsMode,
            Workload = e.Workload,
            Hostname = e.Hostname,
        },
        e.Labels);

    private static RankedEndpoint OfGateway(NetworkGateway g, uint weight)
    {
        ImmutableSortedDictionary<string, string> labels = LabelSet.Empty.Add(TopologyLabels.Network, g.Network);
        return new RankedEndpoint(
            new LbEndpoint
            {
                Address = g.Address, Port = g.Port, Weight = weight, TlsMode = "istio",
                Workload = ";;;;" + g.Cluster,
            },
            g.Cluster.Length == 0 ? labels : labels.Add(TopologyLabels.Cluster, g.Cluster));
    }

    private static uint Sum(List<RankedEndpoint> endpoints)
    {
        ulong sum = 0;
        foreach (RankedEndpoint e in endpoints)
        {
            sum += e.Endpoint.Weight;
        }

        return (uint)Math.Min(uint.MaxValue, sum);
    }
}

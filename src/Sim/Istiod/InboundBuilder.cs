using System.Globalization;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Builds the inbound side of a sidecar.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/listener_inbound.go, cluster.go#buildInboundClusters.</remarks>
internal sealed class InboundBuilder
{
    private readonly Proxy _proxy;
    private readonly PushContext _push;
    private readonly EffectiveMtls _mtls;
    private readonly IReadOnlyList<RbacRules> _httpRbac;
    private readonly IReadOnlyList<RbacRules> _tcpRbac;
    private readonly IReadOnlyList<TokenIssuer> _issuers;
    private readonly IReadOnlyList<string> _trustDomains;

    public InboundBuilder(Proxy proxy)
    {
        _proxy = proxy;
        _push = proxy.Push;
        _mtls = _push.Authentication.ForWorkload(proxy.Namespace, proxy.Pod.Meta.Labels);
        var builder = new AuthorizationBuilder(_push);
        IReadOnlyList<AuthorizationPolicy> policyList =
            _push.Authorization.For(proxy.Namespace, proxy.Pod.Meta.Labels);
        _httpRbac = builder.Build(policyList, false);
        _tcpRbac = builder.Build(policyList, true);
        _issuers = _push.Tokens.For(proxy.Namespace, proxy.Pod.Meta.Labels);
        _trustDomains = _push.Mesh.Options.SkipValidateTrustDomain ? [] : _push.TrustDomains.Domains;
    }

    /// <summary>Ports with a service or an ingress entry, then the rest as port 0.</summary>
    public List<InboundListener> Build()
    {
        var result = new List<InboundListener>();
        IReadOnlyList<SidecarIngress> ingress = _proxy.Scope.Sidecar?.Ingress ?? [];
        if (ingress.Count > 0)
        {
            foreach (SidecarIngress i in ingress)
            {
                Service? owner = Targets().FirstOrDefault(
                    t => t.Target == i.Port.Port || t.Port.Port == i.Port.Port).Service;
                result.Add(Listener(i.Port.Port, i.Port, owner, i));
            }
        }
        else
        {
            foreach ((Service service, ServicePort port, int target) in Targets()
                         .OrderBy(static t => t.Service, Comparer<Service>.Create(Service.CompareAge)))
            {
                if (target > 0 && !result.Exists(l => l.Port == target))
                {
                    result.Add(Listener(target, port, service, null));
                }
            }
        }

        result.Add(new InboundListener
        {
            Port = 0, Protocol = PortProtocol.Auto, Mtls = Mode(_mtls.Mode), MtlsOrigin = _mtls.Origin,
            HttpRbac = _httpRbac, TcpRbac = _tcpRbac, TrustDomains = _trustDomains, TokenIssuers = _issuers,
            PathNormalization = Normalization(_push.Config.PathNormalization),
            RetryPolicy = RetryPolicies.Inbound(_push, Protocol.Unsupported),
            Cluster = StandardClusters.InboundPassthrough(_push),
        });
        return result;
    }

    /// <summary>Services of the own cluster that select the pod, with the container port of each port.</summary>
    /// <remarks>Istio: pilot/pkg/serviceregistry/kube/controller/controller.go#GetProxyServiceTargets.</remarks>
    public IEnumerable<(Service Service, ServicePort Port, int Target)> Targets()
    {
        KubeCluster cluster = _push.Mesh.Cluster(_proxy.Cluster);
        foreach (KubeService ks in cluster.Services)
        {
            if (ks.Meta.Namespace != _proxy.Namespace || ks.Selector.Count == 0
                || !LabelSet.SubsetOf(ks.Selector, _proxy.Pod.Meta.Labels))
            {
                continue;
            }

            Service? service = _push.FindService(ks.Hostname, _proxy.Namespace);
            foreach (ServicePort port in service is null ? [] : ks.Ports)
            {
                yield return (service!, port, TargetOf(port));
            }
        }

        foreach (ServiceEntry se in _push.Cluster.ServiceEntries)
        {
            if (se.WorkloadSelector is null || se.Meta.Namespace != _proxy.Namespace
                || !LabelSet.SubsetOf(se.WorkloadSelector, _proxy.Pod.Meta.Labels))
            {
                continue;
            }

            foreach (string host in se.Hosts)
            {
                Service? service = _push.FindService(host, _proxy.Namespace);
                foreach (ServicePort port in service is null ? [] : se.Ports)
                {
                    yield return (service!, port, port.TargetPort > 0 ? port.TargetPort : port.Port);
                }
            }
        }
    }

    private int TargetOf(ServicePort port)
    {
        if (port.TargetPortName.Length == 0)
        {
            return port.TargetPort;
        }

        foreach ((string name, int number, _) in _proxy.Pod.ContainerPorts)
        {
            if (name == port.TargetPortName)
            {
                return number;
            }
        }

        return 0;
    }

    private InboundListener Listener(int target, ServicePort port, Service? service, SidecarIngress? ingress)
    {
        (MutualTlsMode mode, SourceSpan origin) = _mtls.ForPort(target);
        return new InboundListener
        {
            Port = target,
            ServicePort = port.Port,
            Protocol = port.Protocol == Protocol.Udp ? PortProtocol.Tcp : Ports.ProtocolOf(port.Protocol),
            Mtls = Mode(mode),
            MtlsOrigin = origin,
            HttpRbac = _httpRbac,
            TcpRbac = _tcpRbac,
            TrustDomains = _trustDomains,
            TokenIssuers = _issuers,
            PathNormalization = Normalization(_push.Config.PathNormalization),
            RetryPolicy = port.Protocol.IsTcp() || port.Protocol == Protocol.Udp
                ? null : RetryPolicies.Inbound(_push, port.Protocol),
            Cluster = Cluster(target, port, service, ingress),
        };
    }

    private ClusterConfig Cluster(int target, ServicePort port, Service? service, SidecarIngress? ingress)
    {
        DestinationRule? rule = service is null ? null : _proxy.RuleFor(service, false)?.Rule;
        TrafficPolicy? policy = TrafficPolicyMerge.Merge(null, rule?.TrafficPolicy, port.Port, _push.Profile);
        ConnectionPoolSettings? pool = ingress?.ConnectionPool ?? _proxy.Scope.Sidecar?.InboundConnectionPool
            ?? policy?.ConnectionPool;
        ClusterLoadAssignment? inline = ingress is null ? null : InlineEndpoint(target, ingress.DefaultEndpoint);
        inline ??= _push.Config.InboundPassthrough ? null : Inline(target, "127.0.0.1", target);
        var config = new ClusterConfig
        {
            Name = ClusterNames.Inbound(target),
            Type = inline is null ? DiscoveryType.OriginalDst : DiscoveryType.Static,
            LbPolicy = inline is null ? LbPolicy.ClusterProvided : LbPolicy.RoundRobin,
            InlineEndpoints = inline,
            DestinationRule = policy is null ? "" : rule!.Meta.FullName,
            Protocol = port.Protocol.IsHttp2() ? UpstreamProtocol.Http2
                : port.Protocol == Protocol.Unsupported ? UpstreamProtocol.UseDownstream : UpstreamProtocol.Http1,
            ServiceHost = service?.Hostname ?? "",
            ServiceNamespace = service?.Namespace ?? "",
            Origin = service?.Origin ?? default,
        };
        config = ClusterTrafficPolicy.ApplyConnectionPool(
            config, pool ?? new ConnectionPoolSettings(), ingress is null ? policy?.RetryBudget : null, _push);
        return config.Protocol == UpstreamProtocol.Http2 ? config : config with { MaxConcurrentStreams = 0 };
    }

    /// <summary>The endpoint an ingress entry names; null = the port itself.</summary>
    private ClusterLoadAssignment? InlineEndpoint(int target, string text)
    {
        const string Unix = "unix://";
        int colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return null;
        }

        bool isSocket = text.StartsWith(Unix, StringComparison.Ordinal);
        string host = isSocket ? "unix:" + text[Unix.Length..] : text[..colon];
        int port = 0;
        if (!isSocket && !int.TryParse(
                text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return null;
        }

        string address = host is "0.0.0.0" or "[::]" && _proxy.Pod.Ips.Count > 0 ? _proxy.Pod.Ips[0] : host;
        return Inline(target, address, port);
    }

    private static ClusterLoadAssignment Inline(int target, string address, int port) => new()
    {
        ClusterName = ClusterNames.Inbound(target),
        Endpoints = [new LocalityLbEndpoints(
            Locality.Empty, 0, null, [new LbEndpoint { Address = address, Port = port }])],
    };

    /// <summary>The mesh's setting as the filters know it.</summary>
    public static Xds.PathNormalization Normalization(Mesh.PathNormalization mode) => mode switch
    {
        Mesh.PathNormalization.None => Xds.PathNormalization.None,
        Mesh.PathNormalization.MergeSlashes => Xds.PathNormalization.MergeSlashes,
        Mesh.PathNormalization.DecodeAndMergeSlashes => Xds.PathNormalization.DecodeAndMergeSlashes,
        _ => Xds.PathNormalization.Base,
    };

    private static MtlsMode Mode(MutualTlsMode mode) => mode switch
    {
        MutualTlsMode.Strict => MtlsMode.Strict,
        MutualTlsMode.Disable => MtlsMode.Disable,
        _ => MtlsMode.Permissive,
    };
}

using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Puts the settings of a policy on a cluster.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/cluster_traffic_policy.go, cluster_tls.go.</remarks>
internal sealed class ClusterTrafficPolicy(PushContext push, bool isGateway)
{
    /// <summary>Everything but TLS.</summary>
    public ClusterConfig Apply(ClusterConfig config, TrafficPolicy? policy, Service service, ServicePort port)
    {
        TrafficPolicy? mesh = push.Config.DefaultTrafficPolicy;
        ConnectionPoolSettings pool = policy?.ConnectionPool ?? mesh?.ConnectionPool ?? new ConnectionPoolSettings();
        OutlierDetection? outlier = policy?.OutlierDetection ?? mesh?.OutlierDetection;
        config = ApplyConnectionPool(config, pool, policy?.RetryBudget, push);
        config = config with
        {
            Protocol = ProtocolOf(pool, port),
            ProxyProtocolVersion = policy?.ProxyProtocol switch { null => 0, "V2" => 2, _ => 1 },
        };
        config = config.Protocol == UpstreamProtocol.Http2 ? config : config with { MaxConcurrentStreams = 0 };
        config = ApplyOutlierDetection(config, outlier, service);
        return ApplyLoadBalancer(config, policy, service, port);
    }

    /// <summary>Limits, timeouts and keepalive.</summary>
    public static ClusterConfig ApplyConnectionPool(
        ClusterConfig config, ConnectionPoolSettings pool, RetryBudgetSettings? budget, PushContext push)
    {
        var breakers = new CircuitBreakerThresholds
        {
            MaxConnections = Limit(pool.MaxConnections),
            MaxPendingRequests = Limit(pool.Http1MaxPendingRequests),
            MaxRequests = Limit(pool.Http2MaxRequests),
            MaxRetries = Limit(pool.MaxRetries),
            RetryBudget = budget is null || push.Profile == IstioProfile.V1_22 ? null
                : new RetryBudget(budget.Percent ?? (push.Profile == IstioProfile.V1_31 ? 20 : 0.2),
                    budget.MinRetryConcurrency ?? 3),
        };
        long? idle = pool.HttpIdleTimeoutNs ?? pool.TcpIdleTimeoutNs;
        return config with
        {
            CircuitBreakers = breakers,
            ConnectTimeoutNs = pool.ConnectTimeoutNs ?? push.Config.ConnectTimeoutNs,
            MaxRequestsPerConnection = (uint)Math.Max(0, pool.MaxRequestsPerConnection),
            MaxConcurrentStreams = (uint)Math.Max(0, pool.MaxConcurrentStreams),
            IdleTimeoutNs = idle ?? config.IdleTimeoutNs,
            MaxConnectionDurationNs = pool.MaxConnectionDurationNs ?? 0,
            TcpKeepalive = Keepalive(push.Config.TcpKeepalive, pool.TcpKeepalive),
        };
    }

    /// <summary>TLS towards the upstream.</summary>
    public UpstreamTls Tls(
        TrafficPolicy? policy, DestinationRule? rule, Service service, ServicePort port, string sni, DiscoveryType type)
    {
        if (policy?.Tls is { } tls)
        {
            return Written(tls, service, sni);
        }

        MutualTlsMode mode = ServiceMode(rule, service, port);
        if (service.MeshExternal || !push.Config.EnableAutoMtls || mode is MutualTlsMode.Unset or MutualTlsMode.Disable)
        {
            return UpstreamTls.Plaintext;
        }

        return new UpstreamTls(
            type == DiscoveryType.OriginalDst ? UpstreamTlsMode.IstioMutual : UpstreamTlsMode.AutoMtls, sni,
            Identities(service));
    }

    private UpstreamTls Written(ClientTlsSettings tls, Service service, string sni)
    {
        string ca = tls.CredentialName.Length > 0 ? "kubernetes://" + tls.CredentialName + "-cacert"
            : tls.CaCertificates.Length > 0 ? "file-root:" + tls.CaCertificates
            : tls.InsecureSkipVerify ? "" : "file-root:system";
        IReadOnlyList<string> names = tls.SubjectAltNames.Count > 0 ? tls.SubjectAltNames : service.SubjectAltNames;
        return tls.Mode switch
        {
            ClientTlsMode.Simple =>
                ByHost(new UpstreamTls(UpstreamTlsMode.Simple, tls.Sni, names, ca, "", tls.Origin), tls),
            ClientTlsMode.Mutual => ByHost(new UpstreamTls(
                UpstreamTlsMode.Mutual, tls.Sni, names, ca,
                tls.CredentialName.Length > 0 ? "kubernetes://" + tls.CredentialName
                    : "file-cert:" + tls.ClientCertificate + "~" + tls.PrivateKey, tls.Origin), tls),
            ClientTlsMode.IstioMutual => new UpstreamTls(
                UpstreamTlsMode.IstioMutual, tls.Sni.Length > 0 ? tls.Sni : sni,
                tls.SubjectAltNames.Count > 0 ? tls.SubjectAltNames : Identities(service), "", "", tls.Origin),
            _ => UpstreamTls.Plaintext with { Origin = tls.Origin },
        };
    }

    /// <remarks>Istio: pilot/pkg/networking/core/cluster_tls.go#setAutoSniAndAutoSanValidation.</remarks>
    private static UpstreamTls ByHost(UpstreamTls tls, ClientTlsSettings written) => tls with
    {
        AutoSni = written.Sni.Length == 0,
        AutoSanValidation = written.Sni.Length == 0 && written.SubjectAltNames.Count == 0
            && !written.InsecureSkipVerify,
    };

    private static IReadOnlyList<string> Identities(Service service) => service.SubjectAltNames.Count == 0
        ? service.ServiceAccounts
        : [.. service.ServiceAccounts.Concat(service.SubjectAltNames).Distinct().Order(StringComparer.Ordinal)];

    /// <remarks>Istio: pilot/pkg/model/push_context.go#BestEffortInferServiceMTLSMode.</remarks>
    internal MutualTlsMode ServiceMode(DestinationRule? rule, Service service, ServicePort port)
    {
        if (service.MeshExternal)
        {
            return MutualTlsMode.Unset;
        }

        if (service.Resolution == Resolution.Passthrough
            || rule?.TrafficPolicy?.LoadBalancer?.Simple == SimpleLb.Passthrough)
        {
            bool any = false;
            foreach (IstioEndpoint e in push.Registry.Endpoints(service.Hostname, service.Namespace))
            {
                if (e.PortName == port.Name)
                {
                    any = true;
                    if (e.TlsMode == "disabled")
                    {
                        return MutualTlsMode.Disable;
                    }
                }
            }

            if (!any)
            {
                return MutualTlsMode.Disable;
            }
        }

        MutualTlsMode mode = push.Authentication.NamespaceMode(service.Namespace);
        return mode == MutualTlsMode.Unset ? MutualTlsMode.Permissive : mode;
    }

    private UpstreamProtocol ProtocolOf(ConnectionPoolSettings pool, ServicePort port)
    {
        if (pool.UseClientProtocol)
        {
            return UpstreamProtocol.UseDownstream;
        }

        if (port.Protocol.IsHttp2() || pool.H2Upgrade == true
            || (pool.H2Upgrade is null && push.Config.H2Upgrade && port.Protocol.IsHttp()))
        {
            return UpstreamProtocol.Http2;
        }

        return port.Protocol == Protocol.Unsupported && !isGateway
            ? UpstreamProtocol.UseDownstream : UpstreamProtocol.Http1;
    }

    /// <summary>Ejection and panic threshold.</summary>
    public ClusterConfig ApplyOutlierDetection(ClusterConfig config, OutlierDetection? o, Service service)
    {
        bool forcesUnhealthy = service.TrafficDistribution.Length > 0
            || push.Mesh.Options.SendUnhealthyEndpoints;
        if (o is null)
        {
            return push.Profile == IstioProfile.V1_31 || forcesUnhealthy ? config with
            {
                CommonLb = config.CommonLb with { HealthyPanicThreshold = 0 },
            }
            : config;
        }

        return config with
        {
            OutlierDetection = Outlier(o, push.Profile),
            CommonLb = config.CommonLb with { HealthyPanicThreshold = forcesUnhealthy ? 0 : o.MinHealthPercent },
        };
    }

    /// <summary>Envoy's settings for Istio's.</summary>
    /// <remarks>Istio: cluster_traffic_policy.go#applyOutlierDetection.</remarks>
    public static OutlierDetectionConfig Outlier(OutlierDetection o, IstioProfile profile)
    {
        var basis = new OutlierDetectionConfig { EnforcingSuccessRate = 0 };
        basis = basis with
        {
            Consecutive5xx = o.Consecutive5xxErrors ?? basis.Consecutive5xx,
            EnforcingConsecutive5xx = o.Consecutive5xxErrors == 0 ? 0u : 100u,
            ConsecutiveGatewayFailure = o.ConsecutiveGatewayErrors ?? basis.ConsecutiveGatewayFailure,
            EnforcingConsecutiveGatewayFailure = o.ConsecutiveGatewayErrors is > 0 ? 100u : 0u,
            IntervalNs = o.IntervalNs ?? basis.IntervalNs,
            BaseEjectionTimeNs = o.BaseEjectionTimeNs ?? basis.BaseEjectionTimeNs,
            MaxEjectionPercent = o.MaxEjectionPercent > 0 ? (uint)o.MaxEjectionPercent : basis.MaxEjectionPercent,
            HttpErrorCodes = profile == IstioProfile.V1_31 && o.HttpErrorCodes.Count > 0 ? o.HttpErrorCodes : null,
        };
        if (!o.SplitExternalLocalOriginErrors)
        {
            return basis;
        }

        return basis with
        {
            SplitExternalLocalOriginErrors = true,
            EnforcingLocalOriginSuccessRate = 0,
            ConsecutiveLocalOriginFailure = o.ConsecutiveLocalOriginFailures is > 0
                ? o.ConsecutiveLocalOriginFailures.Value : basis.ConsecutiveLocalOriginFailure,
        };
    }

    private ClusterConfig ApplyLoadBalancer(
        ClusterConfig config, TrafficPolicy? policy, Service service, ServicePort port)
    {
        LoadBalancerSettings? lb = policy?.LoadBalancer;
        LocalityLoadBalancing.Effective setting =
            LocalityLoadBalancing.SettingFor(push.Config, lb, service.TrafficDistribution);
        bool weighted = setting.Locality is { } s && (push.Profile == IstioProfile.V1_22 || s.Distribute.Count > 0
            || ((policy?.OutlierDetection is not null || setting.Forced)
                && (s.Failover.Count > 0 || s.FailoverPriority.Count > 0)));
        config = config with
        {
            CommonLb = config.CommonLb with
            {
                LocalityWeighted = weighted,
                ZoneAware = setting.ZoneAware is { } z ? new ZoneAwareConfig(100, z.MinClusterSize ?? 6) : null,
            },
        };
        if (config.Type == DiscoveryType.OriginalDst)
        {
            return config with { LbPolicy = LbPolicy.ClusterProvided };
        }

        config = lb?.Simple switch
        {
            SimpleLb.Random => config with { LbPolicy = LbPolicy.Random },
            SimpleLb.RoundRobin => config with { LbPolicy = LbPolicy.RoundRobin, SlowStart = SlowStart(lb) },
            _ => config with { LbPolicy = LbPolicy.LeastRequest, SlowStart = SlowStart(lb) },
        };
        return lb?.ConsistentHash is { } hash
            ? ApplyHash(config, hash) : config;
    }

    private static ClusterConfig ApplyHash(ClusterConfig config, ConsistentHash hash)
    {
        if (hash.HasMaglev)
        {
            return config with
            {
                LbPolicy = LbPolicy.Maglev, SlowStart = null,
                Maglev = hash.MaglevTableSize is { } size ? new MaglevConfig(size) : config.Maglev,
            };
        }

        ulong ring = hash.HasRingHash ? hash.RingHashMinimumRingSize ?? 1024
            : hash.MinimumRingSize is > 0 ? hash.MinimumRingSize.Value : 1024;
        return config with
        {
            LbPolicy = LbPolicy.RingHash, SlowStart = null, RingHash = config.RingHash with { MinimumRingSize = ring },
        };
    }

    private SlowStartConfig? SlowStart(LoadBalancerSettings? lb)
    {
        if (lb?.Warmup is not { } w)
        {
            return null;
        }

        bool hasDetail = push.Profile != IstioProfile.V1_22;
        return new SlowStartConfig(
            w.DurationNs / SimDuration.Millisecond, hasDetail ? w.Aggression ?? 1 : 1,
            hasDetail ? w.MinimumPercent ?? 10 : 10);
    }

    /// <summary>Keepalive of a rule over the mesh's; null = off.</summary>
    public static (uint Probes, long TimeNs, long IntervalNs)? Keepalive(TcpKeepalive? mesh, TcpKeepalive? own)
    {
        if (mesh is null && own is null)
        {
            return null;
        }

        return (own?.Probes ?? mesh?.Probes ?? 0, own?.TimeNs ?? mesh?.TimeNs ?? 0,
            own?.IntervalNs ?? mesh?.IntervalNs ?? 0);
    }

    private static uint Limit(int value) => value > 0 ? (uint)value : uint.MaxValue;
}

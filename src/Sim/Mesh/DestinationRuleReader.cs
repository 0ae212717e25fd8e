using Sim.Core;
using M = Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads DestinationRules and the settings they share with Sidecars and the mesh configuration.</summary>
internal sealed class DestinationRuleReader(string domain, MeshOptions options)
{
    private bool RegionWildcards => options.Has(MeshOptions.RegionWildcards);

    public DestinationRule Read(M.DestinationRule rule)
    {
        M.DestinationRuleSpec? spec = rule.Spec;
        ConfigMeta meta = rule.Meta();
        M.YamlMapping? raw = RegionWildcards ? rule.Node["spec"] as M.YamlMapping : null;
        return new DestinationRule
        {
            Meta = meta,
            Host = Hostname.ResolveShortName(spec?.Host.Text() ?? "", meta.Namespace, domain),
            TrafficPolicy = Policy(spec?.TrafficPolicy, raw?["trafficPolicy"] as M.YamlMapping),
            Subsets =
            [
                .. (spec?.Subsets ?? []).Select((s, i) => new Subset(
                    s.Name.Text(), s.Labels.Labels(),
                    Policy(s.TrafficPolicy, MisplacedReader.SubsetPolicy(raw, i)), s.Span)),
            ],
            ExportTo = spec?.ExportTo.Texts() ?? [],
            WorkloadSelector = spec?.WorkloadSelector?.MatchLabels.Labels(),
        };
    }

    public TrafficPolicy? Policy(M.TrafficPolicy? p, M.YamlMapping? raw)
    {
        if (p is null)
        {
            return null;
        }

        var policy = new TrafficPolicy
        {
            LoadBalancer = LoadBalancer(p.LoadBalancer),
            ConnectionPool = ConnectionPool(p.ConnectionPool),
            OutlierDetection = Outlier(p.OutlierDetection),
            Tls = Tls(p.Tls),
            PortLevelSettings =
            [
                .. p.PortLevelSettings.Select(s => new PortTrafficPolicy(
                    s.Port?.Number.Int() ?? 0, LoadBalancer(s.LoadBalancer),
                    ConnectionPool(s.ConnectionPool), Outlier(s.OutlierDetection), Tls(s.Tls))),
            ],
            Tunnel = p.Tunnel is { } t
                ? new TunnelSettings(t.Protocol?.Value ?? "CONNECT", t.TargetHost.Text(), t.TargetPort.Int()) : null,
            ProxyProtocol = p.ProxyProtocol?.Version?.Value ?? (p.ProxyProtocol is null ? null : "V1"),
            RetryBudget = p.RetryBudget is { } b
                ? new RetryBudgetSettings(b.Percent?.Value, b.MinRetryConcurrency.UInt()) : null,
        };
        return raw is null ? policy : MisplacedReader.Complete(policy, raw);
    }

    public LoadBalancerSettings? LoadBalancer(M.LoadBalancerSettings? lb)
    {
        if (lb is null)
        {
            return null;
        }

        M.WarmupSettings? w = lb.Warmup;
        return new LoadBalancerSettings
        {
            Simple = lb.Simple.Text() switch
            {
                "LEAST_REQUEST" or "LEAST_CONN" => SimpleLb.LeastRequest,
                "ROUND_ROBIN" => SimpleLb.RoundRobin,
                "RANDOM" => SimpleLb.Random,
                "PASSTHROUGH" => SimpleLb.Passthrough,
                _ => SimpleLb.Unspecified,
            },
            ConsistentHash = Hash(lb.ConsistentHash),
            LocalityLbSetting = Locality(lb.LocalityLbSetting),
            ZoneAware = ZoneAware(lb.ZoneAwareLbSetting),
            Warmup = w is not null
                ? new Warmup(w.Duration?.Value ?? 0, w.MinimumPercent?.Value, w.Aggression?.Value)
                : lb.WarmupDurationSecs is { } old ? new Warmup(old.Value, null, null) : null,
            Origin = lb.Span,
        };
    }

    public LocalityLbSetting? Locality(M.LocalityLbSetting? s) => s is null ? null : new LocalityLbSetting
    {
        Enabled = s.Enabled?.Value ?? true,
        Distribute = [.. s.Distribute.Select(d => new LocalityDistribute(d.From.Text(), SortedShares(d)))],
        Failover = [.. s.Failover.Select(f => (Region(f.From.Text()), Region(f.To.Text())))],
        FailoverPriority = s.FailoverPriority.Texts(),
        Origin = s.Span,
    };

    public ConnectionPoolSettings? ConnectionPool(M.ConnectionPoolSettings? p)
    {
        if (p is null)
        {
            return null;
        }

        M.TcpSettings? t = p.Tcp;
        M.HttpSettings? h = p.Http;
        return new ConnectionPoolSettings
        {
            MaxConnections = t?.MaxConnections.Int() ?? 0,
            ConnectTimeoutNs = t?.ConnectTimeout?.Value,
            TcpKeepalive = Keepalive(t?.TcpKeepalive),
            MaxConnectionDurationNs = t?.MaxConnectionDuration?.Value,
            TcpIdleTimeoutNs = t?.IdleTimeout?.Value,
            HasHttp = h is not null,
            Http1MaxPendingRequests = h?.Http1MaxPendingRequests.Int() ?? 0,
            Http2MaxRequests = h?.Http2MaxRequests.Int() ?? 0,
            MaxRequestsPerConnection = h?.MaxRequestsPerConnection.Int() ?? 0,
            MaxRetries = h?.MaxRetries.Int() ?? 0,
            HttpIdleTimeoutNs = h?.IdleTimeout?.Value,
            MaxConcurrentStreams = h?.MaxConcurrentStreams.Int() ?? 0,
            H2Upgrade = h?.H2UpgradePolicy.Text() switch { "UPGRADE" => true, "DO_NOT_UPGRADE" => false, _ => null },
            UseClientProtocol = h?.UseClientProtocol?.Value ?? false,
        };
    }

    public static TcpKeepalive? Keepalive(M.TcpKeepalive? k) =>
        k is null ? null : new TcpKeepalive(k.Probes.UInt(), k.Time?.Value, k.Interval?.Value);

    public OutlierDetection? Outlier(M.OutlierDetection? o) => o is null ? null : new OutlierDetection
    {
        Consecutive5xxErrors = o.Consecutive5xxErrors.UInt()
            ?? (RegionWildcards ? o.ConsecutiveErrors.UInt() : null),
        ConsecutiveGatewayErrors = o.ConsecutiveGatewayErrors.UInt(),
        SplitExternalLocalOriginErrors = o.SplitExternalLocalOriginErrors?.Value ?? false,
        ConsecutiveLocalOriginFailures = o.ConsecutiveLocalOriginFailures.UInt(),
        IntervalNs = o.Interval?.Value,
        BaseEjectionTimeNs = o.BaseEjectionTime?.Value,
        MaxEjectionPercent = o.MaxEjectionPercent.Int(),
        MinHealthPercent = o.MinHealthPercent.Int(),
        HttpErrorCodes = [.. o.OutlierDetectionHttpErrorCodes.Select(static c => (int)c.Value)],
        Origin = o.Span,
    };

    public static ClientTlsSettings? Tls(M.ClientTlsSettings? t) => t is null ? null : new ClientTlsSettings
    {
        Mode = t.Mode.Text() switch
        {
            "SIMPLE" => ClientTlsMode.Simple,
            "MUTUAL" => ClientTlsMode.Mutual,
            "ISTIO_MUTUAL" => ClientTlsMode.IstioMutual,
            _ => ClientTlsMode.Disable,
        },
        Sni = t.Sni.Text(),
        SubjectAltNames = t.SubjectAltNames.Texts(),
        CaCertificates = t.CaCertificates.Text(),
        ClientCertificate = t.ClientCertificate.Text(),
        PrivateKey = t.PrivateKey.Text(),
        CredentialName = t.CredentialName.Text(),
        InsecureSkipVerify = t.InsecureSkipVerify?.Value ?? false,
        Origin = t.Span,
    };

    public ZoneAwareLbSetting? ZoneAware(M.ZoneAwareLbSetting? z) =>
        z is null || options.Profile != IstioProfile.V1_31 ? null : new ZoneAwareLbSetting
        {
            Enabled = z.Enabled?.Value ?? true,
            Failover = [.. z.Failover.Select(f => (Region(f.From.Text()), Region(f.To.Text())))],
            FailoverPriority = z.FailoverPriority.Texts(),
            MinClusterSize = z.MinClusterSize is { } min ? (ulong)Math.Max(0, min.Value) : null,
            Origin = z.Span,
        };

    private static ConsistentHash? Hash(M.ConsistentHashSettings? h) => h is null ? null : new ConsistentHash
    {
        HttpHeaderName = h.HttpHeaderName?.Value,
        CookieName = h.HttpCookie?.Name.Text(),
        CookiePath = h.HttpCookie?.Path.Text() ?? "",
        CookieTtlNs = h.HttpCookie?.Ttl?.Value,
        UseSourceIp = h.UseSourceIp?.Value ?? false,
        QueryParameterName = h.HttpQueryParameterName?.Value,
        MinimumRingSize = ULong(h.MinimumRingSize),
        HasRingHash = h.RingHash is not null,
        RingHashMinimumRingSize = ULong(h.RingHash?.MinimumRingSize),
        HasMaglev = h.Maglev is not null,
        MaglevTableSize = ULong(h.Maglev?.TableSize),
    };

    private static ulong? ULong(M.Spanned<long>? s) => s is null ? null : (ulong)Math.Max(0, s.Value);

    private static IReadOnlyList<(string Locality, uint Percent)> SortedShares(M.LocalityDistribute d)
    {
        List<(string Locality, uint Percent)> list = [.. d.To.Select(static e => (e.Key, e.Value.UInt() ?? 0))];
        list.Sort(static (a, b) => string.CompareOrdinal(a.Locality, b.Locality));
        return list;
    }

    private string Region(string text) =>
        RegionWildcards && text.EndsWith("/*", StringComparison.Ordinal) ? text[..text.IndexOf('/')] : text;
}

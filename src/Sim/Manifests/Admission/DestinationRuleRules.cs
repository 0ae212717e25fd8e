using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for DestinationRules.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateDestinationRule.</remarks>
internal sealed class DestinationRuleRules(Findings f, string space, IstioProfile profile)
{
    /// <summary>Checks a rule.</summary>
    public void Check(DestinationRule rule)
    {
        DestinationRuleSpec? spec = rule.Spec;
        f.ErrorIf(IstioRules.WildcardDomain(spec?.Host?.Value ?? ""), spec?.Host?.Span ?? rule.Span);
        if (spec is null)
        {
            return;
        }

        CheckPolicy(spec.TrafficPolicy);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Subset s in spec.Subsets)
        {
            string name = s.Name?.Value ?? "";
            if (!names.Add(name))
            {
                f.Error("duplicate subset names: " + name, s.Span);
            }

            CheckSubsetName(name, s.Name?.Span ?? s.Span, f);
            IstioRules.Tags(s.Labels, f);
            CheckPolicy(s.TrafficPolicy);
        }

        IstioRules.ExportTo(space, spec.ExportTo, false, spec.WorkloadSelector is not null, f);
        IstioRules.Selector(spec.WorkloadSelector, f);
    }

    /// <summary>Checks the name of a subset.</summary>
    public static void CheckSubsetName(string name, SourceSpan span, Findings f)
    {
        f.ErrorIf(name.Length == 0, "subset name cannot be empty", span);
        f.ErrorIf(name.Length > 0 && !IstioRules.IsLabel(name), "subset name is invalid: " + name, span);
    }

    /// <summary>Checks the limits of a connection pool.</summary>
    public static void CheckPool(ConnectionPoolSettings? pool, Findings f)
    {
        if (pool is null)
        {
            return;
        }

        f.ErrorIf(pool.Tcp is null && pool.Http is null, "connection pool must have at least one field", pool.Span);
        if (pool.Http is { } http)
        {
            NonNegative(http.Http1MaxPendingRequests, "http1 max pending requests", f);
            NonNegative(http.Http2MaxRequests, "http2 max requests", f);
            NonNegative(http.MaxRequestsPerConnection, "max requests per connection", f);
            NonNegative(http.MaxRetries, "max retries", f);
            NonNegative(http.MaxConcurrentStreams, "max concurrent streams", f);
            f.ErrorIf(IstioRules.Duration(http.IdleTimeout), http.IdleTimeout?.Span ?? http.Span);
            f.ErrorIf(http.H2UpgradePolicy?.Value == "UPGRADE" && http.UseClientProtocol?.Value == true,
                "use client protocol must not be true when H2UpgradePolicy is UPGRADE", http.Span);
        }

        if (pool.Tcp is { } tcp)
        {
            NonNegative(tcp.MaxConnections, "max connections", f);
            f.ErrorIf(IstioRules.Duration(tcp.ConnectTimeout), tcp.ConnectTimeout?.Span ?? tcp.Span);
            f.ErrorIf(IstioRules.Duration(tcp.MaxConnectionDuration), tcp.MaxConnectionDuration?.Span ?? tcp.Span);
            bool isIdleSet = tcp.IdleTimeout is { } idle && (idle.Value < 0 || idle.Value >= SimDuration.Millisecond);
            f.ErrorIf(isIdleSet ? IstioRules.Duration(tcp.IdleTimeout) : null, tcp.IdleTimeout?.Span ?? tcp.Span);
            f.ErrorIf(IstioRules.Duration(tcp.TcpKeepalive?.Time), tcp.TcpKeepalive?.Time?.Span ?? tcp.Span);
            f.ErrorIf(IstioRules.Duration(tcp.TcpKeepalive?.Interval), tcp.TcpKeepalive?.Interval?.Span ?? tcp.Span);
        }
    }

    private static void NonNegative(Spanned<long>? value, string what, Findings f)
    {
        if (value is { Value: < 0 })
        {
            f.Error(what + " must be non-negative", value.Span);
        }
    }

    private static bool IsPrime(long n)
    {
        for (long d = 2; d * d <= n; d++)
        {
            if (n % d == 0)
            {
                return false;
            }
        }

        return n > 1;
    }

    private void CheckPolicy(TrafficPolicy? p)
    {
        if (p is null)
        {
            return;
        }

        bool isEmpty = p is { OutlierDetection: null, ConnectionPool: null, LoadBalancer: null, Tls: null, Tunnel: null,
            ProxyProtocol: null, RetryBudget: null, PortLevelSettings.Count: 0 };
        f.ErrorIf(isEmpty, "traffic policy must have at least one field", p.Span);
        f.ErrorIf(p.Tunnel is not null && p.ProxyProtocol is not null,
            "tunnel and proxyProtocol must not be set together", p.Span);
        CheckOutlier(p.OutlierDetection, f);
        CheckPool(p.ConnectionPool, f);
        CheckBalancer(p.LoadBalancer, p.OutlierDetection, f);
        CheckTls(p.Tls, f);
        CheckTunnel(p.Tunnel);
        foreach (PortTrafficPolicy port in p.PortLevelSettings)
        {
            CheckPort(port);
        }
    }

    private void CheckPort(PortTrafficPolicy port)
    {
        var part = new Findings();
        part.ErrorIf(port.Port is null, "portTrafficPolicy must have valid port", port.Span);
        part.ErrorIf(port is { OutlierDetection: null, ConnectionPool: null, LoadBalancer: null, Tls: null },
            "port traffic policy must have at least one field", port.Span);
        CheckOutlier(port.OutlierDetection, part);
        CheckPool(port.ConnectionPool, part);
        CheckBalancer(port.LoadBalancer, port.OutlierDetection, part);
        CheckTls(port.Tls, part);
        f.AddErrorsOf(part);
    }

    private static void CheckOutlier(OutlierDetection? o, Findings f)
    {
        if (o is null)
        {
            return;
        }

        f.ErrorIf(IstioRules.Duration(o.BaseEjectionTime), o.BaseEjectionTime?.Span ?? o.Span);
        f.ErrorIf(IstioRules.Duration(o.Interval), o.Interval?.Span ?? o.Span);
        if (o.ConsecutiveErrors is { Value: not 0 } old)
        {
            f.Warn("outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or " +
                   "consecutive5xxErrors instead", old.Span,
                       "the field is ignored: Envoy's default of 5 errors in a row applies");
        }

        f.ErrorIf(o.SplitExternalLocalOriginErrors?.Value != true && o.ConsecutiveLocalOriginFailures?.Value > 0,
            "outlier detection consecutive local origin failures is specified, but split external local origin " +
                "errors is set to false",
            o.ConsecutiveLocalOriginFailures?.Span ?? o.Span);
        f.ErrorIf(IstioRules.Percent(o.MaxEjectionPercent?.Value ?? 0), o.MaxEjectionPercent?.Span ?? o.Span);
        f.ErrorIf(IstioRules.Percent(o.MinHealthPercent?.Value ?? 0), o.MinHealthPercent?.Span ?? o.Span);
    }

    private void CheckBalancer(LoadBalancerSettings? lb, OutlierDetection? outlier, Findings into)
    {
        if (lb is null)
        {
            return;
        }

        if (lb.ConsistentHash is { } hash)
        {
            CheckHash(hash, into);
        }

        into.ErrorIf(IstioRules.Duration(lb.WarmupDurationSecs), lb.WarmupDurationSecs?.Span ?? lb.Span);
        if (lb.Warmup is { } warmup)
        {
            into.ErrorIf(warmup.Duration is null, "duration is required", warmup.Span);
            into.ErrorIf(IstioRules.Duration(warmup.Duration), warmup.Duration?.Span ?? warmup.Span);
            into.ErrorIf(warmup.Aggression?.Value < 1, "aggression should be greater than or equal to 1",
                warmup.Aggression?.Span ?? warmup.Span);
        }

        if (profile == IstioProfile.V1_31 && lb.LocalityLbSetting is not null && lb.ZoneAwareLbSetting is not null)
        {
            into.Error("only one of localityLbSetting and zoneAwareLbSetting can be set", lb.Span);
        }

        LocalityRules.Check(lb.LocalityLbSetting, outlier is not null, into);
    }

    private static void CheckHash(ConsistentHashSettings hash, Findings f)
    {
        if (hash.HttpCookie is { } cookie)
        {
            f.ErrorIf(string.IsNullOrEmpty(cookie.Name?.Value), "name required for HttpCookie", cookie.Span);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (HttpCookieAttribute a in cookie.Attributes)
            {
                string name = a.Name?.Value ?? "";
                f.ErrorIf(!names.Add(name), "duplicate cookie attribute name: " + name, a.Span);
            }
        }

        if (hash.MinimumRingSize?.Value > 0)
        {
            f.Warn("consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration " +
                   "instead", hash.MinimumRingSize.Span);
        }

        f.ErrorIf(hash.MinimumRingSize?.Value > 0 && (hash.RingHash is not null || hash.Maglev is not null),
            "only one of MinimumRingSize or Maglev/Ringhash can be specified", hash.Span);
        if (hash.Maglev is { } maglev)
        {
            long size = maglev.TableSize?.Value ?? 0;
            f.ErrorIf(size == 0, "tableSize must be set for maglev", maglev.Span);
            f.ErrorIf(size >= 5000011, "tableSize must be less than 5000011 for maglev", maglev.Span);
            f.ErrorIf(!IsPrime(size), "tableSize must be a prime number for maglev", maglev.Span);
        }
    }

    private void CheckTls(ClientTlsSettings? tls, Findings into)
    {
        if (tls is null)
        {
            return;
        }

        string mode = tls.Mode?.Value ?? "DISABLE";
        bool hasCa = !string.IsNullOrEmpty(tls.CaCertificates?.Value);
        bool hasCredential = !string.IsNullOrEmpty(tls.CredentialName?.Value);
        if (tls.InsecureSkipVerify?.Value == true)
        {
            into.ErrorIf(mode == "SIMPLE" && (hasCa || hasCredential || tls.SubjectAltNames.Count > 0),
                "cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set " +
                    "true", tls.Span);
            into.ErrorIf(mode == "MUTUAL" && (hasCa || tls.SubjectAltNames.Count > 0),
                "cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set true", tls.Span);
        }

        bool hasCertificate = !string.IsNullOrEmpty(tls.ClientCertificate?.Value);
        bool hasKey = !string.IsNullOrEmpty(tls.PrivateKey?.Value);
        if (mode is "SIMPLE" or "MUTUAL" && hasCredential)
        {
            into.ErrorIf(hasCa || hasCertificate || hasKey || !string.IsNullOrEmpty(tls.CaCrl?.Value),
                "cannot specify client certificates or CA certificate or CA CRL If credentialName is set", tls.Span);
            string name = tls.CredentialName!.Value;
            const string scheme = "configmap://";
            into.ErrorIf(name.StartsWith(scheme, StringComparison.Ordinal)
                         && !name[scheme.Length..].StartsWith(space + "/", StringComparison.Ordinal)
                         && name[scheme.Length..].Contains('/', StringComparison.Ordinal),
                $"invalid configmap:// credentialName: namespace must match the configuration namespace " +
                    $"{JsonText.Quote(space)}",
                tls.CredentialName.Span);
            return;
        }

        into.ErrorIf(mode == "MUTUAL" && !hasCertificate, "client certificate required for mutual tls", tls.Span);
        into.ErrorIf(mode == "MUTUAL" && !hasKey, "private key required for mutual tls", tls.Span);
    }

    private void CheckTunnel(TunnelSettings? tunnel)
    {
        if (tunnel is null)
        {
            return;
        }

        string host = tunnel.TargetHost?.Value ?? "";
        if (host.Length > 0 && IstioRules.Fqdn(host) is { } name && IstioRules.Ip(host) is { } ip)
        {
            f.Error($"tunnel target host must be valid FQDN or IP address: {name}; {ip}", tunnel.TargetHost!.Span);
        }

        if (IstioRules.Port(tunnel.TargetPort?.Value ?? 0) is { } port)
        {
            f.Error("tunnel target port is invalid: " + port, tunnel.TargetPort?.Span ?? tunnel.Span);
        }
    }
}

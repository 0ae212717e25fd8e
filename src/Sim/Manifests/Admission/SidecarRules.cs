using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for Sidecars.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateSidecar.</remarks>
internal sealed class SidecarRules(Findings f)
{
    private const string UnixScheme = "unix://";

    /// <summary>Checks a Sidecar.</summary>
    public void Check(Sidecar sidecar)
    {
        SidecarSpec? spec = sidecar.Spec;
        if (spec?.WorkloadSelector is { } selector)
        {
            IstioRules.Selector(selector.Labels, selector.Span, f,
                "sidecar: workload selector specified without labels, will be applied to all services in namespace");
        }

        if (spec is null || (spec.Egress.Count == 0 && spec.Ingress.Count == 0 && spec.OutboundTrafficPolicy is null
                             && spec.InboundConnectionPool is null))
        {
            f.Error("sidecar: empty configuration provided", spec?.Span ?? sidecar.Span);
            return;
        }

        DestinationRuleRules.CheckPool(spec.InboundConnectionPool, f);
        var bound = new HashSet<string>(StringComparer.Ordinal);
        foreach (SidecarIngress i in spec.Ingress)
        {
            CheckIngress(i, bound);
        }

        CheckEgresses(spec, sidecar.Namespace);
        if (spec.OutboundTrafficPolicy?.EgressProxy is { } proxy)
        {
            CheckEgressProxy(spec.OutboundTrafficPolicy, proxy);
        }
    }

    private void CheckIngress(SidecarIngress i, HashSet<string> bound)
    {
        if (i.Port is not { } port)
        {
            f.Error("sidecar: port is required for ingress listeners", i.Span);
            return;
        }

        string bind = i.Bind?.Value ?? "";
        bool isUnix = bind.StartsWith(UnixScheme, StringComparison.Ordinal);
        CheckPortAndBind(port, bind, i.Span, bound);
        if (isUnix)
        {
            f.ErrorIf(i.CaptureMode?.Value == "IPTABLES",
                "sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners", i.Span);
        }

        CheckDefaultEndpoint(i.DefaultEndpoint);
        CheckIngressTls(i);
        if (i.ConnectionPool is { } pool)
        {
            DestinationRuleRules.CheckPool(pool, f);
            string protocol = port.Protocol?.Value ?? "";
            if (pool.Http is not null && protocol.ToUpperInvariant() is not ("HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB"))
            {
                f.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"sidecar: HTTP connection pool settings are configured for port {port.Number?.Value ?? 0} " +
                        $"(\"{port.Name?.Value}\") but its protocol is not HTTP ({protocol}); only TCP settings will " +
                        $"apply"), pool.Span);
            }
        }
    }

    private void CheckPortAndBind(
        GatewayPort port, string bind, SourceSpan at, HashSet<string> bound)
    {
        long number = port.Number?.Value ?? 0;
        bool isUnix = bind.StartsWith(UnixScheme, StringComparison.Ordinal);
        if (isUnix)
        {
            f.ErrorIf(number != 0, "sidecar: port number must be 0 for unix domain socket", at);
            f.ErrorIf(IstioRules.UnixAddress(bind[UnixScheme.Length..]), at);
        }
        else
        {
            f.ErrorIf(bind.Length > 0 ? IstioRules.Ip(bind) : null, at);
            f.ErrorIf(IstioRules.Port(number), port.Number?.Span ?? port.Span);
        }

        string key = isUnix ? bind : number.ToString(CultureInfo.InvariantCulture) + "|" + bind;
        if (!bound.Add(key))
        {
            f.Error(isUnix ? "sidecar: unix domain socket values for listeners must be unique"
                : "sidecar: ports on IP bound listeners must be unique", at);
        }

        string name = port.Name?.Value ?? "";
        f.ErrorIf(name.Length > 0 && !IstioRules.IsLabel(name), "invalid port name: " + name, port.Span);
        f.ErrorIf(GatewayRules.ProtocolProblem(port.Protocol?.Value ?? ""), port.Protocol?.Span ?? port.Span);
        f.ErrorIf(port.TargetPort is { Value: not 0 }, "targetPort has no impact on Sidecars", port.Span);
    }

    private void CheckDefaultEndpoint(Spanned<string>? endpoint)
    {
        if (endpoint is not { Value.Length: > 0 })
        {
            return;
        }

        string text = endpoint.Value;
        if (text.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            f.ErrorIf(IstioRules.UnixAddress(text[UnixScheme.Length..]), endpoint.Span);
            return;
        }

        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        string port = colon < 0 ? "" : text[(colon + 1)..];
        f.ErrorIf(colon < 0, $"address {text}: missing port in address", endpoint.Span);
        f.ErrorIf(colon >= 0 && host is not ("127.0.0.1" or "0.0.0.0" or "::1" or "::" or ""),
            "sidecar: defaultEndpoint must be of form 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port>, " +
                "unix://filepath or unset",
            endpoint.Span);
        if (!long.TryParse(port, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            f.Error($"sidecar: defaultEndpoint port ({port}) is not a number: strconv.Atoi: parsing " +
                $"{JsonText.Quote(port)}: invalid syntax", endpoint.Span);
        }
        else
        {
            f.ErrorIf(IstioRules.Port(number), endpoint.Span);
        }
    }

    private void CheckIngressTls(SidecarIngress i)
    {
        if (i.Tls is not { } tls)
        {
            return;
        }

        if (tls.Mode?.Value == "ISTIO_MUTUAL")
        {
            f.Error("configuration is invalid: cannot set mode to ISTIO_MUTUAL in sidecar ingress tls", tls.Span);
            return;
        }

        f.ErrorIf(tls.SubjectAltNames.Count > 0, "sidecar: subjectAltNames is not supported in ingress tls", tls.Span);
        f.ErrorIf(tls.HttpsRedirect?.Value == true, "sidecar: httpsRedirect is not supported", tls.Span);
        f.ErrorIf(!string.IsNullOrEmpty(tls.CredentialName?.Value),
            "sidecar: credentialName is not currently supported", tls.Span);
        GatewayRules.CheckTls(tls, f);
    }

    private void CheckEgresses(SidecarSpec spec, string space)
    {
        var bound = new HashSet<string>(StringComparer.Ordinal);
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        for (int n = 0; n < spec.Egress.Count; n++)
        {
            SidecarEgress e = spec.Egress[n];
            if (e.Port is null)
            {
                f.ErrorIf(n < spec.Egress.Count - 1,
                    "sidecar: the egress listener with empty port should be the last listener in the list", e.Span);
            }

            CheckEgress(e, bound);
            CheckHosts(e, space, hosts);
        }
    }

    private void CheckEgress(SidecarEgress e, HashSet<string> bound)
    {
        string bind = e.Bind?.Value ?? "";
        bool isUnix = bind.StartsWith(UnixScheme, StringComparison.Ordinal);
        if (e.Port is { } port)
        {
            if ((port.Number?.Value ?? 0) == 0 && !isUnix)
            {
                f.Error("sidecar: ports with 0 value must have a unix domain socket bind address", e.Span);
            }
            else
            {
                CheckPortAndBind(port, bind, e.Span, bound);
            }
        }

        f.ErrorIf(isUnix && e.CaptureMode?.Value == "IPTABLES",
            "sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners", e.Span);
        f.ErrorIf(e.Hosts.Count == 0, "sidecar: egress listener must contain at least one host", e.Span);
    }

    private void CheckHosts(SidecarEgress e, string space, HashSet<string> seen)
    {
        var namespaces = new HashSet<string>(seen.Select(static h => h.Split('/')[0]), StringComparer.Ordinal);
        foreach (Spanned<string> host in e.Hosts)
        {
            GatewayRules.CheckHost(host, "sidecar", true, f);
            string[] parts = host.Value.Split('/', 2);
            if (parts.Length < 2)
            {
                continue;
            }

            string owner = parts[0] == "." ? space : parts[0];
            bool isCovered = !seen.Add(owner + "/" + parts[1]) || (parts[1] == "*" && namespaces.Contains(owner))
                             || seen.Contains(owner + "/*") && parts[1] != "*";
            if (isCovered && e.Port is null)
            {
                f.Warn("duplicated egress host: " + host.Value, host.Span);
            }

            namespaces.Add(owner);
        }
    }

    private void CheckEgressProxy(OutboundTrafficPolicy policy, Destination proxy)
    {
        f.ErrorIf(policy.Mode?.Value == "REGISTRY_ONLY",
            "sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode", policy.Span);
        string host = proxy.Host?.Value ?? "";
        f.ErrorIf(IstioRules.Fqdn(host), proxy.Span);
        new VirtualServiceRules(f).CheckDestination(proxy, proxy.Span);
    }
}

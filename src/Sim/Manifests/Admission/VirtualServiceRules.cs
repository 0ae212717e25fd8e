using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for VirtualServices.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateVirtualService.</remarks>
internal sealed class VirtualServiceRules(Findings f)
{
    /// <summary>Checks a VirtualService.</summary>
    public void Check(VirtualService service)
    {
        if (service.Spec is not { } spec)
        {
            f.Error("http, tcp or tls must be provided in virtual service", service.Span);
            return;
        }

        bool isDelegate = spec.Hosts.Count == 0;
        if (isDelegate)
        {
            f.ErrorIf(spec.Gateways.Count > 0, "delegate virtual service must have no gateways specified", spec.Span);
            f.ErrorIf(spec.Tls.Count > 0, "delegate virtual service must have no tls route specified", spec.Span);
            f.ErrorIf(spec.Tcp.Count > 0, "delegate virtual service must have no tcp route specified", spec.Span);
        }

        CheckGatewayNames(spec.Gateways);
        bool appliesToMesh = spec.Gateways.Count == 0 || spec.Gateways.Any(static g => g.Value == "mesh");
        bool appliesToGateway = spec.Gateways.Any(static g => g.Value != "mesh");
        if (!appliesToGateway)
        {
            CheckClaimRoutes(spec);
        }

        CheckHosts(spec, appliesToMesh);
        f.ErrorIf(spec.Http.Count + spec.Tcp.Count + spec.Tls.Count == 0,
            "http, tcp or tls must be provided in virtual service", spec.Span);
        var http = new HttpRouteRules(f, this);
        foreach (HttpRoute route in spec.Http)
        {
            http.Check(route, isDelegate);
        }

        foreach (TlsRoute route in spec.Tls)
        {
            CheckTls(route, spec);
        }

        foreach (TcpRoute route in spec.Tcp)
        {
            CheckTcp(route);
        }

        IstioRules.ExportTo(service.Namespace, spec.ExportTo, false, false, f);
        new UnusedRouteRules(f).Check(service.Node["spec"] as YamlMapping);
    }

    /// <summary>Checks names of gateways; a name without a slash ends the check, as it does in Istio.</summary>
    public void CheckGatewayNames(IReadOnlyList<Spanned<string>> names)
    {
        foreach (Spanned<string> name in names)
        {
            string[] parts = name.Value.Split('/', 2);
            if (parts.Length == 1)
            {
                string[] dotted = name.Value.Split('.');
                if (dotted.Length > 1)
                {
                    f.Warn($"using legacy gatewayName format \"{name.Value}\"; prefer the <namespace>/<name> format: " +
                           $"\"{dotted[1]}/{dotted[0]}\"", name.Span);
                }

                f.ErrorIf(IstioRules.Fqdn(name.Value), name.Span);
                return;
            }

            f.ErrorIf(parts[0].Length == 0 || parts[1].Length == 0,
                "config namespace and gateway name cannot be empty", name.Span);
            f.ErrorIf(!IstioRules.IsLabel(parts[0]), $"invalid value for namespace: \"{parts[0]}\"", name.Span);
            f.ErrorIf(!IstioRules.IsLabel(parts[1]), $"invalid value for gateway name: \"{parts[1]}\"", name.Span);
        }
    }

    /// <summary>Checks a destination.</summary>
    public void CheckDestination(Destination? d, SourceSpan at, string absent = "destination is required")
    {
        if (d is null)
        {
            f.Error(absent, at);
            return;
        }

        string host = d.Host?.Value ?? "";
        SourceSpan span = d.Host?.Span ?? d.Span;
        f.ErrorIf(host == "*" ? "invalid destination host *" : IstioRules.WildcardDomain(host), span);
        if (d.Subset is { Value.Length: > 0 } subset)
        {
            DestinationRuleRules.CheckSubsetName(subset.Value, subset.Span, f);
        }

        if (d.Port is { } port)
        {
            f.ErrorIf(IstioRules.Port(port.Number?.Value ?? 0), port.Span);
        }
    }

    /// <summary>Checks the shares of several destinations.</summary>
    public void CheckWeights(IEnumerable<Spanned<long>?> weights, SourceSpan at)
    {
        long total = 0;
        int count = 0;
        foreach (Spanned<long>? w in weights)
        {
            count++;
            total += w?.Value ?? 0;
            if (w is { Value: < 0 })
            {
                f.Error(string.Create(CultureInfo.InvariantCulture, $"weight {w.Value} < 0"), w.Span);
            }
        }

        f.ErrorIf(count > 1 && total == 0, "total destination weight = 0", at);
    }

    private void CheckClaimRoutes(VirtualServiceSpec spec)
    {
        string shown = "[" + string.Join(' ', spec.Gateways.Select(static g => g.Value)) + "]";
        foreach (HttpMatchRequest m in spec.Http.SelectMany(static h => h.Match))
        {
            foreach (SpannedEntry<StringMatch> e in m.Headers.Concat(m.WithoutHeaders))
            {
                f.ErrorIf(e.Key.StartsWith("@request.auth.claims", StringComparison.Ordinal),
                    $"JWT claim based routing (key: {e.Key}) is only supported for gateway, found no gateways: " +
                        $"{shown}", e.KeySpan);
            }
        }
    }

    private void CheckHosts(VirtualServiceSpec spec, bool appliesToMesh)
    {
        bool allValid = true;
        foreach (Spanned<string> host in spec.Hosts)
        {
            string? problem = IstioRules.WildcardDomain(host.Value) is { } bad
                ? (IstioRules.IsIp(host.Value) ? null : bad)
                : appliesToMesh && host.Value == "*"
                    ? "wildcard host * is not allowed for virtual services bound to the mesh gateway" : null;
            f.ErrorIf(problem, host.Span);
            allValid &= problem is null;
        }

        if (!allValid)
        {
            return;
        }

        for (int i = 0; i < spec.Hosts.Count; i++)
        {
            for (int j = i + 1; j < spec.Hosts.Count; j++)
            {
                f.ErrorIf(HostNames.Matches(spec.Hosts[i].Value, spec.Hosts[j].Value),
                    $"duplicate hosts in virtual service: {spec.Hosts[i].Value} & {spec.Hosts[j].Value}",
                        spec.Hosts[j].Span);
            }
        }
    }

    private void CheckTls(TlsRoute route, VirtualServiceSpec spec)
    {
        f.ErrorIf(route.Match.Count == 0, "TLS route must have at least one match condition", route.Span);
        foreach (TlsMatchAttributes m in route.Match)
        {
            f.ErrorIf(m.SniHosts.Count == 0, "TLS match must have at least one SNI host", m.Span);
            foreach (Spanned<string> sni in m.SniHosts)
            {
                CheckSni(sni, spec);
            }

            CheckL4(m.DestinationSubnets, m.Port, m.SourceLabels, m.Gateways);
        }

        CheckRoutes(route.Route, route.Span, "TLS route is required");
    }

    private void CheckSni(Spanned<string> sni, VirtualServiceSpec spec)
    {
        if (IstioRules.WildcardDomain(sni.Value) is { } problem)
        {
            if (IstioRules.IsIp(sni.Value))
            {
                f.Warn($"using an IP address (\"{sni.Value}\") goes against SNI spec and most clients do not support " +
                    $"this", sni.Span);
            }
            else
            {
                f.Error(problem, sni.Span);
            }

            return;
        }

        if (!spec.Hosts.Any(h => HostNames.IsSubset(sni.Value, h.Value)))
        {
            string hosts = string.Join(", ", spec.Hosts.Select(static h => h.Value));
            f.Error($"SNI host \"{sni.Value}\" is not a compatible subset of any of the virtual service hosts: " +
                $"[{hosts}]", sni.Span);
        }
    }

    private void CheckTcp(TcpRoute route)
    {
        foreach (L4MatchAttributes m in route.Match)
        {
            CheckL4(m.DestinationSubnets, m.Port, m.SourceLabels, m.Gateways);
        }

        CheckRoutes(route.Route, route.Span, "TCP route is required");
    }

    private void CheckL4(
        IReadOnlyList<Spanned<string>> subnets, Spanned<long>? port, SpannedMap<Spanned<string>> labels,
        IReadOnlyList<Spanned<string>> gateways)
    {
        foreach (Spanned<string> s in subnets)
        {
            f.ErrorIf(IstioRules.Subnet(s.Value), s.Span);
        }

        if (port is { Value: not 0 })
        {
            f.ErrorIf(IstioRules.Port(port.Value), port.Span);
        }

        IstioRules.Tags(labels, f);
        CheckGatewayNames(gateways);
    }

    private void CheckRoutes(IReadOnlyList<RouteDestination> routes, SourceSpan at, string absent)
    {
        f.ErrorIf(routes.Count == 0, absent, at);
        foreach (RouteDestination r in routes)
        {
            CheckDestination(r.Destination, r.Span);
        }

        CheckWeights(routes.Select(static r => r.Weight), at);
    }
}

using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs.Matrix;

/// <content>Gateways on the way that pass bytes on to clusters of their own choice.</content>
internal sealed partial class CellEvaluator
{
    /// <summary>A gateway takes the connection: filter chain, TLS that ends there, policies, and every host that it may
    /// be passed on to.</summary>
    private void PassOn(Way way, PodRuntime gateway, int port, in FirstBytes bytes)
    {
        UpstreamTls tls = way.Route.Cluster!.Config.Tls;
        string name = gateway.FullName;
        if (ByteWay.Choose(gateway.Proxy!.ByteListener(port)!, bytes) is not { } chain)
        {
            ConnectionReport lost = way.Lost(bytes.HasOuter ? new BytesInside(bytes, null!) : null);
            Add(bytes.IsTls
                ? way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, lost.Status, lost.Flags, "gateway",
                    $"{name} has no filter chain for {bytes.ServerName}", tls.Origin)
                : way.Fails(MatrixVerdict.PlaintextRefused, gateway.Cluster, lost.Status, lost.Flags, "gateway",
                    name + " goes by the server name of TLS", tls.Origin));
            return;
        }

        bool isKnown = false;
        if (chain.Chain.EndsTls)
        {
            HandshakeOutcome greeting = GatewayHandshake.EndsAt(chain, bytes, tls, (way.Client, gateway));
            isKnown = greeting == HandshakeOutcome.Mutual;
            if (greeting is HandshakeOutcome.ClientRefuses or HandshakeOutcome.ServerRefuses)
            {
                Add(Refused(way, gateway, gateway.Proxy.InboundOf(port), greeting));
                return;
            }
        }

        if (!IsAdmitted(way, gateway, port, (bytes, isKnown)))
        {
            return;
        }

        if (way.Gateways >= GatewaysMost)
        {
            Add(way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, 503, "", "gateway",
                name + " passes the connection on in a circle", default));
            return;
        }

        BytesInside? inside = chain.ServerNameInside.Length > 0 ? new BytesInside(bytes, chain) : null;
        foreach (ResolvedRoute route in RoutesOf(gateway, chain, way.Route.UpstreamTemplate))
        {
            if (route.Cluster is { Upstream.Hosts.Count: > 0 })
            {
                Hosts(gateway, route, way, inside);
                continue;
            }

            ConnectionReport lost = way.Lost(inside);
            Add(way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, lost.Status, lost.Flags, "gateway",
                route.Cluster is { } empty ? $"{name}: {empty.Config.Name} has no host" : name + " has no such cluster",
                route.Cluster?.Config.Origin ?? route.Immediate?.Origin ?? default));
        }
    }

    /// <summary>The gateway's policies for connections.</summary>
    private bool IsAdmitted(Way way, PodRuntime gateway, int port, (FirstBytes First, bool IsKnown) bytes)
    {
        InboundListener? listener = gateway.Proxy!.InboundOf(port).Listener;
        if (listener is null || lifecycle.Judges.Of(listener, true) is not { } table)
        {
            return true;
        }

        int caller = table.CallerOf(way.Client, way.Client, bytes.First.ServerName, bytes.IsKnown, gateway, port,
            bytes.First.IsTls);
        RbacVerdict verdict = table.Judge(caller, lifecycle.TunnelTemplate(port, bytes.First.ServerName));
        if (verdict.Allowed)
        {
            return true;
        }

        (string text, SourceSpan origin) = RbacExplanation.Of(listener, verdict, way.Client, bytes.IsKnown, true);
        Add(way.Ends(MatrixVerdict.Denied, gateway, 0, RbacExplanation.RuleOf(listener, verdict), origin, text));
        return false;
    }

    private List<ResolvedRoute> RoutesOf(PodRuntime gateway, ByteWay chain, RequestTemplate template)
    {
        var routes = new List<ResolvedRoute>();
        ulong draws = chain.Chain.Clusters.Count > 1 ? Draws : 1;
        for (ulong i = 0; i < draws; i++)
        {
            ResolvedRoute route = lifecycle.Resolver.ResolveBytes(gateway, chain, template, i, null);
            if (!routes.Exists(r => Same(r, route)))
            {
                routes.Add(route);
            }
        }

        return routes;
    }

    /// <summary>TLS that goes on reaches a pod: its handshake, then the server's policies.</summary>
    private void ReachedInside(Way way, PodRuntime? further, PodRuntime server, int port)
    {
        Way outer = way.Before!;
        ClusterRuntime own = way.Route.Cluster!;
        InboundRuntime? inbound = server.HasSidecar ? server.Proxy?.InboundOf(port) : null;
        HandshakeOutcome leg = MtlsHandshake.Decide(own.Config.Tls, way.Host.Endpoint.TlsMode, way.Client.Identity,
            server.HasSidecar, server.Identity, inbound?.Listener);
        if (leg is HandshakeOutcome.ClientRefuses or HandshakeOutcome.ServerRefuses)
        {
            Add(AsHeard(way, Refused(way, server, inbound, leg)));
            return;
        }

        bool isWrapped = leg == HandshakeOutcome.Mutual;
        HandshakeOutcome outcome = new TlsInside(
            way.Inside!.Bytes, way.Inside.Chain, outer.Route.Cluster!.Config.Tls, outer.Host.Endpoint.TlsMode,
            outer.Client, server, port, isWrapped, lifecycle.AnswersTls(server, port)).Outcome();
        if (outcome is not (HandshakeOutcome.Plaintext or HandshakeOutcome.Mutual))
        {
            Add(AsHeard(way, Refused(outer, server, inbound, outcome)));
        }
        else if (isWrapped || outcome == HandshakeOutcome.Plaintext)
        {
            Add(Judged(way, further, server, port, inbound, isWrapped));
        }
        else
        {
            Add(At(outer, Judged(outer, further ?? way.Client, server, port, inbound, byMtls: true)));
        }
    }

    /// <summary>An outcome behind a gateway that passes bytes on, as the caller hears of it.</summary>
    private static MatrixOutcome AsHeard(Way way, MatrixOutcome outcome)
    {
        if (!way.IsPassedOn)
        {
            return outcome;
        }

        ConnectionReport lost = way.Before!.Lost(way.Inside);
        return outcome with { Code = lost.Status, Flags = lost.Flags };
    }
}

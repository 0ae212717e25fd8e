using System.Globalization;
using Sim.Xds;

namespace Sim.Runs.Matrix;

/// <content>Gateways on the way: those that read the request and send it on by their own routes, and those that pass
/// connections on by their server name.</content>
internal sealed partial class CellEvaluator
{
    /// <summary>Requests that pass more gateways go round in circles.</summary>
    private const int GatewaysMost = 8;

    /// <summary>An outcome at a gateway, in the terms of the caller.</summary>
    /// <param name="before">The way to the gateway; null = the caller's own proxy decided.</param>
    /// <param name="outcome">Outcome at the proxy that decided.</param>
    private static MatrixOutcome At(Way? before, MatrixOutcome outcome) => before is null ? outcome : outcome with
    {
        Priority = before.Priority, IsTaken = outcome.IsTaken && before.IsTaken,
    };

    /// <summary>The connection reaches a gateway: its handshake, its policies, and what it does with the request.
    /// </summary>
    private void ToGateway(Way way, PodRuntime gateway, int port)
    {
        UpstreamTls tls = way.Route.Cluster!.Config.Tls;
        FirstBytes bytes = FirstBytes.Of(
            tls, way.Host.Endpoint.TlsMode, way.Client, way.Route.ServerName, way.Route.IsTcp);
        if (ByteWay.Takes(gateway, port, bytes))
        {
            PassOn(way, gateway, port, bytes);
            return;
        }

        if (gateway.Proxy?.HttpListener(port) is null)
        {
            Add(gateway.Proxy?.SniListener(port) is null
                ? way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, 503, "URX,UF", "gateway",
                    string.Create(CultureInfo.InvariantCulture, $"{gateway.FullName} does not listen on {port}"),
                    way.Route.Cluster.Config.Origin)
                : way.Fails(MatrixVerdict.PlaintextRefused, gateway.Cluster, 503, "UC", "gateway",
                    gateway.FullName + " goes by the server name of TLS", tls.Origin));
            return;
        }

        string serverName = way.Route is { IsTcp: false, ServerName.Length: > 0 } ? way.Route.ServerName : tls.Sni;
        HandshakeOutcome handshake = GatewayHandshake.Decide(
            tls, way.Host.Endpoint.TlsMode, way.Client, gateway, port, serverName);
        InboundRuntime inbound = gateway.Proxy.InboundOf(port);
        if (handshake is not (HandshakeOutcome.Plaintext or HandshakeOutcome.Mutual))
        {
            Add(Refused(way, gateway, inbound, handshake));
            return;
        }

        MatrixOutcome judged = Judged(way, null, gateway, port, inbound, handshake == HandshakeOutcome.Mutual);
        if (judged.Verdict != MatrixVerdict.Allowed)
        {
            Add(judged);
        }
        else if (way.Gateways >= GatewaysMost)
        {
            Add(way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, 503, "", "gateway",
                gateway.FullName + " sends the request on in a circle", default));
        }
        else
        {
            Follow(gateway, lifecycle.TakenIn(way.Route.UpstreamTemplate, port, way.Client, gateway, serverName), way);
        }
    }

    /// <summary>The cluster a gateway passes the connection on to; null when it does not.</summary>
    private ClusterRuntime? Through(Way way, PodRuntime gateway, int port)
    {
        UpstreamTls tls = way.Route.Cluster!.Config.Tls;
        string name = gateway.FullName;
        if (IsUnreachable(way, way.Client, gateway, isService: true))
        {
            return null;
        }

        if (!GatewayHandshake.SpeaksTls(tls, way.Host.Endpoint.TlsMode, way.Client))
        {
            Add(way.Fails(MatrixVerdict.PlaintextRefused, gateway.Cluster, 503, "UC", "east-west gateway",
                $"plaintext to {name}, which goes by the server name of TLS", tls.Origin));
            return null;
        }

        ClusterRuntime? cluster = gateway.Proxy?.SniCluster(port, tls.Sni);
        if (cluster is null || cluster.Upstream.Hosts.Count == 0)
        {
            Add(way.Fails(MatrixVerdict.Unreachable, gateway.Cluster, 503, "URX,UF", "east-west gateway",
                cluster is null ? $"{name} has no filter chain for {tls.Sni}" : $"{name}: {tls.Sni} has no host",
                cluster?.Config.Origin ?? default));
        }

        return cluster;
    }
}

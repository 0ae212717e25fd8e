using Sim.Xds;

namespace Sim.Runs;

/// <summary>What becomes of a connection to a gateway's own port.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/gateway.go#buildGatewayListenerTLSContext; Envoy: filter chain match by
/// server name.</remarks>
internal static class GatewayHandshake
{
    /// <summary>Whether a client opens connections to an endpoint with TLS.</summary>
    /// <param name="tls">TLS settings of the client's cluster.</param>
    /// <param name="endpointTlsMode">TLS mode of the endpoint, <c>istio</c> or empty.</param>
    /// <param name="client">Client.</param>
    public static bool SpeaksTls(UpstreamTls tls, string endpointTlsMode, PodRuntime client) =>
        client.Identity is not null && (IsOfFiles(tls) || tls.Mode == UpstreamTlsMode.IstioMutual
            || (tls.Mode == UpstreamTlsMode.AutoMtls && endpointTlsMode == "istio"));

    /// <summary>What becomes of a connection to a port that reads HTTP. TLS that ends at the gateway without a
    /// certificate of the caller leaves it as unknown as plaintext does.</summary>
    /// <param name="tls">TLS settings of the client's cluster.</param>
    /// <param name="endpointTlsMode">TLS mode of the endpoint, <c>istio</c> or empty.</param>
    /// <param name="client">Client.</param>
    /// <param name="gateway">Gateway; it has an HTTP listener on the port.</param>
    /// <param name="port">Port that the gateway listens on.</param>
    /// <param name="serverName">Server name that the client sends; empty = none.</param>
    public static HandshakeOutcome Decide(
        UpstreamTls tls, string endpointTlsMode, PodRuntime client, PodRuntime gateway, int port, string serverName)
    {
        OutboundListener listener = gateway.Proxy!.HttpListener(port)!;
        bool isMesh = !IsOfFiles(tls) && SpeaksTls(tls, endpointTlsMode, client);
        if (listener.TlsRoutes.Count == 0)
        {
            return IsOfFiles(tls) || isMesh ? HandshakeOutcome.ClientRefuses : HandshakeOutcome.Plaintext;
        }

        if (!IsOfFiles(tls) && !isMesh)
        {
            return HandshakeOutcome.PlaintextRefused;
        }

        if (listener.ChainOf(serverName) is not { RouteConfig.Length: > 0 } chain)
        {
            return HandshakeOutcome.ClientRefuses;
        }

        return chain.Certificates switch
        {
            ClientCertificates.Mesh => !isMesh ? HandshakeOutcome.ServerRefuses : MtlsHandshake.Decide(
                tls, endpointTlsMode, client.Identity, gateway.HasSidecar, gateway.Identity,
                gateway.HasSidecar ? gateway.Proxy.InboundOf(port).Listener : null),
            ClientCertificates.Required when tls.Mode != UpstreamTlsMode.Mutual => HandshakeOutcome.ServerRefuses,
            _ => isMesh ? HandshakeOutcome.ClientRefuses : HandshakeOutcome.Plaintext,
        };
    }

    /// <summary>What becomes of TLS that ends at a gateway which passes on what is inside.</summary>
    /// <param name="way">Filter chain; TLS ends there.</param>
    /// <param name="bytes">First bytes.</param>
    /// <param name="tls">TLS settings of the client's cluster.</param>
    /// <param name="ends">Both ends.</param>
    public static HandshakeOutcome EndsAt(
        ByteWay way, in FirstBytes bytes, UpstreamTls tls, (PodRuntime Client, PodRuntime Gateway) ends)
    {
        switch (way.Chain.Certificates)
        {
            case ClientCertificates.Mesh:
                return !bytes.HasOuter || !bytes.IsMesh ? HandshakeOutcome.ServerRefuses
                    : MtlsHandshake.Connect(new ConnectionEnds(
                        tls, "istio", ends.Client.Identity, ends.Gateway.Identity, Strict)).Outcome;
            case ClientCertificates.Required when !bytes.HasOuter || tls.Mode != UpstreamTlsMode.Mutual:
                return HandshakeOutcome.ServerRefuses;
            default:
                // The server's certificate is none of the mesh.
                return bytes.HasOuter && bytes.IsMesh ? HandshakeOutcome.ClientRefuses : HandshakeOutcome.Plaintext;
        }
    }

    private static InboundListener Strict { get; } = new() { Port = 0, Mtls = MtlsMode.Strict };

    private static bool IsOfFiles(UpstreamTls tls) => tls.Mode is UpstreamTlsMode.Simple or UpstreamTlsMode.Mutual;
}

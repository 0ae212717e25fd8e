using Sim.Xds;

namespace Sim.Runs;

/// <summary>TLS that a gateway passes on, and the pod that it reaches.</summary>
/// <param name="Bytes">What the caller's connection begins with.</param>
/// <param name="Way">The gateway's filter chain.</param>
/// <param name="Tls">TLS settings of the caller's cluster.</param>
/// <param name="EndpointTlsMode">TLS mode of the caller's endpoint, <c>istio</c> or empty.</param>
/// <param name="Client">Who began it.</param>
/// <param name="Server">Pod that gets it.</param>
/// <param name="Port">Its port.</param>
/// <param name="IsWrapped">The gateway's own mutual TLS is around it.</param>
/// <param name="AnswersTls">The application at the port speaks TLS.</param>
internal readonly record struct TlsInside(
    FirstBytes Bytes, ByteWay Way, UpstreamTls Tls, string EndpointTlsMode, PodRuntime Client, PodRuntime Server,
    int Port, bool IsWrapped, bool AnswersTls)
{
    private static readonly string[] s_usual = ["h2", "http/1.1"];

    /// <summary>A certificate from a file of the client.</summary>
    private static WorkloadIdentity Foreign { get; } = new("", "", "\u0000file");

    /// <summary>What becomes of its handshake.</summary>
    /// <remarks>
    /// Inside the gateway's mutual TLS a port of HTTP reads the hello as a request and answers 400, a port of bytes
    /// hands it to the application. Without it the server's proxy chooses its own chain
    /// (<see cref="InboundTransport"/>). Simplified: an application speaks TLS where its Service says so, with a
    /// certificate that everybody takes; another one answers the hello with something that is no TLS.
    /// </remarks>
    public HandshakeOutcome Outcome()
    {
        bool isOuter = Bytes.HasOuter && !Way.Chain.EndsTls;
        bool isMesh = isOuter && Bytes.IsMesh;
        HandshakeOutcome ofApplication = AnswersTls && !isMesh
            ? IsWrapped ? HandshakeOutcome.Mutual : HandshakeOutcome.Plaintext : HandshakeOutcome.ClientRefuses;
        if (Server.IsGateway)
        {
            return isOuter && !IsWrapped && Server.Proxy?.HttpListener(Port) is not null
                ? GatewayHandshake.Decide(Tls, EndpointTlsMode, Client, Server, Port, Bytes.OuterName)
                : HandshakeOutcome.ClientRefuses;
        }

        InboundListener? inbound = Server.HasSidecar ? Server.Proxy?.InboundOf(Port).Listener : null;
        if (IsWrapped)
        {
            return inbound?.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc
                ? HandshakeOutcome.ClientRefuses : ofApplication;
        }

        if (isMesh)
        {
            return MtlsHandshake.Decide(
                Tls, EndpointTlsMode, Client.Identity, Server.HasSidecar, Server.Identity, inbound);
        }

        if (inbound is null || Server.Identity is not { } identity)
        {
            return ofApplication;
        }

        var offer = new ConnectionOffer(
            true, s_usual, isOuter && Tls.Mode == UpstreamTlsMode.Mutual ? Foreign : null);
        return InboundTransport.Choose(inbound, offer, identity.TrustedRoot, true) switch
        {
            InboundTaking.TcpWithTlsInside => ofApplication,
            InboundTaking.NoCertificate or InboundTaking.CertificateRefused => HandshakeOutcome.ServerRefuses,
            _ => HandshakeOutcome.ClientRefuses,
        };
    }
}

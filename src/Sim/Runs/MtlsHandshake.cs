using Sim.Xds;

namespace Sim.Runs;

/// <summary>What becomes of a connection between two workloads.</summary>
public enum HandshakeOutcome : byte
{
    /// <summary>Plaintext, accepted; the server sees no identity.</summary>
    Plaintext,

    /// <summary>Mutual TLS; both sides know each other.</summary>
    Mutual,

    /// <summary>Plaintext that no filter chain takes: closed by the server, 503 UC at the caller, one attempt.
    /// </summary>
    PlaintextRefused,

    /// <summary>The client refuses the server (or hears no TLS): a connect failure, 503 URX,UF.</summary>
    ClientRefuses,

    /// <summary>The server refuses the client's certificate: noticed after the handshake, 503 UC, one attempt.
    /// </summary>
    ServerRefuses,
}

/// <summary>A workload's certificate and what it trusts.</summary>
/// <param name="Principal"><c>trust-domain/ns/NAMESPACE/sa/ACCOUNT</c>, without <c>spiffe://</c>.</param>
/// <param name="TrustDomain">First part of the principal.</param>
/// <param name="Root">Name of the root that signed it.</param>
/// <param name="IsExpired">The certificate is no longer valid.</param>
public sealed record WorkloadIdentity(string Principal, string TrustDomain, string Root, bool IsExpired = false)
{
    /// <summary>Name of the root that the workload trusts; its own unless said otherwise.</summary>
    public string TrustedRoot { get; init; } = Root;
}

/// <summary>Both ends of a connection of a sidecar.</summary>
/// <param name="Tls">TLS settings of the client's cluster.</param>
/// <param name="EndpointTlsMode">TLS mode of the chosen endpoint, <c>istio</c> or empty.</param>
/// <param name="Client">Certificate of the caller; null = the caller has no sidecar.</param>
/// <param name="Server">Certificate of the server; null = its pod has no sidecar.</param>
/// <param name="Inbound">The server's port; null without sidecar.</param>
public readonly record struct ConnectionEnds(
    UpstreamTls Tls, string EndpointTlsMode, WorkloadIdentity? Client, WorkloadIdentity? Server,
    InboundListener? Inbound)
{
    /// <summary>The client takes the connection for HTTP.</summary>
    public bool IsHttp { get; init; } = true;
}

/// <summary>What becomes of a connection, with what the client learns of it.</summary>
/// <param name="Outcome">Outcome.</param>
/// <param name="Failure">Kind of the transport failure at the client; empty = none.</param>
/// <param name="ServerPrincipal">The server's identity as the client saw it; empty = none.</param>
public readonly record struct HandshakeResult(
    HandshakeOutcome Outcome, string Failure = "", string ServerPrincipal = "");

/// <summary>Decides what becomes of a connection, as <c>oracle/mtls</c> recorded it.</summary>
/// <remarks>
/// Istio: pilot/pkg/networking/core/cluster_tls.go#buildUpstreamTLSSettings (client); the server's side is
/// <see cref="InboundTransport"/>. In TLS 1.3 the client checks the server's certificate first, so a root that neither
/// side shares is a refusal by the client. Simplified: certificate files that a DestinationRule names are taken as
/// foreign to the mesh, and its CA file as one that trusts the server's root.
/// </remarks>
public static class MtlsHandshake
{
    private const string VerifyFailed = "CERTIFICATE_VERIFY_FAILED";
    private const string NoTls = "WRONG_VERSION_NUMBER";

    /// <summary>Outcome of one connection to an HTTP port.</summary>
    /// <param name="tls">TLS settings of the client's cluster.</param>
    /// <param name="endpointTlsMode">TLS mode of the chosen endpoint, <c>istio</c> or empty.</param>
    /// <param name="client">Certificate of the caller; null = the caller has no sidecar.</param>
    /// <param name="serverHasSidecar">The server's pod runs a proxy.</param>
    /// <param name="server">Certificate of the server; null without sidecar.</param>
    /// <param name="inbound">The server's listener; null without sidecar.</param>
    public static HandshakeOutcome Decide(
        UpstreamTls tls, string endpointTlsMode, WorkloadIdentity? client, bool serverHasSidecar,
        WorkloadIdentity? server, InboundListener? inbound) =>
        Connect(new ConnectionEnds(tls, endpointTlsMode, client, serverHasSidecar ? server : null,
            serverHasSidecar ? inbound ?? Unconfigured : null)).Outcome;

    /// <summary>What becomes of one connection.</summary>
    /// <param name="ends">Both ends.</param>
    public static HandshakeResult Connect(in ConnectionEnds ends)
    {
        UpstreamTls tls = ends.Tls;
        bool isMesh = ends.Client is not null && (tls.Mode == UpstreamTlsMode.IstioMutual
            || (tls.Mode == UpstreamTlsMode.AutoMtls && ends.EndpointTlsMode == "istio"));
        bool isForeign = ends.Client is not null && tls.Mode is UpstreamTlsMode.Simple or UpstreamTlsMode.Mutual;
        if (!isMesh && !isForeign)
        {
            return new HandshakeResult(ends.Inbound?.Mtls == MtlsMode.Strict
                ? HandshakeOutcome.PlaintextRefused : HandshakeOutcome.Plaintext);
        }

        if (ends.Server is not { } server || ends.Inbound is not { } inbound)
        {
            return new HandshakeResult(HandshakeOutcome.ClientRefuses, NoTls);
        }

        ConnectionOffer offer = isMesh ? ConnectionOffer.OfSidecar(ends.Client!, ends.IsHttp)
            : new ConnectionOffer(true, [], tls.Mode == UpstreamTlsMode.Mutual ? Foreign : null);
        InboundTaking taking = InboundTransport.Choose(inbound, offer, server.TrustedRoot, ends.IsHttp);
        if (taking is InboundTaking.NoChain or InboundTaking.TlsAsHttp or InboundTaking.TcpWithTlsInside)
        {
            return new HandshakeResult(HandshakeOutcome.ClientRefuses, NoTls);
        }

        if (!(isMesh ? TrustsMesh(in ends, server) : TrustsForeign(in ends, server)))
        {
            return new HandshakeResult(HandshakeOutcome.ClientRefuses, VerifyFailed);
        }

        return new HandshakeResult(
            taking is InboundTaking.NoCertificate or InboundTaking.CertificateRefused
                ? HandshakeOutcome.ServerRefuses : HandshakeOutcome.Mutual,
            "", server.Principal);
    }

    /// <summary>A sidecar before its first push.</summary>
    private static InboundListener Unconfigured { get; } = new() { Port = 0 };

    /// <summary>A certificate from a file of the client.</summary>
    private static WorkloadIdentity Foreign { get; } = new("", "", "\u0000file");

    private static bool TrustsMesh(in ConnectionEnds ends, WorkloadIdentity server) =>
        !server.IsExpired && server.Root == ends.Client!.TrustedRoot
        && IsExpected(ends.Tls.SubjectAltNames, server.Principal);

    /// <summary>Without a CA nothing is checked. With one, names are: where the server name is the request's host
    /// (HTTP only), that host as a DNS name, which no certificate of the mesh carries; else those of the rule, if any.
    /// </summary>
    private static bool TrustsForeign(in ConnectionEnds ends, WorkloadIdentity server) =>
        ends.Tls.CaCertificates.Length == 0
        || (!server.IsExpired && !(ends.Tls.AutoSanValidation && ends.IsHttp)
            && IsExpected(ends.Tls.SubjectAltNames, server.Principal));

    private static bool IsExpected(IReadOnlyList<string> expected, string principal)
    {
        if (expected.Count == 0)
        {
            return true;
        }

        for (int i = 0; i < expected.Count; i++)
        {
            string san = expected[i];
            ReadOnlySpan<char> name = san.StartsWith("spiffe://", StringComparison.Ordinal) ? san.AsSpan(9) : san;
            if (name.SequenceEqual(principal))
            {
                return true;
            }
        }

        return false;
    }
}

using Sim.Xds;

namespace Sim.Runs;

/// <summary>What becomes of a connection between two workloads.</summary>
public enum HandshakeOutcome
{
    /// <summary>Plaintext, accepted; the server sees no identity.</summary>
    Plaintext,

    /// <summary>Mutual TLS; both sides know each other.</summary>
    Mutual,

    /// <summary>Plaintext that no filter chain takes: closed by the server, 503 UC at the caller, one attempt.</summary>
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

/// <summary>Decides what becomes of a connection, as <c>oracle/mtls</c> recorded it.</summary>
/// <remarks>
/// Istio: pilot/pkg/networking/core/filterchain_options.go (server chains),
/// pilot/pkg/networking/core/cluster_tls.go#buildUpstreamTLSSettings (client),
/// security/pkg model ApplyToCommonTLSContext (trust domains). In TLS 1.3 the client checks the server's certificate
/// first, so a root that neither side shares is a refusal by the client.
/// </remarks>
public static class MtlsHandshake
{
    /// <summary>Outcome of one connection to an HTTP port.</summary>
    /// <param name="tls">TLS settings of the client's cluster.</param>
    /// <param name="endpointTlsMode">TLS mode of the chosen endpoint, <c>istio</c> or empty.</param>
    /// <param name="client">Certificate of the caller; null = the caller has no sidecar.</param>
    /// <param name="serverHasSidecar">The server's pod runs a proxy.</param>
    /// <param name="server">Certificate of the server; null without sidecar.</param>
    /// <param name="inbound">The server's listener; null without sidecar.</param>
    public static HandshakeOutcome Decide(
        UpstreamTls tls, string endpointTlsMode, WorkloadIdentity? client, bool serverHasSidecar,
        WorkloadIdentity? server, InboundListener? inbound)
    {
        bool usesMtls = client is not null && (tls.Mode == UpstreamTlsMode.IstioMutual
            || (tls.Mode == UpstreamTlsMode.AutoMtls && endpointTlsMode == "istio"));
        MtlsMode mode = serverHasSidecar ? inbound?.Mtls ?? MtlsMode.Permissive : MtlsMode.Disable;
        if (tls.Mode is UpstreamTlsMode.Simple or UpstreamTlsMode.Mutual && client is not null)
        {
            return DecideForeignTls(tls.Mode, mode);
        }

        if (!usesMtls)
        {
            return serverHasSidecar && mode == MtlsMode.Strict
                ? HandshakeOutcome.PlaintextRefused : HandshakeOutcome.Plaintext;
        }

        if (!serverHasSidecar || mode == MtlsMode.Disable || server is null)
        {
            return HandshakeOutcome.ClientRefuses;
        }

        if (server.IsExpired || !string.Equals(server.Root, client!.TrustedRoot, StringComparison.Ordinal)
            || !IsExpectedServer(tls.SubjectAltNames, server.Principal))
        {
            return HandshakeOutcome.ClientRefuses;
        }

        bool isForeign = inbound is { TrustDomains.Count: > 0 } && !inbound.TrustDomains.Contains(client.TrustDomain);
        bool isUnknown = !string.Equals(client.Root, server.TrustedRoot, StringComparison.Ordinal);
        return client.IsExpired || isForeign || isUnknown ? HandshakeOutcome.ServerRefuses : HandshakeOutcome.Mutual;
    }

    /// <summary>TLS without Istio's ALPN and identity: a STRICT server wants a client certificate, a PERMISSIVE one
    /// takes such bytes for no chain of its own.</summary>
    private static HandshakeOutcome DecideForeignTls(UpstreamTlsMode mode, MtlsMode server) =>
        server == MtlsMode.Strict && mode == UpstreamTlsMode.Simple
            ? HandshakeOutcome.ServerRefuses : HandshakeOutcome.ClientRefuses;

    private static bool IsExpectedServer(IReadOnlyList<string> expected, string principal)
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

using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a client offers when it opens a connection.</summary>
/// <param name="IsTls">It speaks TLS.</param>
/// <param name="Alpn">Application protocols in its order.</param>
/// <param name="Certificate">Its certificate; null = none.</param>
public readonly record struct ConnectionOffer(bool IsTls, IReadOnlyList<string> Alpn, WorkloadIdentity? Certificate)
{
    private static readonly string[] s_http = ["istio-http/1.1", "istio", "http/1.1"];
    private static readonly string[] s_tcp = ["istio-peer-exchange", "istio"];

    /// <summary>Plaintext.</summary>
    public static ConnectionOffer Plaintext { get; } = new(false, [], null);

    /// <summary>What a sidecar offers to a server of the mesh.</summary>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="isHttp">The connection carries HTTP.</param>
    public static ConnectionOffer OfSidecar(WorkloadIdentity certificate, bool isHttp) =>
        new(true, isHttp ? s_http : s_tcp, certificate);
}

/// <summary>How a server's proxy takes a connection.</summary>
public enum InboundTaking
{
    /// <summary>The HTTP chain; TLS, if any, ends here.</summary>
    Http,

    /// <summary>The TCP chain; TLS, if any, ends here.</summary>
    Tcp,

    /// <summary>The TCP chain; TLS goes on to the application, no identity is seen.</summary>
    TcpWithTlsInside,

    /// <summary>The HTTP chain in plaintext gets TLS bytes: 400, <c>http1.codec_error</c>.</summary>
    TlsAsHttp,

    /// <summary>No chain: closed, NR.</summary>
    NoChain,

    /// <summary>TLS wants a certificate and the client has none.</summary>
    NoCertificate,

    /// <summary>The client's certificate is not trusted: other root, expired, other trust domain.</summary>
    CertificateRefused,
}

/// <summary>A server proxy's choice of filter chain for a connection.</summary>
/// <remarks>
/// Istio: pilot/pkg/networking/core/filterchain_options.go (chains by mode and protocol), plugin/authn/util.go (trust
/// domains); Envoy: filter chain match by transport protocol, then by application protocol. As <c>oracle/mtls</c>
/// recorded it.
/// </remarks>
public static class InboundTransport
{
    /// <summary>Chooses the chain.</summary>
    /// <param name="listener">The port.</param>
    /// <param name="offer">What the client offers.</param>
    /// <param name="root">Root that the server trusts.</param>
    /// <param name="looksLikeHttp">What a sniffed port finds in plaintext.</param>
    public static InboundTaking Choose(
        InboundListener listener, ConnectionOffer offer, string root, bool looksLikeHttp)
    {
        bool isSniffed = listener.Protocol == PortProtocol.Auto;
        bool isHttp = listener.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc;
        if (!offer.IsTls)
        {
            return listener.Mtls == MtlsMode.Strict ? InboundTaking.NoChain
                : isHttp || (isSniffed && looksLikeHttp) ? InboundTaking.Http : InboundTaking.Tcp;
        }

        if (listener.Mtls == MtlsMode.Disable)
        {
            return isHttp ? InboundTaking.TlsAsHttp : InboundTaking.TcpWithTlsInside;
        }

        string? protocol = FirstOfIstio(offer.Alpn);
        if (listener.Mtls == MtlsMode.Permissive && protocol is null)
        {
            return isHttp ? InboundTaking.NoChain : InboundTaking.TcpWithTlsInside;
        }

        if (offer.Certificate is not { } certificate)
        {
            return InboundTaking.NoCertificate;
        }

        if (certificate.IsExpired || certificate.Root != root
            || (listener.TrustDomains.Count > 0 && !listener.TrustDomains.Contains(certificate.TrustDomain)))
        {
            return InboundTaking.CertificateRefused;
        }

        bool isHttpInside = protocol?.StartsWith("istio-h", StringComparison.Ordinal) ?? false;
        return isHttp || (isSniffed && isHttpInside) ? InboundTaking.Http : InboundTaking.Tcp;
    }

    private static string? FirstOfIstio(IReadOnlyList<string> offered)
    {
        for (int i = 0; i < offered.Count; i++)
        {
            if (IsOfIstio(offered[i]))
            {
                return offered[i];
            }
        }

        return null;
    }

    private static bool IsOfIstio(string alpn) =>
        alpn is "istio" or "istio-peer-exchange" or "istio-http/1.0" or "istio-http/1.1" or "istio-h2";
}

using Sim.Core;

namespace Sim.Manifests;

/// <summary>Listeners of gateway pods.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The listeners.</param>
public sealed record Gateway(
    ObjectHeader Header, GatewaySpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a Gateway.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Servers">Listeners.</param>
/// <param name="Selector">Labels of the gateway pods.</param>
public sealed record GatewaySpec(
    SourceSpan Span, IReadOnlyList<GatewayServer> Servers, SpannedMap<Spanned<string>> Selector);

/// <summary>One listener.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">Port and protocol.</param>
/// <param name="Bind">Address to bind to.</param>
/// <param name="Hosts">Hosts, perhaps with namespace/ in front.</param>
/// <param name="Tls">TLS.</param>
/// <param name="DefaultEndpoint">Unused by Istio.</param>
/// <param name="Name">Name.</param>
public sealed record GatewayServer(
    SourceSpan Span, GatewayPort? Port, Spanned<string>? Bind, IReadOnlyList<Spanned<string>> Hosts,
    ServerTlsSettings? Tls, Spanned<string>? DefaultEndpoint, Spanned<string>? Name);

/// <summary>Port and protocol of a listener.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Number">Port.</param>
/// <param name="Protocol">HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.</param>
/// <param name="Name">Name.</param>
/// <param name="TargetPort">Obsolete.</param>
public sealed record GatewayPort(
    SourceSpan Span, Spanned<long>? Number, Spanned<string>? Protocol, Spanned<string>? Name,
    Spanned<long>? TargetPort);

/// <summary>TLS of a listener.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="HttpsRedirect">True redirects plain requests.</param>
/// <param name="Mode">PASSTHROUGH, SIMPLE, MUTUAL, AUTO_PASSTHROUGH, ISTIO_MUTUAL, OPTIONAL_MUTUAL.</param>
/// <param name="ServerCertificate">File of the certificate.</param>
/// <param name="PrivateKey">File of the private key.</param>
/// <param name="CaCertificates">File of the trusted roots.</param>
/// <param name="CaCrl">File of the revocation list.</param>
/// <param name="CredentialName">Secret with keys.</param>
/// <param name="CredentialNames">Secrets with keys; since 1.26.</param>
/// <param name="CaCertCredentialName">Secret with roots; since 1.28.</param>
/// <param name="TlsCertificates">Certificates; since 1.26.</param>
/// <param name="SubjectAltNames">Names the client's certificate may carry.</param>
/// <param name="VerifyCertificateSpki">Allowed key digests.</param>
/// <param name="VerifyCertificateHash">Allowed certificate digests.</param>
/// <param name="MinProtocolVersion">Least TLS version.</param>
/// <param name="MaxProtocolVersion">Highest TLS version.</param>
/// <param name="CipherSuites">Cipher suites.</param>
/// <param name="EcdhCurves">Curves; profile 1.31.</param>
/// <param name="InsecureSkipVerify">True turns the check of the client off; profile 1.31.</param>
public sealed record ServerTlsSettings(
    SourceSpan Span, Spanned<bool>? HttpsRedirect, Spanned<string>? Mode, Spanned<string>? ServerCertificate,
    Spanned<string>? PrivateKey, Spanned<string>? CaCertificates, Spanned<string>? CaCrl,
    Spanned<string>? CredentialName, IReadOnlyList<Spanned<string>> CredentialNames,
    Spanned<string>? CaCertCredentialName, IReadOnlyList<TlsCertificate> TlsCertificates,
    IReadOnlyList<Spanned<string>> SubjectAltNames, IReadOnlyList<Spanned<string>> VerifyCertificateSpki,
    IReadOnlyList<Spanned<string>> VerifyCertificateHash, Spanned<string>? MinProtocolVersion,
    Spanned<string>? MaxProtocolVersion, IReadOnlyList<Spanned<string>> CipherSuites,
    IReadOnlyList<Spanned<string>> EcdhCurves, Spanned<bool>? InsecureSkipVerify);

/// <summary>One certificate with its key.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="ServerCertificate">File of the certificate.</param>
/// <param name="PrivateKey">File of the private key.</param>
/// <param name="CaCertificates">File of the trusted roots.</param>
public sealed record TlsCertificate(
    SourceSpan Span, Spanned<string>? ServerCertificate, Spanned<string>? PrivateKey, Spanned<string>? CaCertificates);

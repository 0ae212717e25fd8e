using Sim.Core;

namespace Sim.Manifests;

/// <summary>Limits towards an upstream.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Tcp">Limits of connections.</param>
/// <param name="Http">Limits of requests.</param>
public sealed record ConnectionPoolSettings(
    SourceSpan Span, TcpSettings? Tcp, HttpSettings? Http);

/// <summary>Limits of connections.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="MaxConnections">Most connections, default 2^32-1.</param>
/// <param name="ConnectTimeout">Time to connect, default 10 s.</param>
/// <param name="IdleTimeout">Time an idle connection lives, default 1 h.</param>
/// <param name="MaxConnectionDuration">Time any connection lives.</param>
/// <param name="TcpKeepalive">Keep-alive probes.</param>
public sealed record TcpSettings(
    SourceSpan Span, Spanned<long>? MaxConnections, [Duration] Spanned<long>? ConnectTimeout,
    [Duration] Spanned<long>? IdleTimeout, [Duration] Spanned<long>? MaxConnectionDuration, TcpKeepalive? TcpKeepalive);

/// <summary>Keep-alive probes.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Probes">Probes before the connection is dead.</param>
/// <param name="Time">Idle time before the first probe.</param>
/// <param name="Interval">Time between probes.</param>
public sealed record TcpKeepalive(
    SourceSpan Span, Spanned<long>? Probes, [Duration] Spanned<long>? Time, [Duration] Spanned<long>? Interval);

/// <summary>Limits of requests.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Http1MaxPendingRequests">Most requests waiting for a connection, default 2^32-1.</param>
/// <param name="Http2MaxRequests">Most requests at once, default 2^32-1.</param>
/// <param name="MaxRequestsPerConnection">Most requests of one connection; 0 = no limit.</param>
/// <param name="MaxRetries">Most retries at once, default 2^32-1.</param>
/// <param name="IdleTimeout">Time an idle connection lives, default 1 h.</param>
/// <param name="H2UpgradePolicy">DEFAULT, DO_NOT_UPGRADE or UPGRADE.</param>
/// <param name="UseClientProtocol">True keeps the caller's protocol.</param>
/// <param name="MaxConcurrentStreams">Most streams of one HTTP/2 connection.</param>
/// <param name="Http2KeepAlive">HTTP/2 pings; profile 1.31.</param>
public sealed record HttpSettings(
    SourceSpan Span, Spanned<long>? Http1MaxPendingRequests, Spanned<long>? Http2MaxRequests,
    Spanned<long>? MaxRequestsPerConnection, Spanned<long>? MaxRetries, [Duration] Spanned<long>? IdleTimeout,
    Spanned<string>? H2UpgradePolicy, Spanned<bool>? UseClientProtocol, Spanned<long>? MaxConcurrentStreams,
    Http2KeepAlive? Http2KeepAlive);

/// <summary>HTTP/2 pings.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Interval">Time between pings.</param>
/// <param name="Timeout">Time to wait for the answer.</param>
public sealed record Http2KeepAlive(
    SourceSpan Span, [Duration] Spanned<long>? Interval, [Duration] Spanned<long>? Timeout);

/// <summary>TLS towards an upstream.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Mode">DISABLE, SIMPLE, MUTUAL or ISTIO_MUTUAL.</param>
/// <param name="ClientCertificate">File of the client certificate.</param>
/// <param name="PrivateKey">File of the private key.</param>
/// <param name="CaCertificates">File of the trusted roots.</param>
/// <param name="CredentialName">Secret with keys and roots.</param>
/// <param name="SubjectAltNames">Names the server's certificate may carry.</param>
/// <param name="Sni">Server name to ask for.</param>
/// <param name="InsecureSkipVerify">True turns the check of the server off.</param>
/// <param name="CaCrl">File of the revocation list.</param>
public sealed record ClientTlsSettings(
    SourceSpan Span, Spanned<string>? Mode, Spanned<string>? ClientCertificate, Spanned<string>? PrivateKey,
    Spanned<string>? CaCertificates, Spanned<string>? CredentialName, IReadOnlyList<Spanned<string>> SubjectAltNames,
    Spanned<string>? Sni, Spanned<bool>? InsecureSkipVerify, Spanned<string>? CaCrl);

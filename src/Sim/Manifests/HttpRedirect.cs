using Sim.Core;

namespace Sim.Manifests;

/// <summary>Answers with a redirection.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Uri">New path.</param>
/// <param name="Authority">New authority.</param>
/// <param name="Port">New port.</param>
/// <param name="DerivePort">FROM_PROTOCOL_DEFAULT or FROM_REQUEST_PORT.</param>
/// <param name="Scheme">New scheme.</param>
/// <param name="RedirectCode">Status, default 301.</param>
/// <param name="PrefixRewrite">New prefix of the path; profile 1.31.</param>
public sealed record HttpRedirect(
    SourceSpan Span, Spanned<string>? Uri, Spanned<string>? Authority, Spanned<long>? Port, Spanned<string>? DerivePort,
    Spanned<string>? Scheme, Spanned<long>? RedirectCode, Spanned<string>? PrefixRewrite);

/// <summary>Answers itself.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Status">Status.</param>
/// <param name="Body">Body.</param>
public sealed record HttpDirectResponse(
    SourceSpan Span, Spanned<long>? Status, HttpBody? Body);

/// <summary>Body of a direct answer.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="String">Text.</param>
/// <param name="Bytes">Bytes in base64.</param>
public sealed record HttpBody(
    SourceSpan Span, Spanned<string>? String, Spanned<string>? Bytes);

/// <summary>Another VirtualService without hosts.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Namespace">Namespace, default the root's.</param>
public sealed record HttpDelegate(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Namespace);

/// <summary>Changes of path or authority.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Uri">New path or prefix.</param>
/// <param name="Authority">New authority.</param>
/// <param name="UriRegexRewrite">New path by expression.</param>
public sealed record HttpRewrite(
    SourceSpan Span, Spanned<string>? Uri, Spanned<string>? Authority, RegexRewrite? UriRegexRewrite);

/// <summary>Replacement by an RE2 expression.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Match">Expression.</param>
/// <param name="Rewrite">Replacement.</param>
public sealed record RegexRewrite(
    SourceSpan Span, Spanned<string>? Match, Spanned<string>? Rewrite);

/// <summary>Retries.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Attempts">Number of retries; 0 turns them off.</param>
/// <param name="PerTryTimeout">Time of one attempt.</param>
/// <param name="RetryOn">Conditions and codes, separated by commas.</param>
/// <param name="RetryRemoteLocalities">True also retries in other localities.</param>
/// <param name="RetryIgnorePreviousHosts">False may pick a tried host again; since 1.26.</param>
/// <param name="Backoff">Base of the back-off; since 1.26.</param>
public sealed record HttpRetry(
    SourceSpan Span, Spanned<long>? Attempts, [Duration] Spanned<long>? PerTryTimeout, Spanned<string>? RetryOn,
    Spanned<bool>? RetryRemoteLocalities, Spanned<bool>? RetryIgnorePreviousHosts, [Duration] Spanned<long>? Backoff);

/// <summary>Injected faults.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Delay">Delay.</param>
/// <param name="Abort">Abort.</param>
public sealed record HttpFaultInjection(
    SourceSpan Span, FaultDelay? Delay, FaultAbort? Abort);

/// <summary>A delay before the request is forwarded.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="FixedDelay">The delay.</param>
/// <param name="ExponentialDelay">Unused by Istio.</param>
/// <param name="Percentage">Share of requests.</param>
/// <param name="Percent">Obsolete share of requests.</param>
public sealed record FaultDelay(
    SourceSpan Span, [Duration] Spanned<long>? FixedDelay, [Duration] Spanned<long>? ExponentialDelay,
    Percent? Percentage, Spanned<long>? Percent);

/// <summary>An answer in the upstream's place.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="HttpStatus">Status.</param>
/// <param name="GrpcStatus">gRPC status.</param>
/// <param name="Http2Error">Unused by Istio.</param>
/// <param name="Percentage">Share of requests.</param>
public sealed record FaultAbort(
    SourceSpan Span, Spanned<long>? HttpStatus, Spanned<string>? GrpcStatus, Spanned<string>? Http2Error,
    Percent? Percentage);

/// <summary>A percentage.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Value">0..100.</param>
public sealed record Percent(
    SourceSpan Span, Spanned<double>? Value);

/// <summary>Receives copies.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Destination">Where.</param>
/// <param name="Percentage">Share of requests, default all.</param>
public sealed record HttpMirrorPolicy(
    SourceSpan Span, Destination? Destination, Percent? Percentage);

/// <summary>Cross-origin rules.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="AllowOrigin">Obsolete list of origins.</param>
/// <param name="AllowOrigins">Origins.</param>
/// <param name="AllowMethods">Methods.</param>
/// <param name="AllowHeaders">Request headers.</param>
/// <param name="ExposeHeaders">Response headers.</param>
/// <param name="MaxAge">How long a preflight answer is valid.</param>
/// <param name="AllowCredentials">True allows credentials.</param>
/// <param name="UnmatchedPreflights">FORWARD or IGNORE; since 1.23.</param>
public sealed record CorsPolicy(
    SourceSpan Span, IReadOnlyList<Spanned<string>> AllowOrigin, IReadOnlyList<StringMatch> AllowOrigins,
    IReadOnlyList<Spanned<string>> AllowMethods, IReadOnlyList<Spanned<string>> AllowHeaders,
    IReadOnlyList<Spanned<string>> ExposeHeaders, [Duration] Spanned<long>? MaxAge, Spanned<bool>? AllowCredentials,
    Spanned<string>? UnmatchedPreflights);

/// <summary>Changes of headers.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Request">Of the request.</param>
/// <param name="Response">Of the response.</param>
public sealed record HeaderRules(
    SourceSpan Span, HeaderOperations? Request, HeaderOperations? Response);

/// <summary>Changes of headers in one direction.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Set">Overwrite.</param>
/// <param name="Add">Append.</param>
/// <param name="Remove">Remove.</param>
public sealed record HeaderOperations(
    SourceSpan Span, SpannedMap<Spanned<string>> Set, SpannedMap<Spanned<string>> Add,
    IReadOnlyList<Spanned<string>> Remove);

/// <summary>A route by server name.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Match">Conditions, any of which suffices.</param>
/// <param name="Route">Where connections go, by weight.</param>
public sealed record TlsRoute(
    SourceSpan Span, IReadOnlyList<TlsMatchAttributes> Match, IReadOnlyList<RouteDestination> Route);

/// <summary>Conditions of a TLS route.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="SniHosts">Server names.</param>
/// <param name="DestinationSubnets">Address ranges of the destination.</param>
/// <param name="Port">Port.</param>
/// <param name="SourceLabels">Labels of the caller.</param>
/// <param name="Gateways">Gateways it applies to.</param>
/// <param name="SourceNamespace">Namespace of the caller.</param>
public sealed record TlsMatchAttributes(
    SourceSpan Span, IReadOnlyList<Spanned<string>> SniHosts, IReadOnlyList<Spanned<string>> DestinationSubnets,
    Spanned<long>? Port, SpannedMap<Spanned<string>> SourceLabels, IReadOnlyList<Spanned<string>> Gateways,
    Spanned<string>? SourceNamespace);

/// <summary>A TCP route.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Match">Conditions, any of which suffices; none = always.</param>
/// <param name="Route">Where connections go, by weight.</param>
public sealed record TcpRoute(
    SourceSpan Span, IReadOnlyList<L4MatchAttributes> Match, IReadOnlyList<RouteDestination> Route);

/// <summary>Conditions of a TCP route.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="DestinationSubnets">Address ranges of the destination.</param>
/// <param name="Port">Port.</param>
/// <param name="SourceLabels">Labels of the caller.</param>
/// <param name="SourceSubnet">Unused by Istio.</param>
/// <param name="Gateways">Gateways it applies to.</param>
/// <param name="SourceNamespace">Namespace of the caller.</param>
public sealed record L4MatchAttributes(
    SourceSpan Span, IReadOnlyList<Spanned<string>> DestinationSubnets, Spanned<long>? Port,
    SpannedMap<Spanned<string>> SourceLabels, Spanned<string>? SourceSubnet, IReadOnlyList<Spanned<string>> Gateways,
    Spanned<string>? SourceNamespace);

/// <summary>One destination of a TCP or TLS route with its share.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Destination">Where.</param>
/// <param name="Weight">Share relative to the other destinations.</param>
public sealed record RouteDestination(
    SourceSpan Span, Destination? Destination, Spanned<long>? Weight);

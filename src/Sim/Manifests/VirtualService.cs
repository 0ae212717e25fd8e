using Sim.Core;

namespace Sim.Manifests;

/// <summary>Routes of hosts.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The routes.</param>
public sealed record VirtualService(
    ObjectHeader Header, VirtualServiceSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a VirtualService.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Hosts">Hosts it applies to.</param>
/// <param name="Gateways">Gateways it applies to; mesh (default) = the sidecars.</param>
/// <param name="Http">HTTP routes, the first match wins.</param>
/// <param name="Tls">TLS routes by server name.</param>
/// <param name="Tcp">TCP routes.</param>
/// <param name="ExportTo">Namespaces that see it.</param>
public sealed record VirtualServiceSpec(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Hosts, IReadOnlyList<Spanned<string>> Gateways,
    IReadOnlyList<HttpRoute> Http, IReadOnlyList<TlsRoute> Tls, IReadOnlyList<TcpRoute> Tcp,
    IReadOnlyList<Spanned<string>> ExportTo);

/// <summary>One HTTP rule.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name, for logs.</param>
/// <param name="Match">Conditions, any of which suffices; none = always.</param>
/// <param name="Route">Where requests go, by weight.</param>
/// <param name="Redirect">Answers with a redirection.</param>
/// <param name="DirectResponse">Answers itself.</param>
/// <param name="Delegate">Continues in another VirtualService.</param>
/// <param name="Rewrite">Changes path or authority.</param>
/// <param name="Timeout">Time of the whole request; 0s = none.</param>
/// <param name="Retries">Retries.</param>
/// <param name="Fault">Injected faults.</param>
/// <param name="Mirror">Receives copies.</param>
/// <param name="Mirrors">Receive copies.</param>
/// <param name="MirrorPercent">Obsolete share of copies.</param>
/// <param name="MirrorPercentOld">Obsolete spelling of mirrorPercent.</param>
/// <param name="MirrorPercentage">Share of copies.</param>
/// <param name="CorsPolicy">Cross-origin rules.</param>
/// <param name="Headers">Changes of headers.</param>
public sealed record HttpRoute(
    SourceSpan Span, Spanned<string>? Name, IReadOnlyList<HttpMatchRequest> Match,
    IReadOnlyList<HttpRouteDestination> Route, HttpRedirect? Redirect, HttpDirectResponse? DirectResponse,
    HttpDelegate? Delegate, HttpRewrite? Rewrite, [Duration] Spanned<long>? Timeout, HttpRetry? Retries,
    HttpFaultInjection? Fault, Destination? Mirror, IReadOnlyList<HttpMirrorPolicy> Mirrors,
    Spanned<long>? MirrorPercent, [Field("mirror_percent")] Spanned<long>? MirrorPercentOld, Percent? MirrorPercentage,
    CorsPolicy? CorsPolicy, HeaderRules? Headers);

/// <summary>Conditions of a rule; all that are given must hold.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name, for statistics.</param>
/// <param name="Uri">Path.</param>
/// <param name="Scheme">Scheme.</param>
/// <param name="Method">Method.</param>
/// <param name="Authority">Host header.</param>
/// <param name="Headers">Headers; an empty match asks for presence.</param>
/// <param name="Port">Port of the request.</param>
/// <param name="SourceLabels">Labels of the caller.</param>
/// <param name="Gateways">Gateways it applies to.</param>
/// <param name="QueryParams">Query parameters.</param>
/// <param name="IgnoreUriCase">True ignores case in the path.</param>
/// <param name="WithoutHeaders">Headers that must not match.</param>
/// <param name="SourceNamespace">Namespace of the caller.</param>
/// <param name="StatPrefix">Prefix of statistics.</param>
public sealed record HttpMatchRequest(
    SourceSpan Span, Spanned<string>? Name, StringMatch? Uri, StringMatch? Scheme, StringMatch? Method,
    StringMatch? Authority, SpannedMap<StringMatch> Headers, Spanned<long>? Port,
    SpannedMap<Spanned<string>> SourceLabels, IReadOnlyList<Spanned<string>> Gateways,
    SpannedMap<StringMatch> QueryParams, Spanned<bool>? IgnoreUriCase, SpannedMap<StringMatch> WithoutHeaders,
    Spanned<string>? SourceNamespace, Spanned<string>? StatPrefix);

/// <summary>A match of text; with none of the three, presence.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Exact">Equal to.</param>
/// <param name="Prefix">Begins with.</param>
/// <param name="Regex">Matches the whole RE2 expression.</param>
public sealed record StringMatch(
    SourceSpan Span, Spanned<string>? Exact, Spanned<string>? Prefix, Spanned<string>? Regex);

/// <summary>One destination with its share.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Destination">Where.</param>
/// <param name="Weight">Share relative to the other destinations.</param>
/// <param name="Headers">Changes of headers.</param>
public sealed record HttpRouteDestination(
    SourceSpan Span, Destination? Destination, Spanned<long>? Weight, HeaderRules? Headers);

/// <summary>A host, perhaps a subset and port of it.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Host">Host; a short name is completed with the rule's namespace.</param>
/// <param name="Subset">Subset of a DestinationRule.</param>
/// <param name="Port">Port; may be absent when the host has only one.</param>
public sealed record Destination(
    SourceSpan Span, Spanned<string>? Host, Spanned<string>? Subset, PortSelector? Port);

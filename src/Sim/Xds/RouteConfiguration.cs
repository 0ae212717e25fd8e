using Sim.Core;

namespace Sim.Xds;

/// <summary>How a text is compared.</summary>
public enum StringMatchKind
{
    /// <summary>Equal.</summary>
    Exact,

    /// <summary>Begins with.</summary>
    Prefix,

    /// <summary>Ends with.</summary>
    Suffix,

    /// <summary>Contains.</summary>
    Contains,

    /// <summary>RE2, matching the whole text.</summary>
    Regex,

    /// <summary>Present, whatever the value.</summary>
    Present,
}

/// <summary>A comparison with a text.</summary>
/// <param name="Kind">How.</param>
/// <param name="Value">With what.</param>
/// <param name="IgnoreCase">Upper and lower case are equal.</param>
public sealed record StringMatcher(StringMatchKind Kind, string Value, bool IgnoreCase = false);

/// <summary>A condition on a header (pseudo headers <c>:method</c>, <c>:path</c>, <c>:authority</c>, <c>:scheme</c>
/// included).</summary>
/// <param name="Name">Header name in lower case.</param>
/// <param name="Match">Comparison; null with <paramref name="Range"/> null = presence.</param>
/// <param name="Range">Half-open range of an integer value.</param>
/// <param name="PresentMatch">Presence test when not null.</param>
/// <param name="Invert">Negated.</param>
/// <param name="TreatMissingAsEmpty">A missing header is the empty text.</param>
public sealed record HeaderMatcher(
    string Name, StringMatcher? Match = null, (long Start, long End)? Range = null, bool? PresentMatch = null,
    bool Invert = false, bool TreatMissingAsEmpty = false);

/// <summary>A condition on the first value of a query parameter.</summary>
/// <param name="Name">Parameter.</param>
/// <param name="Match">Comparison; null = presence.</param>
/// <param name="PresentMatch">Presence test when not null.</param>
public sealed record QueryParameterMatcher(string Name, StringMatcher? Match, bool? PresentMatch = null);

/// <summary>How a path is compared. Query and fragment do not count.</summary>
public enum PathMatchKind
{
    /// <summary>Begins with the value, no separator rule.</summary>
    Prefix,

    /// <summary>Equal.</summary>
    Exact,

    /// <summary>RE2 over the whole path.</summary>
    Regex,

    /// <summary>Equal, or the value followed by a slash.</summary>
    PathSeparatedPrefix,

    /// <summary>CONNECT requests.</summary>
    Connect,

    /// <summary>URI template (<c>{*}</c>, <c>{**}</c>).</summary>
    UriTemplate,
}

/// <summary>Numerator over 100, 10,000 or 1,000,000.</summary>
/// <param name="Numerator">Numerator.</param>
/// <param name="Denominator">Denominator.</param>
public readonly record struct FractionalPercent(uint Numerator, uint Denominator)
{
    /// <summary>Always.</summary>
    public static FractionalPercent Always { get; } = new(100, 100);

    /// <summary>Whether a random number falls inside.</summary>
    public bool Includes(ulong random) => random % Denominator < Numerator;
}

/// <summary>Condition on what earlier filters noted about a request: a text, or one text of a list.</summary>
/// <param name="Filter">Filter that noted it.</param>
/// <param name="Path">Keys from the outside in.</param>
/// <param name="Match">Comparison; null = any value.</param>
/// <param name="Invert">The condition must not hold.</param>
public sealed record MetadataMatcher(
    string Filter, IReadOnlyList<string> Path, StringMatcher? Match, bool Invert = false);

/// <summary>Conditions of a route, all of which must hold.</summary>
public sealed record RouteMatch
{
    /// <summary>How the path is compared.</summary>
    public PathMatchKind PathKind { get; init; } = PathMatchKind.Prefix;

    /// <summary>With what.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Case of prefix and exact paths counts.</summary>
    public bool CaseSensitive { get; init; } = true;

    /// <summary>Header conditions.</summary>
    public IReadOnlyList<HeaderMatcher> Headers { get; init; } = [];

    /// <summary>Query parameter conditions.</summary>
    public IReadOnlyList<QueryParameterMatcher> QueryParameters { get; init; } = [];

    /// <summary>Conditions on metadata, such as the claims of a verified token.</summary>
    public IReadOnlyList<MetadataMatcher> Metadata { get; init; } = [];

    /// <summary>Share of requests; null = all.</summary>
    public FractionalPercent? RuntimeFraction { get; init; }

    /// <summary>gRPC requests only.</summary>
    public bool GrpcOnly { get; init; }
}

/// <summary>Header operations.</summary>
/// <param name="Name">Header.</param>
/// <param name="Value">Value.</param>
/// <param name="Append">Append instead of overwrite.</param>
public sealed record HeaderValueOption(string Name, string Value, bool Append);

/// <summary>Changes to request and response headers.</summary>
public sealed record HeaderOperations
{
    /// <summary>No change.</summary>
    public static HeaderOperations None { get; } = new();

    /// <summary>Set or added to the request.</summary>
    public IReadOnlyList<HeaderValueOption> RequestAdd { get; init; } = [];

    /// <summary>Removed from the request.</summary>
    public IReadOnlyList<string> RequestRemove { get; init; } = [];

    /// <summary>Set or added to the response.</summary>
    public IReadOnlyList<HeaderValueOption> ResponseAdd { get; init; } = [];

    /// <summary>Removed from the response.</summary>
    public IReadOnlyList<string> ResponseRemove { get; init; } = [];
}

/// <summary>One entry of a weighted choice.</summary>
/// <param name="Name">Cluster.</param>
/// <param name="Weight">Share.</param>
/// <param name="Headers">Header changes of this entry.</param>
/// <param name="HostRewrite">Host for this entry; empty = unchanged.</param>
/// <param name="Origin">Where the destination stands.</param>
public sealed record WeightedCluster(
    string Name, uint Weight, HeaderOperations? Headers = null, string HostRewrite = "", SourceSpan Origin = default);

/// <summary>A hash policy of a route.</summary>
/// <param name="Kind">header, cookie, source_ip, query_parameter or filter_state.</param>
/// <param name="Name">Header, cookie or parameter name.</param>
/// <param name="CookieTtlNs">Lifetime of a generated cookie; null = none is generated.</param>
/// <param name="CookiePath">Path of a generated cookie.</param>
/// <param name="Terminal">Stop once a hash exists.</param>
/// <param name="RegexRewrite">Rewrite of header values: RE2 pattern, substitution with <c>\1</c>; null = none.</param>
public sealed record HashPolicy(
    string Kind, string Name = "", long? CookieTtlNs = null, string CookiePath = "", bool Terminal = false,
    (string Pattern, string Substitution)? RegexRewrite = null);

/// <summary>A copy of requests sent elsewhere.</summary>
/// <param name="Cluster">Where to.</param>
/// <param name="Fraction">Share.</param>
/// <param name="DisableShadowHostSuffix">Host stays unchanged (Istio 1.28 and later).</param>
public sealed record RequestMirror(string Cluster, FractionalPercent Fraction, bool DisableShadowHostSuffix = true);

/// <summary>When and how a request is tried again.</summary>
/// <remarks>Envoy: api/envoy/config/route/v3/route_components.proto#RetryPolicy.</remarks>
public sealed record RetryPolicy
{
    /// <summary>Comma-separated conditions.</summary>
    public string RetryOn { get; init; } = "";

    /// <summary>Retries after the first attempt.</summary>
    public uint NumRetries { get; init; } = 1;

    /// <summary>Per-try timeout in nanoseconds, 0 = none.</summary>
    public long PerTryTimeoutNs { get; init; }

    /// <summary>Per-try idle timeout in nanoseconds, 0 = none.</summary>
    public long PerTryIdleTimeoutNs { get; init; }

    /// <summary>Codes of <c>retriable-status-codes</c>.</summary>
    public IReadOnlyList<int> RetriableStatusCodes { get; init; } = [];

    /// <summary>Response headers of <c>retriable-headers</c>.</summary>
    public IReadOnlyList<HeaderMatcher> RetriableHeaders { get; init; } = [];

    /// <summary>Request headers, one of which must match for retries at all; empty = no condition.</summary>
    public IReadOnlyList<HeaderMatcher> RetriableRequestHeaders { get; init; } = [];

    /// <summary>Hosts already tried are avoided (<c>previous_hosts</c>).</summary>
    public bool AvoidPreviousHosts { get; init; }

    /// <summary>Update frequency of <c>previous_priorities</c>, 0 = off.</summary>
    public int PreviousPrioritiesFrequency { get; init; }

    /// <summary>Further picks when a predicate refuses a host.</summary>
    public uint HostSelectionRetryMaxAttempts { get; init; } = 1;

    /// <summary>First back-off window in nanoseconds.</summary>
    public long BackoffBaseNs { get; init; } = 25 * SimDuration.Millisecond;

    /// <summary>Largest window in nanoseconds; 0 = ten times the base.</summary>
    public long BackoffMaxNs { get; init; }

    /// <summary>Back-off told by a response header; null = off.</summary>
    public RateLimitedBackoff? RateLimitedBackoff { get; init; }

    /// <summary>Keep the timed-out try running.</summary>
    public bool HedgeOnPerTryTimeout { get; init; }

    /// <summary>Where the policy stands; unknown for built-in defaults.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Back-off told by response headers.</summary>
/// <param name="ResetHeaders">Header names with their format (SECONDS or UNIX_TIMESTAMP), in order.</param>
/// <param name="MaxIntervalNs">Longer intervals are ignored.</param>
public sealed record RateLimitedBackoff(
    IReadOnlyList<(string Name, bool IsUnixTimestamp)> ResetHeaders, long MaxIntervalNs = 300 * SimDuration.Second);

/// <summary>Fault injection of a route.</summary>
public sealed record FaultConfig
{
    /// <summary>Fixed delay in nanoseconds; 0 = none.</summary>
    public long DelayNs { get; init; }

    /// <summary>Share of delayed requests.</summary>
    public FractionalPercent DelayPercentage { get; init; }

    /// <summary>Status of aborted requests; 0 = none.</summary>
    public int AbortHttpStatus { get; init; }

    /// <summary>gRPC status of aborted requests; null = none.</summary>
    public int? AbortGrpcStatus { get; init; }

    /// <summary>Share of aborted requests.</summary>
    public FractionalPercent AbortPercentage { get; init; }

    /// <summary>Header conditions.</summary>
    public IReadOnlyList<HeaderMatcher> Headers { get; init; } = [];

    /// <summary>Most faults at a time.</summary>
    public uint MaxActiveFaults { get; init; } = uint.MaxValue;

    /// <summary>Delay told by request header <c>x-envoy-fault-delay-request</c> instead of <see
    /// cref="DelayNs"/>.</summary>
    public bool IsDelayHeaderControlled { get; init; }

    /// <summary>Status told by request header <c>x-envoy-fault-abort-request</c> or its gRPC form.</summary>
    public bool IsAbortHeaderControlled { get; init; }

    /// <summary>Only requests whose route leads to this cluster; empty = all.</summary>
    public string UpstreamCluster { get; init; } = "";

    /// <summary>Only requests of these <c>x-envoy-downstream-service-node</c>; empty = all.</summary>
    public IReadOnlyList<string> DownstreamNodes { get; init; } = [];
}

/// <summary>A redirect.</summary>
/// <param name="Code">301, 302, 303, 307 or 308.</param>
/// <param name="Host">New host; empty = unchanged.</param>
/// <param name="Path">New path; empty = unchanged.</param>
/// <param name="Scheme">New scheme; empty = unchanged.</param>
/// <param name="Port">New port; null = unchanged.</param>
/// <param name="PrefixRewrite">New prefix instead of the matched one; empty = none.</param>
public sealed record RedirectAction(
    int Code, string Host = "", string Path = "", string Scheme = "", int? Port = null, string PrefixRewrite = "");

/// <summary>One route of a virtual host.</summary>
public sealed record Route
{
    /// <summary>Name, as istiod gives it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Conditions.</summary>
    public RouteMatch Match { get; init; } = new();

    /// <summary>Clusters with weights; one entry for a plain route; empty for direct responses and redirects.</summary>
    public IReadOnlyList<WeightedCluster> Clusters { get; init; } = [];

    /// <summary>Request header whose integer replaces the random number of the weighted choice; empty = none.</summary>
    public string RandomValueHeader { get; init; } = "";

    /// <summary>True when written as weighted clusters, also with a single entry.</summary>
    public bool IsWeighted { get; init; }

    /// <summary>Status answered at once; 0 = none.</summary>
    public int DirectResponseStatus { get; init; }

    /// <summary>Body answered at once.</summary>
    public string DirectResponseBody { get; init; } = "";

    /// <summary>Redirect; null = none.</summary>
    public RedirectAction? Redirect { get; init; }

    /// <summary>Route timeout in nanoseconds; 0 = none.</summary>
    public long TimeoutNs { get; init; }

    /// <summary>
    /// Cap of the <c>grpc-timeout</c> header in nanoseconds, 0 = uncapped; null = the header does not count.
    /// </summary>
    public long? MaxGrpcTimeoutNs { get; init; }

    /// <summary>Longest stream in nanoseconds; null = not set. When set the route timeout is off.</summary>
    public long? MaxStreamDurationNs { get; init; }

    /// <summary>Retries; null = none.</summary>
    public RetryPolicy? RetryPolicy { get; init; }

    /// <summary>Replaces the matched prefix; empty = none.</summary>
    public string PrefixRewrite { get; init; } = "";

    /// <summary>Regex rewrite of the path; null = none.</summary>
    public (string Pattern, string Substitution)? RegexRewrite { get; init; }

    /// <summary>New host; empty = unchanged.</summary>
    public string HostRewrite { get; init; } = "";

    /// <summary>Copies.</summary>
    public IReadOnlyList<RequestMirror> Mirrors { get; init; } = [];

    /// <summary>Hash policies.</summary>
    public IReadOnlyList<HashPolicy> HashPolicies { get; init; } = [];

    /// <summary>Header changes.</summary>
    public HeaderOperations Headers { get; init; } = HeaderOperations.None;

    /// <summary>Fault; null = none.</summary>
    public FaultConfig? Fault { get; init; }

    /// <summary>Cross-origin rules; null = none.</summary>
    public CorsPolicy? Cors { get; init; }

    /// <summary>Status when the cluster does not exist.</summary>
    public int ClusterNotFoundStatus { get; init; } = 503;

    /// <summary>Longest time in which nothing of a request or its answer moves, in nanoseconds; 0 = none, as Istio has
    /// it.</summary>
    public long IdleTimeoutNs { get; init; }

    /// <summary>Bytes of a request that are kept for a further try; a longer body is sent once. Envoy's default.
    /// </summary>
    public long RequestBufferBytes { get; init; } = 1 << 20;

    /// <summary>The HIGH routing priority.</summary>
    public bool HighPriority { get; init; }

    /// <summary><c>namespace/name</c> of the VirtualService; empty for default routes.</summary>
    public string VirtualService { get; init; } = "";

    /// <summary>Where the rule stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>A virtual host.</summary>
/// <param name="Name">Name.</param>
/// <param name="Domains">Host headers it answers: exact, <c>*.suffix</c>, <c>prefix.*</c> or <c>*</c>.</param>
/// <param name="Routes">First match wins.</param>
public sealed record VirtualHost(string Name, IReadOnlyList<string> Domains, IReadOnlyList<Route> Routes)
{
    /// <summary>Requests that did not come by TLS are redirected before routes are looked at.</summary>
    public TlsRequirement RequireTls { get; init; }
}

/// <summary>Which plaintext requests a virtual host redirects to https.</summary>
public enum TlsRequirement
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those from outside (without <c>x-envoy-internal: true</c>).</summary>
    ExternalOnly,

    /// <summary>All.</summary>
    All,
}

/// <summary>The routes of one listener.</summary>
/// <param name="Name">Name, by RDS mostly the port.</param>
/// <param name="VirtualHosts">Virtual hosts.</param>
public sealed record RouteConfiguration(string Name, IReadOnlyList<VirtualHost> VirtualHosts)
{
    /// <summary>The port of the Host header does not count when the virtual host is chosen.</summary>
    public bool IgnorePortInHostMatching { get; init; }
}

using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>Kinds of <see cref="StringMatch"/>.</summary>
public enum StringMatchType
{
    /// <summary>Nothing said: presence.</summary>
    Present,

    /// <summary>Equal.</summary>
    Exact,

    /// <summary>Begins with.</summary>
    Prefix,

    /// <summary>RE2 over the whole text.</summary>
    Regex,
}

/// <summary>A comparison as written.</summary>
/// <param name="Type">How.</param>
/// <param name="Value">With what.</param>
public sealed record StringMatch(StringMatchType Type, string Value);

/// <summary>Where requests go.</summary>
/// <param name="Host">Host, completed.</param>
/// <param name="Subset">Subset; empty = none.</param>
/// <param name="Port">Port; null = not stated.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record Destination(string Host, string Subset, int? Port, SourceSpan Origin = default);

/// <summary>A destination with its share.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Weight">Share; 0 = not stated.</param>
/// <param name="Headers">Header changes; null = none.</param>
public sealed record RouteDestination(Destination Destination, int Weight, HeaderChanges? Headers = null);

/// <summary>Changes of headers. Pairs are in byte order of the names.</summary>
public sealed record HeaderChanges
{
    /// <summary>Overwritten in requests.</summary>
    public IReadOnlyList<(string Name, string Value)> RequestSet { get; init; } = [];

    /// <summary>Added to requests.</summary>
    public IReadOnlyList<(string Name, string Value)> RequestAdd { get; init; } = [];

    /// <summary>Removed from requests.</summary>
    public IReadOnlyList<string> RequestRemove { get; init; } = [];

    /// <summary>Overwritten in responses.</summary>
    public IReadOnlyList<(string Name, string Value)> ResponseSet { get; init; } = [];

    /// <summary>Added to responses.</summary>
    public IReadOnlyList<(string Name, string Value)> ResponseAdd { get; init; } = [];

    /// <summary>Removed from responses.</summary>
    public IReadOnlyList<string> ResponseRemove { get; init; } = [];
}

/// <summary>One entry of a rule's <c>match</c> list: all fields must hold.</summary>
public sealed record HttpMatch
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Path.</summary>
    public StringMatch? Uri { get; init; }

    /// <summary>Scheme.</summary>
    public StringMatch? Scheme { get; init; }

    /// <summary>Method.</summary>
    public StringMatch? Method { get; init; }

    /// <summary>Host header.</summary>
    public StringMatch? Authority { get; init; }

    /// <summary>Headers in byte order.</summary>
    public IReadOnlyList<(string Name, StringMatch Match)> Headers { get; init; } = [];

    /// <summary>Negated headers in byte order.</summary>
    public IReadOnlyList<(string Name, StringMatch Match)> WithoutHeaders { get; init; } = [];

    /// <summary>Query parameters in byte order.</summary>
    public IReadOnlyList<(string Name, StringMatch Match)> QueryParams { get; init; } = [];

    /// <summary>Exact and prefix paths ignore case.</summary>
    public bool IgnoreUriCase { get; init; }

    /// <summary>Listener port, 0 = any.</summary>
    public int Port { get; init; }

    /// <summary>Labels of the caller.</summary>
    public ImmutableSortedDictionary<string, string> SourceLabels { get; init; } = LabelSet.Empty;

    /// <summary>Namespace of the caller; empty = any.</summary>
    public string SourceNamespace { get; init; } = "";

    /// <summary>Gateways, completed; empty = the VirtualService's.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = [];

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Redirect as written.</summary>
public sealed record HttpRedirect
{
    /// <summary>Path; empty = unchanged.</summary>
    public string Uri { get; init; } = "";

    /// <summary>Host; empty = unchanged.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Port; 0 = not stated.</summary>
    public int Port { get; init; }

    /// <summary>FROM_PROTOCOL_DEFAULT or FROM_REQUEST_PORT; empty = not stated.</summary>
    public string DerivePort { get; init; } = "";

    /// <summary>Scheme; empty = unchanged.</summary>
    public string Scheme { get; init; } = "";

    /// <summary>Code; 0 = 301.</summary>
    public int RedirectCode { get; init; }

    /// <summary>New prefix instead of the matched one (1.31); empty = none.</summary>
    public string PrefixRewrite { get; init; } = "";
}

/// <summary>Rewrite as written.</summary>
/// <param name="Uri">New prefix or path; empty = unchanged.</param>
/// <param name="Authority">New host; empty = unchanged.</param>
/// <param name="Regex">Regular expression; null = none.</param>
/// <param name="Substitution">Its replacement.</param>
public sealed record HttpRewrite(string Uri, string Authority, string? Regex, string Substitution);

/// <summary>Retries as written.</summary>
public sealed record HttpRetry
{
    /// <summary>Retries; 0 = none.</summary>
    public int Attempts { get; init; }

    /// <summary>Per-try timeout; null = not stated.</summary>
    public long? PerTryTimeoutNs { get; init; }

    /// <summary>Conditions; empty = the default's.</summary>
    public string RetryOn { get; init; } = "";

    /// <summary>Other localities are tried.</summary>
    public bool RetryRemoteLocalities { get; init; }

    /// <summary>Hosts already tried are skipped; null = by default.</summary>
    public bool? RetryIgnorePreviousHosts { get; init; }

    /// <summary>First back-off; null = Envoy's.</summary>
    public long? BackoffNs { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Faults as written.</summary>
public sealed record HttpFault
{
    /// <summary>Fixed delay; null = no delay block.</summary>
    public long? DelayNs { get; init; }

    /// <summary>Deprecated integer percentage of delays; 0 = not stated.</summary>
    public int DelayPercent { get; init; }

    /// <summary>Percentage of delays; null = not stated.</summary>
    public double? DelayPercentage { get; init; }

    /// <summary>An abort block is present.</summary>
    public bool HasAbort { get; init; }

    /// <summary>Status of aborts; 0 = not stated.</summary>
    public int AbortHttpStatus { get; init; }

    /// <summary>gRPC status of aborts; null = not stated.</summary>
    public int? AbortGrpcStatus { get; init; }

    /// <summary>Percentage of aborts; null = not stated.</summary>
    public double? AbortPercentage { get; init; }
}

/// <summary>Cross-origin rules as written.</summary>
public sealed record HttpCors
{
    /// <summary>Origins that may call.</summary>
    public IReadOnlyList<StringMatch> AllowOrigins { get; init; } = [];

    /// <summary>Methods.</summary>
    public IReadOnlyList<string> AllowMethods { get; init; } = [];

    /// <summary>Request headers.</summary>
    public IReadOnlyList<string> AllowHeaders { get; init; } = [];

    /// <summary>Response headers.</summary>
    public IReadOnlyList<string> ExposeHeaders { get; init; } = [];

    /// <summary>How long a preflight answer is valid; null = not stated.</summary>
    public long? MaxAgeNs { get; init; }

    /// <summary>Credentials are allowed; null = not stated.</summary>
    public bool? AllowCredentials { get; init; }

    /// <summary>Preflight requests of other origins are answered, not passed on.</summary>
    public bool IgnoresUnmatchedPreflights { get; init; }
}

/// <summary>A copy sent elsewhere.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Percentage">Share; null = all.</param>
/// <param name="IsInteger">The share is an integer percentage (deprecated field).</param>
public sealed record HttpMirror(Destination Destination, double? Percentage, bool IsInteger = false);

/// <summary>One HTTP rule.</summary>
public sealed record HttpRoute
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Alternatives; empty = everything.</summary>
    public IReadOnlyList<HttpMatch> Matches { get; init; } = [];

    /// <summary>Destinations.</summary>
    public IReadOnlyList<RouteDestination> Route { get; init; } = [];

    /// <summary>Redirect; null = none.</summary>
    public HttpRedirect? Redirect { get; init; }

    /// <summary>Status answered at once; 0 = none.</summary>
    public int DirectResponseStatus { get; init; }

    /// <summary>Body answered at once.</summary>
    public string DirectResponseBody { get; init; } = "";

    /// <summary>Delegate (namespace, name); null = none.</summary>
    public (string Namespace, string Name)? Delegate { get; init; }

    /// <summary>Rewrite; null = none.</summary>
    public HttpRewrite? Rewrite { get; init; }

    /// <summary>Timeout; null = not stated.</summary>
    public long? TimeoutNs { get; init; }

    /// <summary>Retries; null = not stated.</summary>
    public HttpRetry? Retries { get; init; }

    /// <summary>Fault; null = none.</summary>
    public HttpFault? Fault { get; init; }

    /// <summary>Cross-origin rules; null = none.</summary>
    public HttpCors? Cors { get; init; }

    /// <summary>Copies.</summary>
    public IReadOnlyList<HttpMirror> Mirrors { get; init; } = [];

    /// <summary>Header changes; null = none.</summary>
    public HeaderChanges? Headers { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>One alternative of a TCP or TLS rule.</summary>
public sealed record L4Match
{
    /// <summary>Server names (TLS only).</summary>
    public IReadOnlyList<string> SniHosts { get; init; } = [];

    /// <summary>Destination networks.</summary>
    public IReadOnlyList<string> DestinationSubnets { get; init; } = [];

    /// <summary>Listener port, 0 = any.</summary>
    public int Port { get; init; }

    /// <summary>Labels of the caller.</summary>
    public ImmutableSortedDictionary<string, string> SourceLabels { get; init; } = LabelSet.Empty;

    /// <summary>Namespace of the caller; empty = any.</summary>
    public string SourceNamespace { get; init; } = "";

    /// <summary>Gateways, completed; empty = the VirtualService's.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = [];
}

/// <summary>One TCP or TLS rule.</summary>
/// <param name="Matches">Alternatives; empty = everything.</param>
/// <param name="Route">Destinations.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record L4Route(
    IReadOnlyList<L4Match> Matches, IReadOnlyList<RouteDestination> Route, SourceSpan Origin = default);

/// <summary>Rules for hosts.</summary>
public sealed record VirtualService
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Hosts, completed.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Gateways, completed; <c>mesh</c> when none were written.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = ["mesh"];

    /// <summary>HTTP rules.</summary>
    public IReadOnlyList<HttpRoute> Http { get; init; } = [];

    /// <summary>TLS rules.</summary>
    public IReadOnlyList<L4Route> Tls { get; init; } = [];

    /// <summary>TCP rules.</summary>
    public IReadOnlyList<L4Route> Tcp { get; init; } = [];

    /// <summary>Namespaces that see it, as written; empty = the mesh default.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];
}

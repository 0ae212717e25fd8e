using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>One route, ready to match and to be followed.</summary>
public sealed class CompiledRoute
{
    private readonly PathMatch _path;
    private readonly HeaderMatch[] _headers;
    private readonly (string Name, StringMatch? Match, bool Present)[] _parameters;
    private readonly FractionalPercent? _fraction;
    private readonly bool _grpcOnly;
    private readonly bool _needsMetadata;

    internal CompiledRoute(Route source, int index, RepeatedHeaderRule rule, DiagnosticBag? diagnostics)
    {
        Source = source;
        Index = index;
        SourceSpan origin = source.Origin;
        _path = PathMatch.Compile(source.Match, origin, diagnostics);
        _headers = [.. source.Match.Headers.Select(m => HeaderMatch.Compile(m, rule, origin, diagnostics))];
        _parameters =
        [
            .. source.Match.QueryParameters.Select(p => (
                p.Name, p.Match is null ? null : StringMatch.Compile(p.Match, origin, diagnostics),
                p.PresentMatch ?? true)),
        ];
        _fraction = source.Match.RuntimeFraction;
        _grpcOnly = source.Match.GrpcOnly;
        _needsMetadata = source.Match.Metadata.Any(static m => !m.Invert);
        Clusters = new WeightedClusterPicker(source.Clusters, source.RandomValueHeader);
        // Its own one even without a policy: it remembers what request headers ask for.
        RetryPolicy = CompiledRetryPolicy.Compile(source.RetryPolicy ?? new RetryPolicy(), diagnostics);
        Rewrite = new PathRewrite(source, _path, diagnostics);
        Fault = source.Fault is null ? null : new FaultFilter(source.Fault, rule, origin, diagnostics);
        Cors = source.Cors is null ? null : new CorsFilter(source.Cors, origin, diagnostics);
    }

    /// <summary>The route as configured.</summary>
    public Route Source { get; }

    /// <summary>Position in its virtual host, from 0.</summary>
    public int Index { get; }

    /// <summary>Choice of the cluster.</summary>
    public WeightedClusterPicker Clusters { get; }

    /// <summary>Retries; never on its own when the route has no policy.</summary>
    public CompiledRetryPolicy RetryPolicy { get; }

    /// <summary>Path rewrite.</summary>
    public PathRewrite Rewrite { get; }

    /// <summary>Fault injection; null = none.</summary>
    public FaultFilter? Fault { get; }

    /// <summary>Cross-origin rules; null = none.</summary>
    public CorsFilter? Cors { get; }

    /// <summary>Whether a share of requests is left out at random.</summary>
    public bool HasFraction => _fraction is not null;

    /// <summary>Whether a request takes this route.</summary>
    /// <remarks>Simplified: no filter before the router notes metadata, as on the outbound side of every sidecar: a
    /// condition on metadata fails unless it is inverted.</remarks>
    /// <param name="request">Request.</param>
    /// <param name="randomValue">The request's random number.</param>
    public bool Matches(RequestHeaders request, ulong randomValue) =>
        (_fraction is not FractionalPercent fraction || fraction.Includes(randomValue))
        && (!_grpcOnly || request.IsGrpc)
        && !_needsMetadata
        && HeaderMatch.AllMatch(_headers, request.Headers)
        && ParametersMatch(request)
        && _path.Matches(request);

    /// <summary>The path (with query) after the matched part was replaced.</summary>
    internal string ReplaceMatched(string path, string replacement) => _path.ReplaceMatched(path, replacement);

    private bool ParametersMatch(RequestHeaders request)
    {
        foreach ((string name, StringMatch? match, bool present) in _parameters)
        {
            string? value = request.QueryParameter(name);
            bool holds = match is null ? (value is not null) == present : value is not null && match.Matches(value);
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }
}

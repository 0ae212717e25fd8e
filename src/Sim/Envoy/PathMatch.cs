using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A condition on the path, ready to run. Allocates nothing.</summary>
/// <remarks>Envoy: source/common/router/config_impl.cc, the route entries' <c>matches</c>.</remarks>
public sealed class PathMatch
{
    private readonly PathMatchKind _kind;
    private readonly string _value;
    private readonly StringComparison _comparison;
    private readonly Regex? _regex;

    private PathMatch(PathMatchKind kind, string value, StringComparison comparison, Regex? regex)
    {
        _kind = kind;
        _value = value;
        _comparison = comparison;
        _regex = regex;
    }

    /// <summary>Compiles a condition.</summary>
    public static PathMatch Compile(RouteMatch match, SourceSpan span, DiagnosticBag? diagnostics) => new(
        match.PathKind, match.Path,
        match.CaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase,
        match.PathKind switch
        {
            PathMatchKind.Regex => Re2.Compile(match.Path, ignoreCase: false, span, diagnostics),
            PathMatchKind.UriTemplate => UriTemplate.Compile(match.Path, span, diagnostics),
            _ => null,
        });

    /// <summary>Whether a request's path matches. Query and fragment do not count.</summary>
    public bool Matches(RequestHeaders request)
    {
        if (_kind == PathMatchKind.Connect)
        {
            return request.Method == "CONNECT";
        }

        string? path = request.PathWithoutQuery;
        if (path is null)
        {
            return false;
        }

        return _kind switch
        {
            PathMatchKind.Prefix => path.StartsWith(_value, _comparison),
            PathMatchKind.Exact => path.Equals(_value, _comparison),
            PathMatchKind.PathSeparatedPrefix => path.StartsWith(_value, _comparison)
                && (path.Length == _value.Length || path[_value.Length] == '/'),
            _ => _regex is not null && _regex.IsMatch(path),
        };
    }

    /// <summary>The path (with query) after the matched part was replaced.</summary>
    /// <remarks>Envoy: config_impl.cc#RouteEntryImplBase::finalizePathHeader.</remarks>
    internal string ReplaceMatched(string path, string replacement)
    {
        int matched = _kind is PathMatchKind.Prefix or PathMatchKind.PathSeparatedPrefix
            ? _value.Length : RequestHeaders.WithoutQuery(path).Length;
        return replacement + path[matched..];
    }
}

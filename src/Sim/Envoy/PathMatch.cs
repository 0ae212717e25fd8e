using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A condition on the path, ready to run. Allocates nothing.</summary>
/// <remarks>Envoy: source/common/router/config_impl.cc, the route entries' <c>matches</c>.</remarks>
public sealed class PathMatch
{
    private readonly PathMatchKind _kind;
    private readonly string _value;
    private readonly StringComparison _comparison;
    private readonly Re2? _regex;
    private readonly Regex? _template;

    private PathMatch(RouteMatch match, SourceSpan span, DiagnosticBag? diagnostics)
    {
        _kind = match.PathKind;
        _value = match.Path;
        _comparison = match.CaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        _regex = _kind == PathMatchKind.Regex
            ? EnvoyRegex.Compile(_value, Re2Options.WholeText, span, diagnostics) : null;
        _template = _kind == PathMatchKind.UriTemplate ? UriTemplate.Compile(_value, span, diagnostics) : null;
    }

    /// <summary>Compiles a condition.</summary>
    public static PathMatch Compile(RouteMatch match, SourceSpan span, DiagnosticBag? diagnostics) =>
        new(match, span, diagnostics);

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
            PathMatchKind.Regex => _regex is not null && _regex.IsMatch(path),
            _ => _template is not null && _template.IsMatch(path),
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

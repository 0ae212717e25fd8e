using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>How a route changes the path on its way upstream.</summary>
/// <remarks>Envoy: source/common/router/config_impl.cc#RouteEntryImplBase::getPathRewrite;
/// RE2::GlobalReplace.</remarks>
public sealed class PathRewrite
{
    private readonly PathMatch _match;
    private readonly string _prefix;
    private readonly Re2? _regex;
    private readonly string _substitution;

    internal PathRewrite(Route route, PathMatch match, DiagnosticBag? diagnostics)
    {
        _match = match;
        _prefix = route.PrefixRewrite;
        _substitution = route.RegexRewrite?.Substitution ?? "";
        if (route.RegexRewrite is not (string pattern, _))
        {
            return;
        }

        _regex = EnvoyRegex.Compile(pattern, Re2Options.None, route.Origin, diagnostics);
    }

    /// <summary>Whether paths change at all.</summary>
    public bool IsActive => _prefix.Length > 0 || _regex is not null;

    /// <summary>The path as the upstream sees it; the query is kept. Allocates: once per template.</summary>
    /// <param name="path">Path with query.</param>
    public string Apply(string path)
    {
        if (_prefix.Length > 0)
        {
            return _match.ReplaceMatched(path, _prefix);
        }

        if (_regex is null)
        {
            return path;
        }

        string bare = RequestHeaders.WithoutQuery(path);
        return _regex.ReplaceAll(bare, m => m.ExpandRe2(_substitution)) + path[bare.Length..];
    }
}

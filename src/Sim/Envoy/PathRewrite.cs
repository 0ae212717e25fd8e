using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>How a route changes the path on its way upstream.</summary>
/// <remarks>Envoy: source/common/router/config_impl.cc#RouteEntryImplBase::getPathRewrite;
/// RE2::GlobalReplace.</remarks>
public sealed class PathRewrite
{
    private readonly PathMatch _match;
    private readonly string _prefix;
    private readonly Regex? _regex;
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

        string? problem = Re2.TryTranslate(pattern, out string translated);
        if (problem is null)
        {
            _regex = new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        else
        {
            diagnostics?.Error(
                "MS5001", "The regular expression '" + pattern + "' is refused by RE2: " + problem + ".",
                route.Origin, "Envoy uses RE2 syntax: https://github.com/google/re2/wiki/Syntax");
        }
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
        return GlobalReplace(_regex, bare, _substitution) + path[bare.Length..];
    }

    internal static string GlobalReplace(Regex regex, string text, string substitution)
    {
        var output = new StringBuilder();
        int done = 0;
        int lastEnd = -1;
        for (Match match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            // RE2 takes no empty match that touches the match before it; .NET does.
            if (match.Length == 0 && match.Index == lastEnd)
            {
                continue;
            }

            output.Append(text, done, match.Index - done);
            AppendSubstitution(output, match, substitution);
            done = match.Index + match.Length;
            lastEnd = done;
        }

        return output.Append(text, done, text.Length - done).ToString();
    }

    private static void AppendSubstitution(StringBuilder output, Match match, string substitution)
    {
        for (int i = 0; i < substitution.Length; i++)
        {
            if (substitution[i] != '\\' || i + 1 == substitution.Length)
            {
                output.Append(substitution[i]);
                continue;
            }

            char next = substitution[++i];
            if (char.IsAsciiDigit(next))
            {
                output.Append(match.Groups[int.Parse(next.ToString(), CultureInfo.InvariantCulture)].Value);
            }
            else
            {
                output.Append(next);
            }
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Sim.Core.RegularExpressions;

/// <summary>How an expression is to be read.</summary>
[Flags]
public enum Re2Options
{
    /// <summary>As written; it may match anywhere.</summary>
    None = 0,

    /// <summary>Upper and lower case are equal.</summary>
    IgnoreCase = 1,

    /// <summary>It must match the whole text, as RE2::FullMatch asks.</summary>
    WholeText = 2,
}

/// <summary>A regular expression in the syntax and with the meaning of RE2 and Go's regexp.</summary>
/// <remarks>
/// It runs on .NET's engine without backtracking, so time is linear in the text; the one exception is an expression
/// with <c>\b</c> or <c>\B</c> on a text beyond ASCII. Simplified: texts are UTF-16, not bytes; <c>\C</c> is refused,
/// as Go does; Unicode scripts (<c>\p{Greek}</c>) are not modelled.
/// </remarks>
public sealed class Re2
{
    private readonly Regex _regex;
    private readonly Regex? _beyondAscii;
    private readonly IReadOnlyList<string> _names;

    private Re2(Regex regex, Regex? beyondAscii, IReadOnlyList<string> names)
    {
        _regex = regex;
        _beyondAscii = beyondAscii;
        _names = names;
    }

    /// <summary>The first mistake of an expression; null when RE2 takes it.</summary>
    /// <param name="expression">The expression.</param>
    public static Re2Problem? Check(string expression)
    {
        _ = Re2Parser.Parse(expression, false, out _, out Re2Problem? problem);
        return problem?.Kind == Re2ErrorKind.NotModelled ? null : problem;
    }

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="problem">Its first mistake; null when there is none.</param>
    /// <returns>The expression; null when it has a mistake.</returns>
    public static Re2? Compile(string expression, Re2Options options, out Re2Problem? problem)
    {
        bool isWhole = (options & Re2Options.WholeText) != 0;
        Re2Node? node = Re2Parser.Parse(
            expression, (options & Re2Options.IgnoreCase) != 0, out IReadOnlyList<string> names, out problem);
        if (node is null)
        {
            return null;
        }

        string net = NetPattern.Of(node, isWhole, asciiBoundary: false);
        string bounded = NetPattern.Of(node, isWhole, asciiBoundary: true);
        try
        {
            return new Re2(
                new Regex(net, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant),
                net == bounded ? null : new Regex(bounded, RegexOptions.CultureInvariant), names);
        }
        catch (Exception e) when (
            e is ArgumentException or NotSupportedException or InsufficientExecutionStackException)
        {
            problem = new Re2Problem(Re2ErrorKind.TooLarge, expression);
            return null;
        }
    }

    /// <summary>Whether the expression matches. Allocates nothing.</summary>
    /// <param name="text">The text.</param>
    public bool IsMatch(string text) => For(text).IsMatch(text);

    /// <summary>The first match.</summary>
    /// <param name="text">The text.</param>
    /// <param name="match">The match.</param>
    /// <returns>False when there is none.</returns>
    public bool TryMatch(string text, [NotNullWhen(true)] out Re2Match? match)
    {
        Match found = For(text).Match(text);
        match = found.Success ? new Re2Match(found, _names) : null;
        return found.Success;
    }

    /// <summary>The text with every match replaced.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">What takes the place of a match.</param>
    /// <remarks>
    /// RE2: re2/re2.cc#RE2::GlobalReplace. Go: regexp.Regexp.ReplaceAllString. Neither takes an empty match that
    /// touches the match before it; .NET does.
    /// </remarks>
    public string ReplaceAll(string text, Func<Re2Match, string> replacement)
    {
        var output = new StringBuilder();
        int done = 0;
        int lastEnd = -1;
        for (Match match = For(text).Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0 && (match.Index == lastEnd || IsInsideCharacter(text, match.Index)))
            {
                continue;
            }

            output.Append(text, done, match.Index - done).Append(replacement(new Re2Match(match, _names)));
            done = match.Index + match.Length;
            lastEnd = done;
        }

        return output.Append(text, done, text.Length - done).ToString();
    }

    private static bool IsInsideCharacter(string text, int at) =>
        at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);

    private Regex For(string text) => _beyondAscii is null || Ascii.IsValid(text) ? _regex : _beyondAscii;
}

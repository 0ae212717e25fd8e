using System.Globalization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A condition on a header, ready to run. Allocates nothing.</summary>
/// <remarks>
/// Envoy: source/common/http/header_utility.cc#HeaderUtility::HeaderDataBaseImpl::matchesHeaders. Without a value a
/// comparison is false, negated or not, unless a missing header counts as the empty text.
/// </remarks>
public sealed class HeaderMatch
{
    private readonly string _name;
    private readonly StringMatch? _match;
    private readonly (long Start, long End)? _range;
    private readonly bool? _present;
    private readonly bool _invert;
    private readonly bool _missingIsEmpty;
    private readonly RepeatedHeaderRule _rule;

    private HeaderMatch(HeaderMatcher source, StringMatch? match, RepeatedHeaderRule rule)
    {
        _name = source.Name.ToLowerInvariant();
        _match = match;
        _range = source.Range;
        _present = source.PresentMatch ?? (match is null && source.Range is null ? true : null);
        _invert = source.Invert;
        _missingIsEmpty = source.TreatMissingAsEmpty;
        _rule = rule;
    }

    /// <summary>Compiles a condition.</summary>
    /// <param name="matcher">Condition.</param>
    /// <param name="rule">How repeated lines are seen.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="diagnostics">Takes refused regular expressions.</param>
    public static HeaderMatch Compile(
        HeaderMatcher matcher, RepeatedHeaderRule rule, SourceSpan span, DiagnosticBag? diagnostics) => new(
            matcher, matcher.Match is null ? null : StringMatch.Compile(matcher.Match, span, diagnostics), rule);

    /// <summary>Whether all conditions hold.</summary>
    public static bool AllMatch(HeaderMatch[] matchers, HeaderMap headers)
    {
        foreach (HeaderMatch matcher in matchers)
        {
            if (!matcher.Matches(headers))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the condition holds.</summary>
    public bool Matches(HeaderMap headers)
    {
        ReadOnlySpan<string> lines = headers.Lines(_name);
        if (_present is bool present)
        {
            bool isPresent = lines.Length > 0 || _missingIsEmpty;
            return (isPresent == present) != _invert;
        }

        if (lines.Length == 0)
        {
            return _missingIsEmpty && MatchesText("") != _invert;
        }

        if (lines.Length == 1 || _rule == RepeatedHeaderRule.Joined)
        {
            return MatchesText(headers.Joined(_name)!) != _invert;
        }

        foreach (string line in lines)
        {
            if (MatchesText(line))
            {
                return !_invert;
            }
        }

        return _invert;
    }

    private bool MatchesText(string text)
    {
        if (_range is not (long start, long end))
        {
            return _match!.Matches(text);
        }

        return long.TryParse(
                text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out long value)
            && value >= start && value < end;
    }
}

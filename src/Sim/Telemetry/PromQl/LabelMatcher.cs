using System.Text.RegularExpressions;
using Sim.Core.RegularExpressions;

namespace Sim.Telemetry.PromQl;

/// <summary>How a matcher compares.</summary>
internal enum MatchKind
{
    /// <summary><c>=</c>.</summary>
    Equal,

    /// <summary><c>!=</c>.</summary>
    NotEqual,

    /// <summary><c>=~</c>, anchored at both ends.</summary>
    Regex,

    /// <summary><c>!~</c>, anchored at both ends.</summary>
    NotRegex,
}

/// <summary>A condition on one label; an absent label is the empty text.</summary>
internal sealed class LabelMatcher
{
    private readonly Re2? _regex;

    /// <summary>A condition. The expression was compiled by the caller, null when the kind has none.</summary>
    public LabelMatcher(MatchKind kind, string name, string value, Re2? regex)
    {
        Kind = kind;
        Name = name;
        Value = value;
        _regex = regex;
    }

    /// <summary>How it compares.</summary>
    public MatchKind Kind { get; }

    /// <summary>The label's name.</summary>
    public string Name { get; }

    /// <summary>The text or the expression to compare with.</summary>
    public string Value { get; }

    /// <summary>True when a value meets the condition.</summary>
    public bool Matches(string value) => Kind switch
    {
        MatchKind.Equal => value == Value,
        MatchKind.NotEqual => value != Value,
        MatchKind.Regex => _regex!.IsMatch(value),
        _ => !_regex!.IsMatch(value),
    };
}

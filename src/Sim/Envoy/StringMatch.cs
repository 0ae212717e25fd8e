using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A comparison with a text, ready to run. Allocates nothing.</summary>
/// <remarks>Envoy: source/common/common/matchers.h#StringMatcherImpl. Case is ignored for ASCII letters only,
/// and never in regular expressions.</remarks>
public sealed class StringMatch
{
    private readonly StringMatchKind _kind;
    private readonly string _value;
    private readonly bool _ignoreCase;
    private readonly Re2? _regex;

    private StringMatch(StringMatchKind kind, string value, bool ignoreCase, Re2? regex)
    {
        _kind = kind;
        _value = value;
        _ignoreCase = ignoreCase;
        _regex = regex;
    }

    /// <summary>Compiles a comparison. A refused regular expression is reported and never matches.</summary>
    public static StringMatch Compile(StringMatcher matcher, SourceSpan span, DiagnosticBag? diagnostics) => new(
        matcher.Kind, matcher.Value, matcher.IgnoreCase, matcher.Kind == StringMatchKind.Regex
            ? EnvoyRegex.Compile(matcher.Value, Re2Options.WholeText, span, diagnostics) : null);

    /// <summary>Whether a text matches.</summary>
    public bool Matches(string text) => _kind switch
    {
        StringMatchKind.Exact => text.Length == _value.Length && StartsWith(text, _value),
        StringMatchKind.Prefix => StartsWith(text, _value),
        StringMatchKind.Suffix => text.Length >= _value.Length
            && StartsWith(text.AsSpan(text.Length - _value.Length), _value),
        StringMatchKind.Contains => Contains(text, _value),
        StringMatchKind.Regex => _regex is not null && _regex.IsMatch(text),
        _ => true,
    };

    private bool Contains(ReadOnlySpan<char> text, ReadOnlySpan<char> value)
    {
        for (int i = 0; i + value.Length <= text.Length; i++)
        {
            if (StartsWith(text[i..], value))
            {
                return true;
            }
        }

        return false;
    }

    private bool StartsWith(ReadOnlySpan<char> text, ReadOnlySpan<char> value)
    {
        if (text.Length < value.Length)
        {
            return false;
        }

        ReadOnlySpan<char> start = text[..value.Length];
        return _ignoreCase ? System.Text.Ascii.EqualsIgnoreCase(start, value) || EqualsLower(start, value)
            : start.SequenceEqual(value);
    }

    // Ascii.EqualsIgnoreCase is false for any text with a character beyond ASCII.
    private static bool EqualsLower(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            char x = char.IsAsciiLetterUpper(a[i]) ? (char)(a[i] | 0x20) : a[i];
            char y = char.IsAsciiLetterUpper(b[i]) ? (char)(b[i] | 0x20) : b[i];
            if (x != y)
            {
                return false;
            }
        }

        return true;
    }
}

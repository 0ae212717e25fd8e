namespace Sim.Core.RegularExpressions;

/// <summary>Why RE2 and Go's regexp refuse an expression.</summary>
/// <remarks>Go: regexp/syntax/parse.go#ErrorCode. RE2: re2/regexp.h#RegexpStatusCode.</remarks>
public enum Re2ErrorKind
{
    /// <summary>An escape that stands for nothing, or a back-reference.</summary>
    Escape,

    /// <summary>A range from high to low, or a class nobody knows.</summary>
    ClassRange,

    /// <summary>A class without its end.</summary>
    MissingBracket,

    /// <summary>A group without its end.</summary>
    MissingParenthesis,

    /// <summary>An end of a group that never began.</summary>
    UnexpectedParenthesis,

    /// <summary>A backslash at the very end.</summary>
    TrailingBackslash,

    /// <summary>Nothing stands before a repetition.</summary>
    MissingRepeatArgument,

    /// <summary>More than 1000 times, alone or nested, or from more to less.</summary>
    RepeatSize,

    /// <summary>A repetition of a repetition.</summary>
    NestedRepeat,

    /// <summary>A group of Perl's that needs backtracking, or an unknown flag.</summary>
    PerlSyntax,

    /// <summary>Half a surrogate pair.</summary>
    Utf8,

    /// <summary>A group's name with other characters than letters, digits and underscores.</summary>
    NamedGroup,

    /// <summary>More than 1000 levels.</summary>
    Nesting,

    /// <summary>Too large to run.</summary>
    TooLarge,

    /// <summary>RE2 takes it and this program does not: a Unicode script.</summary>
    NotModelled,
}

/// <summary>What is wrong with an expression, in the words of the two programs that may have read it.</summary>
/// <param name="Kind">Kind of mistake.</param>
/// <param name="Argument">The part of the expression that is wrong.</param>
public sealed record Re2Problem(Re2ErrorKind Kind, string Argument)
{
    /// <summary>What Go's regexp.Compile says.</summary>
    /// <remarks>Go: regexp/syntax/parse.go#Error.Error.</remarks>
    public string GoText => $"error parsing regexp: {GoWords}: `{Argument}`";

    /// <summary>What RE2 says.</summary>
    /// <remarks>RE2: re2/regexp.cc#RegexpStatus::Text.</remarks>
    public string Re2Text => Argument.Length == 0 ? Re2Words : $"{Re2Words}: {Argument}";

    private string GoWords => Kind switch
    {
        Re2ErrorKind.Escape => "invalid escape sequence",
        Re2ErrorKind.ClassRange => "invalid character class range",
        Re2ErrorKind.MissingBracket => "missing closing ]",
        Re2ErrorKind.MissingParenthesis => "missing closing )",
        Re2ErrorKind.UnexpectedParenthesis => "unexpected )",
        Re2ErrorKind.TrailingBackslash => "trailing backslash at end of expression",
        Re2ErrorKind.MissingRepeatArgument => "missing argument to repetition operator",
        Re2ErrorKind.RepeatSize => "invalid repeat count",
        Re2ErrorKind.NestedRepeat => "invalid nested repetition operator",
        Re2ErrorKind.PerlSyntax => "invalid or unsupported Perl syntax",
        Re2ErrorKind.Utf8 => "invalid UTF-8",
        Re2ErrorKind.NamedGroup => "invalid named capture",
        Re2ErrorKind.Nesting => "expression nests too deeply",
        Re2ErrorKind.TooLarge => "expression too large",
        _ => "Unicode scripts are not modelled",
    };

    private string Re2Words => Kind switch
    {
        Re2ErrorKind.MissingBracket => "missing ]",
        Re2ErrorKind.MissingParenthesis => "missing )",
        Re2ErrorKind.TrailingBackslash => "trailing \\",
        Re2ErrorKind.MissingRepeatArgument => "no argument for repetition operator",
        Re2ErrorKind.RepeatSize => "invalid repetition size",
        Re2ErrorKind.NestedRepeat => "bad repetition operator",
        Re2ErrorKind.PerlSyntax => "invalid perl operator",
        Re2ErrorKind.NamedGroup => "invalid named capture group",
        Re2ErrorKind.TooLarge => "pattern too large - compile failed",
        _ => GoWords,
    };
}

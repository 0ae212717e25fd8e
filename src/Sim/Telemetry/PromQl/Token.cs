namespace Sim.Telemetry.PromQl;

/// <summary>Kinds of tokens. The order groups operators, aggregations and keywords.</summary>
internal enum TokenKind
{
    End,
    Identifier,
    MetricIdentifier,
    Number,
    Duration,
    String,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    LeftParen,
    RightParen,
    Comma,
    Colon,
    Equal,
    Start,
    Finish,

    Add,
    Divide,
    EqualCompare,
    EqualRegex,
    GreaterEqual,
    Greater,
    And,
    Or,
    Less,
    LessEqual,
    Unless,
    Modulo,
    Multiply,
    NotEqual,
    NotEqualRegex,
    Power,
    Subtract,
    At,
    Atan2,

    Average,
    BottomK,
    Count,
    CountValues,
    Group,
    Max,
    Min,
    Quantile,
    StdDev,
    StdVar,
    Sum,
    TopK,

    Bool,
    By,
    GroupLeft,
    GroupRight,
    Ignoring,
    Offset,
    On,
    Without,
}

/// <summary>A token with its place.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Index of its first character.</param>
/// <param name="Text">As written.</param>
internal readonly record struct Token(TokenKind Kind, int Start, string Text)
{
    private static readonly Dictionary<string, TokenKind> Keywords = new(StringComparer.Ordinal)
    {
        ["and"] = TokenKind.And,
        ["or"] = TokenKind.Or,
        ["unless"] = TokenKind.Unless,
        ["atan2"] = TokenKind.Atan2,
        ["sum"] = TokenKind.Sum,
        ["avg"] = TokenKind.Average,
        ["count"] = TokenKind.Count,
        ["min"] = TokenKind.Min,
        ["max"] = TokenKind.Max,
        ["group"] = TokenKind.Group,
        ["stddev"] = TokenKind.StdDev,
        ["stdvar"] = TokenKind.StdVar,
        ["topk"] = TokenKind.TopK,
        ["bottomk"] = TokenKind.BottomK,
        ["count_values"] = TokenKind.CountValues,
        ["quantile"] = TokenKind.Quantile,
        ["offset"] = TokenKind.Offset,
        ["by"] = TokenKind.By,
        ["without"] = TokenKind.Without,
        ["on"] = TokenKind.On,
        ["ignoring"] = TokenKind.Ignoring,
        ["group_left"] = TokenKind.GroupLeft,
        ["group_right"] = TokenKind.GroupRight,
        ["bool"] = TokenKind.Bool,
        ["start"] = TokenKind.Start,
        ["end"] = TokenKind.Finish,
        ["inf"] = TokenKind.Number,
        ["nan"] = TokenKind.Number,
    };

    /// <summary>Index after the last character.</summary>
    public int End => Start + Text.Length;

    public TextRange Range => new(Start, End);

    public bool IsOperator => Kind is >= TokenKind.Add and <= TokenKind.Atan2;

    public bool IsAggregation => Kind is >= TokenKind.Average and <= TokenKind.TopK;

    /// <summary>True where a token may be the name of a metric.</summary>
    public bool IsMetricName => IsAggregation || Kind is TokenKind.Identifier or TokenKind.MetricIdentifier
        or TokenKind.By or TokenKind.Without or TokenKind.Offset or TokenKind.And or TokenKind.Or
        or TokenKind.Unless or TokenKind.Start or TokenKind.Finish;

    /// <summary>True where a token may be a label in a grouping.</summary>
    public bool IsGroupingLabel => IsMetricName && Kind != TokenKind.Without
        || Kind is TokenKind.Bool or TokenKind.GroupLeft or TokenKind.GroupRight or TokenKind.Ignoring
            or TokenKind.On or TokenKind.Atan2;

    /// <summary>As messages name it.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Identifier => "identifier " + GoText.Quote(Text),
        TokenKind.MetricIdentifier => "metric identifier " + GoText.Quote(Text),
        TokenKind.Number => "number " + Short,
        TokenKind.Duration => "duration " + Short,
        TokenKind.String => "string " + Short,
        >= TokenKind.Bool and <= TokenKind.Without => "<" + Text + ">",
        _ when IsOperator => "<op:" + Text + ">",
        _ when IsAggregation => "<aggr:" + Text + ">",
        _ => GoText.Quote(Text),
    };

    private string Short => Text.Length > 10 ? GoText.Quote(GoText.Cut(Text, 10)) + "..." : GoText.Quote(Text);

    /// <summary>The keyword a word is, in any case of letters, or what else it is.</summary>
    public static TokenKind OfWord(string word) =>
        Keywords.TryGetValue(word.ToLowerInvariant(), out TokenKind kind) ? kind
        : word.Contains(':', StringComparison.Ordinal) ? TokenKind.MetricIdentifier : TokenKind.Identifier;
}

/// <summary>The first thing that is wrong with an expression. Never leaves <see cref="PromQlQuery"/>.</summary>
internal sealed class ParseException(int at, string message) : Exception(message)
{
    /// <summary>Index of the character it is about.</summary>
    public int At { get; } = at;
}

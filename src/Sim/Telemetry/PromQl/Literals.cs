using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sim.Telemetry.PromQl;

/// <summary>Numbers, durations and texts as they are written in expressions.</summary>
internal static partial class Literals
{
    private static readonly (string Unit, long Ms)[] Units =
    [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ];

    /// <summary>Reads a number; on failure the reason in Go's words.</summary>
    /// <remarks>Go: strconv.ParseInt with base 0, then strconv.ParseFloat.</remarks>
    public static bool TryNumber(string text, out double value, out string problem)
    {
        problem = "";
        string bare = Underscores().IsMatch(text) ? text.Replace("_", "", StringComparison.Ordinal) : text;
        if (bare.Length > 2 && bare[0] == '0' && bare[1] is 'x' or 'X')
        {
            bool isHex = ulong.TryParse(bare[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out ulong hex) && hex <= long.MaxValue;
            value = hex;
            if (isHex)
            {
                return true;
            }
        }
        else if (bare.Length > 1 && bare[0] == '0' && bare.AsSpan().IndexOfAnyExceptInRange('0', '7') < 0)
        {
            value = 0;
            foreach (char c in bare)
            {
                value = (value * 8) + (c - '0');
            }

            return true;
        }
        else if (GoText.TryParseFloat(bare, out value))
        {
            return true;
        }

        problem = "error parsing number: strconv.ParseFloat: parsing " + GoText.Quote(text) + ": invalid syntax";
        return false;
    }

    /// <summary>Reads a duration such as <c>1h30m</c>; on failure the reason.</summary>
    /// <remarks>Prometheus: github.com/prometheus/common/model#ParseDuration. Nothing is refused here for being
    /// zero.</remarks>
    public static bool TryDuration(string text, out long ms, out string problem)
    {
        ms = 0;
        problem = "";
        if (text == "0")
        {
            return true;
        }

        if (text.Length == 0)
        {
            problem = "empty duration string";
            return false;
        }

        Match m = Duration().Match(text);
        if (!m.Success)
        {
            problem = "not a valid duration string: " + GoText.Quote(text);
            return false;
        }

        UInt128 total = 0;
        for (int i = 0; i < Units.Length; i++)
        {
            string digits = m.Groups[i + 1].Value;
            total += digits.Length == 0 ? 0
                : digits.Length > 18 ? UInt128.MaxValue / 16
                : ulong.Parse(digits, CultureInfo.InvariantCulture) * (UInt128)Units[i].Ms;
        }

        if (total > long.MaxValue / 1_000_000)
        {
            problem = "duration out of range";
            return false;
        }

        ms = (long)total;
        return true;
    }

    /// <summary>A duration as Prometheus prints it: <c>1m30s</c>.</summary>
    public static string DurationText(long ms)
    {
        if (ms == 0)
        {
            return "0s";
        }

        var text = new StringBuilder();
        foreach ((string unit, long size) in Units)
        {
            bool isExactOnly = unit is "y" or "w" or "d";
            if (ms / size > 0 && (!isExactOnly || ms % size == 0))
            {
                text.Append(CultureInfo.InvariantCulture, $"{ms / size}{unit}");
                ms %= size;
            }
        }

        return text.ToString();
    }

    /// <summary>The text of a quoted literal whose escapes the lexer has checked.</summary>
    public static string Unquote(string literal)
    {
        if (literal[0] == '`')
        {
            return literal[1..^1].Replace("\r", "", StringComparison.Ordinal);
        }

        if (!literal.Contains('\\', StringComparison.Ordinal))
        {
            return literal[1..^1];
        }

        var bytes = new List<byte>();
        for (int i = 1; i < literal.Length - 1; i++)
        {
            if (literal[i] != '\\')
            {
                int length = char.IsHighSurrogate(literal[i]) && i + 1 < literal.Length - 1 ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(literal.Substring(i, length)));
                i += length - 1;
                continue;
            }

            i += AppendEscape(literal, i + 1, bytes);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>True for a name that a label may bear: ASCII letters, digits and underscores.</summary>
    public static bool IsLabelName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(static c => c == '_' || char.IsAsciiLetterOrDigit(c));

    /// <summary>True for a name that a metric may bear: a label name with colons.</summary>
    public static bool IsMetricName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(static c => c is '_' or ':' || char.IsAsciiLetterOrDigit(c));

    private static int AppendEscape(string literal, int at, List<byte> bytes)
    {
        char c = literal[at];
        int plain = "abfnrtv".IndexOf(c, StringComparison.Ordinal);
        if (plain >= 0)
        {
            bytes.Add((byte)"\a\b\f\n\r\t\v"[plain]);
            return 1;
        }

        if (c is >= '0' and <= '7')
        {
            bytes.Add(Convert.ToByte(literal.Substring(at, 3), 8));
            return 3;
        }

        int digits = c switch
        {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if (digits == 0)
        {
            bytes.Add((byte)c);
            return 1;
        }

        int code = int.Parse(literal.AsSpan(at + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (c == 'x')
        {
            bytes.Add((byte)code);
        }
        else
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(code).ToString()));
        }

        return digits + 1;
    }

    [GeneratedRegex("^(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?"
        + "(?:([0-9]+)ms)?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Duration();

    [GeneratedRegex("^(?:0[xX]_?)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Underscores();
}

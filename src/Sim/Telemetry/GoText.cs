using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sim.Telemetry;

/// <summary>Texts as Go's standard library writes them: Prometheus' messages and values are made of them.</summary>
internal static class GoText
{
    /// <summary>First power of ten that %v writes with an exponent.</summary>
    private const int ExponentFrom = 6;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.eE+-");

    /// <summary>A string in double quotes with Go's escapes (verb %q).</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (Rune r in text.EnumerateRunes())
        {
            AppendEscaped(quoted, r, '"');
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A character in single quotes with Go's escapes (verb %q of a rune).</summary>
    public static string Quote(Rune rune)
    {
        var quoted = new StringBuilder("'");
        AppendEscaped(quoted, rune, '\'');
        return quoted.Append('\'').ToString();
    }

    /// <summary>At most so many characters of a text, for verbs such as %.10q.</summary>
    public static string Cut(string text, int runes) =>
        string.Concat(text.EnumerateRunes().Take(runes).Select(static r => r.ToString()));

    /// <summary>The shortest decimal text without exponent (strconv.FormatFloat, 'f', -1).</summary>
    public static string Plain(double value)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        (bool isNegative, string digits, int point) = Digits(value);
        string text = point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits + new string('0', point - digits.Length)
            : digits[..point] + "." + digits[point..];
        return isNegative ? "-" + text : text;
    }

    /// <summary>The shortest decimal text, with exponent where it is large (%v, or 'g' with -1).</summary>
    public static string Shortest(double value)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        (_, _, int point) = Digits(value);
        return value != 0 && (point - 1 < -4 || point - 1 >= ExponentFrom) ? Exponent(value) : Plain(value);
    }

    /// <summary>The shortest text with exponent (strconv.FormatFloat, 'e', -1): <c>1e+00</c>.</summary>
    public static string Exponent(double value)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        (bool isNegative, string digits, int point) = Digits(value);
        int exponent = value == 0 ? 0 : point - 1;
        string fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{(isNegative ? "-" : "")}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>A number with so many significant digits at most (%.4g).</summary>
    public static string Significant(double value, int digits)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        if (value == 0)
        {
            return double.IsNegative(value) ? "-0" : "0";
        }

        string scientific = value.ToString("E" + (digits - 1).ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
        int e = scientific.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(scientific[(e + 1)..], CultureInfo.InvariantCulture);
        double rounded = double.Parse(scientific, CultureInfo.InvariantCulture);
        return exponent < -4 || exponent >= digits ? Exponent(rounded) : Plain(rounded);
    }

    /// <summary>A number with a fixed count of decimals (%.2f).</summary>
    public static string Fixed(double value, int decimals) => Special(value) ?? value.ToString(
        "F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Reads a number as strconv.ParseFloat does; false for what it refuses.</summary>
    public static bool TryParseFloat(string text, out double value)
    {
        string bare = text.StartsWith('+') || text.StartsWith('-') ? text[1..] : text;
        value = 0;
        if (bare.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || bare.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }

        bool isPlausible = bare.Length > 0 && (char.IsAsciiDigit(bare[0]) || bare[0] == '.')
            && bare.AsSpan().IndexOfAnyExcept(NumberCharacters) < 0;
        return isPlausible && double.TryParse(text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out value);
    }

    private static string? Special(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf" : null;

    /// <summary>Sign, shortest digits without leading or trailing zeros, and the place of the decimal point.</summary>
    private static (bool IsNegative, string Digits, int Point) Digits(double value)
    {
        bool isNegative = double.IsNegative(value);
        if (value == 0)
        {
            return (isNegative, "0", 1);
        }

        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = (e < 0 ? shortest : shortest[..e]).Replace(".", "", StringComparison.Ordinal)
            .TrimStart('0').TrimEnd('0');
        int point;
        if (e >= 0)
        {
            point = int.Parse(shortest[(e + 1)..], CultureInfo.InvariantCulture) + 1;
        }
        else
        {
            int dot = shortest.IndexOf('.', StringComparison.Ordinal);
            string whole = (dot < 0 ? shortest : shortest[..dot]).TrimStart('0');
            string part = dot < 0 ? "" : shortest[(dot + 1)..];
            point = whole.Length > 0 ? whole.Length : -(part.Length - part.TrimStart('0').Length);
        }

        return (isNegative, mantissa, point);
    }

    private static void AppendEscaped(StringBuilder text, Rune r, char quote)
    {
        switch (r.Value)
        {
            case '\\':
                text.Append("\\\\");
                break;
            case '\a' or '\b' or '\f' or '\n' or '\r' or '\t' or '\v':
                text.Append('\\').Append("abtnvfr"[r.Value - 7]);
                break;
            case var v when v == quote:
                text.Append('\\').Append(quote);
                break;
            case < 0x20 or 0x7F:
                text.Append(CultureInfo.InvariantCulture, $"\\x{r.Value:x2}");
                break;
            case < 0x7F:
                text.Append(r.ToString());
                break;
            default:
                AppendWide(text, r);
                break;
        }
    }

    private static void AppendWide(StringBuilder text, Rune r)
    {
        UnicodeCategory category = Rune.GetUnicodeCategory(r);
        bool isPrintable = category is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator);
        if (isPrintable)
        {
            text.Append(r.ToString());
        }
        else if (r.Value > 0xFFFF)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\U{r.Value:x8}");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{r.Value:x4}");
        }
    }
}

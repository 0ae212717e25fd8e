using System.Globalization;
using System.Text.RegularExpressions;

namespace Sim.Manifests;

/// <summary>JSON type of a scalar.</summary>
internal enum ScalarKind
{
    Null,
    Bool,
    Integer,
    Float,
    Text,
}

/// <summary>What kubectl's conversion from YAML to JSON makes of a scalar.</summary>
/// <remarks>
/// YAML 1.1 rules as sigs.k8s.io/yaml applies them: <c>yes</c>, <c>on</c>, <c>y</c> are booleans, <c>010</c> is 8,
/// underscores in numbers are skipped, <c>3.0</c> is written as 3, dates stay text.
/// </remarks>
internal readonly partial record struct ScalarValue(ScalarKind Kind, long Integer, double Float, bool Bool, string Text)
{
    /// <summary>Reads a scalar.</summary>
    public static ScalarValue Of(YamlScalar scalar)
    {
        string s = scalar.Value;
        if (scalar.IsNull)
        {
            return new ScalarValue(ScalarKind.Null, 0, 0, false, "");
        }

        if (!scalar.IsPlain || s.Length == 0)
        {
            return OfText(s);
        }

        return s switch
        {
            "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" =>
                new ScalarValue(ScalarKind.Bool, 0, 0, true, s),
            "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" =>
                new ScalarValue(ScalarKind.Bool, 0, 0, false, s),
            _ => IsNumberStart(s[0]) ? OfNumber(s) : OfText(s),
        };
    }

    /// <summary>JSON's name of the type: string, number, boolean ...</summary>
    public string JsonType => Kind switch
    {
        ScalarKind.Null => "null",
        ScalarKind.Bool => "boolean",
        ScalarKind.Integer => "integer",
        ScalarKind.Float => "number",
        _ => "string",
    };

    /// <summary>The value as JSON text.</summary>
    public string ToJson() => Kind switch
    {
        ScalarKind.Null => "null",
        ScalarKind.Bool => Bool ? "true" : "false",
        ScalarKind.Integer => Integer.ToString(CultureInfo.InvariantCulture),
        ScalarKind.Float => Float.ToString("R", CultureInfo.InvariantCulture),
        _ => JsonText.Quote(Text),
    };

    private static bool IsNumberStart(char c) => char.IsAsciiDigit(c) || c is '-' or '+' or '.';

    private static ScalarValue OfText(string s) => new(ScalarKind.Text, 0, 0, false, s);

    private static ScalarValue OfInteger(long value, string s) => new(ScalarKind.Integer, value, value, false, s);

    private static ScalarValue OfNumber(string s)
    {
        string plain = s.Replace("_", "", StringComparison.Ordinal);
        if (TryParseGoInteger(plain, out long integer))
        {
            return OfInteger(integer, s);
        }

        if (FloatForm().IsMatch(plain) &&
            double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double d))
        {
            return double.IsInteger(d) && Math.Abs(d) < 1e15
                ? OfInteger((long)d, s)
                : new ScalarValue(ScalarKind.Float, 0, d, false, s);
        }

        return OfText(s);
    }

    /// <summary>Go's <c>strconv.ParseInt(text, 0, 64)</c>.</summary>
    private static bool TryParseGoInteger(string text, out long value)
    {
        value = 0;
        bool negative = text.StartsWith('-');
        string digits = negative || text.StartsWith('+') ? text[1..] : text;
        int radix = 10;
        if (digits.Length > 1 && digits[0] == '0')
        {
            (radix, int skip) = digits[1] switch
            {
                'x' or 'X' => (16, 2),
                'b' or 'B' => (2, 2),
                'o' or 'O' => (8, 2),
                _ => (8, 1),
            };
            digits = digits[skip..];
        }

        if (digits.Length is 0 or > 64)
        {
            return false;
        }

        Int128 sum = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
            if (digit >= radix)
            {
                return false;
            }

            sum = (sum * radix) + digit;
            if (sum > (Int128)long.MaxValue + 1)
            {
                return false;
            }
        }

        sum = negative ? -sum : sum;
        if (sum > long.MaxValue)
        {
            return false;
        }

        value = (long)sum;
        return true;
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex FloatForm();
}

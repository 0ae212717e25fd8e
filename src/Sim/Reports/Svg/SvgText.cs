using System.Globalization;
using System.Text;

namespace Sim.Reports.Svg;

/// <summary>Builds SVG and HTML text: escaping and short numbers.</summary>
internal static class SvgText
{
    /// <summary>Text with the five reserved characters replaced and control characters dropped.</summary>
    public static string Escape(string text)
    {
        StringBuilder? builder = null;
        for (int i = 0; i < text.Length; i++)
        {
            string? replacement = text[i] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                < ' ' and not '\n' and not '\t' => "",
                '\uFFFE' or '\uFFFF' => "",
                _ => null,
            };
            if (replacement is not null && builder is null)
            {
                builder = new StringBuilder(text, 0, i, text.Length + 16);
            }

            if (builder is not null)
            {
                _ = replacement is null ? builder.Append(text[i]) : builder.Append(replacement);
            }
        }

        return builder?.ToString() ?? text;
    }

    /// <summary>A coordinate with two decimals at most.</summary>
    public static string N(double value) =>
        (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A percentage with three decimals at most.</summary>
    public static string P(double ratio) =>
        (Math.Round(ratio * 100, 3) + 0.0).ToString("0.###", CultureInfo.InvariantCulture) + "%";

    /// <summary>Width of a text in pixels at 12 px, by the widths of a wide sans-serif.</summary>
    public static double Width(string text) => text.Sum(WidthOf);

    /// <summary>Text cut to a width, with an ellipsis in place of what is missing.</summary>
    /// <param name="text">Text.</param>
    /// <param name="width">Pixels at 12 px.</param>
    public static string Cut(string text, double width)
    {
        if (Width(text) <= width)
        {
            return text;
        }

        double used = WidthOf('…');
        int length = 0;
        while (length < text.Length && used + WidthOf(text[length]) <= width)
        {
            used += WidthOf(text[length++]);
        }

        return string.Concat(text.AsSpan(0, length), "…");
    }

    private static double WidthOf(char c) => c switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' => 4.2,
        'f' or 't' or 'r' or '-' or '/' or '(' or ')' or '[' or ']' => 5.4,
        'm' or 'w' or 'M' or 'W' or '@' or '%' or '…' or '←' => 12,
        >= 'A' and <= 'Z' => 9,
        '<' or '>' or '=' or '+' or '&' or '_' => 10,
        _ => c > '\u2000' ? 12.5 : 7.7,
    };
}

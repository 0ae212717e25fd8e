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

    /// <summary>Text cut to a length, with an ellipsis in place of what is missing.</summary>
    public static string Cut(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, length - 1), "…");
}

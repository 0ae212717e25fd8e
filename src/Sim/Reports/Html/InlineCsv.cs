using System.Text;
using Sim.Reports.Svg;

namespace Sim.Reports.Html;

/// <summary>A figure's numbers as CSV inside the page, one click away: a link that saves them as a file, and the text
/// to copy. Both stand in the page itself, so they work without a network and without a script.</summary>
internal static class InlineCsv
{
    /// <summary>What begins the link of every such file.</summary>
    public const string Scheme = "data:text/csv;charset=utf-8,";

    private const string Kept = "-._~,:;/@!$*()+=?";

    /// <summary>Writes the disclosure.</summary>
    /// <param name="html">Target.</param>
    /// <param name="csv">The numbers.</param>
    /// <param name="title">What they belong to, for people.</param>
    public static void Write(TextWriter html, CsvData csv, string title)
    {
        string name = SvgText.Escape(csv.Name + ".csv");
        string label = SvgText.Escape("CSV: " + title);
        html.Write($"<details class=\"csv\"><summary>{label}</summary>");
        html.Write($"<p><a download=\"{name}\" href=\"{Scheme}{Encode(csv.Text)}\">Save {name}</a> or copy it:</p>");
        html.Write($"<textarea readonly rows=\"8\" wrap=\"off\" spellcheck=\"false\" aria-label=\"{label}\">");
        html.Write($"{SvgText.Escape(csv.Text)}</textarea></details>\n");
    }

    /// <summary>A text as the data of a <c>data:</c> address.</summary>
    /// <remarks>RFC 2397 and RFC 3986, section 2: unreserved characters and those delimiters that neither end an
    /// address nor an attribute stand as they are.</remarks>
    private static string Encode(string text)
    {
        StringBuilder encoded = new(text.Length + text.Length / 2);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || Kept.Contains((char)b, StringComparison.Ordinal))
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(Convert.ToHexString([b]));
            }
        }

        return encoded.ToString();
    }
}

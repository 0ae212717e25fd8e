using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;
using Sim.Runs.Matrix;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Matrices;

/// <summary>Writes <c>matrix.html</c>: one file, no network, no script.</summary>
public static class MatrixPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="matrix">Truth table.</param>
    /// <param name="stamp">Stamp.</param>
    /// <param name="html">Target.</param>
    public static void Write(PolicyMatrix matrix, RunStamp stamp, TextWriter html)
    {
        string name = stamp.Variant.Length == 0 ? stamp.Scenario : stamp.Scenario + " / " + stamp.Variant;
        bool isHeld = matrix.Judgements.All(static j => j.Held);
        string word = matrix.Judgements.Count == 0 ? "TABLE" : isHeld ? "HELD" : "FAILED";
        html.Write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Write("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Write("<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>{word}: policy matrix of {Escape(name)}</title>");
        html.Write($"<style>{PageStyle.Text}</style></head>\n<body>{ReportStyle.Patterns}");
        html.Write("<a class=\"skip\" href=\"#main\">Skip to the table</a>\n");
        html.Write($"<header><p class=\"brand\">meshsim policy matrix</p><h1>{Escape(name)}</h1>");
        string state = isHeld ? "held" : "failed";
        html.Write($"<p class=\"verdict {state}\"><strong>{(isHeld ? "✓" : "✗")} {word}</strong>" +
            $"<span>{Escape(MatrixTables.Sentence(matrix))}.</span></p></header>\n<main id=\"main\">\n");
        html.Write("<section aria-labelledby=\"matrix\"><h2 id=\"matrix\">Who may call what</h2>\n");
        MatrixSections.WriteMatrix(matrix, html);
        html.Write("</section>\n");
        if (matrix.Judgements.Count > 0)
        {
            html.Write("<section aria-labelledby=\"checks\"><h2 id=\"checks\">Checks</h2>\n");
            CheckSections.WriteList([.. matrix.Judgements.OrderBy(static j => j.Held)], html, "Checks");
            html.Write("</section>\n");
        }

        html.Write($"</main>\n<footer>Made by meshsim {Escape(stamp.Version)}, Istio profile {Escape(stamp.Istio)} " +
            $"({Escape(stamp.ProfileBasis)}), input {Escape(stamp.InputHash)}.</footer>\n</body></html>\n");
    }
}

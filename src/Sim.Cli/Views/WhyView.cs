using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Reports.Figures;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Cli.Views;

/// <summary>The explanation of one request.</summary>
internal static class WhyView
{
    /// <summary>Numbered steps, with the deciding line of YAML below each.</summary>
    public static void WriteText(WhyReport report, TerminalText text)
    {
        text.Line(text.Strong(report.Title));
        text.Columns([.. report.Steps.Select((step, i) => (string[])
        [
            text.Soft(Words.Count(i + 1)), text.Strong(new string(' ', 2 * step.Depth) + step.Step),
            text.Plain(step.Text) + (step.Span.IsKnown ? "\n" + text.Soft("  at " + step.Span) : ""),
        ])], wide: 2);
        text.Line(text.Strong("= " + report.Conclusion));
    }

    /// <summary>The same as an object.</summary>
    public static void WriteJson(WhyReport report, TextWriter writer)
    {
        JsonWriterOptions options = new()
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("title", report.Title);
            WhyStepsJson.Write(json, "steps", report.Steps);
            json.WriteString("conclusion", report.Conclusion);
            json.WritePropertyName("diagnostics");
            DiagnosticView.WriteArray(json, report.Diagnostics);
            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}

using Sim.Core;
using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>The summary of a run as Markdown, for a pull request or a job page.</summary>
public static class MarkdownReport
{
    private const int FindingsMost = 20;

    /// <summary>Writes the document.</summary>
    public static void Write(RunResult result, TextWriter writer)
    {
        RunStamp stamp = result.Stamp;
        string variant = stamp.Variant.Length == 0 ? "" : " / " + stamp.Variant;
        writer.Write($"## {VerdictLine.Word(result.Verdict)}: {Cell(stamp.Scenario + variant)}\n\n");
        writer.Write($"{Cell(VerdictLine.Reason(result))}; {VerdictLine.Requests(result)}.\n\n");
        WriteJudgements(result, writer);
        WriteServedBy(result, writer);
        WriteDiagnostics("Findings", result.Findings, writer);
        WriteDiagnostics("Not modelled", result.NotModelled, writer);
        string extensions = stamp.Extensions.Count == 0 ? "none" : string.Join(", ", stamp.Extensions);
        writer.Write($"meshsim {stamp.Version}, Istio profile {stamp.Istio} ({Cell(stamp.ProfileBasis)}), admission "
            + $"{stamp.Admission}, extensions {Cell(extensions)}, seed {Seed(stamp)}, input `{stamp.InputHash}`, "
            + $"events `{result.EventsFingerprint}`, results `{result.ResultsFingerprint}`\n\n");
        writer.Write($"```sh\n{NextCommands.Verify(RunFiles.RunJson)}\n{NextCommands.Why(result)}\n```\n");
    }

    private static string Seed(RunStamp stamp) =>
        stamp.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteJudgements(RunResult result, TextWriter writer)
    {
        if (result.Judgements.Count == 0)
        {
            return;
        }

        writer.Write("| | kind | check | measured | limit | where |\n|---|---|---|---|---|---|\n");
        foreach (Judgement j in result.Judgements)
        {
            writer.Write($"| {(j.Held ? "held" : "**failed**")} | {j.Kind} | {Code(j.Text)} | {Cell(j.Measured)} | "
                + $"{Cell(j.Limit)} | {Cell(j.Span.ToString())} |\n");
        }

        writer.Write("\n");
    }

    private static void WriteServedBy(RunResult result, TextWriter writer)
    {
        IReadOnlyList<ServedBy> rows = ServedBy.Of(result);
        if (rows.Count == 0)
        {
            return;
        }

        writer.Write("| callers in | answered by | requests |\n|---|---|---:|\n");
        foreach (ServedBy row in rows)
        {
            writer.Write($"| {Cell(row.Client)} | {Cell(row.Served)} | {Words.Count(row.Count)} |\n");
        }

        writer.Write("\n");
    }

    private static void WriteDiagnostics(string title, IReadOnlyList<Diagnostic> diagnostics, TextWriter writer)
    {
        if (diagnostics.Count == 0)
        {
            return;
        }

        writer.Write($"**{title}** ({Words.Count(diagnostics.Count)})\n\n");
        foreach (Diagnostic d in diagnostics.Take(FindingsMost))
        {
            string where = d.Span.IsKnown ? $" ({Cell(d.Span.ToString())})" : "";
            writer.Write($"- {d.Severity.ToString().ToLowerInvariant()} {d.Code}: {Cell(d.Message)}{where}\n");
        }

        if (diagnostics.Count > FindingsMost)
        {
            writer.Write($"- and {Words.Count(diagnostics.Count - FindingsMost)} more in run.json\n");
        }

        writer.Write("\n");
    }

    private static string Code(string text) => "`" + Cell(text).Replace('`', '\'') + "`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("\r", "", StringComparison.Ordinal).Replace('\n', ' ');
}

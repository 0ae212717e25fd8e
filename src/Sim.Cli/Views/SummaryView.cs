using System.Globalization;
using Sim.Core;
using Sim.Reports;
using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Cli.Views;

/// <summary>The summary of a run on the terminal.</summary>
/// <param name="text">Where to.</param>
/// <param name="result">The run.</param>
internal sealed class SummaryView(TerminalText text, RunResult result)
{
    private const int BarsMost = 60;
    private const int FindingsMost = 5;
    private const int LanesMost = 12;

    /// <summary>The verdict line alone.</summary>
    public void WriteVerdict()
    {
        RunStamp stamp = result.Stamp;
        string name = stamp.Variant.Length == 0 ? stamp.Scenario : stamp.Scenario + " / " + stamp.Variant;
        string word = VerdictLine.Word(result.Verdict);
        text.Line($"{(result.Verdict == Verdict.Held ? text.Good(word) : text.Bad(word))}  {text.Strong(name)}: "
            + text.Plain($"{VerdictLine.Reason(result)}; {VerdictLine.Requests(result)}"));
    }

    /// <summary>The whole summary.</summary>
    /// <param name="runJson">Path of the <c>run.json</c> that was written; null when none was.</param>
    public void Write(string? runJson)
    {
        WriteVerdict();
        WriteJudgements("Checks", static j => j.Kind != "slo");
        WriteJudgements("Service level objectives", static j => j.Kind == "slo");
        WriteUptime();
        WriteServedBy();
        WriteLedger();
        WriteDiagnostics("Findings", result.Findings);
        WriteDiagnostics("Not modelled (the figures are without it)", result.NotModelled);
        WriteStamp();
        WriteNext(runJson);
    }

    private void WriteJudgements(string title, Func<Judgement, bool> isShown)
    {
        Judgement[] shown = [.. result.Judgements.Where(isShown).OrderBy(static j => j.Held)];
        if (shown.Length == 0)
        {
            return;
        }

        Title(title);
        text.Columns([.. shown.Select(Row)], wide: 1);
    }

    private string[] Row(Judgement j)
    {
        string mark = j.Held ? text.Good(text.Symbol("✓", "ok")) : text.Bad(text.Symbol("✗", "FAILED"));
        string what = text.Plain(j.Text);
        if (j.BudgetUsed is double used)
        {
            string percent = (used * 100).ToString("#,0.#", CultureInfo.InvariantCulture);
            what += text.Soft($"  {percent} % of the error budget used");
        }

        if (!j.Held && j.Detail.Length > 0)
        {
            what += "\n" + text.Soft(j.Detail);
        }

        string limit = j.Limit.Length == 0 ? "" : text.Soft("required " + j.Limit);
        return [mark, what, text.Strong(j.Measured), limit, text.Soft(Place(j.Span))];
    }

    private void WriteUptime()
    {
        IReadOnlyList<UptimeLane> lanes = UptimeLane.Of(result, BarsMost);
        if (lanes.Count == 0)
        {
            return;
        }

        UptimeBar first = lanes[0].Bars[0];
        Title($"Uptime, {Words.Time(first.ToNs - first.FromNs)} a block");
        text.Columns([.. lanes.Take(LanesMost).Select(lane => (string[])
        [
            text.Plain($"{Words.Service(lane.Service)} ← {lane.ClientRegion}"),
            Coloured(lane), text.Strong(Words.Percent(lane.Good, lane.Total)),
        ])], wide: 1);
        if (lanes.Count > LanesMost)
        {
            text.Line("  " + text.Soft($"and {Words.Count(lanes.Count - LanesMost)} more in report.html"));
        }

        text.Line("  " + text.Soft(UptimeBlocks.Key(text.IsUnicode)));
    }

    private string Coloured(UptimeLane lane)
    {
        string blocks = UptimeBlocks.Of(lane.Bars, text.IsUnicode);
        return lane.Good == lane.Total ? text.Good(blocks) : string.Concat(blocks.Select((c, i) =>
            lane.Bars[i].Good == lane.Bars[i].Total ? text.Good(c.ToString()) : text.Bad(c.ToString())));
    }

    private void WriteServedBy()
    {
        IReadOnlyList<ServedBy> rows = ServedBy.Of(result);
        if (rows.Count == 0)
        {
            return;
        }

        Title("Answered by");
        text.Columns([.. rows.GroupBy(static r => r.Client).Select(client => (string[])
        [
            text.Plain(client.Key),
            text.Plain(string.Join(", ", client.Select(r =>
                $"{(r.Served == "none" ? "no host" : r.Served)} {Words.Count(r.Count)} "
                + $"({Words.Share(r.Count, client.Sum(static x => x.Count))})"))),
        ])], wide: 1);
    }

    private void WriteLedger()
    {
        LedgerEntry[] crossing = [.. result.Ledger.Where(static l => l.FromGeo != l.ToGeo)];
        if (result.Ledger.Count == 0)
        {
            return;
        }

        Title($"Data residency: {Words.Count(crossing.Sum(static l => l.Requests))} of "
            + $"{Words.Count(result.Ledger.Sum(static l => l.Requests), "answer")} with a data class "
            + "crossed a geography");
        text.Columns([.. crossing.Take(FindingsMost).Select(l => (string[])
        [
            text.Strong(l.DataClass), text.Plain($"{l.FromGeo} -> {l.ToGeo}"),
            text.Plain($"{l.From}/{l.Holder} to {l.To}/{l.Reader}, {l.Path}, allowed by {l.AllowedBy}"),
            text.Plain($"{Words.Count(l.Requests)} answers"), text.Plain($"{Words.Count(l.Bytes)} bytes"),
        ])], wide: 2);
    }

    private void WriteDiagnostics(string title, IReadOnlyList<Diagnostic> diagnostics)
    {
        if (diagnostics.Count == 0)
        {
            return;
        }

        Title($"{title}: {Words.Count(diagnostics.Count)}");
        Diagnostic[] top = [.. diagnostics.OrderByDescending(static d => d.Severity).Take(FindingsMost)];
        text.Columns([.. top.Select(d => (string[])
            [text.Of(d.Severity), text.Plain(d.Code), text.Plain(d.Message), text.Soft(d.Span.ToString())])], wide: 2);
        if (diagnostics.Count > top.Length)
        {
            text.Line("  " + text.Soft($"and {Words.Count(diagnostics.Count - top.Length)} more: "
                + "meshsim analyze " + NextCommands.Quote(result.Stamp.Directory)));
        }
    }

    private void WriteStamp()
    {
        RunStamp stamp = result.Stamp;
        string extensions = stamp.Extensions.Count == 0 ? "no extensions"
            : "extensions " + string.Join(", ", stamp.Extensions);
        string replication = stamp.Replications > 1 ? $", {Words.Count(stamp.Replications, "replication")}" : "";
        Title("Stamp");
        text.Line("  " + text.Plain($"meshsim {stamp.Version}, Istio {stamp.Istio} ({stamp.ProfileBasis}), "
            + $"admission {stamp.Admission}, {extensions}"));
        text.Line("  " + text.Plain($"seed {stamp.Seed.ToString(CultureInfo.InvariantCulture)}{replication}, "
            + $"input {stamp.InputHash}, events {result.EventsFingerprint}, results {result.ResultsFingerprint}"));
    }

    private void WriteNext(string? runJson)
    {
        Title("Next");
        string variant = result.Stamp.Variant.Length == 0 ? ""
            : " --variant " + NextCommands.Quote(result.Stamp.Variant);
        text.Line("  " + text.Plain(runJson is null
            ? $"meshsim run {NextCommands.Quote(result.Stamp.Directory)}{variant} --out out/run"
            : NextCommands.Verify(runJson)));
        text.Line("  " + text.Plain(NextCommands.Why(result)));
    }

    private void Title(string title)
    {
        text.Line();
        text.Line(text.Strong(title));
    }

    /// <summary>A place, without the scenario's folder in front.</summary>
    private string Place(SourceSpan span)
    {
        string place = span.ToString();
        string folder = result.Stamp.Directory.TrimEnd('/') + "/";
        return place.StartsWith(folder, StringComparison.Ordinal) ? place[folder.Length..] : place;
    }
}

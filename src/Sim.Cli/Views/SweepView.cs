using System.Globalization;
using System.Text;
using Sim.Experiments;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Cli.Views;

/// <summary>A sweep on the terminal.</summary>
internal static class SweepView
{
    private const int PointsMost = 40;
    private const int MeasuresMost = 4;

    /// <summary>Exit code of a result: 130 when runs are missing, 99 when a check failed in one, else 0.</summary>
    public static int ExitCode(SweepResult result) => !result.IsComplete ? ExitCodes.Interrupted
        : result.Rows.Any(static r => r.Verdict == Verdict.Failed) ? ExitCodes.Failed : ExitCodes.Ok;

    /// <summary>The points of a plan.</summary>
    public static void WritePlan(SweepPlan plan, SweepShard shard, TextWriter output)
    {
        foreach (SweepPoint point in plan.Points)
        {
            string compared = point.Baseline >= 0 && point.Baseline != point.Index
                ? $"  compared with {point.Baseline.ToString(CultureInfo.InvariantCulture)}" : "";
            output.WriteLine($"{point.Index.ToString(CultureInfo.InvariantCulture),4}  {point.Label(plan)}{compared}");
        }

        string most = plan.Stop is null ? "" : "at most ";
        string part = shard.Count == 1 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" in shard {shard.Index}/{shard.Count}");
        output.WriteLine($"{Words.Count(plan.Points.Count, "point")}, {most}"
            + $"{Words.Count(plan.RunsMost(shard), "run")}{part}; plan {plan.Hash}");
    }

    /// <summary>A result in the form that was asked for.</summary>
    public static void Write(CliHost host, SweepResult result, string form, string color, bool isQuiet)
    {
        switch (form)
        {
            case "json":
                using (MemoryStream stream = new())
                {
                    SweepJsonWriter.Write(result, stream);
                    host.Out.Write(Encoding.UTF8.GetString(stream.ToArray()));
                }

                break;
            case "csv":
                SweepTables.WriteSummary(result, host.Out);
                break;
            default:
                if (!isQuiet)
                {
                    WriteTable(new TerminalText(host, color), result);
                }

                break;
        }
    }

    private static void WriteTable(TerminalText text, SweepResult result)
    {
        SweepPlan plan = result.Plan;
        IReadOnlyList<PointSummary> points = SweepSummary.Of(result);
        string confidence = (plan.Confidence * 100).ToString("0.##", CultureInfo.InvariantCulture);
        text.Line(text.Strong(plan.Scenario) + ": " + text.Plain(
            $"{Words.Count(points.Count, "point")}, {Words.Count(result.Rows.Count, "run")}; mean ± half of the "
            + $"{confidence} % interval, below it the paired difference to the baseline (* = more than chance)"));
        PlannedMeasure[] measures = [.. plan.Measures.Take(MeasuresMost)];
        var rows = new List<string[]>
        {
            (string[])
            [
                text.Soft("point"), text.Soft(""), text.Soft("held"),
                .. measures.Select(m => text.Soft(m.Name)),
            ],
        };
        foreach (PointSummary s in points.Take(PointsMost))
        {
            string held = $"{Words.Count(s.Held)}/{Words.Count(s.Replications)}";
            rows.Add(
            [
                text.Strong(s.Point.Index.ToString(CultureInfo.InvariantCulture)), text.Plain(s.Point.Label(plan)),
                s.Held == s.Replications ? text.Good(held) : text.Bad(held),
                .. s.Measures.Take(MeasuresMost)
                    .Select(m => text.Plain(Figure(m.Own, m.Measure.Unit)) + Difference(text, s, m)),
            ]);
        }

        text.Columns(rows, wide: 1);
        if (points.Count > PointsMost || plan.Measures.Count > MeasuresMost)
        {
            text.Line("  " + text.Soft($"{Words.Count(points.Count, "point")} and "
                + $"{Words.Count(plan.Measures.Count, "measure")} in all are in {SweepFiles.SummaryCsv} (--out DIR)"));
        }
    }

    private static string Difference(TerminalText text, PointSummary s, MeasureSummary m)
    {
        if (m.Difference is not { Count: > 0 } d)
        {
            return s.Point.Baseline == s.Point.Index && s.Point.Index == 0 ? "\n" + text.Soft("baseline") : "";
        }

        string figure = (d.Mean > 0 ? "+" : "") + Figure(d, m.Measure.Unit);
        return "\n" + (d.ExcludesZero ? text.Strong(figure + " *") : text.Soft(figure));
    }

    /// <summary><c>99.94 % ± 0.02</c>, <c>83.1 ms ± 1.2</c>.</summary>
    internal static string Figure(MeanInterval interval, string unit)
    {
        if (interval.Count == 0)
        {
            return "no data";
        }

        (double factor, string suffix) = unit switch
        {
            "share" => (100, " %"),
            "ms" => (1, " ms"),
            _ => (1.0, ""),
        };
        string mean = unit == "share" && interval.Mean is > 0.999 and < 1
            ? (Math.Floor(interval.Mean * 10_000_000) / 100_000).ToString("0.#####", CultureInfo.InvariantCulture)
            : Short(interval.Mean * factor);
        string text = mean + suffix;
        return interval.HalfWidth is { } half ? text + " ± " + Short(half * factor) : text;
    }

    private static string Short(double value)
    {
        double size = Math.Abs(value);
        string format = size >= 1000 ? "#,0" : size >= 100 ? "0.##" : size >= 1 ? "0.###" : "0.#####";
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }
}

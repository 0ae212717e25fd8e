using System.Globalization;
using Sim.Core;
using Sim.Labs;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;
using Sim.Runs.Observing;

namespace Sim.Reports.Labs;

/// <summary>A lab's results in words and rows.</summary>
public static class LabTables
{
    /// <summary>The result in one sentence.</summary>
    /// <param name="report">The lab.</param>
    public static string Sentence(LabReport report)
    {
        int steps = report.Exercises.Sum(static e => e.Steps.Count);
        int failed = report.Exercises.Sum(static e => e.Steps.Count(
            static s => s.Outcome is LabOutcome.Refused or LabOutcome.Failed));
        string exercises = Words.Count(report.Exercises.Count, "exercise");
        return $"{exercises}, {Words.Count(steps, "line")}, {Words.Count(failed)} refused or failed; claims: "
            + Claims(report.Exercises);
    }

    /// <summary>How the claims of exercises stand, in words.</summary>
    /// <param name="exercises">Exercises.</param>
    public static string Claims(IReadOnlyList<LabExercise> exercises)
    {
        int Of(LabVerdict v) => exercises.Sum(e => e.Claims.Count(c => c.Verdict == v));
        return $"{Words.Count(Of(LabVerdict.Holds))} hold, {Words.Count(Of(LabVerdict.DoesNotHold))} do not, "
            + $"{Words.Count(Of(LabVerdict.CannotBeJudged))} cannot be judged, "
            + $"{Words.Count(Of(LabVerdict.NotJudged))} only quoted";
    }

    /// <summary>A verdict as it stands in files.</summary>
    /// <param name="verdict">Verdict.</param>
    public static string NameOf(LabVerdict verdict) => verdict switch
    {
        LabVerdict.Holds => "holds",
        LabVerdict.DoesNotHold => "does-not-hold",
        LabVerdict.CannotBeJudged => "cannot-be-judged",
        _ => "not-judged",
    };

    /// <summary>An outcome as it stands in files.</summary>
    /// <param name="outcome">Outcome.</param>
    public static string NameOf(LabOutcome outcome) => outcome switch
    {
        LabOutcome.Done => "done",
        LabOutcome.Refused => "refused",
        LabOutcome.Failed => "failed",
        LabOutcome.Sent => "sent",
        LabOutcome.NoEffect => "no-effect",
        _ => "not-carried-out",
    };

    /// <summary>What an alert can do, as it stands in files.</summary>
    /// <param name="reach">Verdict.</param>
    public static string NameOf(AlertReach reach) => reach switch
    {
        AlertReach.Never => "never",
        AlertReach.Quiet => "quiet",
        AlertReach.Sometimes => "sometimes",
        AlertReach.Always => "always",
        _ => "not-judged",
    };

    /// <summary>What an alert can do, in a sentence.</summary>
    /// <param name="alert">The rule.</param>
    public static string Told(ExaminedAlert alert)
    {
        string what = alert.Reach switch
        {
            AlertReach.Never => "can never fire",
            AlertReach.Quiet => "is silent at rest",
            AlertReach.Sometimes => "fires for some calls that are answered",
            AlertReach.Always => "always fires",
            _ => "is not judged",
        };
        string read = alert.IsRead ? "" : "no Prometheus reads it; in one that did it ";
        return $"{read}{what}: {alert.Why}";
    }

    /// <summary>What a line did, in a few words: its answer, its worst finding, or what it printed.</summary>
    /// <param name="step">The line.</param>
    public static string Told(LabStep step)
    {
        if (step.Request is { } request)
        {
            return ClaimJudge.Told(request);
        }

        Diagnostic? worst = step.Findings.OrderByDescending(static d => d.Severity)
            .FirstOrDefault(static d => d.Severity > Severity.Info);
        string did = string.Join("; ", step.Did);
        return worst is null ? did : step.Outcome is LabOutcome.Done or LabOutcome.NoEffect && did.Length > 0
            ? did : worst.Message;
    }

    /// <summary>Lines in order; lines of a loop that do the same, one after another, are one.</summary>
    /// <param name="steps">Lines.</param>
    /// <returns>Each with the number of times.</returns>
    public static IReadOnlyList<(LabStep Step, int Times)> Grouped(IReadOnlyList<LabStep> steps)
    {
        var list = new List<(LabStep Step, int Times)>();
        foreach (LabStep s in steps)
        {
            bool isSame = list.Count > 0 && list[^1].Step is var last && last.Line == s.Line
                && last.Cluster == s.Cluster && last.Outcome == s.Outcome && Told(last) == Told(s);
            if (isSame)
            {
                list[^1] = (list[^1].Step, list[^1].Times + 1);
            }
            else
            {
                list.Add((s, 1));
            }
        }

        return list;
    }

    /// <summary>How requests ended, in words.</summary>
    /// <param name="trial">Requests.</param>
    public static string Told(LabTrial trial) => ClaimJudge.Told(trial);

    /// <summary>Writes <c>claims.csv</c>.</summary>
    /// <param name="report">The lab.</param>
    /// <param name="writer">Target.</param>
    public static void WriteClaims(LabReport report, TextWriter writer) => WriteClaims(report.Exercises, writer);

    /// <summary>Writes the claims of exercises.</summary>
    /// <param name="exercises">Exercises.</param>
    /// <param name="writer">Target.</param>
    internal static void WriteClaims(IReadOnlyList<LabExercise> exercises, TextWriter writer)
    {
        writer.Write(SweepTables.Line(["exercise", "line", "claim", "kind", "verdict", "why", "deciding_line"]));
        foreach (LabExercise exercise in exercises)
        {
            foreach (LabClaim c in exercise.Claims)
            {
                writer.Write(SweepTables.Line([exercise.Id, c.Line.ToString(CultureInfo.InvariantCulture), c.Text,
                    c.Kind,
                    NameOf(c.Verdict), c.Why, c.Deciding.ToString()]));
            }
        }
    }
}

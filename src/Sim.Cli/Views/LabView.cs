using System.Globalization;
using Sim.Core;
using Sim.Labs;
using Sim.Reports.Labs;
using Sim.Runs.Observing;

namespace Sim.Cli.Views;

/// <summary>A lab on the terminal: for each exercise its lines, what they did, and how its claims stand.</summary>
internal static class LabView
{
    /// <summary>Writes it.</summary>
    public static void Write(TerminalText text, LabReport report, bool isQuiet)
    {
        string name = Path.GetFileName(report.File);
        string sentence = $"{name}: {LabTables.Sentence(report)}";
        text.Line(report.Held ? text.Good(sentence) : text.Bad(sentence));
        IReadOnlyList<string> assumed = [];
        foreach (LabExercise exercise in report.Exercises)
        {
            text.Line();
            string title = $"{exercise.Title} ({name}:{Number(exercise.Line)})";
            text.Line(text.Strong(title) + "  " + (exercise.Held ? text.Good("held") : text.Bad("failed"))
                + (exercise.Claims.Count > 0 ? "  " + text.Soft(LabTables.Claims([exercise])) : ""));
            if (!isQuiet)
            {
                List<string> now = [.. exercise.Assumed.Select(static d => d.Message)];
                foreach (string assumption in now.Except(assumed))
                {
                    text.Line("  " + text.Soft("assumed: " + assumption));
                }

                assumed = now;
                WriteExercise(text, exercise);
            }
        }

        List<Diagnostic> notes = [.. report.Diagnostics.Where(static d => d.Severity < Severity.Error)];
        if (notes.Count > 0 && !isQuiet)
        {
            text.Line();
            DiagnosticView.WriteTable(notes, text);
        }

        if (report.Stamp is { } stamp)
        {
            text.Line();
            text.Line(text.Soft($"Istio {stamp.Istio} ({stamp.ProfileBasis}), admission {stamp.Admission}"
                + (stamp.Extensions.Count > 0 ? ", extensions " + string.Join(", ", stamp.Extensions) : "")
                + $", input {stamp.InputHash}"));
        }
    }

    private static void WriteExercise(TerminalText text, LabExercise exercise)
    {
        text.Columns([.. LabTables.Grouped(exercise.Steps).Select(s => (string[])
        [
            text.Soft(Number(s.Step.Line)), Outcome(text, s.Step.Outcome),
            text.Plain(Short(s.Step.Text)) + (s.Times > 1 ? text.Soft($"  {Number(s.Times)} times") : "")
                + Details(text, s.Step),
        ])], wide: 2);
        Titled(text, "tried, although the lab sends no such request", [.. exercise.Trials.Select(t => (string[])
        [
            text.Soft(Number(t.Line)), text.Plain(t.What), text.Plain(LabTables.Told(t)) + " "
                + Place(text, t.Deciding),
        ])]);
        Titled(text, "resources that govern pods", [.. exercise.Resources.Where(static r => r.Effect.Length > 0)
            .Select(r => (string[])[text.Soft(Number(r.Line)), text.Plain(r.Resource), text.Plain(r.Effect)])]);
        Titled(text, "alerting rules", [.. exercise.Alerts.Select(a => (string[])
        [
            text.Soft(Number(a.Span.Line)),
            a.Reach is AlertReach.Never or AlertReach.Always ? text.Bad(LabTables.NameOf(a.Reach))
                : text.Plain(LabTables.NameOf(a.Reach)),
            text.Plain(a.Alert) + "\n" + text.Soft(LabTables.Told(a)),
        ])]);
        Titled(text, "analysis",
            [.. exercise.Findings.Where(static d => d.Severity > Severity.Info).Select(d => (string[])
        [
            text.Soft(Number(d.Span.Line)), text.Plain(d.Code), text.Plain(d.Message),
        ])]);
        Titled(text, "the text claims", [.. exercise.Claims.Select(c => (string[])
        [
            text.Soft(Number(c.Line)), Verdict(text, c.Verdict),
            text.Plain(c.Text) + (c.Why.Length == 0 ? "" : "\n" + text.Soft(c.Why) + " " + Place(text, c.Deciding)),
        ])]);
    }

    private static void Titled(TerminalText text, string title, IReadOnlyList<string[]> rows)
    {
        if (rows.Count > 0)
        {
            text.Line("  " + text.Strong(title));
            text.Columns(rows, wide: 2);
        }
    }

    private static string Details(TerminalText text, LabStep step)
    {
        List<string> lines = [];
        string told = LabTables.Told(step);
        if (told.Length > 0)
        {
            bool isNamed = step.Cluster.Length == 0 || step.Text.Contains(step.Cluster, StringComparison.Ordinal);
            lines.Add(text.Soft(isNamed ? told : step.Cluster + ": " + told)
                + (step.Request is { } r ? " " + Place(text, r.Deciding) : ""));
        }

        lines.AddRange(step.Findings.Where(d => d.Severity > Severity.Info && d.Message != told)
            .Select(d => text.Of(d.Severity) + " " + text.Soft($"{d.Code}: {d.Message}")
                + (d.Span.Line != step.Line && d.Span.IsKnown ? " " + Place(text, d.Span) : "")));
        return string.Concat(lines.Select(static l => "\n" + l));
    }

    private static string Place(TerminalText text, SourceSpan span) => span.IsKnown
        ? text.Soft($"at {Path.GetFileName(span.File)}:{Number(span.Line)}") : "";

    private static string Outcome(TerminalText text, LabOutcome outcome)
    {
        string name = LabTables.NameOf(outcome);
        return outcome is LabOutcome.Refused or LabOutcome.Failed ? text.Bad(name)
            : outcome == LabOutcome.Done ? text.Good(name) : text.Plain(name);
    }

    private static string Verdict(TerminalText text, LabVerdict verdict)
    {
        string name = LabTables.NameOf(verdict);
        return verdict switch
        {
            LabVerdict.Holds => text.Good(name),
            LabVerdict.DoesNotHold => text.Bad(name),
            _ => text.Plain(name),
        };
    }

    private static string Short(string command) => command.Length <= 110 ? command : command[..107] + "...";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Text;
using Sim.Experiments;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;

namespace Sim.Cli.Views;

/// <summary>A year on the terminal.</summary>
internal static class YearView
{
    /// <summary>Writes a result in the form that was asked for.</summary>
    public static void Write(CliHost host, IncidentResult result, string form, string color, bool isQuiet)
    {
        if (form == "json")
        {
            using MemoryStream stream = new();
            YearFiles.WriteJson(result, stream);
            host.Out.Write(Encoding.UTF8.GetString(stream.ToArray()));
            return;
        }

        TerminalText text = new(host, color);
        string answer = YearFiles.Sentence(result);
        text.Line(result.IsReached == true ? text.Good(answer) : text.Bad(answer));
        if (isQuiet)
        {
            return;
        }

        WriteGroups(text, result);
        WriteComponents(text, result);
        text.Line();
        text.Line("  " + text.Soft($"{Words.Count(result.Years.Count, "year")} sampled, "
            + $"{Words.Count(result.Windows, "window")} and {Words.Count(result.Requests, "request")} simulated; "
            + $"outages that met: {YearFiles.Number(result.TogetherMinutes)} minutes a year"));
        text.Line("  " + text.Soft("closed form, as if outages never met: "
            + YearFiles.Percent(1 - result.ClosedForm)));
    }

    private static void WriteGroups(TerminalText text, IncidentResult result)
    {
        text.Line();
        string target = YearFiles.Percent(result.Spec.Target);
        List<string[]> rows =
        [
            [text.Soft("callers"), text.Soft("a year"), text.Soft("interval"), text.Soft("1 year in 20 below"),
                text.Soft("years at " + target)],
        ];
        rows.AddRange(result.Groups.Select(g => (string[])
        [
            text.Strong(g.Name), text.Plain(YearFiles.Percent(g.Availability.Mean)),
            text.Plain($"{YearFiles.Percent(g.Availability.Low)} to {YearFiles.Percent(g.Availability.High)}"),
            text.Plain(YearFiles.Percent(g.Worst)), text.Plain(YearFiles.Percent(g.Reached)),
        ]));
        text.Columns(rows, wide: -1);
    }

    private static void WriteComponents(TerminalText text, IncidentResult result)
    {
        text.Line();
        List<string[]> rows =
        [
            [text.Soft("component"), text.Soft("failures a year"), text.Soft("minutes down"),
                text.Soft("failing while down"), text.Soft("at begin and end"), text.Soft("minutes lost a year")],
        ];
        rows.AddRange(result.Components.Select(c => (string[])
        [
            text.Strong(c.Component.Title), text.Plain(YearFiles.Number(c.Failures)),
            text.Plain(YearFiles.Number(c.DownMinutes)),
            text.Plain(SweepView.Figure(c.FailedShare, "share")),
            text.Plain(YearFiles.Number(c.TransientSeconds.Mean) + " s"),
            text.Plain(SweepView.Figure(c.LostMinutes, "number")),
        ]));
        text.Columns(rows, wide: -1);
    }
}

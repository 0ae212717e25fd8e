using System.CommandLine;
using Sim.Cli.Views;
using Sim.Reports;
using Sim.Reports.Graphs;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim export</c>: parts of a run for other programs.</summary>
internal static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("export", "Write a part of a run for other programs.");
        command.Subcommands.Add(Graph(host));
        command.Subcommands.Add(ExportSeriesCommands.OpenMetrics(host));
        command.Subcommands.Add(ExportSeriesCommands.Promtool(host));
        ExamplesHelp.Attach(command,
            "meshsim export graph out/dr -o dot --out out/dr.dot",
            "meshsim export openmetrics scenarios/compliance-alerts --cluster eu-west > eu-west.prom",
            "meshsim export promtool scenarios/compliance-alerts --out out/promtool");
        return command;
    }

    private static Command Graph(CliHost host)
    {
        Command command = new("graph", "Write who served whom before, during and after what a run's timeline does: "
            + "nodes are workloads in a cluster, edges are calls with the share that failed.");
        Argument<string> file = new("FILE")
        {
            Description = "A run.json, or the folder that holds one.",
        };
        Option<string> format = CommonOptions.Choice(
            "-o", "--output", "JSON, Graphviz or Mermaid", "json", "dot", "mmd");
        Option<string> target = new("--out")
        {
            Description = "File to write; without it, standard output.",
            HelpName = "FILE",
        };
        command.Arguments.Add(file);
        command.Options.Add(format);
        command.Options.Add(target);
        command.SetAction(parsed => Write(
            host, parsed.GetRequiredValue(file), parsed.GetValue(format)!, parsed.GetValue(target)));
        ExamplesHelp.Attach(command,
            "meshsim export graph out/dr",
            "meshsim export graph out/dr -o mmd",
            "meshsim export graph out/dr/run.json -o dot --out out/dr.dot");
        return command;
    }

    private static int Write(CliHost host, string file, string format, string? target)
    {
        RunFilesReading reading = RunFiles.Read(file);
        if (reading.Result is not RunResult result)
        {
            DiagnosticView.WriteLines(reading.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        if (result.Calls.Edges.Count == 0)
        {
            host.Error.WriteLine($"meshsim: {file}: no call was counted: the run sent no request after its warm-up, or "
                + "an older version wrote it (then run the scenario again)");
            return ExitCodes.Input;
        }

        string text = format switch
        {
            "dot" => GraphText.Dot(result.Calls),
            "mmd" => GraphText.Mermaid(result.Calls),
            _ => GraphText.Json(result.Calls),
        };
        if (target is null)
        {
            host.Out.Write(text);
            return ExitCodes.Ok;
        }

        try
        {
            AtomicFile.WriteText(target, w => w.Write(text));
            host.Out.WriteLine(target);
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {target}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }
    }
}

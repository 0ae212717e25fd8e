using System.CommandLine;
using System.Globalization;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim merge</c>: the shards of a sweep become one.</summary>
internal static class MergeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("merge", "Put the shards of a sweep together: the files are those of one run.");
        SweepOptions options = SweepOptions.AddTo(command);
        Argument<string[]> shards = new("SHARD")
        {
            Description = "Folders (or runs.csv files) that sweep --shard wrote, with the same options.",
            Arity = ArgumentArity.OneOrMore,
        };
        command.Arguments.Add(shards);
        command.SetAction(parsed => Execute(
            host, options.Request(parsed), parsed.GetRequiredValue(shards), parsed.GetValue(options.Files),
            (parsed.GetValue(options.Output)!, parsed.GetValue(CommonOptions.Color)!)));
        ExamplesHelp.Attach(command,
            "meshsim merge scenarios/disaster-recovery out/shard-* --out out/sweep",
            "meshsim merge scenarios/disaster-recovery out/shard-1 out/shard-2 -o json");
        return command;
    }

    private static int Execute(
        CliHost host, SweepRequest request, string[] shards, string? folder, (string Form, string Color) view)
    {
        if (!CommonOptions.Exists(request.Scenario.Directory, host)
            || !shards.All(s => CommonOptions.Exists(s, host)))
        {
            return ExitCodes.Usage;
        }

        DiagnosticBag findings = new();
        if (SweepPlanner.Plan(request, findings) is not { } plan || Rows(plan, shards, findings) is not { } rows)
        {
            DiagnosticView.WriteLines(findings.Items, host.Error);
            return ExitCodes.Input;
        }

        SweepResult result = SweepRunner.Merge(plan, rows, out (int Point, int Replication)? missing);
        if (missing is { } run)
        {
            host.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"meshsim: runs are missing, the first is replication {run.Replication} of point {run.Point} ")
                + $"({plan.Points[run.Point].Label(plan)}); run the missing shards first");
            return ExitCodes.Input;
        }

        if (folder is not null)
        {
            try
            {
                IReadOnlyList<string> names = SweepFiles.Write(result, folder, isShard: false);
                host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
                return ExitCodes.Usage;
            }
        }

        SweepView.Write(host, result, view.Form, view.Color, isQuiet: false);
        return SweepView.ExitCode(result);
    }

    private static List<SweepRow>? Rows(SweepPlan plan, string[] shards, DiagnosticBag findings)
    {
        var all = new List<SweepRow>();
        foreach (string shard in shards)
        {
            all.AddRange(RunsJournal.Read(shard, plan, findings) ?? []);
        }

        if (findings.HasErrors)
        {
            return null;
        }

        try
        {
            return RunsJournal.Once(plan, all);
        }
        catch (FormatException e)
        {
            findings.Error("MS0604", "the shards do not belong together: " + e.Message, SourceSpan.None);
            return null;
        }
    }
}

using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim sweep</c>: variants, grids and replications on every core.</summary>
internal static class SweepCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new(
            "sweep", "Run variants, a grid of values and replications on every core, and compare them.");
        SweepOptions options = SweepOptions.AddTo(command);
        Option<int?> threads = SweepOptions.Positive("--threads", "Runs at a time; never changes a result.");
        Option<string> shard = new("--shard")
        {
            Description = "Do the i-th of n parts; meshsim merge puts them together.",
            HelpName = "i/n",
            DefaultValueFactory = static _ => "1/1",
        };
        shard.Validators.Add(static result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "1/1";
            if (!SweepShard.TryParse(text, out _))
            {
                result.AddError($"--shard {text}: write i/n with 1 <= i <= n, such as 2/8");
            }
        });
        Option<bool> list = new("--list") { Description = "List the points and simulate nothing." };
        EmitOptions emit = EmitOptions.AddTo(command);
        Option<bool> quiet = new("--quiet") { Description = "No progress and no table." };
        foreach (Option option in (Option[])[threads, shard, list, quiet])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            SweepShard part = SweepShard.TryParse(parsed.GetValue(shard), out SweepShard read) ? read : SweepShard.All;
            return emit.IsAsked(parsed)
                ? emit.Execute(host, parsed, options.Request(parsed), parsed.GetValue(options.Files))
                : Execute(host, options.Request(parsed), new Wanted(
                part, parsed.GetValue(threads) ?? host.Processors, parsed.GetValue(options.Files),
                parsed.GetValue(options.Output)!, parsed.GetValue(list), parsed.GetValue(quiet),
                parsed.GetValue(CommonOptions.Color)!));
        });
        ExamplesHelp.Attach(command,
            "meshsim sweep scenarios/disaster-recovery --list",
            "meshsim sweep scenarios/disaster-recovery --replications 10 --out out/sweep",
            "meshsim sweep scenarios/disaster-recovery --vary traffic[payments].rate=20/s,200/s --out out/rate",
            "meshsim sweep scenarios/disaster-recovery --shard 2/8 --out out/shard-2",
            "meshsim sweep scenarios/disaster-recovery --emit slurm --shards 8 --out out/sweep > sweep.sh");
        return command;
    }

    private static int Execute(CliHost host, SweepRequest request, Wanted wanted)
    {
        if (!CommonOptions.Exists(request.Scenario.Directory, host))
        {
            return ExitCodes.Usage;
        }

        DiagnosticBag findings = new();
        SweepPlan? plan = SweepPlanner.Plan(request, findings);
        if (plan is null)
        {
            DiagnosticView.WriteLines(findings.Items, host.Error);
            return ExitCodes.Input;
        }

        if (wanted.IsList)
        {
            SweepView.WritePlan(plan, wanted.Shard, host.Out);
            return ExitCodes.Ok;
        }

        return wanted.Files is string folder ? InFolder(host, plan, wanted, folder)
            : Finish(host, Run(host, plan, new MemoryJournal(), wanted), wanted);
    }

    private static int InFolder(CliHost host, SweepPlan plan, Wanted wanted, string folder)
    {
        DiagnosticBag findings = new();
        SweepResult result;
        try
        {
            Directory.CreateDirectory(folder);
            using (RunsJournal? journal =
                   RunsJournal.Open(Path.Combine(folder, SweepFiles.RunsCsv), plan, findings))
            {
                if (journal is null)
                {
                    DiagnosticView.WriteLines(findings.Items, host.Error);
                    return ExitCodes.Input;
                }

                result = Run(host, plan, journal, wanted);
            }

            IReadOnlyList<string> names = SweepFiles.Write(result, folder, wanted.Shard.Count > 1);
            host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }

        return Finish(host, result, wanted);
    }

    private static SweepResult Run(CliHost host, SweepPlan plan, IRunJournal journal, Wanted wanted)
    {
        using SweepProgressLine progress = new(host, !wanted.IsQuiet);
        return SweepRunner.Run(plan, journal, wanted.Shard, wanted.Threads, progress.Show, host.Cancellation);
    }

    private static int Finish(CliHost host, SweepResult result, Wanted wanted)
    {
        if (result.Resumed > 0)
        {
            host.Error.WriteLine(
                $"{Words.Count(result.Resumed, "run")} finished before and not made again");
        }

        SweepView.Write(host, result, wanted.Form, wanted.Color, wanted.IsQuiet);
        if (!result.IsComplete)
        {
            host.Error.WriteLine(wanted.Files is null ? "interrupted"
                : "interrupted; the same command goes on where this one stopped");
        }

        return SweepView.ExitCode(result);
    }

    private sealed record Wanted(
        SweepShard Shard, int Threads, string? Files, string Form, bool IsList, bool IsQuiet, string Color);
}

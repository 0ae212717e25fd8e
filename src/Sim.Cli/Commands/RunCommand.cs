using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim run</c>: simulate, judge, write files.</summary>
internal static class RunCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("run", "Simulate a scenario, judge it and write its files.");
        CommonOptions common = CommonOptions.AddTo(command);
        Option<int?> replications =
        SweepOptions.Positive("--replications", "Number of replications, in place of the scenario's.");
        Option<int?> threads =
        SweepOptions.Positive("--threads", "Replications simulated at a time; never changes a result.");
        Option<string> output =
            CommonOptions.Choice("-o", "--output", "Form of the result", "table", "json", "junit", "markdown");
        Option<string> files = new("--out") { Description = "Folder for the files of the run.", HelpName = "DIR" };
        Option<string> openMetrics = OpenMetrics();
        Option<bool> warmup = SuggestWarmup();
        Option<bool> quiet = new("--quiet") { Description = "No progress, and of the table only the verdict line." };
        Option<string> variants = new("--variants")
        {
            Description = "Run several variants and compare them: names with commas between, base = the scenario as it "
                + "stands, all = base and every variant. With --out each has a folder, and compare.html stands above.",
            HelpName = "all|NAME,NAME",
        };
        variants.Validators.Add(static result =>
        {
            if (!result.Tokens.Any(static t => t.Value.AsSpan().ContainsAnyExcept(' ', ',')))
            {
                result.AddError("--variants: name variants of the scenario, or write all");
            }
        });
        foreach (Option option in
            (Option[])[variants, replications, threads, output, files, openMetrics, warmup, quiet])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(variants) is not null && (result.GetResult(common.Variant) is { Implicit: false }
                || result.GetResult(output) is { Implicit: false } || result.GetResult(openMetrics) is not null
                || result.GetValue(warmup)))
            {
                result.AddError(
                    "--variants goes without --variant, --output, --openmetrics and --suggest-warmup");
            }

            if (result.GetValue(warmup) && result.GetResult(output) is { Implicit: false }
                && result.GetValue(output) != "table")
            {
                result.AddError("--suggest-warmup goes with -o table only");
            }
        });
        command.SetAction(parsed =>
        {
            ScenarioRequest request =
                common.Request(parsed, parsed.GetValue(replications), parsed.GetValue(threads) ?? host.Processors);
            RunOutput where = new(
                parsed.GetValue(output)!, parsed.GetValue(files), parsed.GetValue(quiet),
                parsed.GetValue(CommonOptions.Color)!, parsed.GetValue(openMetrics),
                parsed.GetValue(warmup));
            return !CommonOptions.Exists(request.Directory, host) ? ExitCodes.Usage
                : parsed.GetValue(variants) is { } names ? VariantsRun.Execute(host, request, names, where)
                : Execute(host, request, where);
        });
        ExamplesHelp.Attach(command,
            "meshsim run scenarios/disaster-recovery --out out/dr",
            "meshsim run scenarios/disaster-recovery --variant black-hole --replications 20 --threads 2",
            "meshsim run scenarios/disaster-recovery --variants all --out out/dr-variants",
            "meshsim run scenarios/data-residency --set spec.compat.istio=1.22 -o markdown",
            "meshsim run scenarios/disaster-recovery -o junit > junit.xml");
        return command;
    }

    private static Option<string> OpenMetrics() => new("--openmetrics")
    {
        Description = "File for what the Prometheus stored, with simulated times; with several, FILE-CLUSTER.",
        HelpName = "FILE",
    };

    private static Option<bool> SuggestWarmup() => new("--suggest-warmup")
    {
        Description = "Say when the durations of each traffic settle (MSER-5) and suggest a warm-up; nothing is left "
            + "out because of it.",
    };

    private static int Execute(CliHost host, ScenarioRequest request, RunOutput output)
    {
        using ProgressLine progress = new(host, isOn: !output.IsQuiet);
        ScenarioOutcome outcome = host.Simulator.Run(request, progress.Show, host.Cancellation);
        progress.Clear();
        if (outcome.Result is not RunResult result)
        {
            DiagnosticView.WriteLines(outcome.Diagnostics, host.Error);
            return host.Cancellation.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Input;
        }

        if (output.Files is string folder && !TryWriteFiles(host, result, outcome.Replications, folder))
        {
            return ExitCodes.Usage;
        }

        if (output.OpenMetrics is string metrics && !TryWriteMetrics(host, result, metrics))
        {
            return ExitCodes.Usage;
        }

        Print(host, result, output);
        if (output.SuggestsWarmup)
        {
            WarmupView.Write(result, host.Out);
        }

        return result.Verdict switch
        {
            Verdict.Held => ExitCodes.Ok,
            Verdict.Failed => ExitCodes.Failed,
            _ => ExitCodes.Interrupted,
        };
    }

    /// <summary>Writes the files of a run and names them on stderr.</summary>
    internal static bool TryWriteFiles(
        CliHost host, RunResult result, IReadOnlyList<RunResult> replications, string folder)
    {
        try
        {
            IReadOnlyList<string> names = RunFiles.Write(result, folder, replications);
            host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return false;
        }
    }

    private static bool TryWriteMetrics(CliHost host, RunResult result, string file)
    {
        IReadOnlyList<(string Name, Action<TextWriter> Write)> all = MetricFiles.Of(result);
        if (all.Count == 0)
        {
            host.Error.WriteLine(
                "meshsim: no Prometheus watched this run: write prometheus: {} into spec of the scenario");
            return false;
        }

        try
        {
            foreach ((string name, Action<TextWriter> write) in all)
            {
                string cluster = name["metrics".Length..^".prom".Length];
                string path = Path.Combine(Path.GetDirectoryName(file) ?? "",
                    Path.GetFileNameWithoutExtension(file) + cluster + Path.GetExtension(file));
                using StreamWriter writer = new(path) { NewLine = "\n" };
                write(writer);
                host.Error.WriteLine("wrote " + path);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {file}: cannot be written: {e.Message}");
            return false;
        }
    }

    private static void Print(CliHost host, RunResult result, RunOutput output)
    {
        switch (output.Form)
        {
            case "json":
                using (MemoryStream stream = new())
                {
                    RunFiles.WriteRunJson(result, stream);
                    host.Out.Write(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
                }

                break;
            case "junit":
                JUnitReport.Write(result, host.Out);
                break;
            case "markdown":
                MarkdownReport.Write(result, host.Out);
                break;
            default:
                string? runJson = output.Files is null ? null : Path.Combine(output.Files, RunFiles.RunJson);
                SummaryView view = new(new TerminalText(host, output.Color), result);
                if (output.IsQuiet)
                {
                    view.WriteVerdict();
                }
                else
                {
                    view.Write(runJson);
                }

                break;
        }
    }
}

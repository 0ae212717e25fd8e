using Sim.Cli.Views;
using Sim.Reports;
using Sim.Reports.Comparing;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim run --variants</c>: one run for each variant, its files in a folder of their own, and the page
/// that compares them above.</summary>
internal static class VariantsRun
{
    /// <summary>All variants and the scenario as it stands.</summary>
    public const string All = "all";

    /// <summary>Runs the variants one after another.</summary>
    /// <param name="host">Streams and simulator.</param>
    /// <param name="request">Scenario and overrides.</param>
    /// <param name="names">Variants with commas between, or <c>all</c>; <c>base</c> = the scenario as it stands.
    /// </param>
    /// <param name="output">Where to and how.</param>
    public static int Execute(CliHost host, ScenarioRequest request, string names, RunOutput output)
    {
        List<ComparedRun> runs = [];
        bool isInterrupted = false;
        foreach (string name in Names(host, request, names))
        {
            ScenarioRequest one = request with { Variant = name == ComparedRun.Base ? "" : name };
            using ProgressLine progress = new(host, isOn: !output.IsQuiet);
            ScenarioOutcome outcome = host.Simulator.Run(one, progress.Show, host.Cancellation);
            progress.Clear();
            if (outcome.Result is not RunResult result)
            {
                DiagnosticView.WriteLines(outcome.Diagnostics, host.Error);
                return host.Cancellation.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Input;
            }

            if (output.Files is string folder
                && !RunCommand.TryWriteFiles(host, result, outcome.Replications, Path.Combine(folder, name)))
            {
                return ExitCodes.Usage;
            }

            new SummaryView(new TerminalText(host, output.Color), result).WriteVerdict();
            runs.Add(new ComparedRun(name, result));
            if (result.Verdict == Verdict.Interrupted)
            {
                isInterrupted = true;
                break;
            }
        }

        if (output.Files is string top && ReportCommand.Compare(host, runs, top) is not ExitCodes.Ok and int failure)
        {
            return failure;
        }

        return isInterrupted ? ExitCodes.Interrupted
            : runs.TrueForAll(static r => r.Result.Verdict == Verdict.Held) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>The names asked for, each once; a scenario that cannot be read is run as it stands, which tells why.
    /// </summary>
    private static IEnumerable<string> Names(CliHost host, ScenarioRequest request, string names) => names == All
        ? (host.Simulator.Variants(request) ?? []).Prepend(ComparedRun.Base).Distinct(StringComparer.Ordinal)
        : names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.Ordinal);
}

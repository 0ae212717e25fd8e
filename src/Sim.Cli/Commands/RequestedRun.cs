using Sim.Cli.Views;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary>A run that a command needs with all that it stored, which no file holds.</summary>
internal static class RequestedRun
{
    /// <summary>Whether a path is a finished run: a <c>run.json</c> or the folder of one.</summary>
    public static bool IsFinished(string path) =>
        File.Exists(Path.Combine(path, RunFiles.RunJson)) || Path.GetFileName(path) == RunFiles.RunJson;

    /// <summary>What to simulate: a scenario as it stands, or again what a <c>run.json</c> says.</summary>
    /// <param name="host">Told why there is nothing to simulate.</param>
    /// <param name="asked">The folder, and what goes before the run's own seed, variant and overrides.</param>
    /// <returns>The request; null when the run or its scenario cannot be read.</returns>
    public static ScenarioRequest? Of(CliHost host, ScenarioRequest asked)
    {
        if (!IsFinished(asked.Directory))
        {
            return asked;
        }

        RunFilesReading reading = RunFiles.Read(asked.Directory);
        if (reading.Result is not { } run)
        {
            DiagnosticView.WriteLines(reading.Diagnostics, host.Error);
            return null;
        }

        RunStamp stamp = run.Stamp;
        if (!CommonOptions.Exists(stamp.Directory, host))
        {
            host.Error.WriteLine("meshsim: start from the folder the run was started from");
            return null;
        }

        string[] set = [.. stamp.Set ?? [], .. asked.Set ?? []];
        return asked with
        {
            Directory = stamp.Directory,
            Seed = asked.Seed ?? stamp.Seed,
            Variant = asked.Variant.Length > 0 ? asked.Variant : stamp.Variant,
            Set = set.Length == 0 ? null : set,
        };
    }

    /// <summary>Simulates, with progress.</summary>
    /// <returns>The run, or the exit code and null.</returns>
    public static (RunResult? Run, int Code) Simulate(CliHost host, ScenarioRequest request)
    {
        using ProgressLine progress = new(host, isOn: true);
        ScenarioOutcome outcome = host.Simulator.Run(request, progress.Show, host.Cancellation);
        progress.Clear();
        if (outcome.Result is { } result && !host.Cancellation.IsCancellationRequested)
        {
            return (result, ExitCodes.Ok);
        }

        DiagnosticView.WriteLines(outcome.Diagnostics, host.Error);
        return (null, host.Cancellation.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Input);
    }
}

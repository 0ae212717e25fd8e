using System.CommandLine;
using Sim.Cli.Views;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim verify</c>: run again and compare fingerprints.</summary>
internal static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("verify", "Run again what a run.json says and compare the fingerprints.");
        Argument<string> file = new("FILE") { Description = "A run.json, or the folder that holds one." };
        Option<string> folder = new("--dir")
        {
            Description = "Scenario folder, when it is no longer where the run.json says.",
            HelpName = "DIR",
        };
        command.Arguments.Add(file);
        command.Options.Add(folder);
        command.SetAction(parsed => Execute(host, parsed.GetRequiredValue(file), parsed.GetValue(folder)));
        ExamplesHelp.Attach(command,
            "meshsim verify out/dr/run.json",
            "meshsim verify run.json --dir scenarios/disaster-recovery");
        return command;
    }

    private static int Execute(CliHost host, string file, string? folder)
    {
        RunFilesReading reading = RunFiles.Read(file);
        if (reading.Result is not RunResult before)
        {
            DiagnosticView.WriteLines(reading.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        if (before.Verdict == Verdict.Interrupted)
        {
            host.Error.WriteLine($"meshsim: {file}: an interrupted run cannot be verified: its end was chosen by hand");
            return ExitCodes.Input;
        }

        RunStamp stamp = before.Stamp;
        string directory = folder ?? stamp.Directory;
        if (!CommonOptions.Exists(directory, host))
        {
            host.Error.WriteLine("meshsim: start from the folder the run was started from, or give --dir");
            return ExitCodes.Usage;
        }

        using ProgressLine progress = new(host, isOn: true);
        ScenarioOutcome outcome = host.Simulator.Run(
            new ScenarioRequest(
                directory, stamp.Seed, stamp.Replications, stamp.Variant, stamp.Set, host.Processors),
            progress.Show, host.Cancellation);
        progress.Clear();
        if (outcome.Result is not RunResult after)
        {
            DiagnosticView.WriteLines(outcome.Diagnostics, host.Error);
            return host.Cancellation.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Input;
        }

        return after.Verdict == Verdict.Interrupted ? ExitCodes.Interrupted : Compare(host, before, after);
    }

    private static int Compare(CliHost host, RunResult before, RunResult after)
    {
        (string Name, string Before, string After)[] facts =
        [
            ("version", before.Stamp.Version, after.Stamp.Version),
            ("input", before.Stamp.InputHash, after.Stamp.InputHash),
            ("events", before.EventsFingerprint, after.EventsFingerprint),
            ("results", before.ResultsFingerprint, after.ResultsFingerprint),
        ];
        foreach ((string name, string old, string now) in facts)
        {
            host.Out.WriteLine(old == now ? $"same     {name,-8} {old}" : $"differs  {name,-8} {old} -> {now}");
        }

        if (before.EventsFingerprint == after.EventsFingerprint
            && before.ResultsFingerprint == after.ResultsFingerprint)
        {
            host.Out.WriteLine("VERIFIED");
            return ExitCodes.Ok;
        }

        host.Out.WriteLine(before.Stamp.InputHash != after.Stamp.InputHash
            ? "DIFFERENT: the input files have changed since"
            : before.Stamp.Version != after.Stamp.Version
                ? "DIFFERENT: see \"Behaviour\" in CHANGELOG.md for what changed between the versions"
                : "DIFFERENT: same version and input; this is a defect of meshsim");
        return ExitCodes.FingerprintDiffers;
    }
}

using System.CommandLine;
using Sim.Cli.Views;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim report</c>: render again without running.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("report", "Write the files of a run again from its run.json, without simulating.");
        Argument<string> file = new("FILE") { Description = "A run.json, or the folder that holds one." };
        Option<string> folder = new("--out")
        {
            Description = "Folder for the files.",
            HelpName = "DIR",
            Required = true,
        };
        command.Arguments.Add(file);
        command.Options.Add(folder);
        command.SetAction(parsed => Execute(host, parsed.GetRequiredValue(file), parsed.GetRequiredValue(folder)));
        ExamplesHelp.Attach(command, "meshsim report out/dr/run.json --out out/dr-again");
        return command;
    }

    private static int Execute(CliHost host, string file, string folder)
    {
        RunFilesReading reading = RunFiles.Read(file);
        if (reading.Result is not RunResult result)
        {
            DiagnosticView.WriteLines(reading.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        try
        {
            foreach (string name in RunFiles.Write(result, folder))
            {
                host.Out.WriteLine(Path.Combine(folder, name));
            }

            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }
    }
}

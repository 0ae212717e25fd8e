using System.CommandLine;
using Sim.Cli.Views;
using Sim.Reports;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim report</c>: render again without running.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command =
            new("report", "Write the files of a run, a sweep or a year again from its document, without simulating.");
        Argument<string> file =
            new("FILE") { Description = "A run.json, sweep.json or year.json, or the folder that holds one." };
        Option<string> folder = new("--out")
        {
            Description = "Folder for the files.",
            HelpName = "DIR",
            Required = true,
        };
        command.Arguments.Add(file);
        command.Options.Add(folder);
        command.SetAction(parsed => Execute(host, parsed.GetRequiredValue(file), parsed.GetRequiredValue(folder)));
        ExamplesHelp.Attach(command,
            "meshsim report out/dr/run.json --out out/dr-again",
            "meshsim report out/sweep --out out/sweep-again");
        return command;
    }

    /// <summary>A sweep or a year.</summary>
    private static int Again(CliHost host, string document, string folder)
    {
        if (!File.Exists(document))
        {
            host.Error.WriteLine($"meshsim: {document}: no such file");
            return ExitCodes.Input;
        }

        try
        {
            DocumentWriting writing = DocumentFiles.Write(document, folder);
            DiagnosticView.WriteLines(writing.Diagnostics, host.Error);
            foreach (string name in writing.Files)
            {
                host.Out.WriteLine(Path.Combine(folder, name));
            }

            return writing.Files.Count > 0 ? ExitCodes.Ok : ExitCodes.Input;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }
    }

    private static int Execute(CliHost host, string file, string folder)
    {
        if (DocumentFiles.Find(file) is { } document)
        {
            return Again(host, document, folder);
        }

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

using System.CommandLine;
using Sim.Cli.Views;
using Sim.Reports;
using Sim.Reports.Comparing;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim report</c>: render again without running, or several runs side by side.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("report", "Write the files of a run, a sweep or a year again from its document, without "
            + "simulating; of several runs, the page that compares them.");
        Argument<string[]> files = new("FILE")
        {
            Description = "A run.json, sweep.json or year.json, or the folder that holds one; several runs are "
                + "compared with the first.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> folder = new("--out")
        {
            Description = "Folder for the files.",
            HelpName = "DIR",
            Required = true,
        };
        command.Arguments.Add(files);
        command.Options.Add(folder);
        command.SetAction(parsed =>
        {
            string[] named = parsed.GetRequiredValue(files);
            string target = parsed.GetRequiredValue(folder);
            return named.Length == 1 ? One(host, named[0], target) : Several(host, named, target);
        });
        ExamplesHelp.Attach(command,
            "meshsim report out/dr/run.json --out out/dr-again",
            "meshsim report out/sweep --out out/sweep-again",
            "meshsim report out/before out/after out/third --out out/compared");
        return command;
    }

    /// <summary>Writes the page that compares runs, and says so.</summary>
    internal static int Compare(CliHost host, IReadOnlyList<ComparedRun> runs, string folder) =>
        Written(host, folder, () => CompareFiles.Write(runs, folder));

    private static int One(CliHost host, string file, string folder)
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

        return Written(host, folder, () => RunFiles.Write(result, folder));
    }

    private static int Several(CliHost host, string[] files, string folder)
    {
        List<(RunResult Result, string Place)> runs = [];
        foreach (string file in files)
        {
            if (DocumentFiles.Find(file) is { } document)
            {
                host.Error.WriteLine($"meshsim: {document}: only runs are compared; a sweep's page has all its points");
                continue;
            }

            RunFilesReading reading = RunFiles.Read(file);
            DiagnosticView.WriteLines(reading.Diagnostics, host.Error);
            if (reading.Result is RunResult result)
            {
                runs.Add((result, file));
            }
        }

        return runs.Count < files.Length ? ExitCodes.Input : Compare(host, ComparedRun.Of(runs), folder);
    }

    /// <summary>A sweep or a year.</summary>
    private static int Again(CliHost host, string document, string folder)
    {
        if (!File.Exists(document))
        {
            host.Error.WriteLine($"meshsim: {document}: no such file");
            return ExitCodes.Input;
        }

        return Written(host, folder, () =>
        {
            DocumentWriting writing = DocumentFiles.Write(document, folder);
            DiagnosticView.WriteLines(writing.Diagnostics, host.Error);
            return writing.Files;
        });
    }

    private static int Written(CliHost host, string folder, Func<IReadOnlyList<string>> write)
    {
        try
        {
            IReadOnlyList<string> names = write();
            foreach (string name in names)
            {
                host.Out.WriteLine(Path.Combine(folder, name));
            }

            return names.Count > 0 ? ExitCodes.Ok : ExitCodes.Input;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }
    }
}

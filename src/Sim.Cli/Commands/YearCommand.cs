using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim year</c>: the availability of a year, from sampled outages.</summary>
internal static class YearCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new(
            "year", "Sample the outages of many years, simulate what happens around them, say what a year is like.");
        CommonOptions common = CommonOptions.AddTo(command);
        Option<int?> threads = SweepOptions.Positive("--threads", "Windows at a time; never changes a result.");
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the result", "table", "json");
        Option<string> files = new("--out")
        {
            Description = "Folder for year.json, year.html, years.csv and components.csv.",
            HelpName = "DIR",
        };
        Option<bool> quiet = new("--quiet") { Description = "No progress, and of the table only the answer." };
        foreach (Option option in (Option[])[threads, output, files, quiet])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Execute(
            host, common.Request(parsed), parsed.GetValue(threads) ?? host.Processors,
            (parsed.GetValue(files), parsed.GetValue(output)!, parsed.GetValue(quiet),
                parsed.GetValue(CommonOptions.Color)!)));
        ExamplesHelp.Attach(command,
            "meshsim year scenarios/four-regions",
            "meshsim year scenarios/four-regions --variant pairs --out out/year",
            "meshsim year scenarios/four-regions --set method.years=200 -o json");
        return command;
    }

    private static int Execute(
        CliHost host, ScenarioRequest request, int threads,
        (string? Files, string Form, bool IsQuiet, string Color) how)
    {
        if (!CommonOptions.Exists(request.Directory, host))
        {
            return ExitCodes.Usage;
        }

        DiagnosticBag findings = new();
        if (IncidentStudy.Open(request, findings) is not { } study)
        {
            DiagnosticView.WriteLines(findings.Items, host.Error);
            return ExitCodes.Input;
        }

        IncidentResult result;
        using (SweepProgressLine progress = new(host, !how.IsQuiet, "window"))
        {
            result = study.Run(threads, progress.Show, host.Cancellation);
        }

        if (how.Files is string folder)
        {
            try
            {
                IReadOnlyList<string> names = YearFiles.Write(result, folder);
                host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
                return ExitCodes.Usage;
            }
        }

        YearView.Write(host, result, how.Form, how.Color, how.IsQuiet);
        return result.IsReached == true ? ExitCodes.Ok : ExitCodes.Failed;
    }
}

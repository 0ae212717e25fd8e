using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim matrix</c>: who may call what, and which line decides.</summary>
internal static class MatrixCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new(
            "matrix", "Say who may call what across all clusters, which line decides, and where clusters differ.");
        CommonOptions common = CommonOptions.AddTo(command);
        Option<string> at = new("--at")
        {
            Description = "When, such as 6m; without it, as the scenario says, else after the warm-up.",
            HelpName = "TIME",
        };
        at.Validators.Add(static result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
            if (!SimDuration.TryParse(text, out long ns) || ns < 0)
            {
                result.AddError($"--at {text}: write a duration such as 6m, 90s or 1h30m");
            }
        });
        Option<string> output =
            CommonOptions.Choice("-o", "--output", "Form of the result", "table", "csv", "json", "html");
        Option<string> files = new("--out")
        {
            Description = "Folder for matrix.csv, drift.csv, matrix.html and matrix.json.",
            HelpName = "DIR",
        };
        Option<bool> quiet = new("--quiet") { Description = "Of the table only the answer." };
        foreach (Option option in (Option[])[at, output, files, quiet])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Execute(host, common.Request(parsed),
            SimDuration.TryParse(parsed.GetValue(at), out long ns) ? ns : null,
            new MatrixOutput(parsed.GetValue(output)!, parsed.GetValue(files), parsed.GetValue(quiet),
                parsed.GetValue(CommonOptions.Color)!)));
        ExamplesHelp.Attach(command,
            "meshsim matrix scenarios/authz-truth-table",
            "meshsim matrix scenarios/residency-five-ways --variant accounts -o csv",
            "meshsim matrix scenarios/strict-switch --at 30s --out out/matrix");
        return command;
    }

    private static int Execute(CliHost host, ScenarioRequest request, long? atNs, MatrixOutput output)
    {
        if (!CommonOptions.Exists(request.Directory, host))
        {
            return ExitCodes.Usage;
        }

        MatrixReport report = host.Simulator.Matrix(request, atNs);
        if (report is not { Matrix: { } matrix, Stamp: { } stamp })
        {
            DiagnosticView.WriteLines(report.Findings, host.Error);
            return ExitCodes.Input;
        }

        if (output.Files is string folder)
        {
            try
            {
                IReadOnlyList<string> names = MatrixFiles.Write(matrix, stamp, folder);
                host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
                return ExitCodes.Usage;
            }
        }

        Print(host, matrix, stamp, output);
        return matrix.Judgements.All(static j => j.Held) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Print(CliHost host, PolicyMatrix matrix, RunStamp stamp, MatrixOutput output)
    {
        switch (output.Form)
        {
            case "csv":
                MatrixTables.WriteCells(matrix, host.Out);
                break;
            case "json":
                using (MemoryStream stream = new())
                {
                    MatrixFiles.WriteJson(matrix, stamp, stream);
                    host.Out.Write(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
                }

                break;
            case "html":
                MatrixPage.Write(matrix, stamp, host.Out);
                break;
            default:
                MatrixView.Write(new TerminalText(host, output.Color), matrix, stamp, output.IsQuiet);
                break;
        }
    }

    private sealed record MatrixOutput(string Form, string? Files, bool IsQuiet, string Color);
}

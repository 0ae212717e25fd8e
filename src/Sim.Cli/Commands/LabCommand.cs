using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Labs;
using Sim.Reports.Labs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim lab</c>: what a Markdown lab claims and what really happens.</summary>
internal static class LabCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new(
            "lab", "Carry out the commands of a Markdown lab and hold what its text claims against what happens.");
        Argument<string> file = new("LAB.md") { Description = "The lab: Markdown with fenced shell blocks." };
        Option<string> world = new("--world")
        {
            Description = "Scenario file with clusters, topology, workloads, profile or extensions; without it, "
                + "what the lab's own lines make.",
            HelpName = "FILE",
            DefaultValueFactory = static _ => "",
        };
        Option<string[]> exercise = new("--exercise")
        {
            Description = "Show this exercise only, by number or title-in-small-letters; may be repeated. Those before "
                + "it are carried out all the same.",
            HelpName = "N",
            DefaultValueFactory = static _ => [],
        };
        Option<bool> alone = new("--alone")
        {
            Description = "Leave out the rules (VirtualServices, DestinationRules, policies) of the exercises before.",
        };
        Option<string> istio = new("--istio")
        {
            Description = "Behaviour profile in place of the world's (1.22|1.29|1.31).",
            HelpName = "RELEASE",
        };
        istio.AcceptOnlyFromAmong("1.22", "1.29", "1.31");
        Option<string> pace = CommonOptions.Time("--pace", "Simulated time between two lines; without it, 10s.");
        Option<bool> isJson = new("--json") { Description = "Write lab.json to the result stream instead of tables." };
        Option<string> files =
            new("--out") { Description = "Folder for lab.json, lab.html and claims.csv.", HelpName = "DIR" };
        Option<bool> quiet = new("--quiet") { Description = "Only the verdict of each exercise." };
        command.Arguments.Add(file);
        foreach (Option option in (Option[])[world, exercise, alone, istio, pace, isJson, files, quiet])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Execute(host,
            new LabRequest(parsed.GetRequiredValue(file))
            {
                World = parsed.GetValue(world) ?? "",
                Exercises = parsed.GetValue(exercise) ?? [],
                IsAlone = parsed.GetValue(alone),
                Istio = parsed.GetValue(istio) ?? "",
                PaceNs = SimDuration.TryParse(parsed.GetValue(pace), out long ns)
                    && ns > 0 ? ns : 10 * SimDuration.Second,
            },
            new LabOutput(parsed.GetValue(isJson), parsed.GetValue(files), parsed.GetValue(quiet),
                parsed.GetValue(CommonOptions.Color)!)));
        ExamplesHelp.Attach(command,
            "meshsim lab labs/multi-cluster.md",
            "meshsim lab labs/multi-cluster.md --exercise 6 --out out/lab",
            "meshsim lab labs/multi-cluster.md --exercise 8 --alone",
            "meshsim lab labs/multi-cluster.md --world labs/multi-cluster-intended.yaml --json");
        return command;
    }

    private static int Execute(CliHost host, LabRequest request, LabOutput output)
    {
        if (!CommonOptions.Exists(request.File, host)
            || (request.World.Length > 0 && !CommonOptions.Exists(request.World, host)))
        {
            return ExitCodes.Usage;
        }

        bool tells = host.IsErrorTerminal && !output.IsJson;
        LabReport report = LabRunner.Run(
            request, tells ? title => host.Error.WriteLine($"... {title}") : null, host.Cancellation);
        if (report.Stamp is null)
        {
            DiagnosticView.WriteLines(report.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        if (output.Files is string folder)
        {
            try
            {
                IReadOnlyList<string> names = LabFiles.Write(report, folder);
                host.Error.WriteLine($"wrote {folder}: {string.Join(", ", names)}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
                return ExitCodes.Usage;
            }
        }

        if (output.IsJson)
        {
            using MemoryStream stream = new();
            LabFiles.WriteJson(report, stream);
            host.Out.Write(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        }
        else
        {
            LabView.Write(new TerminalText(host, output.Color), report, output.IsQuiet);
        }

        DiagnosticView.WriteLines([.. report.Diagnostics.Where(static d => d.Severity == Severity.Error)], host.Error);
        return report.Diagnostics.Any(static d => d.Severity == Severity.Error) ? ExitCodes.Input
            : report.Held ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private sealed record LabOutput(bool IsJson, string? Files, bool IsQuiet, string Color);
}

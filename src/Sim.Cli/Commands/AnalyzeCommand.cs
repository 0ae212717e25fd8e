using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim analyze</c>: admission and analysis messages, with Istio's own codes.</summary>
internal static class AnalyzeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new(
            "analyze", "Say what the API server, istiod and istioctl would object to, without simulating.");
        Argument<string[]> folders = new("DIR")
        {
            Description = "Scenario folders.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the result", "table", "json", "github");
        Option<string> threshold = CommonOptions.Choice(
            "--failure-threshold", null, "Least severity that makes the exit code 79", "error", "warning", "info");
        command.Arguments.Add(folders);
        command.Options.Add(output);
        command.Options.Add(threshold);
        command.Subcommands.Add(Explain(host));
        command.SetAction(parsed => Execute(
            host, parsed.GetValue(folders) ?? [], parsed.GetValue(output)!, parsed.GetValue(threshold)!,
            parsed.GetValue(CommonOptions.Color)!));
        ExamplesHelp.Attach(command,
            "meshsim analyze scenarios/disaster-recovery",
            "meshsim analyze scenarios/* --failure-threshold warning -o github",
            "meshsim analyze explain MS0103");
        return command;
    }

    private static Command Explain(CliHost host)
    {
        Command command = new("explain", "Say what a code means and what to do about it.");
        Argument<string> argument = new("CODE") { Description = "Code, such as IST0101 or MS0001." };
        command.Arguments.Add(argument);
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetRequiredValue(argument);
            if (DiagnosticCatalogue.Find(wanted.ToUpperInvariant()) is DiagnosticDescription entry)
            {
                host.Out.WriteLine($"{entry.Code}: {entry.Title}");
                host.Out.WriteLine(entry.Explanation);
                return ExitCodes.Ok;
            }

            if (IsIstioCode(wanted))
            {
                string code = wanted.ToLowerInvariant();
                host.Out.WriteLine($"{wanted.ToUpperInvariant()} is Istio's own code, with Istio's meaning:");
                host.Out.WriteLine($"https://istio.io/latest/docs/reference/config/analysis/{code}/");
                return ExitCodes.Ok;
            }

            host.Error.WriteLine($"meshsim: {wanted}: no such code; they are ISTnnnn or MSnnnn");
            return ExitCodes.Usage;
        });
        ExamplesHelp.Attach(command, "meshsim analyze explain MS0103");
        return command;
    }

    private static bool IsIstioCode(string text) => text.Length == 7
        && text.StartsWith("IST", StringComparison.OrdinalIgnoreCase) && text.Skip(3).All(char.IsAsciiDigit);

    private static int Execute(CliHost host, string[] folders, string form, string threshold, string color)
    {
        List<Diagnostic> all = [];
        foreach (string folder in folders)
        {
            if (!CommonOptions.Exists(folder, host))
            {
                return ExitCodes.Usage;
            }

            all.AddRange(host.Simulator.Analyze(folder));
        }

        switch (form)
        {
            case "json":
                DiagnosticView.WriteJson(all, host.Out);
                break;
            case "github":
                DiagnosticView.WriteGitHub(all, host.Out);
                break;
            default:
                DiagnosticView.WriteTable(all, new TerminalText(host, color));
                break;
        }

        Severity least = threshold switch
        {
            "info" => Severity.Info,
            "warning" => Severity.Warning,
            _ => Severity.Error,
        };
        return all.Exists(d => d.Severity >= least) ? ExitCodes.Findings : ExitCodes.Ok;
    }
}

using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Mesh.Analysis;
using Sim.Runs;

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
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the result", "table", "json", "github");
        Option<string> threshold = CommonOptions.Choice(
            "--failure-threshold", null, "Least severity that makes the exit code 79", "error", "warning", "info");
        Option<bool> list = new("--list-analyzers", "-L")
        {
            Description = "List the analyzers and their codes, and look at nothing.",
        };
        Option<string> variant = new("--variant")
        {
            Description = "Variant of the scenarios to look at.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => "",
        };
        command.Arguments.Add(folders);
        command.Options.Add(variant);
        command.Options.Add(output);
        command.Options.Add(threshold);
        command.Options.Add(list);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(list) && (result.GetValue(folders) ?? []).Length == 0)
            {
                result.AddError("name at least one scenario folder, or -L to list the analyzers");
            }
        });
        command.Subcommands.Add(Explain(host));
        command.SetAction(parsed => parsed.GetValue(list)
            ? AnalyzerView.Write(host, parsed.GetValue(output)!, parsed.GetValue(CommonOptions.Color)!)
            : Execute(host,
                [.. (parsed.GetValue(folders) ?? []).Select(f => new ScenarioRequest(
                    f, Variant: parsed.GetValue(variant) ?? ""))],
                parsed.GetValue(output)!, parsed.GetValue(threshold)!, parsed.GetValue(CommonOptions.Color)!));
        ExamplesHelp.Attach(command,
            "meshsim analyze scenarios/disaster-recovery",
            "meshsim analyze scenarios/data-residency --variant as-written",
            "meshsim analyze scenarios/* --failure-threshold warning -o github",
            "meshsim analyze -L",
            "meshsim analyze explain IST0101");
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
            string code = wanted.ToUpperInvariant();
            if (DiagnosticCatalogue.Find(code) is DiagnosticDescription entry)
            {
                host.Out.WriteLine($"{entry.Code}: {entry.Title}");
                host.Out.WriteLine(entry.Explanation);
            }
            else if (IstioCodes.Find(code) is IstioCode istio)
            {
                host.Out.WriteLine(
                    $"{istio.Code} {istio.Name} ({istio.Severity.ToString().ToLowerInvariant()}): {istio.Title}");
                host.Out.WriteLine(istio.Advice);
                host.Out.WriteLine("Istio's own code: https://istio.io/latest/docs/reference/config/analysis/"
                    + code.ToLowerInvariant() + "/");
            }
            else
            {
                host.Error.WriteLine($"meshsim: {wanted}: no such code; meshsim analyze -L lists them");
                return ExitCodes.Usage;
            }

            foreach (AnalyzerDescription analyzer in IstioAnalyzers.All.Concat(OwnAnalyzers.All)
                         .Where(a => a.Codes.Split(' ').Contains(code)).Take(3))
            {
                host.Out.WriteLine($"Given by {analyzer.Name}: {analyzer.Summary}");
            }

            return ExitCodes.Ok;
        });
        ExamplesHelp.Attach(command, "meshsim analyze explain MS0103", "meshsim analyze explain IST0101");
        return command;
    }

    private static int Execute(
        CliHost host, IReadOnlyList<ScenarioRequest> requests, string form, string threshold, string color)
    {
        List<Diagnostic> all = [];
        bool isReadable = true;
        foreach (ScenarioRequest request in requests)
        {
            if (!CommonOptions.Exists(request.Directory, host))
            {
                return ExitCodes.Usage;
            }

            AnalysisOutcome outcome = host.Simulator.Analyze(request);
            all.AddRange(outcome.Findings);
            isReadable &= outcome.IsReadable;
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
        return !isReadable ? ExitCodes.Input
            : all.Exists(d => d.Severity >= least) ? ExitCodes.Findings : ExitCodes.Ok;
    }
}

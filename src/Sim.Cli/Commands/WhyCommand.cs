using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim why</c>: one request, step by step, with the deciding line of YAML.</summary>
internal static class WhyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("why", "Explain one request step by step, with the YAML line that decided each.");
        CommonOptions common = CommonOptions.AddTo(command);
        Option<string> from = new("--from")
        {
            Description = "Caller: CONTEXT/WORKLOAD, CONTEXT/NAMESPACE/WORKLOAD, or outside/REGION/GATEWAY.",
            HelpName = "CALLER",
        };
        Option<string> curl = new("--curl") { Description = "Arguments of curl.", HelpName = "ARGS" };
        Option<string> at = CommonOptions.Time("--at", "When, such as 6m; without it, after the warm-up.");
        Option<long?> request = new("--request")
        {
            Description = "Explain this recorded request (the id of requests.csv) instead of a new one.",
            HelpName = "ID",
        };
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the answer", "text", "json");
        foreach (Option option in (Option[])[from, curl, at, request, output])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool hasRequest = result.GetResult(request) is not null;
            bool hasCall = result.GetResult(from) is not null && result.GetResult(curl) is not null;
            if (!hasRequest && !hasCall)
            {
                result.AddError("say which request: --from CALLER --curl ARGS, or --request ID");
            }
            else if (hasRequest && (result.GetResult(from) is not null || result.GetResult(curl) is not null))
            {
                result.AddError("--request names a recorded request: leave out --from and --curl");
            }
        });
        command.SetAction(parsed => Execute(
            host,
            new WhyRequest(
                common.Request(parsed), parsed.GetValue(from) ?? "", parsed.GetValue(curl) ?? "",
                SimDuration.TryParse(parsed.GetValue(at), out long ns) ? ns : null, parsed.GetValue(request)),
            parsed.GetValue(output)!, parsed.GetValue(CommonOptions.Color)!));
        ExamplesHelp.Attach(command,
            "meshsim why scenarios/disaster-recovery --from us-east/account-service --curl http://ledger/ --at 6m",
            "meshsim why scenarios/disaster-recovery --variant brown-out-503 --request 381",
            "meshsim why scenarios/data-residency --from us-east/front --curl '-H \"region: eu\" http://user-data/'");
        return command;
    }

    private static int Execute(CliHost host, WhyRequest request, string form, string color)
    {
        if (!CommonOptions.Exists(request.Scenario.Directory, host))
        {
            return ExitCodes.Usage;
        }

        WhyReport report = host.Simulator.Explain(request);
        if (report.Steps.Count == 0)
        {
            DiagnosticView.WriteLines(report.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        if (form == "json")
        {
            WhyView.WriteJson(report, host.Out);
        }
        else
        {
            WhyView.WriteText(report, new TerminalText(host, color));
            DiagnosticView.WriteLines(report.Diagnostics, host.Error);
        }

        return ExitCodes.Ok;
    }
}

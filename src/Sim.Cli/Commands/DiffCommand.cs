using System.CommandLine;
using System.CommandLine.Parsing;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Inspection;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim diff</c>: what differs between two scenarios, editions, profiles, moments, results, or between
/// the client clusters of one call.</summary>
internal static class DiffCommand
{
    private const string Folder = "scenarios/disaster-recovery";

    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("diff",
            "Say what differs: two folders, editions, profiles or moments; two results; one call from every cluster.");
        Argument<string> left = new("A") { Description = "Scenario folder, or folder of a result (with run.json)." };
        Argument<string?> right = new("B")
        {
            Description = "What A is compared with; left out, A itself on the other side of the options.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Sides sides = new();
        Option<string> call = new("--call")
        {
            Description = "Arguments of curl: compare this call's effective route from every client cluster of A.",
            HelpName = "ARGS",
        };
        Option<string> from = new("--from")
        {
            Description = "With --call: calling workload, NAME or NAME.NAMESPACE, in every cluster that has it.",
            HelpName = "CALLER",
            DefaultValueFactory = static _ => "",
        };
        Option<bool> all = new("--all") { Description = "Show what is equal, too (results and --call)." };
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the answer", "table", "json");
        command.Arguments.Add(left);
        command.Arguments.Add(right);
        sides.AddTo(command);
        foreach (Option option in (Option[])[call, from, all, output])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result => Check(
            result, sides, result.GetResult(call) is not null, result.GetResult(right)?.Tokens.Count > 0,
            result.GetResult(from) is { Implicit: false }));
        command.SetAction(parsed =>
        {
            var view = new DiffView(host, parsed.GetValue(output) == "json", parsed.GetValue(all),
                parsed.GetValue(CommonOptions.Color)!);
            string a = parsed.GetRequiredValue(left);
            string b = parsed.GetValue(right) ?? a;
            if (!CommonOptions.Exists(a, host) || !CommonOptions.Exists(b, host))
            {
                return ExitCodes.Usage;
            }

            if (parsed.GetValue(call) is { } line)
            {
                return Calls(host, view, new CallRequest(
                    sides.Left(parsed, a).Scenario, line, parsed.GetValue(from)!, sides.Left(parsed, a).AtNs));
            }

            return IsResult(a) && IsResult(b) ? Results(host, view, a, b)
                : Configurations(host, view, sides.Left(parsed, a), sides.Right(parsed, b));
        });
        ExamplesHelp.Attach(command,
            $"meshsim diff {Folder} --istio 1.22..1.31",
            $"meshsim diff {Folder} --edition ..lab",
            $"meshsim diff {Folder} --at 4m..6m",
            $"meshsim diff {Folder} scenarios/mine -o json",
            "meshsim diff scenarios/whose-config --call http://web/ --from client",
            "meshsim diff out/before out/after");
        return command;
    }

    private static void Check(CommandResult result, Sides sides, bool hasCall, bool hasRight, bool hasFrom)
    {
        if (hasCall && (hasRight || sides.HaveRange(result)))
        {
            result.AddError("--call compares the clusters of one scenario: leave out B and ranges");
        }
        else if (!hasCall && hasFrom)
        {
            result.AddError("--from goes with --call");
        }
        else if (!hasCall && !hasRight && !sides.HaveRange(result))
        {
            result.AddError("say what to compare with: a second folder, --edition A..B, --istio 1.22..1.31, "
                + "--at 5m..6m, or --call ARGS");
        }
    }

    private static bool IsResult(string path) => Path.GetFileName(path) == RunFiles.RunJson
        || (File.Exists(Path.Combine(path, RunFiles.RunJson))
            && !File.Exists(Path.Combine(path, PackFolder.ScenarioFile)));

    private static int Calls(CliHost host, DiffView view, CallRequest request)
    {
        CallReport report = host.Simulator.CompareCalls(request);
        if (report.Callers.Count == 0)
        {
            DiagnosticView.WriteLines(report.Diagnostics, host.Error);
            return ExitCodes.Input;
        }

        view.Write(report);
        return report.Rows.Any(static r => r.Differs) ? ExitCodes.Differs : ExitCodes.Ok;
    }

    private static int Configurations(CliHost host, DiffView view, DiffSide left, DiffSide right)
    {
        ConfigDiffReport report = host.Simulator.Compare(left, right);
        DiagnosticView.WriteLines(report.Diagnostics, host.Error);
        if (report.Differences is not { } differences)
        {
            return ExitCodes.Input;
        }

        view.Write(report, left.Label, right.Label);
        return differences.Count > 0 ? ExitCodes.Differs : ExitCodes.Ok;
    }

    private static int Results(CliHost host, DiffView view, string a, string b)
    {
        RunFilesReading left = RunFiles.Read(a);
        RunFilesReading right = RunFiles.Read(b);
        if (left.Result is not { } before || right.Result is not { } after)
        {
            DiagnosticView.WriteLines([.. left.Diagnostics, .. right.Diagnostics], host.Error);
            return ExitCodes.Input;
        }

        IReadOnlyList<RunDifference> rows = RunDifferences.Of(before, after);
        view.Write(rows, a, b);
        return rows.Any(static r => !r.IsSame) ? ExitCodes.Differs : ExitCodes.Ok;
    }

    /// <summary>Options that may have two values, <c>LEFT..RIGHT</c>; one value is that of both sides.</summary>
    private sealed class Sides
    {
        private const string Range = "..";

        private readonly Option<string> _edition = Text(
            "--edition", "Edition of both sides, or LEFT..RIGHT; an empty one = the scenario as it stands.",
            "--variant");

        private readonly Option<string> _istio = Text(
            "--istio", "Profile of both sides, or LEFT..RIGHT: 1.22, 1.29, 1.31.");

        private readonly Option<string> _at = Text(
            "--at", "When, such as 6m, or LEFT..RIGHT; without it, after the warm-up.");

        private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of both sides.", HelpName = "N" };

        private readonly Option<string[]> _set = new("--set")
        {
            Description = "Override a value of the scenario file on the right side; may be repeated.",
            HelpName = "PATH=VALUE",
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = static _ => [],
        };

        public void AddTo(Command command)
        {
            _at.Validators.Add(static result =>
            {
                string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
                foreach (string part in result.Tokens.Count > 0 ? text.Split(Range) : [])
                {
                    if (!SimDuration.TryParse(part, out long ns) || ns < 0)
                    {
                        result.AddError($"--at {text}: write a duration such as 6m, or two such as 4m..6m");
                        return;
                    }
                }
            });
            foreach (Option option in (Option[])[_edition, _istio, _at, _seed, _set])
            {
                command.Options.Add(option);
            }
        }

        public bool HaveRange(CommandResult result) =>
            ((Option<string>[])[_edition, _istio, _at]).Any(o =>
                result.GetResult(o)?.Tokens.Any(static t => t.Value.Contains(Range, StringComparison.Ordinal)) == true)
            || result.GetResult(_set) is { Implicit: false };

        public DiffSide Left(ParseResult parsed, string folder) => Side(parsed, folder, 0, []);

        public DiffSide Right(ParseResult parsed, string folder) =>
            Side(parsed, folder, ^1, parsed.GetValue(_set) ?? []);

        private DiffSide Side(ParseResult parsed, string folder, Index side, string[] set)
        {
            string edition = parsed.GetValue(_edition)!.Split(Range)[side];
            string istio = parsed.GetValue(_istio)!.Split(Range)[side];
            string at = parsed.GetValue(_at)!.Split(Range)[side];
            string[] overrides = istio.Length > 0 ? [.. set, "spec.compat.istio=" + istio] : set;
            string label = string.Join(' ', new[]
            {
                folder, edition, istio, at.Length > 0 ? "at " + at : "", string.Join(' ', set),
            }.Where(static s => s.Length > 0));
            var request = new ScenarioRequest(
                folder, parsed.GetValue(_seed), null, edition, overrides.Length == 0 ? null : overrides);
            return new DiffSide(request, SimDuration.TryParse(at, out long ns) ? ns : null, label);
        }

        private static Option<string> Text(string name, string description, params string[] aliases) =>
            new(name, aliases)
            {
                Description = description, HelpName = "VALUE", DefaultValueFactory = static _ => "",
            };
    }
}

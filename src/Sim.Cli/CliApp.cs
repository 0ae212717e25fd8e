using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Sim.Cli.Commands;

namespace Sim.Cli;

/// <summary>The command line <c>meshsim</c>.</summary>
public static class CliApp
{
    /// <summary>Parses a command line and runs it.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="host">Streams, terminal and simulator.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        RootCommand root = Tree(host);
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool isHelp = parsed.Action is HelpAction or ExamplesHelp;
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && !isHelp))
        {
            return Usage(parsed, host);
        }

        InvocationConfiguration configuration = new()
        {
            Output = host.Out,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (OperationCanceledException)
        {
            host.Error.WriteLine("interrupted");
            return ExitCodes.Interrupted;
        }
        catch (Exception e)
        {
            host.Error.WriteLine($"meshsim: internal error: {e.GetType().Name}: {e.Message}");
            host.Error.WriteLine(host.Variable("MESHSIM_DEBUG") is { Length: > 0 }
                ? e.ToString() : "meshsim: set MESHSIM_DEBUG=1 to see where; please report it with the scenario");
            return ExitCodes.Internal;
        }
    }

    private static RootCommand Tree(CliHost host)
    {
        RootCommand root = new("Simulates multi-cluster Istio meshes from their real manifests: what fails, for how "
            + "long, who serves what, and why.");
        root.Subcommands.Add(RunCommand.Create(host));
        root.Subcommands.Add(WhyCommand.Create(host));
        root.Subcommands.Add(ProxyConfigCommand.Create(host));
        root.Subcommands.Add(DiffCommand.Create(host));
        root.Subcommands.Add(AnalyzeCommand.Create(host));
        root.Subcommands.Add(MatrixCommand.Create(host));
        root.Subcommands.Add(LabCommand.Create(host));
        root.Subcommands.Add(QueryCommand.Create(host));
        root.Subcommands.Add(VerifyCommand.Create(host));
        root.Subcommands.Add(ReportCommand.Create(host));
        root.Subcommands.Add(ExportCommand.Create(host));
        root.Subcommands.Add(SweepCommand.Create(host));
        root.Subcommands.Add(MergeCommand.Create(host));
        root.Subcommands.Add(YearCommand.Create(host));
        root.Subcommands.Add(PacksCommand.Create(host));
        root.Subcommands.Add(InitCommand.Create(host));
        root.Options.Add(CommonOptions.Color);
        ExamplesHelp.Attach(root,
            "meshsim packs",
            "meshsim run scenarios/disaster-recovery --out out/dr",
            "meshsim why scenarios/disaster-recovery --from us-east/account-service --curl http://ledger/",
            "meshsim sweep scenarios/disaster-recovery --replications 10 --out out/sweep",
            "meshsim analyze scenarios/data-residency");
        return root;
    }

    private static int Usage(ParseResult parsed, CliHost host)
    {
        foreach (ParseError error in parsed.Errors)
        {
            host.Error.WriteLine("meshsim: " + error.Message);
        }

        List<string> path = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } c; at = c.Parent)
        {
            path.Insert(0, c.Command.Name);
        }

        host.Error.WriteLine($"meshsim: see meshsim {string.Concat(path.Select(static p => p + " "))}--help");
        return ExitCodes.Usage;
    }
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Sim.Cli.Commands;

/// <summary>The help of a command, followed by examples and the exit codes.</summary>
internal sealed class ExamplesHelp : SynchronousCommandLineAction
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    private readonly HelpAction _inner;

    private ExamplesHelp(HelpAction inner) => _inner = inner;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Gives a command its examples; on the root command, makes its help option show them.</summary>
    public static void Attach(Command command, params string[] examples)
    {
        Examples.AddOrUpdate(command, examples);
        foreach (Option option in command.Options)
        {
            if (option is HelpOption { Action: HelpAction action } help)
            {
                help.Action = new ExamplesHelp(action);
            }
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = _inner.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (Examples.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
        }

        output.WriteLine("Exit codes:");
        output.WriteLine(
            "  0 all held, 1 internal error, 64 usage, 65 input cannot be parsed, 79 findings at the threshold,");
        output.WriteLine(
            "  98 differs (verify, diff), 99 a check failed, 130 interrupted (partial results are written)");
        return code;
    }
}

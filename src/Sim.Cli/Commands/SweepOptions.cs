using System.CommandLine;
using System.Globalization;
using Sim.Experiments;

namespace Sim.Cli.Commands;

/// <summary>What <c>sweep</c> and <c>merge</c> share: the options that make the plan.</summary>
internal sealed class SweepOptions
{
    private readonly CommonOptions _common = new();

    /// <summary>Replications.</summary>
    public Option<int?> Replications { get; } = Positive(
        "--replications", "Replications of every point, in place of the scenario's number or stop rule.");

    /// <summary>Further axes.</summary>
    public Option<string[]> Vary { get; } = new("--vary")
    {
        Description = "A further axis: every value of a path of the scenario file; may be repeated.",
        HelpName = "PATH=V1,V2",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = static _ => [],
    };

    /// <summary>Form of the result.</summary>
    public Option<string> Output { get; } =
        CommonOptions.Choice("-o", "--output", "Form of the result", "table", "json", "csv");

    /// <summary>Folder for the files.</summary>
    public Option<string> Files { get; } = new("--out")
    {
        Description = "Folder for runs.csv, summary.csv, sweep.html and sweep.json.",
        HelpName = "DIR",
    };

    /// <summary>Adds the options to a command.</summary>
    public static SweepOptions AddTo(Command command)
    {
        SweepOptions options = new();
        command.Arguments.Add(options._common.Directory);
        foreach (Option option in (Option[])
                 [options._common.Seed, options._common.Set, options.Replications, options.Vary, options.Output,
                     options.Files])
        {
            command.Options.Add(option);
        }

        return options;
    }

    /// <summary>The request of a command line.</summary>
    public SweepRequest Request(ParseResult parsed) =>
        new(_common.Request(parsed, parsed.GetValue(Replications)), parsed.GetValue(Vary));

    /// <summary>An option with a whole number from 1 up.</summary>
    public static Option<int?> Positive(string name, string description)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            bool isNumber = result.Tokens.Count > 0 && int.TryParse(
                result.Tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0;
            if (!isNumber && result.Tokens.Count > 0)
            {
                result.AddError($"{name} must be a whole number from 1 up");
            }
        });
        return option;
    }
}

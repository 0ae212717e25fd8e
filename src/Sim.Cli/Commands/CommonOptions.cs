using System.CommandLine;
using Sim.Core;
using Sim.Runs;

namespace Sim.Cli.Commands;

/// <summary>Options and arguments that several commands share.</summary>
internal sealed class CommonOptions
{
    /// <summary>The scenario folder.</summary>
    public Argument<string> Directory { get; } = new("DIR")
    {
        Description = "Scenario folder (with scenario.yaml), or the scenario file itself.",
    };

    /// <summary>Seed.</summary>
    public Option<ulong?> Seed { get; } = new("--seed")
    {
        Description = "Seed of the random streams, in place of the scenario's.",
        HelpName = "N",
    };

    /// <summary>Variant.</summary>
    public Option<string> Variant { get; } = new("--variant", "--edition")
    {
        Description = "Variant (edition) of the scenario to use.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "",
    };

    /// <summary>Overrides.</summary>
    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "Override a value of the scenario file, such as spec.duration=5m; may be repeated.",
        HelpName = "PATH=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = static _ => [],
    };

    /// <summary>Colour, on every command.</summary>
    public static Option<string> Color { get; } = MakeColor();

    /// <summary>Adds the argument and options that name a scenario.</summary>
    public static CommonOptions AddTo(Command command)
    {
        CommonOptions common = new();
        common.Set.Validators.Add(static result =>
        {
            foreach (string? set in result.Tokens.Select(static t => t.Value))
            {
                if (set.IndexOf('=', StringComparison.Ordinal) <= 0)
                {
                    result.AddError($"--set {set}: write PATH=VALUE, such as --set spec.duration=5m");
                }
            }
        });
        command.Arguments.Add(common.Directory);
        command.Options.Add(common.Seed);
        command.Options.Add(common.Variant);
        command.Options.Add(common.Set);
        return common;
    }

    /// <summary>The request that a command line makes.</summary>
    public ScenarioRequest Request(ParseResult parsed, int? replications = null, int threads = 1)
    {
        string[] set = parsed.GetValue(Set) ?? [];
        return new ScenarioRequest(
            parsed.GetRequiredValue(Directory), parsed.GetValue(Seed), replications, parsed.GetValue(Variant) ?? "",
            set.Length == 0 ? null : set, threads);
    }

    /// <summary>Whether the folder or file exists; says so when it does not.</summary>
    public static bool Exists(string path, CliHost host)
    {
        if (System.IO.Directory.Exists(path) || File.Exists(path))
        {
            return true;
        }

        host.Error.WriteLine($"meshsim: {path}: no such folder or file");
        return false;
    }

    /// <summary>An option that takes a time since the start.</summary>
    public static Option<string> Time(string name, string description)
    {
        Option<string> option = new(name) { Description = description, HelpName = "TIME" };
        option.Validators.Add(result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
            if (!SimDuration.TryParse(text, out long ns) || ns < 0)
            {
                result.AddError($"{name} {text}: write a duration such as 6m, 90s or 1h30m");
            }
        });
        return option;
    }

    /// <summary>An option with a closed list of values.</summary>
    public static Option<string> Choice(string name, string? alias, string description, params string[] values)
    {
        Option<string> option = alias is null ? new Option<string>(name) : new Option<string>(name, alias);
        option.Description = $"{description} ({string.Join('|', values)}).";
        option.HelpName = string.Join('|', values);
        option.DefaultValueFactory = _ => values[0];
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static Option<string> MakeColor()
    {
        Option<string> color = Choice("--color", null, "Colours on the terminal", "auto", "always", "never");
        color.Recursive = true;
        return color;
    }
}

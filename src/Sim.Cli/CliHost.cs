using System.Text;

namespace Sim.Cli;

/// <summary>The world around a command: streams, terminal, environment. Tests bring their own.</summary>
public sealed record CliHost
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, findings and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The simulator.</summary>
    public required ISimulator Simulator { get; init; }

    /// <summary>Whether <see cref="Out"/> is a terminal.</summary>
    public bool IsOutTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 120;

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>Number of processors, the default of <c>--threads</c>.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Asked to stop, as by Ctrl-C.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The real one.</summary>
    /// <param name="cancellation">Signalled by Ctrl-C.</param>
    public static CliHost Real(CancellationToken cancellation) => new()
    {
        Out = Writer(Console.OpenStandardOutput()),
        Error = Writer(Console.OpenStandardError()),
        Simulator = new Simulator(),
        IsOutTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
        Width = Console.IsOutputRedirected ? 120 : Math.Max(60, Console.WindowWidth),
        Variable = Environment.GetEnvironmentVariable,
        Processors = Environment.ProcessorCount,
        Cancellation = cancellation,
    };

    /// <summary>Whether text may be coloured: the option, then NO_COLOR and TERM, then the terminal.</summary>
    /// <param name="color">auto, always or never.</param>
    public bool UsesColor(string color) => color switch
    {
        "always" => true,
        "never" => false,
        _ => IsOutTerminal && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb",
    };

    /// <summary>Whether the reader's character set has blocks and ticks: any that is not said to lack them.</summary>
    public bool UsesUnicode
    {
        get
        {
            string locale = FirstOf("LC_ALL", "LC_CTYPE", "LANG");
            return Variable("TERM") != "dumb" && (locale.Length == 0
                || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
                || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase));
        }
    }

    private string FirstOf(params string[] names)
    {
        foreach (string name in names)
        {
            if (Variable(name) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return "";
    }

    private static StreamWriter Writer(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };
}

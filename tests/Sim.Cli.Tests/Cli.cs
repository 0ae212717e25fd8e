using Sim.Core;
using Sim.Runs;
using Sim.Runs.Inspection;
using Sim.Runs.Matrix;

namespace Sim.Cli.Tests;

/// <summary>Runs the command line inside the test process, with a simulator that answers what the test says.</summary>
internal sealed class Cli : ISimulator
{
    /// <summary>What <c>run</c> and <c>verify</c> get.</summary>
    public ScenarioOutcome Outcome { get; set; } = new(null, [], []);

    /// <summary>What <c>why</c> gets.</summary>
    public WhyReport Report { get; set; } = new("", [], "", []);

    /// <summary>What <c>analyze</c> gets.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; set; } = [];

    /// <summary>Whether <c>analyze</c> could read the scenario.</summary>
    public bool IsReadable { get; set; } = true;

    /// <summary>Whether <c>run</c> simulates instead of getting <see cref="Outcome"/>.</summary>
    public bool IsReal { get; set; }

    /// <summary>Thrown instead of answering.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Whether stdout and stderr are terminals.</summary>
    public bool IsTerminal { get; set; }

    /// <summary>Signalled by Ctrl-C.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>The last request of <c>run</c> or <c>verify</c>.</summary>
    public ScenarioRequest? Asked { get; private set; }

    /// <summary>The last question of <c>why</c>.</summary>
    public WhyRequest? AskedWhy { get; private set; }

    /// <summary>The last question of <c>proxy-config</c>, which the real simulator answers.</summary>
    public ProxyConfigRequest? AskedProxy { get; private set; }

    /// <summary>What was written to stdout.</summary>
    public string Out { get; private set; } = "";

    /// <summary>What was written to stderr.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Runs a command line.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        int code = CliApp.Run(args, new CliHost
        {
            Out = output,
            Error = error,
            Simulator = this,
            IsOutTerminal = IsTerminal,
            IsErrorTerminal = IsTerminal,
            Variable = name => Variables.GetValueOrDefault(name),
            Cancellation = Cancellation,
            Processors = 2,
        });
        Out = output.ToString();
        Error = error.ToString();
        return code;
    }

    ScenarioOutcome ISimulator.Run(
        ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation)
    {
        Asked = request;
        if (Failure is not null)
        {
            throw Failure;
        }

        if (IsReal)
        {
            return ScenarioRunner.Run(request, progress, cancellation);
        }

        progress?.Invoke(new RunProgress(0.42, 504 * SimDuration.Second, 1_203_334, 3, 20));
        return Outcome;
    }

    IReadOnlyList<string>? ISimulator.Variants(ScenarioRequest request) => ScenarioRunner.VariantsOf(request);

    WhyReport ISimulator.Explain(WhyRequest request)
    {
        AskedWhy = request;
        return Report;
    }

    AnalysisOutcome ISimulator.Analyze(ScenarioRequest request)
    {
        Asked = request;
        return new AnalysisOutcome(Findings, IsReadable);
    }

    ProxyConfigReport ISimulator.Inspect(ProxyConfigRequest request)
    {
        AskedProxy = request;
        return ProxyInspector.Inspect(request);
    }

    MatrixReport ISimulator.Matrix(ScenarioRequest request, long? atNs)
    {
        Asked = request;
        return MatrixRunner.Evaluate(request, atNs);
    }

    ConfigDiffReport ISimulator.Compare(DiffSide left, DiffSide right) => ConfigComparer.Compare(left, right);

    CallReport ISimulator.CompareCalls(CallRequest request) => CallComparer.Compare(request);

    /// <summary>The outcome of one run.</summary>
    public static ScenarioOutcome Of(RunResult result) => new(result, [result], result.Findings);
}

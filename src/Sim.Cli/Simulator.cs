using Sim.Runs;
using Sim.Runs.Inspection;
using Sim.Runs.Matrix;

namespace Sim.Cli;

/// <summary>The simulator of this build.</summary>
internal sealed class Simulator : ISimulator
{
    /// <inheritdoc/>
    public ScenarioOutcome Run(
        ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation) =>
        ScenarioRunner.Run(request, progress, cancellation);

    /// <inheritdoc/>
    public IReadOnlyList<string>? Variants(ScenarioRequest request) => ScenarioRunner.VariantsOf(request);

    /// <inheritdoc/>
    public WhyReport Explain(WhyRequest request) => WhyRunner.Explain(request);

    /// <inheritdoc/>
    public AnalysisOutcome Analyze(ScenarioRequest request) => ScenarioRunner.Analyze(request);

    /// <inheritdoc/>
    public ProxyConfigReport Inspect(ProxyConfigRequest request) => ProxyInspector.Inspect(request);

    /// <inheritdoc/>
    public MatrixReport Matrix(ScenarioRequest request, long? atNs) => MatrixRunner.Evaluate(request, atNs);

    /// <inheritdoc/>
    public ConfigDiffReport Compare(DiffSide left, DiffSide right) => ConfigComparer.Compare(left, right);

    /// <inheritdoc/>
    public CallReport CompareCalls(CallRequest request) => CallComparer.Compare(request);
}

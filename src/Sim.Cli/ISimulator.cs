using Sim.Runs;
using Sim.Runs.Inspection;
using Sim.Runs.Matrix;

namespace Sim.Cli;

/// <summary>What the commands need from the simulator; tests put their own in its place.</summary>
public interface ISimulator
{
    /// <summary>Simulates and judges a scenario.</summary>
    ScenarioOutcome Run(ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation);

    /// <summary>Names of a scenario's variants; null when it cannot be read.</summary>
    IReadOnlyList<string>? Variants(ScenarioRequest request);

    /// <summary>Explains one request.</summary>
    WhyReport Explain(WhyRequest request);

    /// <summary>Admission and analysis findings of a scenario folder, without simulating.</summary>
    AnalysisOutcome Analyze(ScenarioRequest request);

    /// <summary>What a proxy holds at a simulated time.</summary>
    ProxyConfigReport Inspect(ProxyConfigRequest request);

    /// <summary>Truth table of callers and targets at a time (nanoseconds; null = as the scenario says).</summary>
    MatrixReport Matrix(ScenarioRequest request, long? atNs);

    /// <summary>What differs between what the proxies of two sides hold.</summary>
    ConfigDiffReport Compare(DiffSide left, DiffSide right);

    /// <summary>The effective route of one call from every client cluster.</summary>
    CallReport CompareCalls(CallRequest request);
}

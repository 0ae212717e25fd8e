using Sim.Core;
using Sim.Runs;

namespace Sim.Cli;

/// <summary>The simulator of this build.</summary>
internal sealed class Simulator : ISimulator
{
    /// <inheritdoc/>
    public ScenarioOutcome Run(
        ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation) =>
        throw new NotSupportedException("this build cannot simulate");

    /// <inheritdoc/>
    public WhyReport Explain(WhyRequest request) =>
        throw new NotSupportedException("this build cannot simulate");

    /// <inheritdoc/>
    public IReadOnlyList<Diagnostic> Analyze(string directory) =>
        throw new NotSupportedException("this build cannot simulate");
}

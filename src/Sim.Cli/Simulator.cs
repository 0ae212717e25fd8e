using Sim.Core;
using Sim.Runs;

namespace Sim.Cli;

/// <summary>The simulator of this build.</summary>
internal sealed class Simulator : ISimulator
{
    /// <inheritdoc/>
    public ScenarioOutcome Run(
        ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation) =>
        new(null, [], Unavailable(request.Directory));

    /// <inheritdoc/>
    public WhyReport Explain(WhyRequest request) => new("", [], "", Unavailable(request.Scenario.Directory));

    /// <inheritdoc/>
    public IReadOnlyList<Diagnostic> Analyze(string directory) => Unavailable(directory);

    private static Diagnostic[] Unavailable(string directory) =>
        [new Diagnostic("MS9009", Severity.Error, "this build cannot simulate", new SourceSpan(directory, 0, 0))];
}

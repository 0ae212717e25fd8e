using Sim.Core;
using Sim.Runs.Judging;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>A scenario that has been read once and is simulated as often as wanted, from any thread.</summary>
/// <remarks>A replication depends on the document, the seed and its index only: it gives the same bytes whoever runs
/// it, in whatever order.</remarks>
public sealed class PreparedScenario
{
    private readonly ScenarioRequest _request;
    private readonly IReadOnlyList<Diagnostic> _findings;

    private PreparedScenario(ScenarioRequest request, ScenarioDocument document, IReadOnlyList<Diagnostic> findings)
    {
        _request = request;
        _findings = findings;
        Document = document;
        InputHash = ScenarioFiles.InputHash(document);
    }

    /// <summary>The document, variant and overrides applied.</summary>
    public ScenarioDocument Document { get; }

    /// <summary>Hash of every input byte, 16 hex digits.</summary>
    public string InputHash { get; }

    /// <summary>Reads a scenario.</summary>
    /// <param name="request">Folder, variant, seed and overrides.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <returns>Null when there are errors.</returns>
    public static PreparedScenario? Open(ScenarioRequest request, DiagnosticBag diagnostics)
    {
        var own = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request, own);
        diagnostics.AddRange(own.Items);
        return document is null || own.HasErrors ? null : new PreparedScenario(request, document, own.Items);
    }

    /// <summary>Simulates and judges one replication.</summary>
    /// <param name="replication">Its index, from 0.</param>
    /// <param name="replications">Number of replications, for the stamp.</param>
    /// <param name="progress">Hears the simulated time (ns) and the requests so far; null = nobody.</param>
    /// <param name="cancellation">Stops it; the result is marked as interrupted.</param>
    public RunResult Simulate(
        int replication, int replications, Action<long, long>? progress, CancellationToken cancellation) =>
        Simulate(Document, replication, replications, progress, cancellation);

    /// <summary>Simulates one replication of a changed document, such as one with another timeline.</summary>
    /// <param name="document">The document, made from <see cref="Document"/>.</param>
    /// <param name="replication">Index of the replication, from 0.</param>
    /// <param name="replications">Number of replications, for the stamp.</param>
    /// <param name="progress">Hears the simulated time (ns) and the requests so far; null = nobody.</param>
    /// <param name="cancellation">Stops it; the result is marked as interrupted.</param>
    internal RunResult Simulate(
        ScenarioDocument document, int replication, int replications, Action<long, long>? progress,
        CancellationToken cancellation)
    {
        var bag = new DiagnosticBag();
        bag.AddRange(_findings);
        RunStamp stamp = ScenarioRunner.StampOf(_request, document, replication, replications, InputHash);
        RunResult result = ScenarioRunner.SimulateOne(document, replication, stamp, bag, progress, cancellation);
        return ScenarioRunner.Judged(document, [result]);
    }

    /// <summary>What a measure gives over the time after the warm-up; NaN = there was nothing to measure.</summary>
    /// <param name="result">A result of this scenario.</param>
    /// <param name="measures">Measures.</param>
    /// <returns>Shares 0..1, numbers, times in nanoseconds, in the order of the measures.</returns>
    public IReadOnlyList<double> Measure(RunResult result, IReadOnlyList<SelectorOperand> measures)
    {
        var run = JudgedRun.Of(result, result.Requests.Count == result.RequestsTotal);
        var reading = new RunReading(run, Document);
        int from = reading.BinAtOrAfter(run.WarmupNs);
        return measures.Select(m => reading.Measure(m, from, reading.BinCount).Value).ToList();
    }
}

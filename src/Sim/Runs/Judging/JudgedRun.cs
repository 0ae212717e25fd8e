using Sim.Core;
using Sim.Runs.Observing;

namespace Sim.Runs.Judging;

/// <summary>What a run recorded, as far as it is judged.</summary>
public sealed record JudgedRun
{
    /// <summary>Simulated time that was reached.</summary>
    public required long DurationNs { get; init; }

    /// <summary>Warm-up.</summary>
    public required long WarmupNs { get; init; }

    /// <summary>Length of a bin of <see cref="Series"/>, above 0.</summary>
    public required long BinNs { get; init; }

    /// <summary>Counts per bin: what every count, share and availability is taken from.</summary>
    public required IReadOnlyList<SeriesPoint> Series { get; init; }

    /// <summary>Single requests and probes: what quantiles, probes and SLO conditions on time are taken from.</summary>
    public IReadOnlyList<RequestRecord> Requests { get; init; } = [];

    /// <summary>Whether <see cref="Requests"/> holds every request; false for a sample.</summary>
    public bool IsEveryRequest { get; init; } = true;

    /// <summary>Ejections.</summary>
    public IReadOnlyList<EjectionRecord> Ejections { get; init; } = [];

    /// <summary>Findings, what was not modelled included.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    /// <summary>Pods at the end.</summary>
    public IReadOnlyList<PodRecord> Pods { get; init; } = [];

    /// <summary>What Prometheus saw.</summary>
    public Observation Observation { get; init; } = Observation.None;

    /// <summary>Residency ledger.</summary>
    public IReadOnlyList<LedgerEntry> Ledger { get; init; } = [];

    /// <summary>The record of a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="isEveryRequest">Whether it kept every request.</param>
    public static JudgedRun Of(RunResult result, bool isEveryRequest) => new()
    {
        DurationNs = result.DurationNs,
        WarmupNs = result.WarmupNs,
        BinNs = result.BinNs,
        Series = result.Series,
        Requests = result.Requests,
        IsEveryRequest = isEveryRequest,
        Ejections = result.Ejections,
        Findings = [.. result.Findings, .. result.NotModelled],
        Pods = result.Pods,
        Observation = result.Observation,
        Ledger = result.Ledger,
    };
}

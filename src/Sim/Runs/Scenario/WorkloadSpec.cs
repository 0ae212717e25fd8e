using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Family of a distribution.</summary>
public enum DistributionKind
{
    /// <summary>Always <c>value</c>.</summary>
    Constant,

    /// <summary>Between <c>min</c> and <c>max</c>.</summary>
    Uniform,

    /// <summary>By its <c>mean</c>.</summary>
    Exponential,

    /// <summary>By <c>p50</c> and <c>p99</c>, or <c>mean</c> and <c>cv</c>.</summary>
    Lognormal,

    /// <summary>By <c>mean</c> and <c>cv</c>.</summary>
    Gamma,

    /// <summary>By <c>min</c> and <c>shape</c>.</summary>
    Pareto,

    /// <summary>Samples of a <c>file</c>, one duration a line.</summary>
    Empirical,
}

/// <summary>A distribution of durations. Only the parameters of its family are set; the others are null.</summary>
/// <param name="Kind">Family.</param>
/// <param name="ValueNs">Constant value.</param>
/// <param name="MinNs">Lower bound.</param>
/// <param name="MaxNs">Upper bound.</param>
/// <param name="MeanNs">Mean.</param>
/// <param name="P50Ns">Median.</param>
/// <param name="P99Ns">99th percentile, above the median.</param>
/// <param name="Cv">Coefficient of variation, above 0.</param>
/// <param name="Shape">Tail exponent, above 0.</param>
/// <param name="File">File of samples, relative to the scenario's folder; empty when none.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record DistributionSpec(
    DistributionKind Kind, long? ValueNs, long? MinNs, long? MaxNs, long? MeanNs, long? P50Ns, long? P99Ns,
    double? Cv, double? Shape, string File, SourceSpan Span);

/// <summary>What an application answers when a call it needs has failed.</summary>
public enum CallErrorPolicy
{
    /// <summary>Its own status.</summary>
    Respond,

    /// <summary>The status of the failed call.</summary>
    Forward,
}

/// <summary>What becomes of work whose caller has left.</summary>
public enum AbandonedWork
{
    /// <summary>It is finished: applications do not notice that the caller left.</summary>
    Finish,

    /// <summary>It stops, and its worker is free again.</summary>
    Cancel,
}

/// <summary>Behaviour of the pods it matches.</summary>
public sealed record WorkloadSpec
{
    /// <summary>Startup of pods that no entry matches, nanoseconds.</summary>
    public const long DefaultStartupNs = 2 * SimDuration.Second;

    /// <summary>Which pods.</summary>
    public required MatchSpec Match { get; init; }

    /// <summary>Time a worker needs for a request, calls left out.</summary>
    public required DistributionSpec ServiceTime { get; init; }

    /// <summary>Requests worked on at a time; 0 = no limit.</summary>
    public Sourced<int> Concurrency { get; init; } = Sourced.None<int>();

    /// <summary>Places for requests that wait for a worker; a full queue answers 503 at once.</summary>
    public Sourced<int> Queue { get; init; } = Sourced.None<int>();

    /// <summary>Share of requests answered by <see cref="ErrorStatus"/>, 0..1.</summary>
    public Sourced<double> ErrorRate { get; init; } = Sourced.None<double>();

    /// <summary>Status of those answers.</summary>
    public Sourced<int> ErrorStatus { get; init; } = Sourced.None<int>();

    /// <summary>From a container's start to the application's being up.</summary>
    public Sourced<long> StartupNs { get; init; } = Sourced.None<long>();

    /// <summary>From the application's being up to its end, of a Job's pods; 0 = it does not end.</summary>
    public Sourced<long> CompletesAfterNs { get; init; } = Sourced.None<long>();

    /// <summary>Size of an answer's body in bytes.</summary>
    public Sourced<long> ResponseBytes { get; init; } = Sourced.None<long>();

    /// <summary>Class of the data it serves, for the residency ledger; empty = none.</summary>
    public Sourced<string> DataClass { get; init; } = Sourced.None<string>();

    /// <summary>Calls it makes for each request: steps in sequence, calls of a step in parallel.</summary>
    public IReadOnlyList<CallStep> Calls { get; init; } = [];

    /// <summary>What it makes of a failed call.</summary>
    public Sourced<CallErrorPolicy> OnCallError { get; init; } = Sourced.None<CallErrorPolicy>();

    /// <summary>Status of <see cref="CallErrorPolicy.Respond"/>.</summary>
    public Sourced<int> OnCallErrorStatus { get; init; } = Sourced.None<int>();

    /// <summary>How long it keeps an address that DNS gave; 0 = it asks every time, as curl does.</summary>
    public Sourced<long> DnsCacheNs { get; init; } = Sourced.None<long>();

    /// <summary>How long it remembers that DNS gave none; 0 = it asks every time.</summary>
    public Sourced<long> DnsNegativeCacheNs { get; init; } = Sourced.None<long>();

    /// <summary>What becomes of work whose caller has left.</summary>
    public Sourced<AbandonedWork> AbandonedWork { get; init; } = Sourced.None<AbandonedWork>();

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }
}

/// <summary>Calls made at the same time; all are awaited, and the first failure in order decides.</summary>
/// <param name="Parallel">The calls, at least one.</param>
public sealed record CallStep(IReadOnlyList<CallSpec> Parallel);

/// <summary>One call of an application to another service.</summary>
/// <param name="To">Service: <c>name</c> (same namespace), <c>name.namespace</c> or a full host, with optional
/// <c>:port</c>.</param>
/// <param name="TimeoutNs">The application's own timeout; 0 = none.</param>
/// <param name="Probability">Share of requests that make the call, 0..1.</param>
/// <param name="Optional">A failure is ignored.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record CallSpec(
    Sourced<string> To, Sourced<long> TimeoutNs, Sourced<double> Probability, Sourced<bool> Optional,
    Sourced<string> Method, Sourced<string> Path, SourceSpan Span);

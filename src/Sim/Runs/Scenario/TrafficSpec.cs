using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Distances between arrivals.</summary>
public enum ArrivalKind
{
    /// <summary>Exponential gaps.</summary>
    Poisson,

    /// <summary>Equal gaps.</summary>
    Constant,

    /// <summary>Bursts: hyper-exponential gaps of the same mean.</summary>
    Bursty,
}

/// <summary>What makes requests begin.</summary>
public enum TrafficModel
{
    /// <summary>A rate: sends whatever becomes of earlier requests.</summary>
    Open,

    /// <summary>Users who wait for an answer, think, and send again.</summary>
    Closed,
}

/// <summary>Where requests begin.</summary>
/// <param name="Cluster">Cluster.</param>
/// <param name="Namespace">Namespace of the workload.</param>
/// <param name="Workload">Workload whose pods send; empty = <paramref name="Ingress"/>.</param>
/// <param name="Region">Region of outside callers; empty = that of the cluster they enter by.</param>
/// <param name="Ingress">Service of the gateway that outside callers enter by; empty = a workload sends.</param>
/// <param name="Address">Address that outside callers show.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record SourceSpec(
    Sourced<string> Cluster, Sourced<string> Namespace, Sourced<string> Workload, Sourced<string> Region,
    Sourced<string> Ingress, Sourced<string> Address, SourceSpan Span)
{
    /// <summary>Callers from outside the mesh.</summary>
    public bool IsOutside => Ingress.Value is { Length: > 0 };
}

/// <summary>A change of the rate, linear over a span of time.</summary>
/// <param name="ToPerSecond">Rate at the end.</param>
/// <param name="OverNs">How long the change takes; 0 = at once.</param>
/// <param name="HoldNs">How long the rate is then held.</param>
public sealed record StageSpec(Sourced<double> ToPerSecond, Sourced<long> OverNs, Sourced<long> HoldNs);

/// <summary>A daily rhythm.</summary>
/// <param name="LowPerSecond">Lowest rate.</param>
/// <param name="HighPerSecond">Highest rate.</param>
/// <param name="PeakAtNs">Time of day of the highest rate.</param>
public sealed record DiurnalSpec(Sourced<double> LowPerSecond, Sourced<double> HighPerSecond, Sourced<long> PeakAtNs);

/// <summary>A source of entry requests.</summary>
public sealed record TrafficSpec
{
    /// <summary>Name.</summary>
    public required Sourced<string> Name { get; init; }

    /// <summary>Where requests begin.</summary>
    public required SourceSpec From { get; init; }

    /// <summary>Open or closed.</summary>
    public Sourced<TrafficModel> Model { get; init; } = Sourced.None<TrafficModel>();

    /// <summary>Users of a closed source; 0 = an open one.</summary>
    public Sourced<int> Users { get; init; } = Sourced.None<int>();

    /// <summary>Mean time from an answer to the user's next request, of a closed source.</summary>
    public Sourced<long> ThinkNs { get; init; } = Sourced.None<long>();

    /// <summary>Rate of all sending pods together, requests per second; the rate before the first stage.</summary>
    public Sourced<double> RatePerSecond { get; init; } = Sourced.None<double>();

    /// <summary>Stages; empty = a constant rate.</summary>
    public IReadOnlyList<StageSpec> Stages { get; init; } = [];

    /// <summary>Daily rhythm, or null.</summary>
    public DiurnalSpec? Diurnal { get; init; }

    /// <summary>File of arrival times, one duration a line; empty = none.</summary>
    public Sourced<string> Trace { get; init; } = Sourced.None<string>();

    /// <summary>Distances between arrivals.</summary>
    public Sourced<ArrivalKind> Arrivals { get; init; } = Sourced.None<ArrivalKind>();

    /// <summary>First instant of sending.</summary>
    public Sourced<long> StartNs { get; init; } = Sourced.None<long>();

    /// <summary>End of sending; <see cref="long.MaxValue"/> = the end of the run.</summary>
    public Sourced<long> StopNs { get; init; } = Sourced.None<long>();

    /// <summary>The request as a curl command line.</summary>
    public required CurlRequest Request { get; init; }

    /// <summary>The client's own timeout; 0 = none. <c>timeout</c> of the request wins over <c>--max-time</c>.
    /// </summary>
    public Sourced<long> TimeoutNs { get; init; } = Sourced.None<long>();

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }
}

using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>What <c>method: {type: incidents}</c> asks for.</summary>
public sealed record IncidentSpec
{
    /// <summary>Length of a year.</summary>
    public Sourced<long> HorizonNs { get; init; } = Sourced.None<long>();

    /// <summary>Years that are sampled.</summary>
    public Sourced<int> Years { get; init; } = Sourced.None<int>();

    /// <summary>Times the window of each outage is simulated.</summary>
    public Sourced<int> Windows { get; init; } = Sourced.None<int>();

    /// <summary>Outages are simulated up to this long and continued at the rate of the last half of it.</summary>
    public Sourced<long> LongestNs { get; init; } = Sourced.None<long>();

    /// <summary>How long things take to settle after an outage; outages closer than that are one window.</summary>
    public Sourced<long> SettleNs { get; init; } = Sourced.None<long>();

    /// <summary>Availability that is asked for, 0..1.</summary>
    public Sourced<double> Target { get; init; } = Sourced.None<double>();

    /// <summary>What fails, one entry for each instance.</summary>
    public IReadOnlyList<ComponentSpec> Components { get; init; } = [];
}

/// <summary>Something that fails and is repaired.</summary>
/// <param name="Name">Name of the kind.</param>
/// <param name="Instance">Which one of them; empty when there is one.</param>
/// <param name="Between">Time from a repair (or the start) to the next failure.</param>
/// <param name="Repair">Time from a failure to its repair.</param>
/// <param name="Down">What happens at the failure.</param>
/// <param name="Up">What happens at the repair; null = the fault ends by itself.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record ComponentSpec(
    Sourced<string> Name, string Instance, DistributionSpec Between, DistributionSpec Repair, TimelineStep Down,
    TimelineStep? Up, SourceSpan Span)
{
    /// <summary>Name and instance.</summary>
    public string Title => Instance.Length == 0 ? Name.Value : Name.Value + " " + Instance;
}

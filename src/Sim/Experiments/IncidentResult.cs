using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>The year as callers see it.</summary>
/// <param name="Name">Region of the callers; <c>all</c> = everybody.</param>
/// <param name="Availability">Mean availability of a year with its interval. Both the sampling of outages and the
/// simulation of windows are in it.</param>
/// <param name="Worst">Availability that one year in twenty falls below.</param>
/// <param name="Median">Availability of the median year.</param>
/// <param name="Reached">Share of the years that reach the target.</param>
public sealed record YearGroup(
    string Name, MeanInterval Availability, double Worst, double Median, double Reached);

/// <summary>What one component costs.</summary>
/// <param name="Component">Component.</param>
/// <param name="Failures">Failures a year in the sampled years.</param>
/// <param name="DownMinutes">Minutes a year it is down in the sampled years.</param>
/// <param name="FailedShare">Share of all requests that fail while it is down and everything has settled.</param>
/// <param name="TransientSeconds">Requests that fail beyond that at its begin and end, in seconds of everything
/// failing, for one failure; negative when the begin is better than what follows.</param>
/// <param name="LostMinutes">Minutes of everything failing a year that it causes alone.</param>
public sealed record ComponentCost(
    ComponentSpec Component, double Failures, double DownMinutes, MeanInterval FailedShare,
    MeanInterval TransientSeconds, MeanInterval LostMinutes);

/// <summary>Outages of a sampled year that met, or one that met no other.</summary>
/// <param name="FromNs">Begin of the first, nanoseconds from the begin of the year.</param>
/// <param name="ToNs">End of the last.</param>
/// <param name="Components">What was down.</param>
/// <param name="LostMinutes">Minutes of everything failing that each group lost beyond what always fails.</param>
public sealed record YearIncident(
    long FromNs, long ToNs, IReadOnlyList<string> Components, IReadOnlyList<double> LostMinutes);

/// <summary>One sampled year.</summary>
/// <param name="Outages">Outages.</param>
/// <param name="Availability">Availability of each group.</param>
/// <param name="Incidents">What happened, in order of time.</param>
public sealed record SampledYear(
    int Outages, IReadOnlyList<double> Availability, IReadOnlyList<YearIncident> Incidents);

/// <summary>Years put together from sampled outages and simulated windows.</summary>
public sealed record IncidentResult
{
    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>Variant; empty = none.</summary>
    public required string Variant { get; init; }

    /// <summary>Seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Hash of the input.</summary>
    public required string InputHash { get; init; }

    /// <summary>Behaviour profile.</summary>
    public required string Istio { get; init; }

    /// <summary>What was asked.</summary>
    public required IncidentSpec Spec { get; init; }

    /// <summary>Groups of callers, everybody first.</summary>
    public required IReadOnlyList<YearGroup> Groups { get; init; }

    /// <summary>Components.</summary>
    public required IReadOnlyList<ComponentCost> Components { get; init; }

    /// <summary>Minutes of everything failing a year in windows with several outages.</summary>
    public required double TogetherMinutes { get; init; }

    /// <summary>Closed form: unavailability as the sum over components of failures a year times the mean loss of one,
    /// as if no two outages ever met, plus what fails without any outage.</summary>
    public required double ClosedForm { get; init; }

    /// <summary>Share of requests that fail without any outage.</summary>
    public required double FailedAlways { get; init; }

    /// <summary>Sampled years.</summary>
    public required IReadOnlyList<SampledYear> Years { get; init; }

    /// <summary>Windows simulated.</summary>
    public required int Windows { get; init; }

    /// <summary>Requests simulated in them.</summary>
    public required long Requests { get; init; }

    /// <summary>Whether the target is reached: true or false when the interval says so, null when it leaves it open.
    /// </summary>
    public bool? IsReached
    {
        get
        {
            MeanInterval all = Groups[0].Availability;
            double target = Spec.Target;
            return all.Low >= target ? true : all.High < target ? false : null;
        }
    }
}

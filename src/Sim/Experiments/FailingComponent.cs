using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>A component with its laws.</summary>
/// <param name="Spec">As declared.</param>
/// <param name="Between">Time between failures.</param>
/// <param name="Repair">Time to repair.</param>
internal sealed record FailingComponent(ComponentSpec Spec, Distribution Between, Distribution Repair)
{
    /// <summary>Share of the time it is down in the long run.</summary>
    public double DownShare => Repair.MeanNs / (Between.MeanNs + Repair.MeanNs);

    /// <summary>Failures in a span of time in the long run.</summary>
    public double FailuresIn(long ns) => ns / (Between.MeanNs + Repair.MeanNs);
}

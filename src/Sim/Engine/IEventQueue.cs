namespace Sim.Engine;

/// <summary>What schedules: the clock and the future.</summary>
public interface IEventQueue
{
    /// <summary>Simulated time, nanoseconds.</summary>
    long NowNs { get; }

    /// <summary>Schedules an event.</summary>
    /// <param name="timeNs">When; not before <see cref="NowNs"/>.</param>
    /// <param name="lane">0..255; smaller lanes come first at equal times.</param>
    /// <param name="kind">0..255.</param>
    /// <param name="target">Index of what it concerns.</param>
    /// <param name="generation">Generation of the target.</param>
    void Schedule(long timeNs, int lane, int kind, int target, uint generation);

    /// <summary>Takes a place in the order of scheduling, for an event that may be scheduled later or never.</summary>
    ulong TakePlace();

    /// <summary>Schedules an event at a place that was taken before: among equal times and lanes it comes as if it had
    /// been scheduled then.</summary>
    /// <param name="timeNs">When; not before <see cref="NowNs"/>.</param>
    /// <param name="lane">0..255; smaller lanes come first at equal times.</param>
    /// <param name="kind">0..255.</param>
    /// <param name="target">Index of what it concerns.</param>
    /// <param name="generation">Generation of the target.</param>
    /// <param name="place">What <see cref="TakePlace"/> gave, used once.</param>
    void ScheduleAt(long timeNs, int lane, int kind, int target, uint generation, ulong place);
}

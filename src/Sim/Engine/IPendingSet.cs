namespace Sim.Engine;

/// <summary>The set of future events. Implementations are structs, so that a loop over one is compiled for
/// it.</summary>
/// <remarks>Every implementation yields the same total order (time, lane, sequence): a test compares them.</remarks>
public interface IPendingSet
{
    /// <summary>Number of events.</summary>
    int Count { get; }

    /// <summary>Time of the first event; <see cref="long.MaxValue"/> when empty.</summary>
    long NextTimeNs { get; }

    /// <summary>Adds an event, not earlier than the last one taken.</summary>
    void Push(in SimEvent item);

    /// <summary>Takes the first event.</summary>
    /// <exception cref="InvalidOperationException">The set is empty.</exception>
    SimEvent Pop();
}

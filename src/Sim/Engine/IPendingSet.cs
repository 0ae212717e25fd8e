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

    /// <summary>Lets more events become due together, so that a handler can prepare for all of them at once.</summary>
    bool Gathers { get; set; }

    /// <summary>Events have become due together, and nobody has asked for them yet. Only while it gathers.</summary>
    bool IsFresh { get; }

    /// <summary>The events that have become due together.</summary>
    ReadOnlySpan<SimEvent> TakeFresh();
}

namespace Sim.Envoy;

/// <summary>What a connection pool asks of, or tells, its caller.</summary>
public enum PoolActionKind : byte
{
    /// <summary>Open the connection: connect, and report success, failure or timeout.</summary>
    Open,

    /// <summary>The stream is on the connection: send the request.</summary>
    Attach,

    /// <summary>The stream ended with a reset; its number may be used again.</summary>
    Reset,

    /// <summary>The connection is gone for this side: close it.</summary>
    Close,

    /// <summary>The connection has no streams and waits: its idle time begins.</summary>
    Idle,
}

/// <summary>One action.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Connection">Connection, or -1.</param>
/// <param name="Stream">The caller's number of the stream, or -1.</param>
/// <param name="Reason">Reason of a reset.</param>
public readonly record struct PoolAction(
    PoolActionKind Kind, int Connection, int Stream = -1, ResetReason Reason = ResetReason.None);

/// <summary>A reusable list of actions; the pool appends, the caller reads and clears.</summary>
public sealed class PoolActions
{
    private PoolAction[] _items = new PoolAction[8];

    /// <summary>Number of actions.</summary>
    public int Count { get; private set; }

    /// <summary>An action in order.</summary>
    public ref readonly PoolAction this[int index] => ref _items[index];

    /// <summary>Forgets all.</summary>
    public void Clear() => Count = 0;

    internal void Add(PoolAction action)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = action;
    }
}

/// <summary>What became of a new stream.</summary>
public enum PoolOutcomeKind : byte
{
    /// <summary>It is on a connection.</summary>
    Attached,

    /// <summary>It waits for a connection.</summary>
    Pending,

    /// <summary>A circuit breaker refused it: 503 UO, nothing is reported to outlier detection.</summary>
    Overflow,
}

/// <summary>What became of a new stream.</summary>
/// <param name="Kind">Outcome.</param>
/// <param name="Connection">Connection when attached, or the one that had room when the limit of requests refused; else
/// -1.</param>
public readonly record struct PoolOutcome(PoolOutcomeKind Kind, int Connection);

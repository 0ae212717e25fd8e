namespace Sim.Envoy;

/// <summary>State of one connection of a pool.</summary>
public enum PoolConnectionState : byte
{
    /// <summary>The number is not in use.</summary>
    Free,

    /// <summary>Being made.</summary>
    Connecting,

    /// <summary>Made, with room for a stream.</summary>
    Ready,

    /// <summary>Made, without room.</summary>
    Busy,

    /// <summary>Takes no further stream and closes with its last one.</summary>
    Draining,
}

/// <summary>One connection. The links lead through two lists of its pool: all connections, and the ready ones.
/// </summary>
internal struct PoolConnection
{
    public const uint Unlimited = uint.MaxValue;

    public PoolConnectionState State;
    public uint Generation;
    public uint IdleSequence;
    public int Owner;
    public int ActiveStreams;
    public int MaxStreams;
    public uint RemainingRequests;
    public int FirstStream;
    public int NextReady;
    public int PreviousReady;
    public int Next;
    public int Previous;

    /// <summary>Streams it could still take now.</summary>
    public readonly long Unused => Math.Min((long)MaxStreams - ActiveStreams, RemainingRequests);
}

/// <summary>One stream: its connection, and its neighbours in the line of the pool or on the connection.</summary>
internal struct PoolStream
{
    public int Connection;
    public int Next;
    public int Previous;
}

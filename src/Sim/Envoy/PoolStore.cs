using System.Runtime.CompilerServices;

namespace Sim.Envoy;

/// <summary>Where connections and streams of many pools live: two tables, so that a pool has no memory of its own.
/// </summary>
/// <remarks>A connection is a number given here. A stream is the caller's own number, which must be small and stand for
/// one stream at a time. The tables grow to the largest need; nothing is allocated after that. Belongs to one
/// run.</remarks>
public sealed class PoolStore
{
    private const int None = -1;

    private PoolConnection[] _connections = new PoolConnection[64];
    private PoolStream[] _streams = new PoolStream[64];
    private int _free = None;

    /// <summary>One more than the largest number ever given to a connection.</summary>
    public int Extent { get; private set; }

    /// <summary>Whether the connection exists.</summary>
    public bool Exists(int connection) =>
        (uint)connection < (uint)Extent && _connections[connection].State != PoolConnectionState.Free;

    /// <summary>State of a connection.</summary>
    public PoolConnectionState StateOf(int connection) => _connections[connection].State;

    /// <summary>Counts the lives of a connection number, so that a late event can be told from a valid one.</summary>
    public uint GenerationOf(int connection) => _connections[connection].Generation;

    /// <summary>Whether the connection is still being made in the given life.</summary>
    public bool IsConnecting(int connection, uint generation) => _connections[connection].Generation == generation
        && _connections[connection].State == PoolConnectionState.Connecting;

    /// <summary>Streams on a connection.</summary>
    public int ActiveStreamsOf(int connection) => _connections[connection].ActiveStreams;

    /// <summary>Number that the pool of a connection was made with.</summary>
    public int OwnerOf(int connection) => _connections[connection].Owner;

    /// <summary>Counts the idle periods of a connection number, those of earlier lives included.</summary>
    public uint IdleSequenceOf(int connection) => _connections[connection].IdleSequence;

    /// <summary>Connection of a stream; -1 = it waits.</summary>
    public int ConnectionOf(int stream) => _streams[stream].Connection;

    internal ref PoolConnection Connection(int connection) => ref _connections[connection];

    /// <summary>Asks for the memory of a connection.</summary>
    internal void PrefetchConnection(int connection) => Core.Prefetch.Place(in _connections[connection]);

    /// <summary>Asks for the memory of a stream, if it has any yet.</summary>
    internal void PrefetchStream(int stream)
    {
        if (stream < _streams.Length)
        {
            Core.Prefetch.Place(in _streams[stream]);
        }
    }

    internal ref PoolStream Stream(int stream) => ref _streams[stream];

    /// <summary>A number for a connection that is being made.</summary>
    internal int Add(int owner, int maxStreams, uint maxRequests)
    {
        int connection = _free;
        if (connection == None)
        {
            connection = Extent++;
            if (connection == _connections.Length)
            {
                Array.Resize(ref _connections, 2 * connection);
            }
        }
        else
        {
            _free = _connections[connection].Next;
        }

        ref PoolConnection c = ref _connections[connection];
        c = new PoolConnection
        {
            State = PoolConnectionState.Connecting,
            Generation = c.Generation + 1,
            IdleSequence = c.IdleSequence,
            Owner = owner,
            MaxStreams = maxStreams,
            RemainingRequests = maxRequests == 0 ? PoolConnection.Unlimited : maxRequests,
            FirstStream = None,
            NextReady = None,
            PreviousReady = None,
            Next = None,
            Previous = None,
        };
        return connection;
    }

    /// <summary>The number is free; it leads to the next free one.</summary>
    internal void Free(int connection)
    {
        ref PoolConnection c = ref _connections[connection];
        c.State = PoolConnectionState.Free;
        c.Generation++;
        c.Next = _free;
        _free = connection;
    }

    /// <summary>A stream that is nowhere yet.</summary>
    internal ref PoolStream NewStream(int stream)
    {
        if (stream >= _streams.Length)
        {
            Grow(stream);
        }

        ref PoolStream s = ref _streams[stream];
        s.Connection = None;
        s.Next = None;
        s.Previous = None;
        return ref s;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int stream) => Array.Resize(ref _streams, Math.Max(stream + 1, 2 * _streams.Length));
}

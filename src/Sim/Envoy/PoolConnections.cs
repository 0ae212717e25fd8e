namespace Sim.Envoy;

/// <summary>State of one connection of a pool.</summary>
internal enum PoolConnectionState : byte
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

/// <summary>One connection of a pool.</summary>
internal struct PoolConnection
{
    public const uint Unlimited = uint.MaxValue;

    public PoolConnectionState State;
    public int Generation;
    public int IdleSequence;
    public int ActiveStreams;
    public int MaxStreams;
    public uint RemainingRequests;
    public int FirstStream;
    public int Next;
    public int Previous;

    /// <summary>Streams it could still take now.</summary>
    public readonly long Unused => Math.Min((long)MaxStreams - ActiveStreams, RemainingRequests);
}

/// <summary>The connections of a pool: numbers with a free list, and the ready ones last in, first out.</summary>
internal struct PoolConnections
{
    public const int None = -1;

    private PoolConnection[] _items;
    private int _used;
    private int _free;

    /// <summary>No connections.</summary>
    public static PoolConnections Empty => new() { _items = [], _free = None, ReadyHead = None };

    /// <summary>The ready connection used next; -1 = none.</summary>
    public int ReadyHead { get; private set; }

    /// <summary>Streams that ready connections could take.</summary>
    public long ReadyCapacity { get; private set; }

    /// <summary>Streams that connections being made will take.</summary>
    public long ConnectingCapacity { get; private set; }

    /// <summary>Connections that exist.</summary>
    public int Count { get; private set; }

    /// <summary>Numbers ever used.</summary>
    public readonly int Used => _used;

    /// <summary>A connection by number.</summary>
    public readonly ref PoolConnection this[int connection] => ref _items[connection];

    /// <summary>A new connection that is being made.</summary>
    public int Add(int maxStreams, uint maxRequests)
    {
        int connection = _free;
        if (connection == None)
        {
            connection = _used++;
            if (connection >= _items.Length)
            {
                Array.Resize(ref _items, Math.Max(4, _items.Length * 2));
            }
        }
        else
        {
            _free = _items[connection].Next;
        }

        ref PoolConnection c = ref _items[connection];
        c = new PoolConnection
        {
            State = PoolConnectionState.Connecting,
            Generation = c.Generation + 1,
            MaxStreams = maxStreams,
            RemainingRequests = maxRequests == 0 ? PoolConnection.Unlimited : maxRequests,
            FirstStream = None,
            Next = None,
            Previous = None,
        };
        ConnectingCapacity += c.Unused;
        Count++;
        return connection;
    }

    /// <summary>Changes the state and keeps the ready list and the capacities right.</summary>
    public void SetState(int connection, PoolConnectionState state)
    {
        ref PoolConnection c = ref _items[connection];
        if (c.State == PoolConnectionState.Connecting)
        {
            ConnectingCapacity -= c.Unused;
        }
        else if (c.State == PoolConnectionState.Ready)
        {
            ReadyCapacity -= c.Unused;
            Unlink(ref c);
        }

        c.State = state;
        if (state == PoolConnectionState.Ready)
        {
            ReadyCapacity += c.Unused;
            c.Previous = None;
            c.Next = ReadyHead;
            if (ReadyHead != None)
            {
                _items[ReadyHead].Previous = connection;
            }

            ReadyHead = connection;
        }
        else if (state == PoolConnectionState.Free)
        {
            c.Generation++;
            c.Next = _free;
            _free = connection;
            Count--;
        }
    }

    /// <summary>Counts a stream more (+1) or less (-1) on a connection; a stream more uses up a request.</summary>
    public void AddStream(int connection, int change)
    {
        ref PoolConnection c = ref _items[connection];
        bool isReady = c.State == PoolConnectionState.Ready;
        ReadyCapacity -= isReady ? c.Unused : 0;
        c.ActiveStreams += change;
        c.RemainingRequests -= change > 0 && c.RemainingRequests != PoolConnection.Unlimited ? 1u : 0u;
        ReadyCapacity += isReady ? c.Unused : 0;
    }

    private void Unlink(ref PoolConnection c)
    {
        if (c.Previous == None)
        {
            ReadyHead = c.Next;
        }
        else
        {
            _items[c.Previous].Next = c.Next;
        }

        if (c.Next != None)
        {
            _items[c.Next].Previous = c.Previous;
        }

        c.Previous = None;
        c.Next = None;
    }
}

namespace Sim.Envoy;

/// <summary>The streams of a pool: handles with a free list, the waiting ones first in, first out, and one list for
/// each
/// connection.</summary>
internal struct PoolStreams
{
    public const int None = -1;

    private Node[] _nodes;
    private int _used;
    private int _free;

    /// <summary>No streams.</summary>
    public static PoolStreams Empty => new() { _nodes = [], _free = None, PendingHead = None, PendingTail = None };

    /// <summary>The stream that has waited longest; -1 = none.</summary>
    public int PendingHead { get; private set; }

    /// <summary>The stream that has waited shortest; -1 = none.</summary>
    public int PendingTail { get; private set; }

    /// <summary>Streams waiting.</summary>
    public int PendingCount { get; private set; }

    /// <summary>The caller's number of a stream.</summary>
    public readonly int StreamId(int handle) => _nodes[handle].StreamId;

    /// <summary>The connection of a stream; -1 = it waits.</summary>
    public readonly int Connection(int handle) => _nodes[handle].Connection;

    /// <summary>A handle for a stream.</summary>
    public int Add(int streamId)
    {
        int handle = _free;
        if (handle == None)
        {
            handle = _used++;
            if (handle >= _nodes.Length)
            {
                Array.Resize(ref _nodes, Math.Max(4, _nodes.Length * 2));
            }
        }
        else
        {
            _free = _nodes[handle].Next;
        }

        _nodes[handle] = new Node { StreamId = streamId, Connection = None, Previous = None, Next = None };
        return handle;
    }

    /// <summary>Gives a handle back.</summary>
    public void Free(int handle)
    {
        _nodes[handle].Next = _free;
        _free = handle;
    }

    /// <summary>Appends a stream to the waiting ones.</summary>
    public void Enqueue(int handle)
    {
        _nodes[handle].Previous = PendingTail;
        if (PendingTail == None)
        {
            PendingHead = handle;
        }
        else
        {
            _nodes[PendingTail].Next = handle;
        }

        PendingTail = handle;
        PendingCount++;
    }

    /// <summary>Takes a stream out of the waiting ones.</summary>
    public void Dequeue(int handle)
    {
        ref Node node = ref _nodes[handle];
        PendingHead = node.Previous == None ? node.Next : PendingHead;
        PendingTail = node.Next == None ? node.Previous : PendingTail;
        Unlink(ref node);
        PendingCount--;
    }

    /// <summary>Puts a stream on a connection, in front of its list.</summary>
    public void Link(int handle, int connection, ref int first)
    {
        ref Node node = ref _nodes[handle];
        node.Connection = connection;
        node.Previous = None;
        node.Next = first;
        if (first != None)
        {
            _nodes[first].Previous = handle;
        }

        first = handle;
    }

    /// <summary>Takes a stream off its connection.</summary>
    public void Unlink(int handle, ref int first)
    {
        ref Node node = ref _nodes[handle];
        first = node.Previous == None ? node.Next : first;
        Unlink(ref node);
    }

    private void Unlink(ref Node node)
    {
        if (node.Previous != None)
        {
            _nodes[node.Previous].Next = node.Next;
        }

        if (node.Next != None)
        {
            _nodes[node.Next].Previous = node.Previous;
        }

        node.Previous = None;
        node.Next = None;
    }

    private struct Node
    {
        public int StreamId;
        public int Connection;
        public int Next;
        public int Previous;
    }
}

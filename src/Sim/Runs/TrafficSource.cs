using Sim.Core;
using Sim.Engine;
using Sim.World;

namespace Sim.Runs;

/// <summary>One source of traffic: an open one sends whatever becomes of earlier requests, a closed one has users who
/// wait for their answers.</summary>
internal sealed class TrafficSource
{
    private readonly IEventQueue _queue;
    private readonly ArrivalProcess? _arrivals;
    private readonly ThinkingUsers? _users;
    private readonly RngStream _stream;
    private readonly bool _rotates;
    private int _next;
    private int[] _senders = [];

    /// <summary>An open source.</summary>
    /// <param name="index">Index of the source.</param>
    /// <param name="template">What is sent.</param>
    /// <param name="arrivals">When.</param>
    /// <param name="rotates">Senders take turns (even streams) instead of being drawn (independent users).</param>
    /// <param name="stream">Draws of the sender.</param>
    /// <param name="queue">Where arrivals are scheduled.</param>
    public TrafficSource(
        int index, RequestTemplate template, ArrivalProcess arrivals, bool rotates, RngStream stream, IEventQueue queue)
    {
        Index = index;
        Template = template;
        _arrivals = arrivals;
        _rotates = rotates;
        _stream = stream;
        _queue = queue;
    }

    /// <summary>A closed source.</summary>
    /// <param name="index">Index of the source.</param>
    /// <param name="template">What is sent.</param>
    /// <param name="users">Who sends it.</param>
    /// <param name="rotates">Senders take turns instead of being drawn.</param>
    /// <param name="stream">Draws of the sender.</param>
    /// <param name="queue">Where arrivals are scheduled.</param>
    public TrafficSource(
        int index, RequestTemplate template, ThinkingUsers users, bool rotates, RngStream stream, IEventQueue queue)
    {
        Index = index;
        Template = template;
        _users = users;
        _rotates = rotates;
        _stream = stream;
        _queue = queue;
    }

    /// <summary>Its users wait for their answers: it wants to hear of them.</summary>
    public bool IsClosed => _users is not null;

    public int Index { get; }

    public RequestTemplate Template { get; }

    /// <summary>Arrivals that no pod was there to send.</summary>
    public long Unsent { get; private set; }

    /// <summary>Pods that send, in order; set anew when pods come and go.</summary>
    public void SetSenders(int[] pods)
    {
        _senders = pods;
        HadSenders |= pods.Length > 0;
    }

    /// <summary>Somebody was there to send at some time.</summary>
    public bool HadSenders { get; private set; }

    /// <summary>The pod that most likely sends next; -1 = none is known. Draws nothing.</summary>
    public int ExpectedSender => _senders.Length == 0 || _rotates ? -1
        : _senders.Length == 1 ? _senders[0] : _senders[(int)(((_stream.Peek() >> 32) * (uint)_senders.Length) >> 32)];

    /// <summary>Schedules the first arrival, of each user in a closed source.</summary>
    public void Start()
    {
        for (int i = 0; i < (_users?.Count ?? 0); i++)
        {
            Schedule(_users!.FirstNs(i));
        }

        ScheduleNext();
    }

    /// <summary>A request of a closed source ended: its user thinks.</summary>
    /// <param name="sentNs">When it was sent.</param>
    public void Ended(long sentNs) => Schedule(_users!.NextNs(sentNs, _queue.NowNs));

    /// <summary>An arrival: one request, then the next arrival.</summary>
    public void Arrive(RequestLifecycle lifecycle)
    {
        if (_senders.Length == 0)
        {
            Unsent++;
            if (IsClosed)
            {
                Ended(_queue.NowNs);
            }
        }
        else
        {
            int turn = _rotates ? _next++ % _senders.Length
                : _senders.Length == 1 ? 0 : (int)_stream.NextBelow((uint)_senders.Length);
            lifecycle.StartEntry(_senders[turn], Template, Index);
        }

        ScheduleNext();
    }

    private void ScheduleNext()
    {
        if (_arrivals is not null)
        {
            Schedule(_arrivals.NextNs());
        }
    }

    private void Schedule(long at)
    {
        if (at != long.MaxValue)
        {
            _queue.Schedule(at, 2, (int)EventKind.Arrival, Index, 0);
        }
    }
}

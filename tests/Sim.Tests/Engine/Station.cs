using Sim.Core;
using Sim.Engine;

namespace Sim.Tests.Engine;

/// <summary>Poisson arrivals at c servers with one first-in-first-out queue of bounded length.</summary>
/// <typeparam name="TSet">Set of future events.</typeparam>
internal sealed class Station<TSet>
    where TSet : struct, IPendingSet
{
    private const int Arrival = 0;
    private const int Departure = 1;
    private readonly EventLoop<Handler, FingerprintProbe, TSet> _loop;
    private readonly RngStream _arrivals;
    private readonly RngStream _services;
    private readonly Distribution _gap;
    private readonly Distribution _service;
    private readonly int _servers;
    private readonly int _room;
    private readonly Queue<long> _waiting = new();
    private int _busy;
    private long _areaAt;

    /// <summary>A station; times in nanoseconds; room counts those in service too.</summary>
    public Station(TSet set, ulong seed, (double GapNs, Distribution Service) times, int servers, int room)
    {
        _loop = new(set, default);
        _loop.SetHandler(new Handler(this));
        _arrivals = RngStream.Create(seed, 0, "station", "arrivals");
        _services = RngStream.Create(seed, 0, "station", "services");
        _gap = Distribution.Exponential(times.GapNs);
        _service = times.Service;
        _servers = servers;
        _room = room;
        _loop.Schedule(_gap.SampleNs(_arrivals), 0, Arrival, 0, 0);
    }

    public int Servers => _servers;

    public long Arrived { get; private set; }

    public long Refused { get; private set; }

    public long Started { get; private set; }

    public double WaitSumNs { get; private set; }

    /// <summary>Integral of the number waiting over time.</summary>
    public double WaitingArea { get; private set; }

    public long NowNs => _loop.NowNs;

    public int Inside => _busy + _waiting.Count;

    public string Fingerprint => _loop.Probe.Value.ToString();

    public void Run(long untilNs)
    {
        while (!_loop.RunUntil(untilNs))
        {
        }

        Advance(untilNs);
    }

    /// <summary>Forgets what was counted.</summary>
    public void ResetCounts()
    {
        (Arrived, Refused, Started, WaitSumNs, WaitingArea) = (0, 0, 0, 0, 0);
    }

    private void Advance(long nowNs)
    {
        WaitingArea += (double)_waiting.Count * (nowNs - _areaAt);
        _areaAt = nowNs;
    }

    private void Start(long arrivedNs)
    {
        Started++;
        WaitSumNs += _loop.NowNs - arrivedNs;
        _loop.Schedule(_loop.NowNs + _service.SampleNs(_services), 0, Departure, 0, 0);
    }

    private void Handle(in SimEvent item)
    {
        Advance(item.TimeNs);
        if (item.Kind == Arrival)
        {
            Arrived++;
            _loop.Schedule(item.TimeNs + _gap.SampleNs(_arrivals), 0, Arrival, 0, 0);
            if (_busy < _servers)
            {
                _busy++;
                Start(item.TimeNs);
            }
            else if (Inside < _room)
            {
                _waiting.Enqueue(item.TimeNs);
            }
            else
            {
                Refused++;
            }
        }
        else if (_waiting.Count > 0)
        {
            Start(_waiting.Dequeue());
        }
        else
        {
            _busy--;
        }
    }

    /// <summary>Forwards events.</summary>
    internal readonly struct Handler(Station<TSet> station) : IEventHandler
    {
        public void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public void Handle(in SimEvent item) => station.Handle(in item);
    }
}

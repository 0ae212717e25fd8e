using Sim.Core;
using Sim.Engine;
using Sim.World;

namespace Sim.Tests.World;

/// <summary>A station with Poisson arrivals on the engine, with either form of the server.</summary>
internal sealed class QueueModel
{
    private const int Arrival = 0;
    private const int Departure = 1;

    private readonly EventLoop<Handler, NoProbe, WheelPendingSet> _loop = new(new WheelPendingSet(64), default);
    private readonly SlotPool<long> _arrivedNs = new();
    private readonly ServerQueue? _general;
    private readonly FusedServerQueue? _fused;
    private readonly Distribution _gap;
    private readonly Distribution _service;
    private readonly RngStream _gaps;
    private readonly RngStream _services;
    private readonly int _jobs;
    private readonly int _skipped;
    private long _lastNs;

    public QueueModel(Station station, int replication, bool isFused, int jobs, int skipped)
    {
        _gap = Distribution.Exponential(1e9 / station.RatePerSecond);
        _service = station.Service;
        _gaps = RngStream.Create(station.Seed, replication, "source", "gap");
        _services = RngStream.Create(station.Seed, replication, "server", "service-time");
        _general = isFused ? null : new ServerQueue(station.Workers, station.Places);
        _fused = isFused ? new FusedServerQueue(station.Workers, station.Places) : null;
        _jobs = jobs;
        _skipped = skipped;
        _loop.SetHandler(new Handler(this));
    }

    public int Arrived { get; private set; }

    public int Counted { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Sum of the times in the system of all jobs, nanoseconds.</summary>
    public Int128 StayNs { get; private set; }

    /// <summary>Sum over the jobs after the warm-up.</summary>
    public double CountedStayNs { get; private set; }

    public int CountedRefused { get; private set; }

    /// <summary>Integral of the number in the system over time.</summary>
    public Int128 Area { get; private set; }

    public Fingerprint Departures => _departures;

    private Fingerprint _departures;

    public void Run()
    {
        _loop.Schedule(_gap.SampleNs(_gaps), 1, Arrival, 0, 0);
        while (!_loop.RunUntil(long.MaxValue))
        {
        }
    }

    private void Handle(in SimEvent item)
    {
        Area += (Int128)_arrivedNs.Count * (_loop.NowNs - _lastNs);
        _lastNs = _loop.NowNs;
        if (item.Kind == Arrival)
        {
            Arrive();
        }
        else
        {
            Depart(item.Target);
        }
    }

    private void Arrive()
    {
        bool counts = Arrived++ >= _skipped;
        Counted += counts ? 1 : 0;
        int job = _arrivedNs.Rent();

        // The sign says whether the job is counted.
        _arrivedNs[job] = counts ? _loop.NowNs : -_loop.NowNs;
        if (!Admit(job))
        {
            _arrivedNs.Return(job);
            Refused++;
            CountedRefused += counts ? 1 : 0;
        }

        if (Arrived < _jobs)
        {
            _loop.Schedule(_loop.NowNs + _gap.SampleNs(_gaps), 1, Arrival, 0, 0);
        }
    }

    private bool Admit(int job)
    {
        if (_fused is not null)
        {
            long end = _fused.ArriveNs(_loop.NowNs, _service, _services);
            if (end != FusedServerQueue.Refused)
            {
                _loop.Schedule(end, 0, Departure, job, 0);
            }

            return end != FusedServerQueue.Refused;
        }

        ServerAdmission admission = _general!.Offer(job, out _);
        if (admission == ServerAdmission.Started)
        {
            Begin(job);
        }

        return admission != ServerAdmission.Refused;
    }

    private void Begin(int job) =>
        _loop.Schedule(_loop.NowNs + _service.SampleNs(_services), 0, Departure, job, 0);

    private void Depart(int job)
    {
        long arrived = _arrivedNs[job];
        long stay = _loop.NowNs - Math.Abs(arrived);
        StayNs += stay;
        CountedStayNs += arrived > 0 ? stay : 0;
        _departures.Add(_loop.NowNs);
        _arrivedNs.Return(job);
        if (_general is not null && _general.Release(out int next))
        {
            Begin(next);
        }
    }

    public readonly struct Handler(QueueModel model) : IEventHandler
    {
        public void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public void Handle(in SimEvent item) => model.Handle(in item);
    }
}

/// <summary>A station of Kendall's M/G/c/K.</summary>
internal sealed record Station(
    ulong Seed, double RatePerSecond, Distribution Service, int Workers, int Places = int.MaxValue);

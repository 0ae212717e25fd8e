using System.Diagnostics;
using System.Globalization;
using Sim.Core;
using Sim.Engine;

namespace Sim.Bench;

/// <summary>Times the product against a plain loop in one process, in turns, and prints medians of ratios: the
/// machine's drift then falls on both.</summary>
public static class RatioRunner
{
    private const int Rounds = 11;
    private const int Servers = 300;
    private const long RunNs = 3 * SimDuration.Second;
    private const double GapNs = 1e6 / (0.8 * Servers);

    /// <summary>Runs and prints a Markdown table.</summary>
    public static void Run(TextWriter output)
    {
        List<double> heap = [];
        List<double> wheel = [];
        List<double> rate = [];
        for (int i = -2; i < Rounds; i++)
        {
            (double plainSeconds, long plainEvents) = Time(static () => new PlainQueues().Run(RunNs));
            (double heapSeconds, long heapEvents) = Time(static () => Product(new HeapPendingSet(1_024)));
            (double wheelSeconds, long wheelEvents) = Time(static () => Product(new WheelPendingSet(1_024)));
            if (plainEvents != heapEvents || heapEvents != wheelEvents)
            {
                throw new InvalidOperationException("the loops did not do the same work");
            }

            if (i >= 0)
            {
                heap.Add(plainSeconds / heapSeconds);
                wheel.Add(plainSeconds / wheelSeconds);
                rate.Add(wheelEvents / wheelSeconds / 1e6);
            }
        }

        output.WriteLine("| 300 servers, power of two choices | median | lowest | highest |");
        output.WriteLine("|---|---|---|---|");
        Row(output, "heap, times as fast as the plain loop", heap);
        Row(output, "wheel, times as fast as the plain loop", wheel);
        Row(output, "wheel, million events a second", rate);
    }

    private static void Row(TextWriter output, string name, List<double> values)
    {
        values.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {values[values.Count / 2]:f2} | {values[0]:f2} | {values[^1]:f2} |"));
    }

    private static (double Seconds, long Events) Time(Func<long> run)
    {
        long start = Stopwatch.GetTimestamp();
        long events = run();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, events);
    }

    private static long Product<TSet>(TSet set)
        where TSet : struct, IPendingSet => new ProductQueues<TSet>(set).Run(RunNs);

    private sealed class ProductQueues<TSet>
        where TSet : struct, IPendingSet
    {
        private readonly EventLoop<Handler, NoProbe, TSet> _loop;
        private readonly RngStream _stream = new(1);
        private readonly int[] _length = new int[Servers];

        public ProductQueues(TSet set)
        {
            _loop = new(set, default);
            _loop.SetHandler(new Handler(this));
            _loop.Schedule(0, 0, 0, 0, 0);
        }

        public long Run(long untilNs)
        {
            while (!_loop.RunUntil(untilNs))
            {
            }

            return _loop.Handled;
        }

        private void Serve(int server) => _loop.Schedule(
            _loop.NowNs + (long)(1e6 * Ziggurat.Exponential(_stream)), 0, 1, server, 0);

        private readonly struct Handler(ProductQueues<TSet> q) : IEventHandler
        {
            public void Prepare(ReadOnlySpan<SimEvent> due)
            {
            }

            public void Handle(in SimEvent item)
            {
                if (item.Kind == 1)
                {
                    if (--q._length[item.Target] > 0)
                    {
                        q.Serve(item.Target);
                    }

                    return;
                }

                int a = (int)q._stream.NextBelow(Servers);
                int b = (int)q._stream.NextBelow(Servers);
                int server = q._length[b] < q._length[a] ? b : a;
                if (q._length[server]++ == 0)
                {
                    q.Serve(server);
                }

                q._loop.Schedule(item.TimeNs + (long)(GapNs * Ziggurat.Exponential(q._stream)), 0, 0, 0, 0);
            }
        }
    }

    /// <summary>What one writes first: an object an event and the framework's queue. Same draws, same work.</summary>
    private sealed class PlainQueues
    {
        private readonly PriorityQueue<Action, (long, long)> _queue = new();
        private readonly RngStream _stream = new(1);
        private readonly int[] _length = new int[Servers];
        private long _nowNs;
        private long _sequence;

        public long Run(long untilNs)
        {
            long handled = 0;
            Schedule(0, Arrive);
            while (_queue.TryPeek(out Action? action, out (long TimeNs, long) at) && at.TimeNs <= untilNs)
            {
                _queue.Dequeue();
                _nowNs = at.TimeNs;
                handled++;
                action();
            }

            return handled;
        }

        private void Schedule(long timeNs, Action action) => _queue.Enqueue(action, (timeNs, _sequence++));

        private void Serve(int server) => Schedule(
            _nowNs + (long)(1e6 * Ziggurat.Exponential(_stream)), () =>
            {
                if (--_length[server] > 0)
                {
                    Serve(server);
                }
            });

        private void Arrive()
        {
            int a = (int)_stream.NextBelow(Servers);
            int b = (int)_stream.NextBelow(Servers);
            int server = _length[b] < _length[a] ? b : a;
            if (_length[server]++ == 0)
            {
                Serve(server);
            }

            Schedule(_nowNs + (long)(GapNs * Ziggurat.Exponential(_stream)), Arrive);
        }
    }
}

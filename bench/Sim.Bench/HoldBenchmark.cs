using BenchmarkDotNet.Attributes;
using Sim.Core;
using Sim.Engine;

namespace Sim.Bench;

/// <summary>One pop and one push with a number of events pending; delays are exponential.</summary>
[MemoryDiagnoser]
public class HoldBenchmark
{
    private readonly PriorityQueue<SimEvent, (long, ulong)> _framework = new();
    private HeapPendingSet _heap;
    private WheelPendingSet _wheel;
    private long[] _delays = [];
    private ulong _step;

    /// <summary>Events pending.</summary>
    [Params(100, 10_000, 1_000_000)]
    public int Pending { get; set; }

    /// <summary>Fills all three.</summary>
    [GlobalSetup]
    public void Fill()
    {
        RngStream stream = new(1);
        Distribution law = Distribution.Exponential(1e7);
        _delays = [.. Enumerable.Range(0, 1 << 16).Select(_ => law.SampleNs(stream))];
        _heap = new HeapPendingSet(Pending);
        _wheel = new WheelPendingSet(Pending);
        _framework.Clear();
        for (int i = 0; i < Pending; i++)
        {
            SimEvent item = Next(0);
            _heap.Push(in item);
            _wheel.Push(in item);
            _framework.Enqueue(item, (item.TimeNs, item.Key));
        }

        for (int i = 0; i < 3 * Pending; i++)
        {
            Heap();
            Wheel();
            Framework();
        }
    }

    /// <summary>The product's heap.</summary>
    [Benchmark]
    public long Heap()
    {
        SimEvent item = _heap.Pop();
        _heap.Push(Next(item.TimeNs));
        return item.TimeNs;
    }

    /// <summary>The product's timing wheel.</summary>
    [Benchmark]
    public long Wheel()
    {
        SimEvent item = _wheel.Pop();
        _wheel.Push(Next(item.TimeNs));
        return item.TimeNs;
    }

    /// <summary>The framework's queue.</summary>
    [Benchmark(Baseline = true)]
    public long Framework()
    {
        SimEvent item = _framework.Dequeue();
        SimEvent next = Next(item.TimeNs);
        _framework.Enqueue(next, (next.TimeNs, next.Key));
        return item.TimeNs;
    }

    private SimEvent Next(long nowNs)
    {
        ulong step = _step++;
        return new SimEvent(nowNs + _delays[step & 0xFFFF], 0, step, 0, 0, 0);
    }
}

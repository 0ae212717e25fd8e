using BenchmarkDotNet.Attributes;
using Sim.Core;

namespace Sim.Bench;

/// <summary>Draws and records.</summary>
[MemoryDiagnoser]
public class NumberBenchmark
{
    private readonly RngStream _stream = new(1);
    private readonly Distribution _logNormal = Distribution.LogNormal(1e7, 8e7);
    private readonly LogLinearHistogram _histogram = new();

    /// <summary>64 bits.</summary>
    [Benchmark]
    public ulong Bits() => _stream.NextUInt64();

    /// <summary>Exponential by ziggurat.</summary>
    [Benchmark]
    public double Exponential() => Ziggurat.Exponential(_stream);

    /// <summary>Log-normal duration.</summary>
    [Benchmark]
    public long LogNormal() => _logNormal.SampleNs(_stream);

    /// <summary>One value into the histogram, with one draw.</summary>
    [Benchmark]
    public void Record() => _histogram.Record((long)(_stream.NextUInt64() >> 34));
}

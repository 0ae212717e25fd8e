using BenchmarkDotNet.Attributes;
using Sim.Bench.Operations;

namespace Sim.Bench;

/// <summary>Decisions and whole requests: time and bytes for one.</summary>
[MemoryDiagnoser]
public class OperationBenchmark
{
    private const int Count = 200_000;
    private Operation? _operation;

    /// <summary>Names of the operations.</summary>
    public static IEnumerable<string> Names => OperationList.Names;

    /// <summary>Operation measured.</summary>
    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    /// <summary>Makes the operation and brings it to its steady state.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _operation = OperationList.Make(Name);
        _operation.Run(_operation.WarmUp);
    }

    /// <summary>Does it.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long Run() => _operation!.Run(Count);
}

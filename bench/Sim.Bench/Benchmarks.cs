namespace Sim.Bench;

/// <summary>All benchmark classes.</summary>
public static class Benchmarks
{
    /// <summary>Classes in the order they are listed.</summary>
    public static Type[] Types { get; } =
        [typeof(HoldBenchmark), typeof(NumberBenchmark), typeof(PickBenchmark), typeof(OperationBenchmark)];
}

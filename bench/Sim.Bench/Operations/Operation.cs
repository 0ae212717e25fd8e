namespace Sim.Bench.Operations;

/// <summary>Something that is done many times: measured by the benchmarks, held to its budget of bytes by a test.
/// </summary>
internal abstract class Operation
{
    /// <summary>Times the operation is to be done before it is in its steady state.</summary>
    public virtual int WarmUp => 100_000;

    /// <summary>Does it a number of times.</summary>
    /// <returns>Something that depends on all of them, so that none can be left out.</returns>
    public abstract long Run(int count);
}

namespace Sim.Tests.Envoy;

/// <summary>The assertion that a loop allocates nothing once it is warm.</summary>
internal static class Allocation
{
    /// <summary>Runs the body to warm up, then asserts that further runs allocate no byte.</summary>
    public static void AssertNone(Action body)
    {
        for (int i = 0; i < 100; i++)
        {
            body();
        }

        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                body();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero, "bytes allocated by 100 runs");
    }
}

using System.Globalization;
using Sim.Bench.Operations;

namespace Sim.Bench;

/// <summary>One operation for as long as a profiler needs, with processor time and bytes for each.</summary>
internal static class OperationTimer
{
    /// <summary>Brings an operation to its steady state and runs it.</summary>
    public static void Run(string name, string count, TextWriter output)
    {
        int number = int.Parse(count, CultureInfo.InvariantCulture);
        Operation operation = OperationList.Make(name);
        operation.Run(operation.WarmUp);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        operation.Run(number);
        double ns = (Environment.CpuUsage.TotalTime - begin).TotalNanoseconds / number;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {ns:f1} ns, {bytes} bytes in {number}"));
    }
}

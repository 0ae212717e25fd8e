using System.Globalization;
using Sim.Bench.Operations;
using Sim.Engine;

namespace Sim.Bench;

/// <summary>Whole requests in turns in one process: against plain C#, fused against general, many endpoints against
/// few.</summary>
/// <remarks>Processor time of this process is counted, not the clock: on a shared machine others hold the processor.
/// </remarks>
internal static class RequestRatios
{
    private const int Rounds = 11;
    private const int Requests = 300_000;

    /// <summary>Runs and prints a Markdown table.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("| whole request, A against B | A ns | B ns | median A/B | lowest | highest |");
        output.WriteLine("|---|---|---|---|---|---|");
        Compare(output, "300 endpoints: whole request / plain C#", Heap(300), new PlainRequest(300));
        Compare(output, "300 endpoints: parts, fused / general",
            new RequestParts(300, true), new RequestParts(300, false));
        Compare(output, "300 endpoints: wheel / heap", Wheel(300), Heap(300));
        Compare(output, "30,000 endpoints: wheel / heap", Wheel(30_000), Heap(30_000));
        Compare(output, "wheel: 3,000 / 300 endpoints", Wheel(3_000), Wheel(300));
        Compare(output, "wheel: 30,000 / 300 endpoints", Wheel(30_000), Wheel(300));
    }

    private static WholeRequest<HeapPendingSet> Heap(int endpoints) => new(new HeapPendingSet(1_024), endpoints);

    private static WholeRequest<WheelPendingSet> Wheel(int endpoints) => new(new WheelPendingSet(1_024), endpoints);

    private static void Compare(TextWriter output, string name, Operation first, Operation second)
    {
        first.Run(first.WarmUp);
        second.Run(second.WarmUp);
        double[] a = new double[Rounds];
        double[] b = new double[Rounds];
        double[] ratios = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            a[i] = NanosecondsEach(first);
            b[i] = NanosecondsEach(second);
            ratios[i] = a[i] / b[i];
        }

        Array.Sort(a);
        Array.Sort(b);
        Array.Sort(ratios);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {a[Rounds / 2]:f0} | {b[Rounds / 2]:f0} | {ratios[Rounds / 2]:f2} | ")
            + string.Create(CultureInfo.InvariantCulture, $"{ratios[0]:f2} | {ratios[^1]:f2} |"));
    }

    private static double NanosecondsEach(Operation operation)
    {
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        operation.Run(Requests);
        return (Environment.CpuUsage.TotalTime - begin).TotalNanoseconds / Requests;
    }
}

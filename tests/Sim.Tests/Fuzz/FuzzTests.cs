using System.Diagnostics;
using System.Globalization;
using Sim.Core;

namespace Sim.Tests.Fuzz;

/// <summary>No text makes a reader throw, and no resource a run.</summary>
/// <remarks>
/// SIM_FUZZ_MUTATIONS = how many mutations in all, shared out evenly; without it each target has its share of 90
/// seconds. SIM_FUZZ_SEED = another seed; SIM_FUZZ_FROM = the first mutation, to see one again.
/// </remarks>
[TestFixture]
internal sealed class FuzzTests
{
    private const int SecondsInAll = 90;
    private const int SlowSeconds = 10;

    private static IReadOnlyList<FuzzTarget> Targets => FuzzTargets.All;

    [TestCaseSource(nameof(Targets))]
    public void Reader_OfAFewBrokenTexts_NeverThrows(FuzzTarget target) => Run(target, 1, 0, 60, long.MaxValue);

    [TestCaseSource(nameof(Targets))]
    [Category("Long")]
    public void Reader_OfBrokenTexts_NeverThrows(FuzzTarget target)
    {
        long all = Setting("SIM_FUZZ_MUTATIONS", 0);
        ulong seed = (ulong)Setting("SIM_FUZZ_SEED", 2);
        int from = (int)Setting("SIM_FUZZ_FROM", 0);
        int share = all > 0 ? (int)((all + Targets.Count - 1) / Targets.Count) : int.MaxValue;
        int done = Run(target, seed, from, share,
            all > 0 ? long.MaxValue : SecondsInAll * Stopwatch.Frequency / Targets.Count);
        TestContext.Out.WriteLine($"{target.Name}: {done} mutations");
    }

    private static int Run(FuzzTarget target, ulong seed, int from, int count, long ticks)
    {
        IReadOnlyList<string> seeds = target.Seeds();
        Assert.That(seeds, Is.Not.Empty);
        var failures = new Dictionary<string, string>(StringComparer.Ordinal);
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        while (done < count && Stopwatch.GetTimestamp() - start < ticks)
        {
            int number = from + done++;
            var mutator = new Mutator(seeds, RngStream.Create(seed, number, target.Name, "fuzz"));
            string text = target.StaysReadable && number % 8 != 0 ? mutator.NextOfOtherValues() : mutator.Next();
            long before = Stopwatch.GetTimestamp();
            try
            {
                target.Read(text, number);
            }
            catch (Exception e)
            {
                failures.TryAdd(e.GetType().Name + Place(e),
                    $"{target.Name}: mutation {number} of seed {seed} threw {e}\n--- text\n{text}");
            }

            if (Stopwatch.GetElapsedTime(before).TotalSeconds > SlowSeconds)
            {
                failures.TryAdd("slow", $"{target.Name}: mutation {number} of seed {seed} is slow\n--- text\n{text}");
            }
        }

        Assert.That(failures.Keys, Is.Empty, string.Join("\n=====\n", failures.Values));
        return done;
    }

    /// <summary>Where it was thrown: one failure is told once.</summary>
    private static string Place(Exception e) =>
        e.StackTrace?.Split('\n').FirstOrDefault(static l => l.Contains(" Sim.", StringComparison.Ordinal)) ?? "";

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture,
            out long value) ? value : otherwise;
}

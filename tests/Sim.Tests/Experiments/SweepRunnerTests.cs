using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Tests.Experiments;

/// <summary>The same rows whatever threads, shards and interruptions; intervals; the stop rule.</summary>
internal sealed class SweepRunnerTests
{
    [TestCase(TinyScenario.Grid)]
    [TestCase(TinyScenario.Sequential)]
    public void Run_ThreadsShardsAndInterruptions_LeaveNoTrace(string sweep)
    {
        using var tiny = new TinyScenario(sweep);
        SweepPlan plan = tiny.Plan();
        string expected = Tables(SweepRunner.Run(plan, new MemoryJournal(), SweepShard.All, 1, null, default));
        Assert.That(Tables(SweepRunner.Run(plan, new MemoryJournal(), SweepShard.All, 5, null, default)),
            Is.EqualTo(expected), "five threads");

        using var stop = new CancellationTokenSource();
        var journal = new StoppingJournal(4, stop);
        SweepResult part = SweepRunner.Run(plan, journal, SweepShard.All, 2, null, stop.Token);
        Assert.That(part.IsComplete, Is.False);
        int before = journal.Rows.Count;
        Assert.That(before, Is.GreaterThanOrEqualTo(4));
        SweepResult whole = SweepRunner.Run(plan, journal, SweepShard.All, 2, null, default);
        Assert.That(Tables(whole), Is.EqualTo(expected), "resumed");
        Assert.That(whole.Resumed, Is.EqualTo(before));
        Assert.That(journal.Rows, Has.Count.EqualTo(whole.Rows.Count), "nothing twice");

        List<SweepRow> shards = Enumerable.Range(1, 3).SelectMany(i =>
            SweepRunner.Run(plan, new MemoryJournal(), new SweepShard(i, 3), 2, null, default).Rows).ToList();
        Assert.That(shards, Has.Count.EqualTo(whole.Rows.Count), "shards do not overlap");
        SweepResult merged = SweepRunner.Merge(plan, shards, out (int, int)? missing);
        Assert.That(missing, Is.Null);
        Assert.That(Tables(merged), Is.EqualTo(expected), "three shards");
        SweepRunner.Merge(plan, shards[1..], out missing);
        Assert.That(missing, Is.EqualTo((shards[0].Point, shards[0].Replication)));
    }

    [Test]
    public void Rows_OfAPoint_AreThoseOfRun()
    {
        using var tiny = new TinyScenario();
        SweepPlan plan = tiny.Plan();
        SweepResult sweep = SweepRunner.Run(plan, new MemoryJournal(), SweepShard.All, 2, null, default);
        ScenarioOutcome run = ScenarioRunner.Run(
            new ScenarioRequest(tiny.Folder, Variant: "slower",
                Set: ["traffic[calls].rate=60/s", "topology.proxyOverhead=1ms"]), null, default);
        Assert.That(sweep.Rows.Where(static r => r.Point == 6).Select(static r => r.EventsFingerprint),
            Is.EqualTo(run.Replications.Select(static r => r.EventsFingerprint)));
        Assert.That(sweep.Rows.Where(static r => r.Point == 6).Select(static r => r.ResultsFingerprint),
            Is.EqualTo(run.Replications.Select(static r => r.ResultsFingerprint)));
    }

    [Test]
    public void CommonRandomNumbers_MakeDifferencesNarrowerThanIndependentRuns()
    {
        using var tiny = new TinyScenario("  sweep: {variants: [base, slower], measure: [p50, errors]}");
        SweepResult result = SweepRunner.Run(tiny.Plan(12), new MemoryJournal(), SweepShard.All, 2, null, default);
        PointSummary slower = SweepSummary.Of(result)[1];
        MeasureSummary p50 = slower.Measures[0];
        MeanInterval own = p50.Own;
        MeanInterval theirs = SweepSummary.Of(result)[0].Measures[0].Own;
        double independent = Math.Sqrt(own.HalfWidth!.Value * own.HalfWidth.Value
            + theirs.HalfWidth!.Value * theirs.HalfWidth.Value);
        Assert.That(p50.Difference!.Value.HalfWidth, Is.LessThan(0.75 * independent));
        Assert.That(p50.Correlation, Is.GreaterThan(0.5));
        Assert.That(p50.Difference.Value.Low, Is.GreaterThan(1), "the median of an exponential: 3 ms x ln 2 = 2.1 ms");
        Assert.That(p50.Difference.Value.High, Is.LessThan(3.2));
        Assert.That(slower.Measures[1].Correlation, Is.GreaterThan(0.5), "mostly the same requests fail in both");
    }

    [Test]
    public void StopRule_StopsWhenNarrowAndAtMost()
    {
        using var tiny = new TinyScenario(TinyScenario.Sequential);
        SweepResult result = SweepRunner.Run(tiny.Plan(), new MemoryJournal(), SweepShard.All, 2, null, default);
        foreach (PointSummary s in SweepSummary.Of(result))
        {
            Assert.That(s.Replications, Is.InRange(4, 29).And.Matches<int>(static n => n % 2 == 1), "3, 5, 7, ...");
            Assert.That(s.Ended, Is.EqualTo("narrow"));
            Assert.That(s.Measures[1].Own.HalfWidth, Is.LessThanOrEqualTo(0.008));
            Assert.That(s.Measures[0].Own.Count, Is.EqualTo(s.Replications));
        }

        SweepPlan least = tiny.Plan(null, "sweep.stop.halfWidth=0.0001%", "sweep.stop.max=6");
        PointSummary first = SweepSummary.Of(
            SweepRunner.Run(least, new MemoryJournal(), SweepShard.All, 2, null, default))[0];
        Assert.That((first.Replications, first.Ended), Is.EqualTo((6, "max")));
    }

    [Test]
    public void Interval_AgreesWithTheTable()
    {
        // Student's t for 4 degrees of freedom: 2.7764 at 95 %, 4.6041 at 99 %. Values 1..5: mean 3, s = sqrt(2.5).
        double[] values = [1, 2, double.NaN, 3, 4, 5];
        MeanInterval interval = MeanInterval.Of(values, 0.95);
        Assert.That(interval.Count, Is.EqualTo(5));
        Assert.That(interval.Mean, Is.EqualTo(3).Within(1e-12));
        Assert.That(interval.HalfWidth, Is.EqualTo(2.776445105 * Math.Sqrt(2.5 / 5)).Within(1e-8));
        Assert.That(MeanInterval.Of(values, 0.99).HalfWidth, Is.EqualTo(4.604094871 * Math.Sqrt(0.5)).Within(1e-8));
        Assert.That(MeanInterval.Of([2], 0.95).HalfWidth, Is.Null);
        Assert.That(MeanInterval.Of([], 0.95).Count, Is.Zero);
    }

    [Test]
    public void Interval_CoversTheMeanAsOftenAsItSays()
    {
        // Null hypothesis: 95 % intervals of 8 uniform values cover 1/2 with probability 0.9436 (10^6 samples of
        // another generator in another language). n = 20,000: standard deviation 0.0016; 5.5 of them = false alarms
        // below 1e-6. Caught from 1 point on, as a normal quantile (1.96) in place of t(7) = 2.36, which covers
        // about 0.90.
        RngStream random = RngStream.Create(1, 0, "coverage", "test");
        int covered = 0;
        const int Samples = 20_000;
        for (int i = 0; i < Samples; i++)
        {
            MeanInterval interval = MeanInterval.Of(Enumerable.Range(0, 8).Select(_ => random.NextDouble()), 0.95);
            covered += interval.Low <= 0.5 && interval.High >= 0.5 ? 1 : 0;
        }

        Assert.That((double)covered / Samples, Is.EqualTo(0.9436).Within(0.009));
    }

    [Test]
    public void AFailingRun_IsReportedAndEndsTheSweep()
    {
        using var tiny = new TinyScenario();
        SweepPlan plan = tiny.Plan();
        SweepPlan broken = plan with { Points = plan.Points.Select(static p => p with { Prepared = null! }).ToList() };
        Assert.That(() => SweepRunner.Run(broken, new MemoryJournal(), SweepShard.All, 2, null, default),
            Throws.InvalidOperationException);
    }

    [TestCase("1/1", true)]
    [TestCase("3/8", true)]
    [TestCase("0/8", false)]
    [TestCase("9/8", false)]
    [TestCase("a/b", false)]
    [TestCase("1", false)]
    public void Shard_IsRead(string text, bool isRead) =>
        Assert.That(SweepShard.TryParse(text, out _), Is.EqualTo(isRead));

    private static string Tables(SweepResult result)
    {
        using var text = new StringWriter { NewLine = "\n" };
        SweepTables.WriteRuns(result, text);
        SweepTables.WriteSummary(result, text);
        using var json = new MemoryStream();
        SweepJsonWriter.Write(result, json);
        return text + System.Text.Encoding.UTF8.GetString(json.ToArray());
    }

    /// <summary>Stops the sweep after some rows.</summary>
    private sealed class StoppingJournal(int after, CancellationTokenSource stop) : IRunJournal
    {
        private readonly List<SweepRow> _rows = [];

        public IReadOnlyList<SweepRow> Rows => _rows.ToList();

        public void Append(SweepRow row)
        {
            _rows.Add(row);
            if (_rows.Count == after)
            {
                stop.Cancel();
            }
        }
    }
}

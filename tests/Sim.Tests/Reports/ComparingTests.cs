using Sim.Core;
using Sim.Reports.Comparing;
using Sim.Runs;

namespace Sim.Tests.Reports;

/// <summary>What the page of compared runs says, against sums by hand.</summary>
[TestFixture]
internal sealed class ComparingTests
{
    private const long Second = SimDuration.Second;

    [Test]
    public void Recovery_IsFromTheFaultToTheEndOfTheLastFailedBinBeforeTheNextFault()
    {
        RunResult run = Run([(10, false), (11, false), (14, false), (15, true), (40, false)],
            new FaultBand("a", "errors", 10 * Second, 13 * Second),
            new FaultBand("b", "errors", 30 * Second, 50 * Second),
            new FaultBand("c", "errors", 70 * Second, 80 * Second));
        Assert.Multiple(() =>
        {
            Assert.That(ComparedMeasures.Recovery(run, 10 * Second), Is.EqualTo(5 * Second));
            Assert.That(ComparedMeasures.Recovery(run, 30 * Second), Is.EqualTo(11 * Second));
            Assert.That(ComparedMeasures.Recovery(run, 70 * Second), Is.Zero, "nobody felt it");
        });
    }

    [Test]
    public void Recovery_FailingUpToTheNextFaultOrTheEnd_IsNone()
    {
        RunResult run = Run([(29, false), (99, false)], new FaultBand("a", "errors", 10 * Second, 13 * Second),
            new FaultBand("b", "errors", 30 * Second, 50 * Second));
        Assert.That(ComparedMeasures.Recovery(run, 10 * Second), Is.Null);
        Assert.That(ComparedMeasures.Recovery(run, 30 * Second), Is.Null);
        ComparedMeasure measure = ComparedMeasures.Of([run, run]).Single(static m => m.Name == "recovery from a");
        Assert.That(measure.Cells[0].Text, Is.EqualTo("not in time"));
        Assert.That(CompareTables.Difference(measure, 1), Is.Empty);
    }

    [Test]
    public void Requests_ArePairedByCallerAndMoment()
    {
        RunResult first = Of((1, "c1", 200, 10), (1, "c2", 200, 20), (2, "c1", 503, 5), (3, "c1", 503, 5),
            (4, "c1", 200, 7));
        RunResult second = Of((1, "c1", 200, 13), (1, "c2", 503, 20), (2, "c1", 200, 5), (3, "c1", 0, 5),
            (5, "c1", 200, 7), (1, "c2", 200, 1));
        PairedRequests p = PairedRequests.Of(first, second);
        Assert.That(p, Is.EqualTo(new PairedRequests(4, 1, 1, 1, 1, 3m)));
    }

    [Test]
    public void Requests_OfOneCallerAtOneMoment_ArePairedInTheirOrder()
    {
        RunResult first = Of((1, "c", 200, 10), (1, "c", 200, 20));
        RunResult second = Of((1, "c", 200, 12), (1, "c", 200, 26));
        Assert.That(PairedRequests.Of(first, second), Is.EqualTo(new PairedRequests(2, 2, 0, 0, 0, 4m)));
    }

    [Test]
    public void Runs_WithoutPairs_SayWhy()
    {
        RunResult first = Of((1, "c1", 200, 10));
        RunResult other = first with { Stamp = first.Stamp with { Seed = first.Stamp.Seed + 1 } };
        RunResult[] runs =
        [
            first, SampleRun.Empty, SampleRun.Empty with { RequestsTotal = 5 }, Of((2, "c1", 200, 10)),
            Of((1, "c2", 200, 10)), other with { Requests = Of((3, "c1", 200, 10)).Requests },
        ];
        StringWriter html = new(System.Globalization.CultureInfo.InvariantCulture);
        ComparePage.Write(ComparedRun.Of([.. runs.Select(static (r, i) => (r with
        {
            Stamp = r.Stamp with { Variant = "v" + i },
        }, "p" + i))]), html);
        string text = html.ToString();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("Left out: v1: sent no requests."));
            Assert.That(text, Does.Contain("Left out: v2: kept no requests (requests.csv)."));
            Assert.That(text, Does.Contain("Left out: v3: requests come at other moments, as they do when"));
            Assert.That(text, Does.Contain("Left out: v4: no traffic of the same name from the same pods."));
            Assert.That(text, Does.Contain("Left out: v5: another seed, so requests"));
            Assert.That(text, Does.Not.Contain("Requests in pairs"));
            Assert.That(PairedRequests.WhyNone(SampleRun.Empty, first), Is.EqualTo("the first run sent no requests"));
        });
    }

    [Test]
    public void Measures_AreThoseOfEachRunAndTheirDifferences()
    {
        RunResult good = Run([(0, true), (1, true), (2, true), (3, true)]);
        RunResult bad = Run([(0, true), (1, false), (2, true), (3, true)]);
        IReadOnlyList<ComparedMeasure> all = ComparedMeasures.Of([good, bad]);
        string Told(string name)
        {
            ComparedMeasure m = all.Single(m => m.Name == name);
            return $"{m.Cells[0].Text} | {m.Cells[1].Text} | {CompareTables.Difference(m, 1)}";
        }

        Assert.Multiple(() =>
        {
            Assert.That(Told("availability"), Is.EqualTo("100 % | 75.00 % | -25 points"));
            Assert.That(Told("errors"), Is.EqualTo("0 | 1 | +1"));
            Assert.That(Told("requests"), Is.EqualTo("4 | 4 | 0"));
            Assert.That(Told("answers from another region"), Is.EqualTo("4 | 3 | -1"));
            Assert.That(all.Select(static m => m.Name), Has.None.Contains("border"), "no data class is declared");
        });
    }

    [Test]
    public void Names_AreTheShortestThatTellRunsApart()
    {
        RunResult run = SampleRun.Empty;
        (RunResult, string) Of(string scenario, string variant, string place) =>
            (run with { Stamp = run.Stamp with { Scenario = scenario, Variant = variant } }, place);
        string[] Names(params (RunResult, string)[] runs) => [.. ComparedRun.Of(runs).Select(static r => r.Name)];
        Assert.Multiple(() =>
        {
            Assert.That(Names(Of("s", "", "a"), Of("s", "x", "b")), Is.EqualTo(new[] { "base", "x" }));
            Assert.That(Names(Of("s", "x", "a"), Of("t", "x", "b")), Is.EqualTo(new[] { "s / x", "t / x" }));
            Assert.That(Names(Of("s", "x", "a"), Of("s", "x", "b")), Is.EqualTo(new[] { "x (a)", "x (b)" }));
        });
    }

    private static RunResult Run((int Second, bool IsGood)[] bins, params FaultBand[] faults) => SampleRun.Empty with
    {
        DurationNs = 100 * Second,
        BinNs = Second,
        Faults = faults,
        RequestsTotal = bins.Length,
        Series = [.. bins.Select(static b => new SeriesPoint(
            new SeriesKey("t", "s.default", "us", "us", b.IsGood ? "eu" : "none", b.IsGood ? "eu" : "none"),
            b.Second * Second, b.IsGood ? 200 : 503, "-", b.IsGood ? "SERVED" : "UPSTREAM_ERROR", b.IsGood, 1))],
    };

    private static RunResult Of(params (int Start, string Client, int Code, int LengthNs)[] requests) =>
        SampleRun.Empty with
        {
            Requests = [.. requests.Select(static (r, i) => new RequestRecord(
                i, "t", r.Start, r.Start + r.LengthNs, r.Client, "us", "s.default", r.Code, "-", "", "SERVED", 1, "",
                "", "us", "us", 0))],
        };
}

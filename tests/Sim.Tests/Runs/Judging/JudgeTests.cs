using Sim.Core;
using Sim.Runs;
using Sim.Runs.Judging;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Judging;

/// <summary>Assertions, SLOs, probes and invariants on hand-made records, with figures worked out by hand.</summary>
internal sealed class JudgeTests
{
    private const string Head = """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        spec:
          duration: 40s
          warmup: 5s
          clusters: [{name: us-east, region: us-east}, {name: eu-west, region: eu-west}]
          timeline:
            - {at: 10s, as: outage, fault: {type: errors, select: {context: us-east}, for: 20s}}

        """;

    /// <summary>10 requests a second for 40 s: 5 bad a second in seconds 10 and 11, then eu-west serves until 30.
    /// </summary>
    private static JudgedRun Record(int badSeconds = 2, bool isRelapsing = false)
    {
        var series = new List<SeriesPoint>();
        var requests = new List<RequestRecord>();
        for (int s = 0; s < 40; s++)
        {
            bool isOutage = s is >= 10 and < 30;
            bool isBad = (s >= 10 && s < 10 + badSeconds) || (isRelapsing && s == 25);
            string region = isOutage && !isBad ? "eu-west" : "us-east";
            var key = new SeriesKey("payments", "tx.default", "us-east", "us-east", region, region);
            long at = s * SimDuration.Second;
            series.Add(new SeriesPoint(key, at, 200, "-", "SERVED", true, isBad ? 5 : 10));
            if (isBad)
            {
                series.Add(new SeriesPoint(key, at, 503, "-", "UPSTREAM_ERROR", false, 5));
            }

            for (int i = 0; i < 10; i++)
            {
                int code = isBad && i < 5 ? 503 : 200;
                long start = at + i * 100 * SimDuration.Millisecond;
                long latency = (region == "eu-west" ? 80 : 1 + i) * SimDuration.Millisecond;
                requests.Add(new RequestRecord(requests.Count, "payments", start, start + latency,
                    "us-east/default/a-0", "us-east", "tx.default", code, "-", "",
                    code == 200 ? "SERVED" : "UPSTREAM_ERROR", 1, "", "", region, region, 0));
            }
        }

        return new JudgedRun
        {
            DurationNs = 40 * SimDuration.Second, WarmupNs = 5 * SimDuration.Second, BinNs = SimDuration.Second,
            Series = series, Requests = requests,
            Ejections = [new EjectionRecord(11 * SimDuration.Second, "us-east/default/a-0", "outbound|80||tx",
                "1.1.1.1:80", "us-east/default/tx-0", "consecutive_5xx", null, 1)],
            Findings =
            [
                new Diagnostic("MS3016", Severity.Error, "an unknown field", default),
                new Diagnostic("MS3012", Severity.Info, "no effect", default),
            ],
            Pods =
            [
                new PodRecord("us-east", "default", "tx-0", "tx", "us-east", "a", HasSidecar: true, IsReady: true),
                new PodRecord("eu-west", "default", "tx-0", "tx", "", "", HasSidecar: false, IsReady: false),
            ],
        };
    }

    private static ScenarioDocument Scenario(string more)
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read(Head + more, "s.yaml", ".", null, "", bag)!;
        Assert.That(bag.Items, Is.Empty);
        return d;
    }

    private static Judgement One(string more, JudgedRun? run = null) =>
        Judge.Evaluate(Scenario(more), run ?? Record()).Single();

    // 35 s after the warm-up = 350 requests, 10 of them bad.
    [TestCase("availability >= 97.1%", true, "97.1428%")]
    [TestCase("availability{service=\"tx\"} >= 97.2%", false, "97.1428%")]
    [TestCase("availability{service=\"tx.default\",region=\"us-east\"} > 0.97", true, "97.1428%")]
    [TestCase("availability{service=\"other\"} >= 0%", false, "no requests")]
    [TestCase("errors == 10", true, "10")]
    [TestCase("count{code=\"503\"} == 10", true, "10")]
    [TestCase("count{code=~\"5..\"} < 10", false, "10")]
    [TestCase("count{code!=\"200\"} <= 10 and errors > 9", true, "10, 10")]
    [TestCase("count == 350", true, "350")]
    [TestCase("istio_requests_total{reporter=\"source\",response_code=\"503\"} == 10", true, "10")]
    [TestCase("share{served_region=\"eu-west\"} == 0", false, "51.4285%")]
    [TestCase("ejections{type=\"consecutive_5xx\"} == 1", true, "1")]
    [TestCase("findings == 2", true, "2")]
    [TestCase("findings{severity=\"error\",message=~\".*unknown.*\"} == 2", false, "1")]
    [TestCase("pods{cluster=\"us-east\",sidecar=\"true\"} == 1", true, "1")]
    [TestCase("pods{ready=\"false\"} >= 2", false, "1")]
    [TestCase("p50 == 80ms", true, "80ms")]
    [TestCase("p50{served_region=\"us-east\"} == 5ms", true, "5ms")]
    [TestCase("p99{served_region=\"us-east\"} <= 10ms", true, "10ms")]
    [TestCase("max < 80ms", false, "80ms")]
    [TestCase("p50{served_region=\"us-east\"} < p50{served_region=\"eu-west\"}", true, "5ms")]
    [TestCase("availability[10s] >= 90%", true, "90%")]
    [TestCase("errors[1s] <= 4", false, "5")]
    public void Assertion_is_measured_after_the_warm_up(string text, bool held, string measured)
    {
        Judgement j = One($"  assert: ['{text}']\n");
        Assert.That((j.Held, j.Measured), Is.EqualTo((held, measured)), j.ToString());
        Assert.That(j.Span.Line, Is.EqualTo(9));
        Assert.That(j.Text, Is.EqualTo(text));
    }

    [TestCase("errors == 10", true, "10")]
    [TestCase("share{served_region=\"eu-west\"} == 90%", true, "90%")]
    [TestCase("count == 200", true, "200")]
    public void During_looks_only_at_the_named_step(string text, bool held, string measured)
    {
        Judgement j = One($"  assert: [{{expr: '{text}', during: outage}}]\n");
        Assert.That((j.Held, j.Measured), Is.EqualTo((held, measured)), j.ToString());
    }

    // Bad in seconds 10 and 11. A window of 10 s holds a bad second until 21 s, 11 s after the fault; without a window
    // the last bad second ends at 12 s.
    [TestCase("availability[10s] >= 99.9%", "11s", true, "recovered after 11s")]
    [TestCase("availability[10s] >= 99.9%", "10s", false, "recovered after 11s")]
    [TestCase("availability >= 99.9%", "2s", true, "recovered after 2s")]
    [TestCase("availability >= 40%", "0s", true, "recovered after 0s")]
    public void Recovery_lasts_until_the_expression_stays_true(string to, string within, bool held, string measured)
    {
        Judgement j = One($"  assert: [{{recover: outage, within: {within}, to: '{to}'}}]\n");
        Assert.That((j.Kind, j.Held, j.Measured), Is.EqualTo(("recover", held, measured)), j.ToString());
    }

    [Test]
    public void Recovery_counts_from_the_last_relapse()
    {
        Judgement j = One("  assert: [{recover: outage, within: 5s, to: 'errors == 0'}]\n", Record(isRelapsing: true));
        Assert.That((j.Held, j.Measured), Is.EqualTo((false, "recovered after 16s")));
        j = One("  assert: [{recover: outage, within: 5s, to: 'errors == 0'}]\n", Record(badSeconds: 20));
        Assert.That((j.Held, j.Measured), Is.EqualTo((false, "not recovered")));
    }

    [TestCase("target: 97%", true, "97.1428%", "error budget used 95.2380%")]
    [TestCase("target: 99%, good: 'response_code < 500'", false, "97.1428%", "10 bad of 350 requests")]
    [TestCase("target: 40%, good: 'response_code < 500 and duration < 80ms'", true, "45.7142%", "190 bad of 350")]
    [TestCase("target: 100%, window: 10s", true, "100%", "none of an empty budget")]
    public void Slo_counts_its_budget(string keys, bool held, string measured, string detail)
    {
        Judgement j = One($"  slos: [{{name: tx, {keys}}}]\n");
        Assert.That((j.Held, j.Measured), Is.EqualTo((held, measured)), j.ToString());
        Assert.That(j.Detail, Does.Contain(detail.Replace("0%", "", StringComparison.Ordinal)));
    }

    [Test]
    public void A_request_without_answer_is_never_good()
    {
        JudgedRun run = Record();
        run = run with { Series = run.Series.Select(static p => p with { Code = 0 }).ToList() };
        Assert.That(One("  slos: [{name: tx, target: 1%}]\n", run).Measured, Is.EqualTo("0%"));
    }

    [TestCase("always: 'errors == 0'", false, "true in 33 of 35 bins")]
    [TestCase("always: 'count == 10'", true, "true in 35 of 35 bins")]
    [TestCase("sometimes: 'count{served_region=\"eu-west\"} > 0'", true, "true in 18 of 35 bins")]
    [TestCase("sometimes: 'count{served_region=\"asia\"} > 0'", false, "true in 0 of 35 bins")]
    [TestCase("always: 'availability{service=\"other\"} > 0'", false, "no requests")]
    public void Invariant_is_judged_in_every_bin(string key, bool held, string measured)
    {
        Judgement j = One($"  invariants: [{{name: i, {key}}}]\n");
        Assert.That((j.Held, j.Measured), Is.EqualTo((held, measured)), j.ToString());
    }

    [Test]
    public void Probe_expects_something_else_during_a_step()
    {
        const string probe = """
              probes:
                - name: curl
                  from: {context: us-east, exec: deployment/a}
                  curl: http://tx/
                  every: 10s
                  expect: {code: 200, servedBy: {region: us-east}}
                  during: {outage: {servedBy: {region: eu-west}}}
            """;
        RequestRecord At(int s, string region, int code) => new(s, "curl", s * SimDuration.Second,
            s * SimDuration.Second, "us-east/default/a", "us-east", "tx.default", code, "-", "", "", 1, "", "", region,
            region, 0);
        JudgedRun run = Record() with
        {
            Requests = [At(5, "us-east", 200), At(15, "eu-west", 200), At(25, "us-east", 503), At(35, "us-east", 200)],
        };
        Judgement j = One(probe, run);
        Assert.That((j.Held, j.Measured), Is.EqualTo((false, "3 of 4 as expected")));
        Assert.That(j.Detail, Is.EqualTo(
            "first at 25s: code 503 - instead of 200, served by region us-east instead of eu-west"));
    }

    [Test]
    public void Worst_replication_is_shown_and_one_failure_fails()
    {
        IReadOnlyList<Judgement> all = Judge.Evaluate(Scenario("  assert: ['errors < 15']\n"),
            [Record(), Record(badSeconds: 4), Record(badSeconds: 1)]);
        Assert.That((all[0].Held, all[0].Measured), Is.EqualTo((false, "20")));
        Assert.That(all[0].Detail, Does.Contain("held in 2 of 3 replications"));
    }

    [Test]
    public void Probes_do_not_count_as_traffic_unless_named()
    {
        const string probe = """
              probes: [{name: payments, from: {context: us-east, exec: deployment/a}, curl: http://tx/, every: 1s}]
              assert: ['count == 0', 'count{traffic="payments"} == 350']
            """;
        Assert.That(Judge.Evaluate(Scenario(probe), Record()).Select(static j => j.Held), Is.All.True);
    }
}

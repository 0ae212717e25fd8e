using System.Text;
using Sim.Core;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using Sim.Telemetry.Scraping;

namespace Sim.Tests.Telemetry;

/// <summary>What the recordings do not say: our own codes, bounds, round trips.</summary>
[TestFixture]
internal sealed class TelemetryTests
{
    [Test]
    public void Parse_OfAnythingNested_NeverExhaustsTheStack([Values] bool isClosed)
    {
        string[] openings = ["(", "-", "sum(", "abs(", "up[1m:", "1+", "up offset 1m ", "{a=", "x and on(a) "];
        foreach (string opening in openings)
        {
            string text = string.Concat(Enumerable.Repeat(opening, 100_000)) + (isClosed ? "1" : "");
            Assert.That(PromQlQuery.Parse(text, PromQlDialect.V2_42, out PromQlError? error), Is.Null, opening);
            Assert.That(error!.Line, Is.EqualTo(1), opening);
        }

        string chain = "x" + string.Concat(Enumerable.Repeat("[1m:1m]", 10_000));
        Assert.That(PromQlQuery.Parse(chain, PromQlDialect.V3_8, out _), Is.Null);
    }

    [Test]
    public void Parse_OfAnyBytes_GivesAQueryOrAnError()
    {
        const string Characters = "()[]{}\"'`\\,:;=~!<>+-*/%^@#. \n\t019eExaby_mhdé€\uD800\u0000sumrateonby";
        var stream = new RngStream(7);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, (int)stream.NextBelow(24))
                .Select(_ => Characters[(int)stream.NextBelow((uint)Characters.Length)]));
            foreach (PromQlDialect dialect in PromQlDialect.All)
            {
                PromQlQuery? query = PromQlQuery.Parse(text, dialect, out PromQlError? error);
                Assert.That(query is null, Is.EqualTo(error is not null), text);
                query?.Instant(new SeriesStore(), 0);
            }
        }
    }

    [Test]
    public void RuleFile_UnknownField_IsMS0701AtItsLine()
    {
        var bag = new DiagnosticBag();
        Assert.That(RuleFile.Read("groups:\n- name: g\n  x: 1\n", "r.yml", PromQlDialect.V3_8, bag), Is.Null);
        Assert.That(bag.Items.Single(), Has.Property("Code").EqualTo("MS0701")
            .And.Property("Span").EqualTo(new SourceSpan("r.yml", 3, 3)));
    }

    [Test]
    public void RuleFile_BadExpression_IsMS0702WithBothPlaces()
    {
        var bag = new DiagnosticBag();
        Assert.That(RuleFile.Read("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up ==\n", "r.yml",
            PromQlDialect.V2_42, bag), Is.Null);
        Diagnostic d = bag.Items.Single();
        Assert.That(d.Code, Is.EqualTo("MS0702"));
        Assert.That(d.Span, Is.EqualTo(new SourceSpan("r.yml", 5, 11)));
        Assert.That(d.Message, Is.EqualTo("group \"g\", rule 1, \"A\": could not parse expression: 1:6: parse error: "
            + "unexpected end of input"));
    }

    [Test]
    public void RuleFile_RuleTwice_IsLoadedWithMS0703()
    {
        var bag = new DiagnosticBag();
        RuleFile? file = RuleFile.Read("groups:\n- name: g\n  rules:\n  - {record: a, expr: up}\n"
            + "  - {record: a, expr: up}\n", "r.yml", PromQlDialect.V2_42, bag);
        Assert.That(file!.Groups[0].Rules, Has.Count.EqualTo(2));
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0703"));
    }

    [Test]
    public void PrometheusConfig_OfAServer_IsReadAndTellsWhatItReadsOver()
    {
        var bag = new DiagnosticBag();
        PrometheusConfig config = PrometheusConfig.Read(
            """
            global:
              scrape_interval: 15s
              external_labels: {cluster: us-east}
            rule_files: [rules/*.yml]
            scrape_configs:
            - job_name: federate-eu
              honor_labels: true
              metrics_path: /federate
              scheme: https
              params:
                'match[]': ['{job=~"kubernetes-.*"}']
              static_configs:
              - targets: [prometheus-eu.example.com:9090]
            """, "prometheus.yml", bag)!;
        Assert.That(config.ScrapeIntervalMs, Is.EqualTo(15_000));
        Assert.That(config.EvaluationIntervalMs, Is.EqualTo(60_000));
        Assert.That(config.ExternalLabels["cluster"], Is.EqualTo("us-east"));
        ScrapeConfig job = config.Jobs.Single();
        Assert.That(job.Matches, Is.EqualTo(new[] { "{job=~\"kubernetes-.*\"}" }));
        Assert.That(job.Targets.Single().Labels["instance"], Is.EqualTo("prometheus-eu.example.com:9090"));
        Assert.That(bag.Items.Single(), Has.Property("Code").EqualTo("MS0705")
            .And.Property("Span").EqualTo(new SourceSpan("prometheus.yml", 9, 3)));
    }

    [TestCase("scrape_configs: [{job_name: a, metric_relabel_configs: [{action: hashmod}]}]")]
    [TestCase("scrape_configs: [{job_name: a, sample_limit: many}]")]
    [TestCase("scrape_configs: [{job_name: a}, {job_name: a}]")]
    [TestCase("scrape_configs: [{}]")]
    [TestCase("global: {scrape_interval: 15}")]
    [TestCase("- a list")]
    public void PrometheusConfig_WrongValue_IsMS0704(string text)
    {
        var bag = new DiagnosticBag();
        Assert.That(PrometheusConfig.Read(text, "prometheus.yml", bag), Is.Null);
        Assert.That(bag.Items[0].Code, Is.EqualTo("MS0704"));
    }

    [Test]
    public void Write_ThenLoad_GivesTheSameSeriesWithoutMarkers()
    {
        var store = new SeriesStore();
        LabelSet requests = LabelSet.Of((LabelSet.MetricName, "istio_requests_total"), ("a", "q\"b\\s\nn é"));
        LabelSet bucket = LabelSet.Of((LabelSet.MetricName, "d_bucket"), ("le", "+Inf"));
        store.Append(requests, 1_767_225_600_123, 1e21);
        store.Append(requests, 1_767_225_615_000, double.NaN);
        store.Append(requests, 1_767_225_630_000, StaleMarker.Value);
        store.Append(bucket, 1_767_225_600_000, 3);
        string text = OpenMetricsText.Write(store, [
            new MetricFamily("istio_requests", MetricType.Counter, "Requests."),
            new MetricFamily("d", MetricType.Histogram),
        ]);
        Assert.That(text, Does.Contain("# TYPE istio_requests counter\n# HELP istio_requests Requests.\n"));
        Assert.That(text, Does.Contain("# TYPE d histogram\nd_bucket{le=\"+Inf\"} 3 1767225600\n"));
        Assert.That(text, Does.EndWith("# EOF\n"));
        var loaded = new SeriesStore();
        Assert.That(OpenMetricsReader.Load(Encoding.UTF8.GetBytes(text), loaded), Is.Empty);
        Assert.That(loaded.Find(requests)!.Points, Is.EqualTo(new[]
        {
            new Point(1_767_225_600_123, 1e21), new Point(1_767_225_615_000, double.NaN),
        }));
        Assert.That(loaded.Find(bucket)!.Points, Has.Count.EqualTo(1));
    }

    [Test]
    public void Append_NotLater_IsLost()
    {
        var store = new SeriesStore();
        LabelSet up = LabelSet.Of((LabelSet.MetricName, "up"));
        Assert.That(store.Append(up, 10, 1), Is.True);
        Assert.That(store.Append(up, 10, 2), Is.False);
        Assert.That(store.Append(up, 9, 2), Is.False);
        Assert.That(store.Find(up)!.Points, Is.EqualTo(new[] { new Point(10, 1) }));
    }
}

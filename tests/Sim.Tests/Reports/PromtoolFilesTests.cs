using Sim.Core;
using Sim.Reports;
using Sim.Runs.Observing;
using Sim.Telemetry;

namespace Sim.Tests.Reports;

/// <summary>A server's rules and series as a test of promtool.</summary>
[TestFixture]
internal sealed class PromtoolFilesTests
{
    private const long StartMs = 1_767_225_600_000;

    private const string Rules = """
        groups:
        - name: own
          rules:
          - {record: "job:load", expr: sum(load)}
          - alert: Busy
            expr: load > 3
            for: 15s
            annotations: {summary: "it's {{ $value }}"}

        """;

    [Test]
    public void Of_AServer_TellsSeriesOnTheGridAndEveryEvaluation()
    {
        PromtoolSet set = PromtoolFiles.Of(Server(("rules.yml", Rules)), 60 * SimDuration.Second);
        Assert.That(set.Problems, Is.Empty);
        Assert.That((set.Series, set.Evaluations, set.Firing), Is.EqualTo((1, 5, 1)));
        Assert.That(set.Files[0], Is.EqualTo(new KeyValuePair<string, string>("rules.yml", Rules)));
        Assert.That(set.Files[1].Key, Is.EqualTo("tests.yaml"));
        Assert.That(set.Files[1].Value, Is.EqualTo("""
            # promtool test rules tests.yaml   (of Prometheus 3.8)
            # What the Prometheus of us-east scraped, and what fires when the rules read it.
            rule_files:
            - 'rules.yml'
            evaluation_interval: 15s
            tests:
            - interval: 15s
              external_labels:
                'cluster': 'us-east'
              input_series:
              - series: 'load{instance="a:1"}'
                values: '1 5+0x1 stale _'
              alert_rule_test:
              - eval_time: 0s
                alertname: 'Busy'
              - eval_time: 15s
                alertname: 'Busy'
              - eval_time: 30s
                alertname: 'Busy'
                exp_alerts:
                - exp_labels:
                    'instance': 'a:1'
                  exp_annotations:
                    'summary': 'it''s 5'
              - eval_time: 45s
                alertname: 'Busy'
              - eval_time: 60s
                alertname: 'Busy'

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Of_ASeriesWithoutEnd_GoesAfterTheLookBack()
    {
        string tests = PromtoolFiles.Of(Server(("rules.yml", Rules.Replace("load", "idle",
            StringComparison.Ordinal))), 330 * SimDuration.Second).Files[1].Value;
        Assert.That(tests, Does.Contain("values: '0+0x19 stale _x2'\n"), "20 values of the 300 s after 0 s, then none");
    }

    [Test]
    public void Of_FilesOfOneName_NamesThemApart()
    {
        PromtoolSet set = PromtoolFiles.Of(
            Server(("tests.yaml", Rules), ("a.yml", Rules), ("a.yml", "groups: []")), SimDuration.Second);
        Assert.That(set.Files.Select(static f => f.Key),
            Is.EqualTo((string[])["2-tests.yaml", "a.yml", "2-a.yml", "tests.yaml"]));
    }

    [Test]
    public void Of_WhatPrometheusRefusesOrFails_IsTold()
    {
        PromtoolSet set = PromtoolFiles.Of(Server(
            ("bad.yml", "groups: [{name: a, rules: [{record: x, expr: 'sum('}]}]"),
            ("twice.yml", "groups: [{name: a, rules: [{record: x, expr: 'load * on () load or idle * on () load', "
                + "labels: {instance: ''}}, {record: z, expr: 'label_replace({__name__=~\"load|idle\"}, "
                + "\"instance\", \"\", \"\", \"\")', labels: {instance: ''}}]}]")), SimDuration.Second);
        Assert.That(set.Files.Select(static f => f.Key), Is.EqualTo((string[])["twice.yml", "tests.yaml"]));
        Assert.That(set.Problems, Is.EqualTo((string[])
        [
            "bad.yml is left out: Prometheus 3.8 does not load it",
            "rule z fails, and promtool stops there: vector contains metrics with the same labelset after applying "
                + "rule labels",
        ]));
    }

    [Test]
    public void Of_AServerWithoutRules_IsNothing() =>
        Assert.That(PromtoolFiles.Of(Server(), SimDuration.Second).Files, Is.Empty);

    private static ObservedCluster Server(params (string Name, string Text)[] rules)
    {
        var store = new SeriesStore();
        LabelSet load = LabelSet.Of(("__name__", "load"), ("instance", "a:1"));
        LabelSet recorded = LabelSet.Of(("__name__", "job:load"));
        store.Append(LabelSet.Of(("__name__", "idle"), ("instance", "b:1")), StartMs, 0);
        store.Append(load, StartMs, 1);
        store.Append(load, StartMs + 14_000, 5);
        store.Append(load, StartMs + 29_000, 5);
        store.Append(load, StartMs + 44_000, StaleMarker.Value);
        store.Append(recorded, StartMs, 1);
        return new ObservedCluster("us-east", "3.8", "", 3, 5, [])
        {
            Store = store,
            StartMs = StartMs,
            RuleTexts = [.. rules.Select(static r => new KeyValuePair<string, string>(r.Name, r.Text))],
            Recorded = new HashSet<LabelSet> { recorded },
            ExternalLabels = LabelSet.Of(("cluster", "us-east")),
            ScrapeIntervalMs = 15_000,
            EvaluationIntervalMs = 15_000,
        };
    }
}

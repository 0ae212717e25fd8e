using System.Globalization;
using System.Text;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;

namespace Sim.Tests.Telemetry.Live;

/// <summary><c>promtool test rules</c> agrees on when each alert of a run fires.</summary>
/// <remarks>promtool's notation has one grid of times for all series: each gets the value it was last scraped with,
/// every 15 s. Our engine evaluates the rules over the same grid, and what it says at every evaluation is promtool's
/// expectation.</remarks>
[TestFixture]
[Category("Prometheus")]
internal sealed class LiveRuleTests
{
    private const long GridMs = 15_000;

    [TestCase("compliance-alerts", "", "eu-west", 10)]
    [TestCase("compliance-alerts", "", "us-east", 10)]
    [TestCase("compliance-alerts", "lab", "us-east", 40)]
    [TestCase("compliance-alerts", "as-written-loaded", "us-east", 40)]
    [TestCase("federated-metrics", "", "us-east", 0)]
    public void Alerts_FireWhenPromtoolSays(string pack, string variant, string cluster, int atLeast)
    {
        _ = PrometheusTools.Promtool;
        RunResult run = PrometheusTools.Watched(pack, variant);
        ObservedCluster server = PrometheusTools.Server(run, cluster);
        KeyValuePair<string, string> rules = server.RuleTexts.Single();
        string folder = Directory.CreateTempSubdirectory("sim-live").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "rules.yml"), rules.Value);
            Dictionary<LabelSet, string> grid = GridOf(server, run.DurationNs / SimDuration.Millisecond);
            int steps = (int)(run.DurationNs / SimDuration.Millisecond / GridMs);
            List<(long AtMs, string Alert, List<Told> Firing)> expected = Expected(rules.Value, grid, steps);
            File.WriteAllText(Path.Combine(folder, "test.yml"), TestFile(grid, expected));
            (int code, string said) = PrometheusTools.Run(folder, "test", "rules", "test.yml");
            Assert.That(code, Is.Zero, said);
            int firing = expected.Sum(static e => e.Firing.Count);
            TestContext.Out.WriteLine(
                $"{pack} {variant} {cluster}: {expected.Count} evaluations agree, {firing} alerts fire in them");
            Assert.That(firing, Is.GreaterThanOrEqualTo(atLeast));
            if (firing == 0)
            {
                return;
            }

            int shifted = expected.FindIndex(static e => e.Firing.Count > 0);
            expected[shifted] = expected[shifted] with { Firing = [] };
            File.WriteAllText(Path.Combine(folder, "test.yml"), TestFile(grid, expected));
            Assert.That(PrometheusTools.Run(folder, "test", "rules", "test.yml").Code, Is.Not.Zero,
                "promtool must notice a wrong expectation");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What each scraped series shows at every point of the grid, in promtool's notation.</summary>
    private static Dictionary<LabelSet, string> GridOf(ObservedCluster server, long durationMs)
    {
        var grid = new Dictionary<LabelSet, string>();
        foreach (StoredSeries s in server.Store!.Series)
        {
            bool isWanted = s.Labels.Name == "istio_requests_total"
                || s.Labels.Name == "up" || (s.Labels.Name.StartsWith("mesh:", StringComparison.Ordinal)
                    && s.Labels["cluster"].Length > 0);
            if (!isWanted)
            {
                continue;
            }

            var values = new StringBuilder();
            bool hasEnded = true;
            for (long at = 0; at <= durationMs; at += GridMs)
            {
                int last = s.IndexAfter(server.StartMs + at) - 1;
                double? value = last < 0 ? null : s.Points[last].Value;
                bool isStale = value is { } v && StaleMarker.Is(v);
                values.Append(at > 0 ? " " : "").Append(value is null || (isStale && hasEnded) ? "_"
                    : isStale ? "stale" : GoText.Shortest(value.Value));
                hasEnded = value is null || isStale;
            }

            grid[s.Labels] = values.ToString();
        }

        return grid;
    }

    private static List<(long AtMs, string Alert, List<Told> Firing)> Expected(
        string rules, Dictionary<LabelSet, string> grid, int steps)
    {
        var store = new SeriesStore();
        foreach ((LabelSet labels, string values) in grid)
        {
            Assert.That(SeriesNotation.Write(store, Selector(labels), values, 0, GridMs), Is.Empty);
        }

        var bag = new DiagnosticBag();
        RuleFile file = RuleFile.Read(rules, "rules.yml", PromQlDialect.V2_42, bag)!;
        var engine = new RuleEngine(file.Groups, store);
        var expected = new List<(long AtMs, string Alert, List<Told> Firing)>();
        for (int i = 0; i <= steps; i++)
        {
            foreach (RuleGroup group in engine.Groups)
            {
                Assert.That(engine.Evaluate(group, i * GridMs), Is.Empty);
            }

            foreach (AlertingRule rule in file.Groups.SelectMany(static g => g.Rules).OfType<AlertingRule>())
            {
                expected.Add((i * GridMs, rule.Name, [.. engine.Alerts
                    .Where(a => a.Rule == rule && a.State == AlertState.Firing)
                    .Select(static a => new Told(a.Labels, a.Annotations))]));
            }
        }

        return expected;
    }

    private static string Selector(LabelSet labels) =>
        labels.Name + labels.WithoutName().ToString();

    private static string TestFile(
        Dictionary<LabelSet, string> grid, List<(long AtMs, string Alert, List<Told> Firing)> expected)
    {
        var text = new StringBuilder("rule_files: [rules.yml]\nevaluation_interval: 15s\ntests:\n- interval: 15s\n");
        text.Append("  input_series:\n");
        foreach ((LabelSet labels, string values) in grid)
        {
            text.Append("  - series: ").Append(Quoted(Selector(labels))).Append('\n')
                .Append("    values: ").Append(Quoted(values)).Append('\n');
        }

        text.Append("  alert_rule_test:\n");
        foreach ((long at, string alert, List<Told> firing) in expected)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - eval_time: {at / 1000}s\n    alertname: {alert}\n");
            if (firing.Count == 0)
            {
                continue;
            }

            text.Append("    exp_alerts:\n");
            foreach (Told a in firing)
            {
                text.Append("    - exp_labels:\n");
                Append(text, a.Labels.Labels.Where(static l => l.Name != "alertname"));
                if (a.Annotations.Count > 0)
                {
                    text.Append("      exp_annotations:\n");
                    Append(text, a.Annotations);
                }
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<Label> labels)
    {
        foreach (Label l in labels)
        {
            text.Append("        ").Append(l.Name).Append(": ").Append(Quoted(l.Value)).Append('\n');
        }
    }

    private static string Quoted(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>What an alert says at one evaluation.</summary>
    private sealed record Told(LabelSet Labels, IReadOnlyList<Label> Annotations);
}

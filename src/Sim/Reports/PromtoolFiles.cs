using System.Globalization;
using System.Text;
using Sim.Core;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Telemetry.Rules;

namespace Sim.Reports;

/// <summary>What <c>promtool test rules</c> needs of one server.</summary>
/// <param name="Cluster">Cluster of the server.</param>
/// <param name="Files">Names and texts: rule files in the order they are loaded, then <c>tests.yaml</c>.</param>
/// <param name="Series">Input series.</param>
/// <param name="Evaluations">Evaluations of alerts that the tests tell.</param>
/// <param name="Firing">Alerts that fire in them, each counted at every evaluation.</param>
/// <param name="Problems">Rule files left out and rules that fail, a sentence each.</param>
public sealed record PromtoolSet(
    string Cluster, IReadOnlyList<KeyValuePair<string, string>> Files, int Series, int Evaluations, int Firing,
    IReadOnlyList<string> Problems);

/// <summary>Writes a server's rules and what it scraped as a test of <c>promtool test rules</c>.</summary>
/// <remarks>
/// promtool's notation has one grid of times for all series, from the epoch on: each series shows at every point what
/// it was last scraped with, and ends where the run's ended or after the look-back of 5 minutes. promtool evaluates all
/// groups at one interval (cmd/promtool/unittest.go), here the shortest one, so our engine evaluates the rules over
/// that grid too, and what it says at every evaluation is the expectation: at most an interval away from what the run's
/// own server saw. Only series that a rule selects are written, and none that the rules themselves record.
/// </remarks>
public static class PromtoolFiles
{
    /// <summary>Name of the file with series and expectations.</summary>
    public const string Tests = "tests.yaml";

    private const long LookBackMs = 300_000;

    /// <summary>The files of a server that has its store; without rules none.</summary>
    /// <param name="server">The server.</param>
    /// <param name="durationNs">Length of the run.</param>
    public static PromtoolSet Of(ObservedCluster server, long durationNs)
    {
        var problems = new List<string>();
        List<KeyValuePair<string, string>> files = Named(server.RuleTexts);
        var groups = new List<RuleGroup>();
        foreach (KeyValuePair<string, string> file in files.ToList())
        {
            var bag = new DiagnosticBag();
            if (RuleFile.Read(file.Value, file.Key, server.Dialect, bag) is { } read)
            {
                groups.AddRange(read.Groups);
                continue;
            }

            files.Remove(file);
            problems.Add($"{file.Key} is left out: Prometheus {server.Version} does not load it");
        }

        if (files.Count == 0)
        {
            return new PromtoolSet(server.Cluster, [], 0, 0, 0, problems);
        }

        long evaluationMs = groups.Select(static g => g.IntervalMs).Where(static ms => ms > 0)
            .Append(server.EvaluationIntervalMs).Min();
        var grid = new Grid(server, evaluationMs, durationNs / SimDuration.Millisecond);
        List<(string Series, string Values)> inputs = [.. Wanted(server, groups)
            .Select(s => (Selector(s.Labels), grid.Values(s))).Where(static s => s.Item2.Length > 0)];
        List<Told> told = Expected(server, groups, inputs, grid, problems);
        files.Add(new(Tests, Text(server, [.. files.Select(static f => f.Key)], inputs, told, grid)));
        return new PromtoolSet(
            server.Cluster, files, inputs.Count, told.Count, told.Sum(static t => t.Firing.Count), problems);
    }

    /// <summary>Rule files under names of their own, none of them that of the tests.</summary>
    private static List<KeyValuePair<string, string>> Named(IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Tests };
        var named = new List<KeyValuePair<string, string>>();
        foreach ((string name, string text) in texts)
        {
            string own = name;
            for (int i = 2; !taken.Add(own); i++)
            {
                own = string.Create(CultureInfo.InvariantCulture, $"{i}-{name}");
            }

            named.Add(new(own, text));
        }

        return named;
    }

    private static IEnumerable<StoredSeries> Wanted(ObservedCluster server, List<RuleGroup> groups)
    {
        List<Rule> rules = [.. groups.SelectMany(static g => g.Rules)];
        bool anyTemplateAsks = rules.OfType<AlertingRule>().SelectMany(static r => r.Labels.Concat(r.Annotations))
            .Any(static l => l.Value.Contains("query", StringComparison.Ordinal));
        HashSet<StoredSeries> selected = [.. rules.SelectMany(static r => r.Query.Selectors)
            .SelectMany(s => server.Store!.Select(s.Matchers))];
        return server.Store!.Series.Where(s =>
            (anyTemplateAsks || selected.Contains(s)) && !server.Recorded.Contains(s.Labels));
    }

    private static List<Told> Expected(ObservedCluster server, List<RuleGroup> groups,
        List<(string Series, string Values)> inputs, Grid grid, List<string> problems)
    {
        var store = new SeriesStore();
        foreach ((string series, string values) in inputs)
        {
            string problem = SeriesNotation.Write(store, series, values, 0, grid.ScrapeMs);
            if (problem.Length > 0)
            {
                throw new InvalidOperationException($"{series} {values}: {problem}");
            }
        }

        var engine = new RuleEngine(groups, store, new RuleEngineOptions(
            server.ExternalLabels, Query: server.Options with { SubqueryStepMs = grid.EvaluationMs }));
        var failed = new HashSet<Rule>(ReferenceEqualityComparer.Instance);
        List<string> alerts = [.. groups.SelectMany(static g => g.Rules).OfType<AlertingRule>()
            .Select(static r => r.Name).Distinct(StringComparer.Ordinal)];
        var told = new List<Told>();
        for (long at = 0; at <= grid.DurationMs; at += grid.EvaluationMs)
        {
            foreach (RuleFailure f in engine.Groups.SelectMany(g => engine.Evaluate(g, at))
                .Where(f => failed.Add(f.Rule)).ToList())
            {
                problems.Add($"rule {f.Rule.Name} fails, and promtool stops there: {f.Message}");
            }

            foreach (string alert in alerts)
            {
                told.Add(new Told(at, alert, [.. engine.Alerts
                    .Where(a => a.Rule.Name == alert && a.State == AlertState.Firing)
                    .Select(static a => (a.Labels, a.Annotations))]));
            }
        }

        return told;
    }

    private static string Text(ObservedCluster server, List<string> files,
        List<(string Series, string Values)> inputs, List<Told> told, Grid grid)
    {
        var text = new StringBuilder();
        text.Append("# promtool test rules ").Append(Tests).Append("   (of Prometheus ").Append(server.Version)
            .Append(")\n# What the Prometheus of ").Append(server.Cluster)
            .Append(" scraped, and what fires when the rules read it.\nrule_files:\n");
        foreach (string file in files)
        {
            text.Append("- ").Append(Quoted(file)).Append('\n');
        }

        text.Append("evaluation_interval: ").Append(Duration(grid.EvaluationMs)).Append("\ntests:\n- interval: ")
            .Append(Duration(grid.ScrapeMs)).Append('\n');
        if (server.ExternalLabels.Labels.Count > 0)
        {
            text.Append("  external_labels:\n");
            Append(text, "    ", server.ExternalLabels.Labels);
        }

        text.Append(inputs.Count > 0 ? "  input_series:\n" : "");
        foreach ((string series, string values) in inputs)
        {
            text.Append("  - series: ").Append(Quoted(series)).Append('\n')
                .Append("    values: ").Append(Quoted(values)).Append('\n');
        }

        text.Append(told.Count > 0 ? "  alert_rule_test:\n" : "");
        foreach (Told t in told)
        {
            text.Append("  - eval_time: ").Append(Duration(t.AtMs)).Append("\n    alertname: ")
                .Append(Quoted(t.Alert)).Append('\n').Append(t.Firing.Count > 0 ? "    exp_alerts:\n" : "");
            foreach ((LabelSet labels, IReadOnlyList<Label> annotations) in t.Firing)
            {
                text.Append("    - exp_labels:\n");
                Append(text, "        ", labels.Labels.Where(static l => l.Name != "alertname"));
                text.Append(annotations.Count > 0 ? "      exp_annotations:\n" : "");
                Append(text, "        ", annotations);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string indent, IEnumerable<Label> labels)
    {
        foreach (Label l in labels)
        {
            text.Append(indent).Append(Quoted(l.Name)).Append(": ").Append(Quoted(l.Value)).Append('\n');
        }
    }

    private static string Selector(LabelSet labels) => labels.Name + labels.WithoutName();

    /// <summary>A scalar in quotes: single ones, unless the text has more than one line.</summary>
    private static string Quoted(string text) => text.AsSpan().ContainsAny('\n', '\r', '\t')
        ? "\"" + text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal) + "\""
        : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static string Duration(long ms) => ms % 1000 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{ms / 1000}s")
        : string.Create(CultureInfo.InvariantCulture, $"{ms}ms");

    /// <summary>Which alerts of a name fire at an evaluation.</summary>
    private sealed record Told(
        long AtMs, string Alert, IReadOnlyList<(LabelSet Labels, IReadOnlyList<Label> Annotations)> Firing);

    /// <summary>The times at which promtool has samples, and those at which it evaluates.</summary>
    private sealed class Grid(ObservedCluster server, long evaluationMs, long durationMs)
    {
        public long DurationMs { get; } = durationMs;

        public long EvaluationMs { get; } = evaluationMs;

        public long ScrapeMs { get; } = Math.Min(server.ScrapeIntervalMs, evaluationMs);

        /// <summary>What a series shows at each point; empty when it never shows anything.</summary>
        public string Values(StoredSeries series)
        {
            var text = new StringBuilder();
            string last = "";
            int times = 0;
            bool isThere = false;
            bool wasEver = false;
            for (long at = 0; at <= DurationMs; at += ScrapeMs)
            {
                int index = series.IndexAfter(server.StartMs + at) - 1;
                Point? point = index < 0 ? null : series.Points[index];
                bool hasValue = point is { } p && !StaleMarker.Is(p.Value)
                    && server.StartMs + at - p.TimestampMs < LookBackMs;
                string word = hasValue ? GoText.Shortest(point!.Value.Value) : isThere ? "stale" : "_";
                isThere = hasValue;
                wasEver |= hasValue;
                if (word != last)
                {
                    Flush(text, last, times);
                    (last, times) = (word, 0);
                }

                times++;
            }

            Flush(text, last, times);
            return wasEver ? text.ToString() : "";
        }

        /// <summary>A word so many times: <c>3+0x4</c> is five times 3, <c>_x5</c> five times nothing.</summary>
        private static void Flush(StringBuilder text, string word, int times)
        {
            if (times == 0)
            {
                return;
            }

            text.Append(text.Length > 0 ? " " : "").Append(word);
            if (times == 1)
            {
                return;
            }

            bool isNumber = char.IsAsciiDigit(word[^1]);
            if (isNumber || word == "_")
            {
                text.Append(CultureInfo.InvariantCulture, $"{(isNumber ? "+0" : "")}x{(isNumber ? times - 1 : times)}");
                return;
            }

            for (int i = 1; i < times; i++)
            {
                text.Append(' ').Append(word);
            }
        }
    }
}

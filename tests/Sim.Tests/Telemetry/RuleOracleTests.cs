using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using Sim.Tests.Oracle;

namespace Sim.Tests.Telemetry;

/// <summary>Rules over time, rule files, series in promtool's notation, and what a running server says of rules.
/// </summary>
[TestFixture]
internal sealed class RuleOracleTests
{
    private static IEnumerable<TestCaseData> RuleCases() => Cases("rules.jsonl");

    private static IEnumerable<TestCaseData> FileCases() => Cases("check-rules.jsonl");

    private static IEnumerable<TestCaseData> NotationCases() => Cases("notation.jsonl");

    private static IEnumerable<TestCaseData> LiveCases() => Cases("live.jsonl");

    [TestCaseSource(nameof(RuleCases))]
    public void Rules_over_time_give_recorded_alerts_and_series(PromQlCase recordedCase)
    {
        JsonElement c = JsonDocument.Parse(recordedCase.Json).RootElement;
        var store = new SeriesStore();
        List<string> differences = [];
        long intervalMs = Duration(c.GetProperty("interval"));
        foreach (JsonElement s in c.GetProperty("input_series").EnumerateArray())
        {
            string problem = SeriesNotation.Write(store, s.GetProperty("series").GetString()!,
                s.GetProperty("values").GetString()!, 0, intervalMs);
            Assert.That(problem, Is.Empty);
        }

        RuleFile file = Load(c.GetProperty("groups"));
        LabelSet external = c.TryGetProperty("external_labels", out JsonElement e)
            ? PromQlFamily.Labels(e) : LabelSet.Empty;
        var engine = new RuleEngine(file.Groups, store, new RuleEngineOptions(external));
        JsonElement expect = c.GetProperty("expect");
        long stepMs = Duration(c.GetProperty("evaluation_interval"));
        var alerts = new AlertHistory();
        string? error = null;
        string[] order = [.. c.GetProperty("group_eval_order").EnumerateArray().Select(static g => g.GetString()!)];
        long untilMs = (long)(c.GetProperty("until").GetDouble() * 1000);
        for (long t = 0; t <= untilMs && error is null; t += stepMs)
        {
            foreach (string name in order)
            {
                IReadOnlyList<RuleFailure> failures =
                    engine.Evaluate(engine.Groups.Single(g => g.Name == name), t);
                error ??= failures.Count > 0 ? ErrorText(failures[0]) : null;
            }

            if (error is null)
            {
                alerts.Note(engine, store, t);
            }
        }

        string? recorded = expect.TryGetProperty("errors", out JsonElement errors) ? errors[0].GetString() : null;
        if (WithoutTwins(error) != WithoutTwins(recorded))
        {
            differences.Add($"error {error}, recorded {recorded}");
        }

        if (recorded is null)
        {
            differences.AddRange(alerts.Differences(expect.GetProperty("alerts")));
            differences.AddRange(RecordedDifferences(expect, store, stepMs, untilMs));
        }

        Judge(c, differences);
    }

    [TestCaseSource(nameof(FileCases))]
    public void Rule_file_gives_recorded_verdict(PromQlCase recordedCase)
    {
        JsonElement c = JsonDocument.Parse(recordedCase.Json).RootElement;
        var bag = new DiagnosticBag();
        RuleFile? file = RuleFile.Read(c.GetProperty("file").GetString()!, "rules.yml", PromQlDialect.V2_42, bag);
        string[] output = [.. c.GetProperty("output").EnumerateArray().Select(static l => l.GetString()!).Skip(1)
            .Where(static l => l.Length > 0)];
        List<string> differences = [];
        if ((file is null) != (c.GetProperty("exit").GetInt32() != 0))
        {
            differences.Add($"loaded {file is not null}, recorded exit {c.GetProperty("exit")}");
        }

        string[] expected = [.. Messages(output)];
        string[] found = [.. bag.Items.Select(MessageOf)];
        string lint = output.FirstOrDefault(static l => l.StartsWith("lint error", StringComparison.Ordinal)) ?? "";
        int twins = bag.Items.Count(static d => d.Code == "MS0703");
        if ((lint.Length == 0 ? "0" : lint.Split(' ')[2]) != twins.ToString(CultureInfo.InvariantCulture))
        {
            differences.Add($"{twins} rules twice, recorded {lint}");
        }

        if (!expected.SequenceEqual(found.Where(static f => f.Length > 0)))
        {
            differences.Add("said " + string.Join(" | ", found) + ", recorded " + string.Join(" | ", expected));
        }

        Match success = Regex.Match(string.Join("\n", output), @"SUCCESS: (\d+) rules found");
        int rules = file?.Groups.Sum(static g => g.Rules.Count) ?? 0;
        if (success.Success && success.Groups[1].Value != rules.ToString(CultureInfo.InvariantCulture))
        {
            differences.Add($"{rules} rules, recorded {success.Value}");
        }

        Judge(c, differences);
    }

    [TestCaseSource(nameof(NotationCases))]
    public void Notation_gives_recorded_values(PromQlCase recordedCase)
    {
        JsonElement c = JsonDocument.Parse(recordedCase.Json).RootElement;
        var store = new SeriesStore();
        long intervalMs = c.GetProperty("interval_s").GetInt64() * 1000;
        Assert.That(SeriesNotation.Write(store, "m", c.GetProperty("values").GetString()!, 0, intervalMs), Is.Empty);
        List<string> differences = [];
        foreach (JsonElement p in c.GetProperty("instant_value_at").EnumerateArray())
        {
            var v = (VectorValue)PromQlQuery.Instant("m", PromQlDialect.V2_42, store, p[0].GetInt64() * 1000).Value!;
            double? found = v.Samples.Count > 0 ? v.Samples[0].Value : null;
            double? recorded = p[1].ValueKind == JsonValueKind.Null ? null : PromQlFamily.Number(p[1].GetString()!);
            if (found.HasValue != recorded.HasValue
                || (found.HasValue && !PromQlFamily.AreEqual(recorded!.Value, found.Value)))
            {
                differences.Add($"at {p[0]}: {found}, recorded {recorded}");
            }
        }

        Judge(c, differences);
    }

    [TestCaseSource(nameof(LiveCases))]
    public void Server_says_what_was_recorded(PromQlCase recordedCase)
    {
        JsonElement c = JsonDocument.Parse(recordedCase.Json).RootElement;
        Judge(c, c.TryGetProperty("group", out _) ? [.. StateDifferences(c)] : [.. NotificationDifferences(c)]);
    }

    private static IEnumerable<string> StateDifferences(JsonElement c)
    {
        var store = new SeriesStore();
        foreach (JsonElement s in c.GetProperty("series").EnumerateArray())
        {
            for (long t = 0; t <= 5000; t += 1000)
            {
                store.Append(PromQlFamily.Labels(s.GetProperty("labels")), t,
                    PromQlFamily.Number(s.GetProperty("value").GetString()!));
            }
        }

        RuleFile file = Load("[" + c.GetProperty("group").GetRawText() + "]");
        var engine = new RuleEngine(file.Groups, store);
        for (long t = 0; t <= 5000; t += 1000)
        {
            engine.Evaluate(engine.Groups[0], t);
        }

        foreach ((Rule rule, JsonElement e) in engine.Groups[0].Rules.Zip(c.GetProperty("rules").EnumerateArray()))
        {
            string recorded = e.TryGetProperty("lastError", out JsonElement l) ? l.GetString()! : "";
            if (WithoutTwins(engine.LastErrorOf(rule)) != WithoutTwins(recorded))
            {
                yield return $"{rule.Name}: error {engine.LastErrorOf(rule)}, recorded {recorded}";
            }

            string found = string.Join("; ", engine.Alerts.Where(a => a.Rule == rule)
                .Select(static a => $"{a.Labels} {a.State} {GoText.Exponent(a.Value)}".ToLowerInvariant()));
            string alerts = !e.TryGetProperty("alerts", out JsonElement list) ? "" : string.Join("; ",
                list.EnumerateArray().Select(static a => (PromQlFamily.Labels(a.GetProperty("labels"))
                    + $" {a.GetProperty("state")} {a.GetProperty("value")}").ToLowerInvariant()));
            if (found != alerts)
            {
                yield return $"{rule.Name}: alerts {found}, recorded {alerts}";
            }
        }
    }

    private static IEnumerable<string> NotificationDifferences(JsonElement c)
    {
        var store = new SeriesStore();
        for (long t = 0; t <= 30_000; t += 500)
        {
            store.Append(LabelSet.Of((LabelSet.MetricName, "pulse")), t, t is >= 4000 and < 12_000 ? 1 : 0);
        }

        RuleFile file = Load("[{\"name\": \"g\", \"rules\": [" + c.GetProperty("rule").GetRawText() + "]}]");
        var engine = new RuleEngine(file.Groups, store,
            new RuleEngineOptions(PromQlFamily.Labels(c.GetProperty("external_labels"))));
        for (long t = 600; t <= 30_000; t += 1000)
        {
            engine.Evaluate(engine.Groups[0], t);
        }

        double tolerance = c.GetProperty("tolerance_s").GetDouble();
        AlertNotification told = engine.Notifications().Single();
        foreach (JsonElement run in c.GetProperty("two_runs").EnumerateArray())
        {
            if (!told.Labels.Equals(PromQlFamily.Labels(run.GetProperty("labels"))))
            {
                yield return $"labels {told.Labels}, recorded {run.GetProperty("labels")}";
            }

            if (!LabelSet.Of(told.Annotations).Equals(PromQlFamily.Labels(run.GetProperty("annotations"))))
            {
                yield return "annotations " + string.Join(", ", told.Annotations);
            }

            if (Math.Abs((told.StartsAtMs / 1000.0) - run.GetProperty("startsAt_s").GetDouble()) > tolerance
                || Math.Abs((told.EndsAtMs!.Value / 1000.0) - run.GetProperty("resolved_endsAt_s").GetDouble())
                    > tolerance)
            {
                yield return $"from {told.StartsAtMs} to {told.EndsAtMs}, recorded {run}";
            }
        }
    }

    private static IEnumerable<TestCaseData> Cases(string file)
    {
        foreach (string folder in PromQlFamily.Folders)
        {
            foreach (string line in PromQlFamily.Lines(folder, file))
            {
                string id = JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!;
                yield return OracleFiles.Case(PromQlFamily.Name, id, new PromQlCase(folder, id, line));
            }
        }
    }

    private static void Judge(JsonElement c, List<string> differences) => OracleList.Judge(PromQlFamily.NotYet,
        PromQlFamily.Name + "/" + c.GetProperty("id").GetString(), string.Join("\n", differences));

    private static long Duration(JsonElement text)
    {
        Assert.That(Literals.TryDuration(text.GetString()!, out long ms, out _), Is.True);
        return ms;
    }

    private static RuleFile Load(JsonElement groups) => Load(groups.GetRawText());

    private static RuleFile Load(string groups)
    {
        var bag = new DiagnosticBag();
        RuleFile? file = RuleFile.Read("{\"groups\": " + groups + "}", "rules.json", PromQlDialect.V2_42, bag);
        Assert.That(file, Is.Not.Null, string.Join("\n", bag.Items));
        return file!;
    }

    private static string ErrorText(RuleFailure f) => string.Create(CultureInfo.InvariantCulture,
        $"rule: {f.Rule.Name}, time: {Literals.DurationText(f.TimeMs)}, err: {f.Message}");

    /// <summary>Which two series are named, and in which order, is not defined.</summary>
    private static string WithoutTwins(string? text) =>
        Regex.Replace(text ?? "", @"operation: \[.*\];", "operation: [];");

    private static IEnumerable<string> RecordedDifferences(
        JsonElement expect, SeriesStore store, long stepMs, long untilMs)
    {
        foreach (JsonElement series in expect.TryGetProperty("recorded", out JsonElement r)
            ? r.EnumerateArray() : default)
        {
            LabelSet labels = PromQlFamily.Labels(series[0]);
            var recorded = series[1].EnumerateArray().ToDictionary(
                static p => (long)(p[0].GetDouble() * 1000), static p => PromQlFamily.Number(p[1].GetString()!));
            for (long t = 0; t <= untilMs; t += stepMs)
            {
                var v = (VectorValue)PromQlQuery.Instant("{__name__=\"" + labels.Name + "\"}", PromQlDialect.V2_42,
                    store, t).Value!;
                Sample[] found = [.. v.Samples.Where(s => s.Labels.Equals(labels))];
                bool isThere = recorded.TryGetValue(t, out double value);
                if (isThere != found.Length > 0 || (isThere && !PromQlFamily.AreEqual(value, found[0].Value)))
                {
                    yield return $"{labels} at {t}: {string.Join(",", found)}, recorded {isThere} {value}";
                }
            }
        }
    }

    /// <summary>promtool's messages without the name of the file and the places in front.</summary>
    private static IEnumerable<string> Messages(string[] output)
    {
        foreach (string line in output)
        {
            if (line.Contains("FAILED", StringComparison.Ordinal) || line.Contains("SUCCESS", StringComparison.Ordinal)
                || line.EndsWith("yaml: unmarshal errors:", StringComparison.Ordinal)
                || line.Contains("yaml: line", StringComparison.Ordinal))
            {
                continue;
            }

            bool isLint = line.StartsWith("lint error", StringComparison.Ordinal)
                || line.StartsWith("Metric", StringComparison.Ordinal)
                || line.StartsWith("Label", StringComparison.Ordinal)
                || line.StartsWith("Might", StringComparison.Ordinal) || line.StartsWith('\t');
            if (!isLint)
            {
                Match m = Regex.Match(line, @"^(?:rules\.yml: )?(?:(\d+):(\d+): )?(?:\d+:\d+: )?(.*)$");
                string place = m.Groups[1].Success && m.Groups[1].Value != "0"
                    ? $"{m.Groups[1]}:{m.Groups[2]} " : "";
                yield return place + m.Groups[3].Value.Trim();
            }
        }
    }

    private static string MessageOf(Diagnostic d)
    {
        bool hasPlace = Regex.IsMatch(d.Message, "must be set$|invalid field|recording rule name|is repeated|parse exp")
            && !d.Message.EndsWith("in rule", StringComparison.Ordinal);
        bool isEmptyExpression = d.Message.EndsWith("in rule", StringComparison.Ordinal) && d.Span.Column > 5;
        string place = string.Create(CultureInfo.InvariantCulture, $"{d.Span.Line}:{d.Span.Column} ");
        return d.Code is "MS0703" or "MS0001" ? "" : (hasPlace || isEmptyExpression ? place : "") + d.Message;
    }
}

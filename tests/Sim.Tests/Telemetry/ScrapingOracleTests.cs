using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Telemetry;
using Sim.Telemetry.Scraping;
using Sim.Tests.Oracle;

namespace Sim.Tests.Telemetry;

/// <summary>Federation and OpenMetrics texts.</summary>
[TestFixture]
internal sealed class ScrapingOracleTests
{
    private const long NowMs = 1_767_225_600_000;

    private static IEnumerable<TestCaseData> FederationCases() => Cases("federation.jsonl")
        .Where(static c => KindOf(((PromQlCase)c.Arguments[0]!).Json) != "series");

    private static string KindOf(string line) =>
        JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!;

    private static IEnumerable<TestCaseData> TextCases() => Cases("openmetrics.jsonl");

    [TestCaseSource(nameof(FederationCases))]
    public void Federation_gives_recorded_answer(PromQlCase recordedCase)
    {
        (string folder, string json) = (recordedCase.Folder, recordedCase.Json);
        JsonElement c = JsonDocument.Parse(json).RootElement;
        List<string> differences = [.. c.GetProperty("kind").GetString() switch
        {
            "expose" => ExposeDifferences(folder, c),
            "store" => StoreDifferences(folder, c),
            "life" => LifeDifferences(c),
            _ => throw new InvalidDataException(json),
        }];
        OracleList.Judge(PromQlFamily.NotYet, PromQlFamily.Name + "/" + c.GetProperty("id").GetString(),
            string.Join("\n", differences));
    }

    [TestCaseSource(nameof(TextCases))]
    public void OpenMetrics_text_is_loaded_as_recorded(PromQlCase recordedCase)
    {
        (string folder, string json) = (recordedCase.Folder, recordedCase.Json);
        JsonElement c = JsonDocument.Parse(json).RootElement;
        Assert.That(Directory.Exists(folder), Is.True);
        byte[] text = c.TryGetProperty("text", out JsonElement t) ? Encoding.UTF8.GetBytes(t.GetString()!)
            : Convert.FromBase64String(c.GetProperty("text_base64").GetString()!);
        var store = new SeriesStore();
        string message = OpenMetricsReader.Load(text, store);
        List<string> differences = [];
        string recorded = c.GetProperty("create_blocks").GetProperty("message").GetString()!;
        if (message != recorded
            || (message.Length == 0) != c.GetProperty("create_blocks").GetProperty("accepted").GetBoolean())
        {
            differences.Add($"said {message}, recorded {recorded}");
        }

        string[] expected = c.TryGetProperty("stored", out JsonElement s) && s.ValueKind == JsonValueKind.Array
            ? [.. s.EnumerateArray().Select(static l => l.GetString()!).Order(StringComparer.Ordinal)] : [];
        string[] found = [.. store.Series.SelectMany(static x => x.Points.Select(p => string.Create(
            CultureInfo.InvariantCulture, $"{x.Labels} {GoText.Shortest(p.Value)} {p.TimestampMs}")))
            .Order(StringComparer.Ordinal)];
        if (!found.SequenceEqual(expected))
        {
            differences.Add("stored\n" + string.Join("\n", found) + "\nrecorded\n" + string.Join("\n", expected));
        }

        OracleList.Judge(PromQlFamily.NotYet, PromQlFamily.Name + "/" + c.GetProperty("id").GetString(),
            string.Join("\n", differences));
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

    private static SeriesStore Source(string folder)
    {
        string line = PromQlFamily.Lines(folder, "federation.jsonl")
            .Concat(PromQlFamily.Lines(PromQlFamily.Folders.First(), "federation.jsonl"))
            .First(static l => KindOf(l) == "series");
        var store = new SeriesStore();
        foreach (JsonElement s in JsonDocument.Parse(line).RootElement.GetProperty("series").EnumerateArray())
        {
            store.Append(PromQlFamily.Labels(s.GetProperty("labels")),
                NowMs - (long)(s.GetProperty("age_s").GetDouble() * 1000),
                PromQlFamily.Number(s.GetProperty("value").GetString()!));
        }

        return store;
    }

    private static LabelSet External(JsonElement c) =>
        c.TryGetProperty("external_labels", out JsonElement e) ? PromQlFamily.Labels(e) : LabelSet.Empty;

    private static IEnumerable<string> ExposeDifferences(string folder, JsonElement c)
    {
        string[] matches = [.. c.GetProperty("match").EnumerateArray().Select(static m => m.GetString()!)];
        Exposition answer = Federation.Expose(Source(folder), matches, External(c.GetProperty("source")), NowMs);
        if (answer.Status != c.GetProperty("http").GetInt32()
            || answer.ContentType != c.GetProperty("content_type").GetString())
        {
            yield return $"{answer.Status} {answer.ContentType}, recorded {c.GetProperty("http")}";
        }

        string[] found = [.. answer.Lines().Select(static l => Regex.Replace(l, @" (\d{13})$",
            static m => string.Create(CultureInfo.InvariantCulture, $" {Offset(m.Groups[1].Value)}s")))];
        string[] recorded = [.. c.GetProperty("exposition").EnumerateArray().Select(static l => l.GetString()!)];
        foreach (string d in Families(found, recorded))
        {
            yield return d;
        }
    }

    private static string Offset(string ms)
    {
        long seconds = (long.Parse(ms, CultureInfo.InvariantCulture) - NowMs) / 1000;
        return (seconds < 0 ? "" : "+") + seconds.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Families in their order, the lines of a family in any.</summary>
    private static IEnumerable<string> Families(string[] found, string[] recorded)
    {
        string Sorted(string[] lines)
        {
            int family = 0;
            return string.Join("\n", lines.Select(l => (Family: l.StartsWith('#') ? ++family : family, Line: l))
                .OrderBy(static l => l.Family).ThenBy(static l => l.Line, StringComparer.Ordinal)
                .Select(static l => l.Line));
        }

        return Sorted(found) == Sorted(recorded) ? []
            : ["exposed\n" + Sorted(found) + "\nrecorded\n" + Sorted(recorded)];
    }

    private static IEnumerable<string> StoreDifferences(string folder, JsonElement c)
    {
        SeriesStore source = Source(folder);
        var bag = new DiagnosticBag();
        PrometheusConfig? config = PrometheusConfig.Read(
            "{\"scrape_configs\": [" + c.GetProperty("scrape_config").GetRawText() + "]}", "prometheus.yml", bag);
        Assert.That(config, Is.Not.Null, string.Join("\n", bag.Items));
        ScrapeConfig job = config!.Jobs[0];
        var store = new SeriesStore();
        var scraper = new Scraper(job, job.Targets[0], store);
        const int Scrapes = 3;
        LabelSet sourceLabels = External(c.GetProperty("source"));
        for (int i = 0; i < Scrapes; i++)
        {
            long t = NowMs + (i * 1000);
            scraper.Scrape(Federation.Expose(source, job.Matches, sourceLabels, t), t);
        }

        string[] found = [.. store.Series.Where(static s => s.Labels.Name != "istio_old_4m").Select(s => Stored(s))
            .Order(StringComparer.Ordinal)];
        string[] recorded = [.. c.GetProperty("stored").EnumerateArray().Select(static s =>
        {
            LabelSet labels = PromQlFamily.Labels(s.GetProperty("labels"));
            return s.TryGetProperty("samples", out JsonElement samples)
                ? $"{labels} {samples} {s.GetProperty("time")} "
                    + string.Join(",", s.GetProperty("values").EnumerateArray().Select(static v =>
                        GoText.Shortest(PromQlFamily.Number(v.GetString()!))))
                : labels.ToString();
        }).Order(StringComparer.Ordinal)];
        if (!found.SequenceEqual(recorded))
        {
            yield return "stored\n" + string.Join("\n", found.Except(recorded)) + "\nrecorded\n"
                + string.Join("\n", recorded.Except(found));
        }

        Exposition again = Federation.Expose(
            store, ["istio_requests_total", "up"], External(c), NowMs + ((Scrapes - 1) * 1000));
        string[] lines = [.. again.Lines().Select(static l => Regex.Replace(l, @" \d{13}$", ""))];
        foreach (string d in Families(lines,
            [.. c.GetProperty("re_federated").EnumerateArray().Select(static l => l.GetString()!)]))
        {
            yield return "re-federated: " + d;
        }
    }

    private static string Stored(StoredSeries s)
    {
        if (s.Labels.Name.StartsWith("scrape_", StringComparison.Ordinal))
        {
            return s.Labels.ToString();
        }

        string values = string.Join(",", s.Points.Select(static p => GoText.Shortest(p.Value)).Distinct());
        return s.Points.Count > 1 ? $"{s.Labels} one per scrape scrape {values}" : $"{s.Labels} 1 source {values}";
    }

    private static IEnumerable<string> LifeDifferences(JsonElement c)
    {
        JsonElement observed = c.GetProperty("observed");
        string id = c.GetProperty("id").GetString()!;
        var bag = new DiagnosticBag();
        string flags = c.GetProperty("scrape_config").GetRawText()[1..^1];
        ScrapeConfig job = PrometheusConfig.Read("{\"scrape_configs\": [{\"job_name\": \"federate-eu\", " + flags
            + ", \"static_configs\": [{\"targets\": [\"eu:9090\"]}]}]}", "p.yml", bag)!.Jobs[0];
        var store = new SeriesStore();
        var scraper = new Scraper(job, job.Targets[0], store);
        var source = new SeriesStore();
        LabelSet life = LabelSet.Of((LabelSet.MetricName, "life"), ("job", "j"));
        bool marks = id.Contains("stale", StringComparison.Ordinal);
        for (int i = 0; i < 8; i++)
        {
            long t = NowMs + (i * 1000);
            if (i is 0 or 2)
            {
                source.Append(life, t, i == 0 ? 1 : 2);
                source.Append(LabelSet.Of((LabelSet.MetricName, "life"), ("job", "k")), t, 1);
                source.Append(LabelSet.Of((LabelSet.MetricName, "up"), ("job", "j")), t, 1);
            }

            if (i == 4 && marks)
            {
                source.Append(life, t, StaleMarker.Value);
            }

            bool isDown = i >= 4 && !marks;
            scraper.Scrape(isDown ? null
                : Federation.Expose(source, ["{job=~\".+\"}"], LabelSet.Empty, t), t);
        }

        long now = NowMs + 7000;
        Exposition answered = Federation.Expose(store, ["{job=~\"j|k\"}"], LabelSet.Empty, now);
        Exposition up = Federation.Expose(store, ["up{job=\"federate-eu\"}"], LabelSet.Empty, now);
        string LifeAt(long t) => string.Join(",", Federation.Expose(store, ["life{job=\"j\"}"], LabelSet.Empty, t)
            .Samples.Select(static s => GoText.Shortest(s.Value)));
        (string Name, string Found)[] found = marks
            ? [
                ("3s_after_marker_at_source", LifeAt(now)),
                ("raw_values_distinct_in_order", string.Join(",", store.Find(life)!.Points.Select(
                    static p => GoText.Shortest(p.Value)))),
                ("live", LifeAt(now - 4000)),
            ]
            : [
                ("series_3s_after_the_source_stopped", answered.Samples.Count.ToString(CultureInfo.InvariantCulture)),
                ("up_of_federation_job", string.Join(",", up.Samples.Select(static s => GoText.Shortest(s.Value)))),
                ("federated_up_series_after", answered.Samples.Count(static s => s.Name == "up")
                    .ToString(CultureInfo.InvariantCulture)),
            ];
        foreach ((string name, string value) in found)
        {
            JsonElement e = observed.GetProperty(name);
            string recorded = e.ValueKind == JsonValueKind.Array
                ? string.Join(",", e.EnumerateArray().Select(static v => v.GetString())) : e.GetRawText();
            if (value != recorded)
            {
                yield return $"{name}: {value}, recorded {recorded}";
            }
        }
    }
}

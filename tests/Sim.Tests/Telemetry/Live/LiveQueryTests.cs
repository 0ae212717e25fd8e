using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;

namespace Sim.Tests.Telemetry.Live;

/// <summary>A real Prometheus that has loaded a run's series answers PromQL as ours does.</summary>
/// <remarks>It runs on the loopback for the length of the fixture. The exported text has no ends of series, so both
/// sides ask what the text says.</remarks>
[TestFixture]
[Category("Prometheus")]
[NonParallelizable]
internal sealed class LiveQueryTests
{
    private readonly SeriesStore _store = new();
    private string _folder = "";
    private Process? _server;
    private HttpClient? _http;
    private long _startMs;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        string prometheus = PrometheusTools.Prometheus;
        RunResult run = PrometheusTools.Watched("compliance-alerts");
        ObservedCluster observed = PrometheusTools.Server(run, "eu-west");
        _startMs = observed.StartMs;
        string text = OpenMetricsText.Write(observed.Store!, MetricFiles.Families);
        Assert.That(OpenMetricsReader.Load(System.Text.Encoding.UTF8.GetBytes(text), _store), Is.Empty);
        _folder = Directory.CreateTempSubdirectory("sim-live").FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder, "metrics.prom"), text);
        await File.WriteAllTextAsync(Path.Combine(_folder, "prometheus.yml"), "global: {}\n");
        (int code, string said) = PrometheusTools.Run(_folder, "tsdb", "create-blocks-from", "openmetrics",
            Path.Combine(_folder, "metrics.prom"), Path.Combine(_folder, "data"));
        Assert.That(code, Is.Zero, said);
        int port = PrometheusTools.FreePort();
        var info = new ProcessStartInfo(prometheus,
        [
            "--config.file=" + Path.Combine(_folder, "prometheus.yml"),
            "--storage.tsdb.path=" + Path.Combine(_folder, "data"), "--storage.tsdb.retention.time=100y",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        _server = Process.Start(info)!;
        _ = _server.StandardOutput.ReadToEndAsync();
        _ = _server.StandardError.ReadToEndAsync();
        _http = new HttpClient
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")),
            Timeout = TimeSpan.FromSeconds(30),
        };
        for (int i = 0; i < 150 && !await IsReady(); i++)
        {
            await Task.Delay(200);
        }
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _http?.Dispose();
        if (_server is { HasExited: false })
        {
            _server.Kill();
            _server.WaitForExit();
        }

        _server?.Dispose();
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public async Task Instant_Answers_AreEqual()
    {
        List<string> wrong = [];
        int asked = 0;
        int withAnswer = 0;
        foreach (string expression in Expressions())
        {
            foreach (int second in (int[])[150, 317, 600, 905])
            {
                long at = _startMs + (second * 1000L);
                string theirs = await Ask("query", ("query", expression), ("time", Seconds(at)));
                PromQlResult ours = PromQlQuery.Instant(expression, PromQlDialect.V2_42, _store, at);
                asked++;
                withAnswer += theirs.Contains('{', StringComparison.Ordinal) ? 1 : 0;
                if (!Same(theirs, Lines(ours)))
                {
                    wrong.Add($"{expression} at {second}s\ntheirs\n{theirs}\nours\n{Lines(ours)}");
                }
            }
        }

        TestContext.Out.WriteLine($"{asked} questions, {Expressions().Count()} expressions, {withAnswer} with series");
        Assert.That(Expressions().Count(), Is.GreaterThanOrEqualTo(200));
        Assert.That(withAnswer, Is.GreaterThan(asked / 2));
        Assert.That(wrong, Is.Empty, string.Join("\n\n", wrong.Take(5)));
    }

    [Test]
    public async Task Range_Answers_AreEqual()
    {
        List<string> wrong = [];
        foreach (string expression in Expressions().Where(static (_, i) => i % 4 == 0))
        {
            var range = new PromQlRange(_startMs + 60_000, _startMs + 900_000, 70_000);
            string theirs = await Ask("query_range", ("query", expression), ("start", Seconds(range.StartMs)),
                ("end", Seconds(range.EndMs)), ("step", Seconds(range.StepMs)));
            PromQlResult ours = PromQlQuery.Range(expression, PromQlDialect.V2_42, _store, range);
            if (!Same(theirs, Lines(ours)))
            {
                wrong.Add($"{expression}\ntheirs\n{theirs}\nours\n{Lines(ours)}");
            }
        }

        Assert.That(wrong, Is.Empty, string.Join("\n\n", wrong.Take(5)));
    }

    [Test]
    public async Task Errors_AreEqual()
    {
        foreach (string expression in (string[])
                 ["sum(", "rate(istio_requests_total)", "up[5m", "foo{a=~\"(\"}", "sum by (a b) (up)", "1 + \"a\"",
                  "up * on (job) group_left up", "histogram_quantile(0.9)", "up offset 5", "absent(up) without (job)"])
        {
            string theirs = await Ask("query", ("query", expression), ("time", Seconds(_startMs)));
            PromQlResult ours = PromQlQuery.Instant(expression, PromQlDialect.V2_42, _store, _startMs);
            Assert.That(Lines(ours), Is.EqualTo(theirs), expression);
        }
    }

    /// <summary>Expressions an operator asks of a mesh: every combination of what and how.</summary>
    private static IEnumerable<string> Expressions()
    {
        string[] counters =
        [
            "istio_requests_total", "istio_requests_total{reporter=\"destination\"}",
            "istio_requests_total{response_code=~\"2..\"}", "istio_requests_total{response_code!~\"2..\"}",
            "istio_request_duration_milliseconds_count{reporter=\"source\"}",
            "istio_response_bytes_sum{destination_workload=\"eu-user-data\"}",
        ];
        string[] ranges = ["30s", "1m", "5m"];
        foreach (string c in counters)
        {
            foreach (string r in ranges)
            {
                foreach (string f in (string[])["rate", "increase", "irate", "delta", "resets", "changes", "idelta"])
                {
                    yield return $"{f}({c}[{r}])";
                }

                yield return $"sum by (source_workload, response_code) (rate({c}[{r}]))";
                yield return $"avg without (pod, instance) (increase({c}[{r}]))";
                yield return $"max_over_time({c}[{r}]) - min_over_time({c}[{r}])";
            }

            yield return $"topk(2, {c})";
            yield return $"count by (connection_security_policy) ({c})";
            yield return $"{c} offset 1m";
            yield return $"{c} unless {c} offset 2m";
        }

        const string Bucket = "istio_request_duration_milliseconds_bucket";
        foreach (string q in (string[])["0", "0.5", "0.9", "0.99", "1"])
        {
            yield return $"histogram_quantile({q}, sum by (le, source_workload) (rate({Bucket}[1m])))";
            yield return $"histogram_quantile({q}, sum by (le) (increase({Bucket}{{reporter=\"source\"}}[5m])))";
        }

        const string Denied = "sum(rate(istio_requests_total{response_code=\"403\"}[2m]))";
        yield return $"{Denied} / sum(rate(istio_requests_total[2m]))";
        yield return $"({Denied} / sum(rate(istio_requests_total[2m]))) > bool 0.05";
        yield return "label_replace(up, \"name\", \"$1\", \"instance\", \"(.*):.*\")";
        yield return "sum(up) by (app)";
        yield return "max_over_time(sum(rate(istio_requests_total[1m]))[5m:30s])";
        yield return "avg_over_time(up[5m])";
        yield return "stddev_over_time(istio_requests_total{reporter=\"destination\"}[5m])";
        yield return "quantile_over_time(0.9, istio_requests_total[2m])";
        yield return "deriv(istio_requests_total[2m])";
        yield return "predict_linear(istio_requests_total[2m], 600)";
        yield return "sort_desc(sum by (source_workload) (istio_requests_total))";
        yield return "absent(istio_requests_total{reporter=\"waypoint\"})";
        yield return "scrape_samples_scraped + on (instance) group_left () up";
    }

    private static string Seconds(long ms) => (ms / 1000m).ToString(CultureInfo.InvariantCulture);

    private async Task<bool> IsReady()
    {
        try
        {
            return (await _http!.GetAsync("-/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<string> Ask(string path, params (string Name, string Value)[] parameters)
    {
        using var form = new FormUrlEncodedContent(parameters.Select(static p => KeyValuePair.Create(p.Name, p.Value)));
        using HttpResponseMessage response = await _http!.PostAsync("api/v1/" + path, form);
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        JsonElement root = json.RootElement;
        if (root.GetProperty("status").GetString() == "error")
        {
            string error = root.GetProperty("error").GetString()!;
            const string Prefix = "invalid parameter \"query\": ";
            return error.StartsWith(Prefix, StringComparison.Ordinal) ? error[Prefix.Length..] : error;
        }

        JsonElement data = root.GetProperty("data");
        JsonElement result = data.GetProperty("result");
        if (data.GetProperty("resultType").GetString() is "scalar" or "string")
        {
            return result[1].GetString()!;
        }

        IEnumerable<string> lines = result.EnumerateArray().Select(static r =>
        {
            var labels = LabelSet.Of(r.GetProperty("metric").EnumerateObject()
                .Select(static m => new Label(m.Name, m.Value.GetString()!)));
            return r.TryGetProperty("value", out JsonElement v) ? $"{labels} {v[1].GetString()}"
                : $"{labels} " + string.Join(' ', r.GetProperty("values").EnumerateArray().Select(static x =>
                    x[0].GetDecimal().ToString(CultureInfo.InvariantCulture) + "=" + x[1].GetString()));
        });
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string Lines(PromQlResult result) => result switch
    {
        { Error: { } error } => error.ToString(),
        { Value: ScalarValue s } => GoText.Shortest(s.Value),
        { Value: StringValue s } => s.Value,
        { Value: VectorValue v } => string.Join('\n', v.Samples
            .Select(static s => $"{s.Labels} {GoText.Shortest(s.Value)}").Order(StringComparer.Ordinal)),
        { Value: MatrixValue m } => string.Join('\n', m.Series.Select(static s => $"{s.Labels} " + string.Join(' ',
            s.Points.Select(static p => Seconds(p.TimestampMs) + "=" + GoText.Shortest(p.Value))))
            .Order(StringComparer.Ordinal)),
        _ => "",
    };

    /// <summary>Equal texts, or texts whose numbers differ by less than rounding in another order of summation.
    /// </summary>
    private static bool Same(string theirs, string ours)
    {
        if (theirs == ours)
        {
            return true;
        }

        string[] a = theirs.Split([' ', '\n', '=']);
        string[] b = ours.Split([' ', '\n', '=']);
        return a.Length == b.Length && a.Zip(b).All(static p => p.First == p.Second || (Number(p.First, out double x)
            && Number(p.Second, out double y) && Math.Abs(x - y) <= 1e-12 * Math.Max(Math.Abs(x), Math.Abs(y))));
    }

    private static bool Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}

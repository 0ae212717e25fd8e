using Sim.Core;
using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Tests.Reports;

/// <summary>A hand-made run of 20 minutes with an outage, a brown-out, ejections and a ledger.</summary>
/// <remarks>No simulation made these figures: they only have the shape of one.</remarks>
internal static class SampleRun
{
    private const long Second = SimDuration.Second;
    private const string Yaml = "scenarios/disaster-recovery/scenario.yaml";

    /// <summary>A run whose checks failed, with something in every list.</summary>
    public static RunResult Failed { get; } = Build();

    /// <summary>The smallest run: nothing was sent and nothing was asked.</summary>
    public static RunResult Empty { get; } = new()
    {
        Stamp = Stamp("empty") with { Set = null },
        Verdict = Verdict.Held,
        DurationNs = 10 * Second,
        EventsFingerprint = "0000000000000000",
        ResultsFingerprint = "0000000000000000",
        RequestsTotal = 0,
        ByDisposition = [],
        ByCode = [],
    };

    /// <summary>A run whose checks held.</summary>
    public static RunResult Held { get; } = Failed with
    {
        Verdict = Verdict.Held,
        Judgements = [.. Failed.Judgements.Where(static j => j.Held)],
    };

    private static RunStamp Stamp(string scenario) => new(
        "0.1.0", "1.29", "checked against istiod 1.29.0 and Envoy 1.40.0", "strict", ["source.cluster"], scenario,
        "brown-out-503", 42, 0, 20, "9f3c1a6be0d84c27", "scenarios/disaster-recovery",
        ["spec.traffic[0].rate=40/s"]);

    private static RunResult Build()
    {
        RngStream rng = new(7);
        List<SeriesPoint> series = [];
        List<LatencyPoint> latency = [];
        List<UptimePoint> uptime = [];
        List<RequestRecord> requests = [];
        for (int s = 0; s < 1200; s++)
        {
            AddSecond(s, "us-east", rng, series, latency, uptime, requests);
            AddSecond(s, "eu-west", rng, series, latency, uptime, requests);
        }

        return new RunResult
        {
            Stamp = Stamp("disaster-recovery"),
            Verdict = Verdict.Failed,
            Description = "US East loses transaction-service; EU West must take over.",
            DurationNs = 1200 * Second,
            WarmupNs = 60 * Second,
            Start = "2026-01-01T00:00:00Z",
            EventsFingerprint = "4b1de2f09a77c356",
            ResultsFingerprint = "c05512e8f4a9017d",
            EventCount = 1_284_551,
            RequestsTotal = series.Sum(static p => p.Count),
            ByDisposition = Counts(series, static p => p.Disposition, StringComparer.Ordinal),
            ByCode = Counts(series, static p => p.Code, Comparer<int>.Default),
            Judgements = Judgements(),
            Findings = Findings(),
            NotModelled =
            [
                new Diagnostic("MS2040", Severity.Warning, "EnvoyFilter \"lua\" has no effect on the simulation",
                    new SourceSpan("clusters/us-east/40-filters.yaml", 3, 1), "remove it to silence this",
                    "EnvoyFilter default/lua"),
            ],
            Ejections = Ejections(),
            Faults =
            [
                new FaultBand("outage", "outage", 300 * Second, 540 * Second),
                new FaultBand("errors 503 on us-east/transaction-service", "errors", 720 * Second, 840 * Second),
                new FaultBand("slow eu-west/ledger", "slow", 800 * Second, 1200 * Second),
            ],
            Events = Events(),
            Calls = Calls(),
            Series = series,
            Latency = latency,
            Uptime = uptime,
            Requests = requests,
            Matrix = Table(),
            Ledger =
            [
                new LedgerEntry(
                    "payments", "us-east", "us-east", "us", "us", "direct", "no policy", 18_112, 74_186_752),
                new LedgerEntry(
                    "payments", "eu-west", "us-east", "eu", "us", "gateway", "eu-data-residency rule[1]", 5_731,
                    23_474_176),
            ],
        };
    }

    /// <summary>The calls of the workloads behind the figures: us-east's go to eu-west while it is out.</summary>
    private static ServiceGraph Calls()
    {
        GraphEnd outside = new("outside", "", "us-east", "");
        GraphEnd us = new("default/account-service", "us-east", "us-east", "us");
        GraphEnd eu = new("default/account-service", "eu-west", "eu-west", "eu");
        GraphEnd usServer = new("default/transaction-service", "us-east", "us-east", "us");
        GraphEnd euServer = new("default/transaction-service", "eu-west", "eu-west", "eu");
        const string Service = "transaction-service.default";
        return new ServiceGraph(
            [new("before", 60 * Second, 300 * Second), new("during", 300 * Second, 1200 * Second)],
            [
                new(outside, us, "account-service.default", "", [new(4_800, 0), new(18_000, 120)]),
                new(us, usServer, Service, "", [new(4_800, 0), new(13_200, 60)]),
                new(us, euServer, Service, "eu-west", [new(0, 0), new(4_700, 12)]),
                new(us, new GraphEnd("", "", "", ""), Service, "", [new(0, 0), new(100, 100)]),
                new(eu, euServer, Service, "", [new(2_160, 0), new(8_100, 0)]),
            ]);
    }

    private static void AddSecond(
        int s, string region, RngStream rng, List<SeriesPoint> series, List<LatencyPoint> latency,
        List<UptimePoint> uptime, List<RequestRecord> requests)
    {
        bool isOut = s is >= 300 and < 540 && region == "us-east";
        int total = (region == "us-east" ? 18 : 7) + (int)rng.NextBelow(5);
        int failed = (isOut && s < 309) || (region == "us-east" && s is >= 720 and < 724) ? total / 2 + 1
            : s is >= 750 and < 840 && s % 30 < 2 ? 2 : 0;
        int far = isOut && s >= 303 ? total - failed : 0;
        string home = region;
        Add("none", home, failed, 503, isOut ? "UH" : "-", isOut ? "NO_HEALTHY_UPSTREAM" : "UPSTREAM_ERROR", false);
        Add("eu-west", "eu-west", region == "eu-west" ? total - failed : far, 200, "-", "SERVED", true);
        Add("us-east", "us-east", region == "us-east" ? total - failed - far : 0, 200, "-", "SERVED", true);
        uptime.Add(new UptimePoint("transaction-service.default", region, s * Second, Second, total, total - failed));
        long median = (far > 0 ? 92 : 12) * SimDuration.Millisecond + rng.NextBelow(3_000_000);
        if (total > failed)
        {
            latency.Add(new LatencyPoint(
                "payments", region, s * Second, total - failed, median, median * 2,
                median * 4 + rng.NextBelow(9_000_000), median * 5 + rng.NextBelow(200_000_000)));
        }

        string served = failed > 0 ? "none" : far > 0 ? "eu-west" : region;
        requests.Add(new RequestRecord(
            requests.Count, "payments", s * Second + 1, s * Second + 1 + median,
            region + "/default/account-service-7c9-x2", region, "transaction-service.default", failed > 0 ? 503 : 200,
            failed > 0 ? "UH" : "-", failed > 0 ? "no_healthy_upstream" : "via_upstream",
            failed > 0 ? "NO_HEALTHY_UPSTREAM" : "SERVED", 1, failed > 0 ? "" : "10.244.1.9:8080",
            failed > 0 ? "" : served + "/default/transaction-service-5d4-k1", served, served, 0));

        void Add(string servedRegion, string cluster, int count, int code, string flags, string disposition, bool good)
        {
            if (count > 0)
            {
                series.Add(new SeriesPoint(
                    new SeriesKey("payments", "transaction-service.default", region, region, servedRegion,
                        servedRegion == "none" ? "none" : cluster),
                    s * Second, code, flags, disposition, good, count));
            }
        }
    }

    private static KeyValuePair<TKey, long>[] Counts<TKey>(
        List<SeriesPoint> series, Func<SeriesPoint, TKey> key, IComparer<TKey> order) =>
        [.. series.GroupBy(key).OrderBy(static g => g.Key, order)
            .Select(static g => KeyValuePair.Create(g.Key, g.Sum(static p => p.Count)))];

    private static Judgement[] Judgements() =>
    [
        new("probe", "demo-curl: code 200 every 5s", true, "240 of 240", "all", new SourceSpan(Yaml, 58, 5)),
        new("probe", "demo-curl: servedBy eu-west during outage", false, "46 of 48", "all", new SourceSpan(Yaml, 61, 7),
            "first at 5m0s: 503 UH"),
        new("slo", "transactions 99.9% over 20m", false, "99.71 %", "99.9 %", new SourceSpan(Yaml, 64, 5),
            "good: response_code < 500 and duration < 1s", 2.9),
        new("slo", "reads 99% over 20m", true, "99.71 %", "99 %", new SourceSpan(Yaml, 65, 5), "", 0.29),
        new("invariant", "always-mtls", true, "0", "== 0", new SourceSpan(Yaml, 67, 5)),
        new("assertion", "availability{service=\"transaction-service\"} >= 99.9%", false, "99.71 %", "99.9 %",
            new SourceSpan(Yaml, 70, 5), "worst of 20 replications: no. 13"),
        new("assertion", "p99{service=\"transaction-service\"} < 500ms", true, "371 ms", "500 ms",
            new SourceSpan(Yaml, 71, 5)),
        new("recover", "recover outage within 15s to availability[10s] >= 99.9%", true, "9 s", "15 s",
            new SourceSpan(Yaml, 72, 5)),
    ];

    private static Diagnostic[] Findings() =>
    [
        new("IST0106", Severity.Error,
            "Schema validation error: unknown field \"spec.trafficPolicy.localityLbSetting\"",
            new SourceSpan("clusters/us-east/20-dr.yaml", 9, 5), "it belongs under trafficPolicy.loadBalancer",
            "DestinationRule default/transaction-service"),
        new("IST0118", Severity.Info,
            "Port name audit (port: 80, targetPort: 8080) doesn't follow the naming convention of Istio port.",
            new SourceSpan("clusters/eu-west/10-apps.yaml", 31, 7), "", "Service default/audit"),
        new("MS1007", Severity.Warning, "maxEjectionPercent 10 of 4 hosts ejects nobody",
            new SourceSpan("clusters/us-east/20-dr.yaml", 17, 7), "raise it to 25 or more"),
    ];

    private static EjectionRecord[] Ejections()
    {
        List<EjectionRecord> all = [];
        string[] pods = ["transaction-service-5d4-k1", "transaction-service-5d4-k2"];
        for (int i = 0; i < 4; i++)
        {
            for (int p = 0; p < pods.Length; p++)
            {
                long at = (720 + i * 30 + p * 2) * Second + 214_000_000;
                all.Add(new EjectionRecord(
                    at, "us-east/default/account-service-7c9-x2",
                    "outbound|80||transaction-service.default.svc.cluster.local", $"10.244.1.{7 + p}:8080",
                    "us-east/default/" + pods[p], "consecutive_5xx",
                    i == 3 ? null : at + (10 + 5 * i) * Second, i + 1));
            }
        }

        return [.. all.OrderBy(static e => e.AtNs)];
    }

    private static RunEvent[] Events() =>
    [
        new(300 * Second, "timeline", "outage",
            "kubectl --context=us-east scale deployment/transaction-service --replicas=0", new SourceSpan(Yaml, 48, 5)),
        new(300 * Second + 104_000_000, "endpoint", "us-east/default/transaction-service", "2 -> 0 endpoints"),
        new(300 * Second + 412_000_000, "push", "us-east/default/account-service-7c9-x2", "endpoints of 1 cluster"),
        new(540 * Second, "timeline", "restore",
            "kubectl --context=us-east scale deployment/transaction-service --replicas=2", new SourceSpan(Yaml, 49, 5)),
        new(547 * Second, "pod", "us-east/default/transaction-service-5d4-k1", "ready"),
        new(720 * Second, "fault", "errors", "begins: 503 on us-east/transaction-service", new SourceSpan(Yaml, 50, 5)),
        new(840 * Second, "fault", "errors", "ends"),
    ];

    private static PolicyMatrix Table() => new()
    {
        AtNs = 60 * Second,
        Cells =
        [
            .. from caller in (string[])["account-service", "audit"]
               from method in (string[])["GET", "POST"]
               select Cell(caller, method, caller == "audit" ? MatrixVerdict.Denied : MatrixVerdict.Allowed),
        ],
        Drift =
        [
            new PolicyDrift("object", "AuthorizationPolicy default/ledger", "spec.rules[0].to[0].operation.methods[0]",
                "us-east", "GET", new SourceSpan(Yaml, 3, 5), "eu-west", "POST", new SourceSpan(Yaml, 4, 5)),
        ],
    };

    private static MatrixCell Cell(string caller, string method, MatrixVerdict verdict) => new(
        new MatrixCaller("us-east", "default", caller, "cluster.local/ns/default/sa/" + caller),
        new MatrixTarget("ledger.default:80", "ledger.default.svc.cluster.local", 80), method, "/", verdict,
        [new MatrixOutcome(verdict, "us-east", "default/ledger", 0, true, 2, 403, "", "rule 0 of default/ledger",
            new SourceSpan(Yaml, 9, 1), "caller denied")])
    {
        Expected = method == "GET" ? "allowed" : "",
        Held = method == "GET" ? verdict == MatrixVerdict.Allowed : null,
    };
}

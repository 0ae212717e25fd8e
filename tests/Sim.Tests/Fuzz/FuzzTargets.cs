using System.Text;
using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Experiments;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Mesh.Analysis;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using Sim.Telemetry.Scraping;
using Sim.Tests.Runs.Scenario;

namespace Sim.Tests.Fuzz;

/// <summary>Every reader of what users write.</summary>
internal static class FuzzTargets
{
    private const string Clusters = "apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec:\n  clusters:\n"
        + "  - {name: us-east, region: us-east}\n  - {name: eu-west, region: eu-west}\n";

    private static readonly IstioProfile[] Profiles = Enum.GetValues<IstioProfile>();

    private static readonly AdmissionMode[] Modes = Enum.GetValues<AdmissionMode>();

    private static readonly Lazy<string> Folder = new(static () =>
        Directory.CreateTempSubdirectory("meshsim-fuzz-").FullName);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("manifests", FuzzSeeds.Manifests, Manifests),
        new("analysis", FuzzSeeds.Manifests, Analysis),
        new("scenario", FuzzSeeds.Scenarios, Scenario),
        new("override", static () => ["duration=5m", "traffic[t].rate=9/s", "clusters[us].manifests=[a]", "a=b=c"],
            static (t, _) => Overridden(t)),
        new("sweep", FuzzSeeds.Sweeps, Sweep),
        new("assertion", static () =>
        [
            .. FuzzSeeds.Values("expr: "), .. FuzzSeeds.Values("- 'availability"), "p99{to=~\"a|b\"}[10s] <= 250ms",
            "share{code=\"503\"} >= 20% and not (errors[1m] < 3 or ejections == 0)", "availability - 1",
        ], Assertion),
        new("kubectl", static () =>
        [
            .. FuzzSeeds.Values("kubectl "), "kubectl --context=us-east scale deployment/a -n b --replicas=0",
            "kubectl --context=us-east apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}\nEOF",
            "istioctl install --context=us-east --set values.global.meshID=a -y",
        ], Kubectl),
        new("curl", static () =>
            [.. FuzzSeeds.Values("curl"), "-s -H \"region: eu\" -X POST -d 'a' -m 3 http://a:8080/b?c"],
            static (t, n) => CurlParser.Parse(t, SourceSpan.None, n % 2 == 0, new DiagnosticBag())),
        new("promql", static () => FuzzSeeds.Recorded("promql/cases", "*.jsonl", "expr"), PromQl),
        new("regexp", static () =>
            ["a{2,3}?(b|c)*", "[[:alpha:]\\d\\p{Sc}^-]+", "(?i:x)(?P<n>y)$", "\\x{10FFFF}\\bz\\Q.\\E"],
            static (t, n) => Re2.Compile(t, (Re2Options)(n % 4), out _)?.IsMatch("aabcK\u00e9\U0001F600")),
        new("rules", static () => FuzzSeeds.Recorded("promql", "*rules.jsonl", "file"), Rules),
        new("openmetrics", static () => FuzzSeeds.Recorded("promql", "openmetrics.jsonl", "text"), OpenMetrics),
        new("notation", static () => FuzzSeeds.Recorded("promql", "notation.jsonl", "values"),
            static (t, n) => SeriesNotation.Read(t, out _)),
        new("scrape-config", static () => [ScrapeConfig], static (t, _) =>
            PrometheusConfig.Read(t, "p.yaml", new DiagnosticBag())),
        new("mesh-config", static () => [MeshSettings], MeshConfiguration),
        new("run", static () => FuzzRuns.Seeds, FuzzRuns.Run) { StaysReadable = true },
        new("scenario-run", static () => FuzzRuns.Scenarios, FuzzRuns.RunScenario) { StaysReadable = true },
    ];

    private const string ScrapeConfig = """
        global: {scrape_interval: 15s, external_labels: {cluster: a}}
        scrape_configs:
        - job_name: federate
          honor_labels: true
          metrics_path: /federate
          params: {'match[]': ['{__name__=~"istio_.*"}']}
          static_configs: [{targets: ['a:9090'], labels: {x: y}}]
          relabel_configs:
          - {source_labels: [a, b], separator: ';', regex: '(.*);(.*)', target_label: c, replacement: '$1-$2'}
        """;

    private const string MeshSettings = """
        defaultConfig: {holdApplicationUntilProxyStarts: true}
        outboundTrafficPolicy: {mode: REGISTRY_ONLY}
        localityLbSetting: {enabled: true, failover: [{from: us, to: eu}], distribute: [{from: a/*, to: {b: 1}}]}
        trustDomain: a
        trustDomainAliases: [b]
        connectTimeout: 3s
        defaultHttpRetryPolicy: {attempts: 2, retryOn: 5xx}
        discoverySelectors: [{matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}]
        extensionProviders: [{name: x, envoyExtAuthzHttp: {service: a, port: 80}}]
        serviceSettings: [{settings: {clusterLocal: true}, hosts: ['*.a']}]
        pathNormalization: {normalization: MERGE_SLASHES}
        """;

    private static void Manifests(string text, int n)
    {
        var bag = new DiagnosticBag();
        ManifestSet set = ManifestLoader.Load(
            [("a.yaml", text)], Modes[n % Modes.Length], Profiles[n / 3 % Profiles.Length], bag);
        AssertPlaces(bag, text);
        MeshBuilder.Build([new ClusterInput { Name = "c", Manifests = set }], new MeshOptions(), bag);
    }

    private static void Analysis(string text, int n)
    {
        var bag = new DiagnosticBag();
        IstioProfile profile = Profiles[n % Profiles.Length];
        AnalysisCluster[] clusters =
            [new("a", AnalysisReader.Read(text, "a.yaml", profile, bag)), new("b", [])];
        AssertPlaces(bag, text);
        IstioAnalyzers.Run(new AnalysisInput { Clusters = clusters, Profile = profile });
        OwnAnalyzers.Run(clusters);
    }

    private static void Scenario(string text, int n)
    {
        ScenarioDocument? document = ScenarioReaderTests.Read(text, out DiagnosticBag bag, n % 4 == 0 ? "slow" : "");
        if (document is not null)
        {
            TimelineChanges.Check(document, bag);
        }
    }

    private static void Overridden(string text) => ScenarioReader.Read(
        FuzzSeeds.Sweeps()[0], "s.yaml", ".", [text], "", new DiagnosticBag());

    private static void Sweep(string text, int n)
    {
        string file = Path.Combine(Folder.Value, "scenario.yaml");
        File.WriteAllBytes(file, Encoding.UTF8.GetBytes(text));
        var bag = new DiagnosticBag();
        SweepPlanner.Plan(new SweepRequest(new ScenarioRequest(Folder.Value)), bag);
        if (n % 2 == 0)
        {
            IncidentStudy.Open(new ScenarioRequest(Folder.Value), new DiagnosticBag());
        }
    }

    private static void Assertion(string text, int n)
    {
        try
        {
            _ = (n % 3) switch
            {
                0 => (object)AssertionParser.Parse(text),
                1 => AssertionParser.ParseMeasure(text),
                _ => AssertionParser.ParseGood(text),
            };
        }
        catch (AssertionSyntaxException)
        {
            // What it says of a text outside the language.
        }
    }

    private static void Kubectl(string text, int n)
    {
        var bag = new DiagnosticBag();
        ScenarioDocument document = ScenarioReaderTests.Read(Clusters, out _);
        KubectlLine.Parse(document, new Sourced<string>(text, new SourceSpan("s.yaml", 1, 1)), bag);
        ScenarioReaderTests.Read(Clusters + "  timeline:\n  - {at: 1s, run: \"" + text.Replace("\"", "\\\"",
            StringComparison.Ordinal) + "\"}\n", out _);
    }

    private static void PromQl(string text, int n) =>
        PromQlQuery.Parse(text, PromQlDialect.All[n % PromQlDialect.All.Count], out _)
            ?.Instant(new SeriesStore(), 1000);

    private static void Rules(string text, int n) =>
        RuleFile.Read(text, "r.yaml", PromQlDialect.All[n % PromQlDialect.All.Count], new DiagnosticBag());

    private static void OpenMetrics(string text, int n)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        OpenMetricsReader.Read(bytes, out _);
        OpenMetricsReader.Load(bytes, new SeriesStore());
    }

    private static void MeshConfiguration(string text, int n)
    {
        var bag = new DiagnosticBag();
        foreach (YamlMapping node in YamlReader.Read(text, "m.yaml", bag).OfType<YamlMapping>())
        {
            MeshConfigReader.Read(
                node, MeshConfig.Default, new MeshOptions { Profile = Profiles[n % Profiles.Length] }, bag);
        }
    }

    private static void AssertPlaces(DiagnosticBag bag, string text)
    {
        int lines = text.Count(static c => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') + 2;
        foreach (Diagnostic d in bag.Items)
        {
            if (d.Span.File != "a.yaml" || d.Span.Line < 1 || d.Span.Line > lines)
            {
                throw new InvalidOperationException("a finding without its place: " + d);
            }
        }
    }
}

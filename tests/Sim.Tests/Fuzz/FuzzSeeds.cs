using System.Text.Json;
using Sim.Tests.Manifests;

namespace Sim.Tests.Fuzz;

/// <summary>Where broken texts come from: the packs, the recordings and a few texts with every construct.</summary>
internal static class FuzzSeeds
{
    private static string Packs => Path.Combine(RepositoryPaths.Root, "scenarios");

    /// <summary>Manifests of the packs, and texts that admission refuses.</summary>
    public static IReadOnlyList<string> Manifests() =>
    [
        BrokenManifests.Good,
        .. Yaml(static f => Path.GetFileName(f) != "scenario.yaml"),
        .. BrokenManifests.Refused().Where(static (_, i) => i % 3 == 0).Select(static c => c.Text),
    ];

    /// <summary>Scenario files of the packs.</summary>
    public static IReadOnlyList<string> Scenarios() =>
        [.. Yaml(static f => Path.GetFileName(f) == "scenario.yaml"), .. Sweeps()];

    /// <summary>A field of every recording of a family's files.</summary>
    public static IReadOnlyList<string> Recorded(string folder, string pattern, string field) =>
        [.. Directory.GetFiles(Path.Combine(RepositoryPaths.Root, "tests", "Oracle", folder), pattern)
            .Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Where(static l => l.StartsWith('{'))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.TryGetProperty(field, out JsonElement v) && v.ValueKind == JsonValueKind.String)
            .Select(e => e.GetProperty(field).GetString()!)];

    /// <summary>Values of keys of the packs' scenario files that stand on one line.</summary>
    public static IReadOnlyList<string> Values(string mark) =>
        [.. Scenarios().SelectMany(static s => s.Split('\n')).Where(l => l.Contains(mark, StringComparison.Ordinal))
            .Select(l => l[l.IndexOf(mark, StringComparison.Ordinal)..].Trim(' ', '\'', '"', '}', ']', ','))
            .Distinct()];

    /// <summary>Scenario files with sweeps and with methods.</summary>
    public static IReadOnlyList<string> Sweeps() =>
    [
        """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        metadata: {name: a}
        spec:
          duration: 2s
          clusters:
          - {name: us, region: us-east}
          traffic:
          - {name: t, from: {context: us, workload: a}, rate: 5/s, request: {curl: http://b/}}
          variants: [{name: slow, spec: {seed: 4}}, {name: fast}]
          sweep:
            variants: [slow]
            grid:
            - {name: rate, set: ['traffic[t].rate'], values: [1/s, 2/s], template: '{}'}
            - {name: seed2, set: [seed], values: [1, 2, 3]}
            where: 'rate < 3 and not (seed2 == 2 or variant == "slow")'
            replications: 3
            measure: [availability, p99, {name: bad, expr: 'errors{code="503"}'}]
            baseline: {variant: slow}
            confidence: 95%
            stop: {measure: p99, halfWidth: 5%, min: 2, max: 9}
        """,
        """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        spec:
          duration: 2s
          clusters: [{name: us, region: us-east}]
          method:
            kind: incidents
            horizon: 365d
            years: 10
            components:
            - {name: pod, of: [us], mtbf: 20d, mttr: 2m, fault: {type: pod-failure, select: {region: '{}'}, mode: one}}
            - {name: link, mtbf: {dist: exponential, mean: 3d}, mttr: {dist: lognormal, p50: 1m, p99: 9m},
               down: a, up: b}
        """,
    ];

    private static IEnumerable<string> Yaml(Func<string, bool> wanted) =>
        Directory.GetFiles(Packs, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(wanted).Select(File.ReadAllText);
}

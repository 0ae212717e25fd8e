using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Gives manifests the meaning that an extension of the scenario grants them, before admission sees them.
/// </summary>
/// <remarks><c>region-wildcards</c>: in a DestinationRule <c>localityLbSetting</c> beside <c>loadBalancer</c> and
/// <c>portLevelSettings</c> beside <c>trafficPolicy</c> are moved to their places, <c>us-east/*</c> in a failover means
/// the region, and <c>consecutiveErrors</c> means <c>consecutive5xxErrors</c>. Each use is reported (MS3014).</remarks>
internal sealed class ManifestExtensions(ScenarioDocument document)
{
    private readonly bool _isMoving =
        document.Extensions.Any(static e => e.Value == KnownExtensions.RegionWildcards);

    public DiagnosticBag Diagnostics { get; set; } = new();

    public YamlMapping Rewrite(YamlMapping manifest)
    {
        bool isRule = (manifest["kind"] as YamlScalar)?.Value == "DestinationRule";
        if (!_isMoving || !isRule || manifest["spec"] is not YamlMapping spec)
        {
            return manifest;
        }

        if (spec.Find("portLevelSettings") is { } ports)
        {
            YamlMapping policy = spec["trafficPolicy"] as YamlMapping ?? new YamlMapping([], ports.KeySpan);
            spec = With(Without(spec, ports.Key), "trafficPolicy", WithMissing(policy, ports));
            Report("portLevelSettings is read inside trafficPolicy", ports.KeySpan);
        }

        if (spec["trafficPolicy"] is YamlMapping traffic)
        {
            spec = With(spec, "trafficPolicy", RewritePolicy(traffic));
        }

        return With(manifest, "spec", spec);
    }

    private YamlMapping RewritePolicy(YamlMapping policy)
    {
        if (policy.Find("localityLbSetting") is { } misplaced)
        {
            YamlMapping balancer = policy["loadBalancer"] as YamlMapping ?? new YamlMapping([], misplaced.KeySpan);
            policy = With(Without(policy, misplaced.Key), "loadBalancer", WithMissing(balancer, misplaced));
            Report("localityLbSetting is read inside loadBalancer", misplaced.KeySpan);
        }

        if (policy["outlierDetection"] is YamlMapping outlier && outlier.Find("consecutiveErrors") is { } errors)
        {
            var renamed = new YamlEntry("consecutive5xxErrors", errors.KeySpan, errors.Value);
            policy = With(policy, "outlierDetection", WithMissing(Without(outlier, errors.Key), renamed));
            Report("consecutiveErrors is read as consecutive5xxErrors", errors.KeySpan);
        }

        if (policy["loadBalancer"] is YamlMapping lb && lb["localityLbSetting"] is YamlMapping locality
            && locality["failover"] is YamlSequence failover)
        {
            var items = new YamlSequence(failover.Items.Select(RewriteFailover).ToList(), failover.Span);
            policy = With(policy, "loadBalancer", With(lb, "localityLbSetting", With(locality, "failover", items)));
        }

        return policy;
    }

    private YamlNode RewriteFailover(YamlNode item)
    {
        if (item is not YamlMapping pair)
        {
            return item;
        }

        foreach (string key in (string[])["from", "to"])
        {
            if (pair[key] is YamlScalar s && s.Value.EndsWith("/*", StringComparison.Ordinal))
            {
                string region = s.Value[..^2];
                pair = With(pair, key, new YamlScalar(region, false, s.Span));
                Report($"the locality {s.Value} is read as the region {region}", s.Span);
            }
        }

        return pair;
    }

    private void Report(string text, SourceSpan span) => Diagnostics.Info(ScenarioCodes.ExtensionUsed,
        $"extension {KnownExtensions.RegionWildcards}: {text}", span, "Istio refuses it");

    private static YamlMapping Without(YamlMapping mapping, string key) =>
        new(mapping.Entries.Where(e => e.Key != key).ToList(), mapping.Span);

    private static YamlMapping WithMissing(YamlMapping mapping, YamlEntry entry) =>
        mapping.Find(entry.Key) is null ? new YamlMapping([.. mapping.Entries, entry], mapping.Span) : mapping;

    private static YamlMapping With(YamlMapping mapping, string key, YamlNode value)
    {
        List<YamlEntry> entries = [.. mapping.Entries];
        int at = entries.FindIndex(e => e.Key == key);
        if (at >= 0)
        {
            entries[at] = entries[at] with { Value = value };
        }
        else
        {
            entries.Add(new YamlEntry(key, value.Span, value));
        }

        return new YamlMapping(entries, mapping.Span);
    }
}

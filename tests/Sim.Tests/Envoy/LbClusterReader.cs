using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Reads the cluster objects of the recordings.</summary>
internal static class LbClusterReader
{
    /// <summary>The cluster with its endpoints as inline endpoints.</summary>
    /// <param name="cluster">Cluster object.</param>
    /// <param name="policy">Replaces the cluster's policy; null = its own.</param>
    public static ClusterConfig Read(JsonElement cluster, JsonElement? policy = null)
    {
        JsonElement p = policy ?? cluster;
        JsonElement common = cluster.Get("common_lb_config") ?? default;
        ClusterConfig config = new()
        {
            Name = "c",
            Type = cluster.Text("type", "STATIC") switch
            {
                "STATIC" => DiscoveryType.Static,
                "STRICT_DNS" => DiscoveryType.StrictDns,
                "EDS" => DiscoveryType.Eds,
                string other => throw new InvalidDataException(other),
            },
            LbPolicy = Policy(p),
            CommonLb = Common(common, cluster),
            RingHash = Ring(p.Get("ring_hash_lb_config")),
            Maglev = p.Get("maglev_lb_config")?.Get("table_size") is JsonElement size
                ? new MaglevConfig(size.U64()) : new MaglevConfig(),
            LeastRequest = LeastRequest(p),
            SlowStart = SlowStart(p.Get("round_robin_lb_config") ?? p.Get("least_request_lb_config")),
            LbSubsets = cluster.Get("lb_subset_config") is JsonElement subsets ? Subsets(subsets) : null,
            ActiveHealthCheck = cluster.Get("health_checks") is null ? null : new ActiveHealthCheckConfig(
                cluster.Flag("ignore_health_on_host_removal")),
            OutlierDetection = cluster.Get("outlier_detection") is JsonElement o ? new OutlierDetectionConfig
            {
                Consecutive5xx = (uint)o.Int("consecutive_5xx", 5),
                IntervalNs = o.DurationNs("interval", 10 * SimDuration.Second),
                BaseEjectionTimeNs = o.DurationNs("base_ejection_time", 30 * SimDuration.Second),
                MaxEjectionPercent = (uint)o.Int("max_ejection_percent", 10),
                EnforcingSuccessRate = (uint)o.Int("enforcing_success_rate", 100),
            }
            : null,
        };
        return config with { InlineEndpoints = Assignment(cluster, config) };
    }

    /// <summary>The assignment of a cluster object or an <c>endpoints</c> step.</summary>
    public static ClusterLoadAssignment Assignment(JsonElement e, ClusterConfig? config = null) => new()
    {
        ClusterName = "c",
        OverprovisioningFactor = (uint)e.Int("overprovisioning_factor", 140),
        WeightedPriorityHealth = e.Flag("weighted_priority_health"),
        DropOverloadPercent = e.Items("drop_overloads").Select(DropPercent).FirstOrDefault(),
        Endpoints = [.. e.Items("endpoints").Select(g => new LocalityLbEndpoints(
            Locality.Parse(g.Text("locality")),
            g.Int("priority"),

            // A weight without the locality message does not count.
            g.Get("locality") is not null && g.Get("load_balancing_weight") is JsonElement w ? w.GetUInt32() : null,
            [.. g.Items("hosts").Select(Endpoint)]))],
    };

    /// <summary>Addresses in the order written: the position is the host index of the recordings.</summary>
    public static Dictionary<string, int> Indexes(JsonElement cluster)
    {
        var indexes = new Dictionary<string, int>();
        int next = 0;
        foreach (JsonElement host in cluster.Items("endpoints").SelectMany(static g => g.Items("hosts")))
        {
            indexes.TryAdd(host.Text("address"), next++);
        }

        return indexes;
    }

    /// <summary>Text members of an object; none when absent.</summary>
    public static Dictionary<string, string> Texts(JsonElement? e) => e is null ? []
        : e.Value.EnumerateObject().Where(static p => p.Value.ValueKind != JsonValueKind.Array)
            .ToDictionary(static p => p.Name, static p => p.Value.ToString());

    /// <summary>A subset fallback by its API name.</summary>
    public static LbSubsetFallback Fallback(string name) => Enum.Parse<LbSubsetFallback>(
        name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static double DropPercent(JsonElement e)
    {
        JsonElement fraction = e.Get("drop_percentage") ?? e;
        double denominator = fraction.Text("denominator", "HUNDRED") switch
        {
            "HUNDRED" => 100,
            "TEN_THOUSAND" => 10_000,
            _ => 1_000_000,
        };
        return 100 * fraction.Number("numerator", 0) / denominator;
    }

    private static LbEndpoint Endpoint(JsonElement host)
    {
        string address = host.Text("address");
        int colon = address.LastIndexOf(':');
        JsonElement? metadata = host.Get("metadata")?.Get("envoy.lb");
        Dictionary<string, IReadOnlyList<string>>? lists = metadata?.EnumerateObject()
            .Where(static p => p.Value.ValueKind == JsonValueKind.Array)
            .ToDictionary(
                static p => p.Name,
                static p => (IReadOnlyList<string>)[.. p.Value.EnumerateArray().Select(static v => v.ToString())]);
        return new LbEndpoint
        {
            Address = address[..colon],
            Port = int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture),
            Weight = (uint)(host.Get("weight")?.GetUInt32() ?? 1),
            HealthStatus = Enum.Parse<EdsHealthStatus>(host.Text("health_status", "HEALTHY"), ignoreCase: true),
            Hostname = host.Text("hostname"),
            LbMetadata = metadata is null ? null : Texts(metadata),
            LbMetadataLists = lists is { Count: > 0 } ? lists : null,
        };
    }

    private static LbPolicy Policy(JsonElement p)
    {
        if (TypedPolicy(p) is JsonElement typed)
        {
            return typed.Text("name") switch
            {
                "envoy.load_balancing_policies.round_robin" => LbPolicy.RoundRobin,
                "envoy.load_balancing_policies.least_request" => LbPolicy.LeastRequest,
                "envoy.load_balancing_policies.random" => LbPolicy.Random,
                string other => throw new InvalidDataException(other),
            };
        }

        return Enum.Parse<LbPolicy>(
            p.Text("lb_policy", "ROUND_ROBIN").Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
    }

    private static JsonElement? TypedPolicy(JsonElement p) =>
        p.Get("load_balancing_policy")?.Items("policies").First().Get("typed_extension_config");

    private static CommonLbConfig Common(JsonElement common, JsonElement cluster)
    {
        JsonElement? zone = common.Get("zone_aware_lb_config")
            ?? TypedPolicy(cluster)?.Get("typed_config")?.Get("locality_lb_config")?.Get("zone_aware_lb_config");
        JsonElement? hashing = common.Get("consistent_hashing_lb_config");
        bool isWeighted = common.Get("locality_weighted_lb_config") is not null
            || TypedPolicy(cluster)?.Get("typed_config")?.Get("locality_lb_config")?.Get("locality_weighted_lb_config")
                is not null;
        return new CommonLbConfig
        {
            HealthyPanicThreshold = common.Number("healthy_panic_threshold", 50),
            LocalityWeighted = isWeighted,
            ZoneAware = zone is JsonElement z ? Zone(z) : null,
            UpdateMergeWindowNs = common.DurationNs("update_merge_window", SimDuration.Second),
            HashBalanceFactor = (uint)(hashing?.Int("hash_balance_factor") ?? 0),
            UseHostnameForHashing = hashing?.Flag("use_hostname_for_hashing") ?? false,
            CloseConnectionsOnHostSetChange = common.Flag("close_connections_on_host_set_change"),
            OverrideHostStatuses = common.Get("override_host_status") is JsonElement statuses
                ? [.. statuses.Texts("statuses").Select(static s => Enum.Parse<EdsHealthStatus>(s, ignoreCase: true))]
                : null,
        };
    }

    private static ZoneAwareConfig Zone(JsonElement z) => new(
        z.Number("routing_enabled", 100), (ulong)z.Number("min_cluster_size", 6), z.Flag("fail_traffic_on_panic"),
        z.Get("force_local_zone") is JsonElement force ? (uint)force.Number("min_size", 1)
            : z.Flag("force_locality_direct_routing") ? 1u : null,
        z.Text("locality_basis") == "HEALTHY_HOSTS_WEIGHT");

    private static RingHashConfig Ring(JsonElement? ring) => ring is not JsonElement r ? new RingHashConfig()
        : new RingHashConfig(
            (ulong)r.Number("minimum_ring_size", 1024), (ulong)r.Number("maximum_ring_size", 8_388_608),
            r.Text("hash_function") == "MURMUR_HASH_2");

    private static LeastRequestConfig LeastRequest(JsonElement p)
    {
        JsonElement config = p.Get("least_request_lb_config") ?? TypedPolicy(p)?.Get("typed_config") ?? default;
        return new LeastRequestConfig(
            (uint)config.Number("choice_count", 2), config.Number("active_request_bias", 1.0),
            config.Text("selection_method") == "FULL_SCAN");
    }

    private static SlowStartConfig? SlowStart(JsonElement? policy) =>
        policy?.Get("slow_start_config") is not JsonElement s ? null
        : new SlowStartConfig(
            s.DurationNs("slow_start_window", 0) / SimDuration.Millisecond, s.Number("aggression", 1.0),
            s.Number("min_weight_percent", 10));

    private static LbSubsetConfig Subsets(JsonElement s) => new()
    {
        Fallback = Fallback(s.Text("fallback_policy", "NO_FALLBACK")),
        DefaultSubset = Texts(s.Get("default_subset")),
        LocalityWeightAware = s.Flag("locality_weight_aware"),
        ScaleLocalityWeight = s.Flag("scale_locality_weight"),
        PanicModeAny = s.Flag("panic_mode_any"),
        ListAsAny = s.Flag("list_as_any"),
        Selectors = [.. s.Items("subset_selectors").Select(static x => new LbSubsetSelector(
            x.Texts("keys"), Fallback(x.Text("fallback_policy", "NOT_DEFINED")),
            x.Get("fallback_keys_subset") is null ? null : x.Texts("fallback_keys_subset"),
            x.Flag("single_host_per_subset")))],
    };
}

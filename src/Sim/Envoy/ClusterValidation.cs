using System.Globalization;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Finds what Envoy would refuse in a cluster: the proxy would keep the configuration it had.</summary>
/// <remarks>
/// Envoy: api/envoy/config/cluster/v3/cluster.proto and endpoint.proto (field rules), the policies' own checks.
/// </remarks>
public static class ClusterValidation
{
    private const int PriorityMax = 128;
    private const ulong TableSizeMax = 5_000_011;

    /// <summary>Every reason for refusal; none when the cluster is accepted.</summary>
    public static IReadOnlyList<string> Check(ClusterConfig cluster)
    {
        var problems = new List<string>();
        CheckCommon(cluster, problems);
        CheckPolicy(cluster, problems);
        CheckSubsets(cluster.LbSubsets, problems);
        if (cluster.InlineEndpoints is not null)
        {
            CheckEndpoints(cluster.InlineEndpoints, problems);
        }

        if (cluster.OutlierDetection is { MaxEjectionPercent: > 100 })
        {
            problems.Add("outlier_detection.max_ejection_percent is above 100");
        }

        return problems;
    }

    /// <summary>Reasons for refusal in the weights of a weighted choice of clusters.</summary>
    /// <param name="weights">Weights; null = not given.</param>
    public static IReadOnlyList<string> CheckWeights(IReadOnlyList<uint?> weights)
    {
        var problems = new List<string>();
        ulong sum = 0;
        foreach (uint? weight in weights)
        {
            sum += weight ?? 0;
            if (weight is null)
            {
                problems.Add("weighted_clusters: a cluster has no weight");
            }
        }

        if (sum is 0 or > uint.MaxValue)
        {
            problems.Add("weighted_clusters: the weights sum to " + sum.ToString(CultureInfo.InvariantCulture));
        }

        return problems;
    }

    private static void CheckCommon(ClusterConfig cluster, List<string> problems)
    {
        CommonLbConfig common = cluster.CommonLb;
        if (common.HealthyPanicThreshold is not (>= 0 and <= 100))
        {
            problems.Add("common_lb_config.healthy_panic_threshold is outside 0..100");
        }

        if (common is { LocalityWeighted: true, ZoneAware: not null })
        {
            problems.Add("common_lb_config: zone_aware_lb_config and locality_weighted_lb_config exclude each other");
        }

        if (common.HashBalanceFactor is > 0 and < 100)
        {
            problems.Add("consistent_hashing_lb_config.hash_balance_factor is below 100");
        }

        if (common.UseHostnameForHashing && cluster.Type is (DiscoveryType.Static or DiscoveryType.Eds))
        {
            problems.Add("Cannot use hostname for consistent hashing loadbalancing for cluster of type "
                + cluster.Type.ToString().ToUpperInvariant());
        }
    }

    private static void CheckPolicy(ClusterConfig cluster, List<string> problems)
    {
        if (cluster.LeastRequest.ChoiceCount < 2)
        {
            problems.Add("least_request_lb_config.choice_count is below 2");
        }

        if (cluster.RingHash.MinimumRingSize > cluster.RingHash.MaximumRingSize)
        {
            problems.Add("ring_hash_lb_config.minimum_ring_size is above maximum_ring_size");
        }

        if (cluster.Maglev.TableSize > TableSizeMax || !IsPrime(cluster.Maglev.TableSize))
        {
            problems.Add("maglev_lb_config.table_size is no prime of at most 5000011");
        }

        if (cluster.SlowStart is { MinWeightPercent: not (>= 0 and <= 100) })
        {
            problems.Add("slow_start_config.min_weight_percent is outside 0..100");
        }
    }

    private static void CheckSubsets(LbSubsetConfig? subsets, List<string> problems)
    {
        foreach (LbSubsetSelector selector in subsets?.Selectors ?? [])
        {
            if (selector.Fallback != LbSubsetFallback.KeysSubset)
            {
                continue;
            }

            IReadOnlyList<string> fewer = selector.FallbackKeys ?? [];
            if (fewer.Count == 0 || fewer.Except(selector.Keys, StringComparer.Ordinal).Any()
                || fewer.Distinct(StringComparer.Ordinal).Count()
                    >= selector.Keys.Distinct(StringComparer.Ordinal).Count())
            {
                problems.Add("lb_subset_config: fallback_keys_subset is no proper subset of the selector's keys");
            }
        }
    }

    private static void CheckEndpoints(ClusterLoadAssignment assignment, List<string> problems)
    {
        if (assignment.OverprovisioningFactor == 0)
        {
            problems.Add("load_assignment.policy.overprovisioning_factor is 0");
        }

        foreach (LocalityLbEndpoints group in assignment.Endpoints)
        {
            if (group.Priority is < 0 or > PriorityMax)
            {
                problems.Add("load_assignment: priority is outside 0..128");
            }

            if (group.Weight == 0 || group.Endpoints.Any(static e => e.Weight == 0))
            {
                problems.Add("load_assignment: a load_balancing_weight is 0");
            }
        }
    }

    private static bool IsPrime(ulong n)
    {
        if (n < 2 || (n % 2 == 0 && n != 2))
        {
            return false;
        }

        for (ulong i = 3; i * i <= n; i += 2)
        {
            if (n % i == 0)
            {
                return false;
            }
        }

        return true;
    }
}

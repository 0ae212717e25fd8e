using Sim.Envoy;
using Sim.Telemetry;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>The statistics of a proxy's clusters that an operator looks at, read when the page is asked for.</summary>
/// <remarks>Istio exposes them only when <c>proxyStatsMatcher</c> asks for them: <c>prometheus.envoyStats</c> stands
/// for that. Names are Envoy's (docs: configuration/upstream/cluster_manager/cluster_stats) with Istio's label
/// <c>cluster_name</c>.</remarks>
internal sealed class EnvoyStats(PodRuntime pod)
{
    private readonly Dictionary<string, ClusterLines> _clusters = new(StringComparer.Ordinal);

    /// <summary>Puts the values of now on the page.</summary>
    public void Show(MetricsPage page)
    {
        foreach (ClusterLines lines in _clusters.Values)
        {
            lines.IsSeen = false;
        }

        IReadOnlyCollection<ClusterRuntime> clusters = pod.Proxy?.Clusters ?? [];
        foreach (ClusterRuntime cluster in clusters.OrderBy(static c => c.Config.Name, StringComparer.Ordinal))
        {
            if (!_clusters.TryGetValue(cluster.Config.Name, out ClusterLines? lines))
            {
                lines = new ClusterLines(page, cluster.Config.Name);
                _clusters.Add(cluster.Config.Name, lines);
            }

            lines.IsSeen = true;
            lines.Show(cluster);
        }

        foreach (ClusterLines lines in _clusters.Values)
        {
            lines.ShowPresence();
        }
    }

    private sealed class ClusterLines
    {
        private static readonly string[] Names =
        [
            "envoy_cluster_membership_total", "envoy_cluster_membership_healthy",
            "envoy_cluster_outlier_detection_ejections_active",
            "envoy_cluster_outlier_detection_ejections_enforced_total",
            "envoy_cluster_upstream_rq_active", "envoy_cluster_upstream_rq_pending_active",
        ];

        private readonly PageLine[] _lines;

        public ClusterLines(MetricsPage page, string cluster)
        {
            LabelSet labels = LabelSet.Of(("cluster_name", cluster));
            _lines = [.. Names.Select(n => page.Add(n, labels))];
        }

        public bool IsSeen { get; set; }

        public void Show(ClusterRuntime cluster)
        {
            _lines[0].Value = cluster.Upstream.MembershipTotal;
            _lines[1].Value = cluster.Upstream.MembershipHealthy;
            _lines[2].Value = cluster.Outlier?.Counters.EjectionsActive ?? 0;
            _lines[3].Value = cluster.Outlier?.Counters.EjectionsEnforcedTotal ?? 0;
            _lines[4].Value = cluster.Breakers.Count(BreakerResource.Requests, false);
            _lines[5].Value = cluster.Breakers.Count(BreakerResource.PendingRequests, false);
        }

        public void ShowPresence()
        {
            foreach (PageLine line in _lines)
            {
                line.IsPresent = IsSeen;
            }
        }
    }
}

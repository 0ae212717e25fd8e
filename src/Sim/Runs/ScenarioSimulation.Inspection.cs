using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs.Inspection;
using Sim.Runs.Kube;
using Sim.Xds;

namespace Sim.Runs;

/// <content>What proxies hold, for <c>proxy-config</c> and <c>diff</c>.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>Every proxy that has a configuration now, by cluster, namespace and pod.</summary>
    public IReadOnlyList<PodRuntime> Proxies() =>
    [
        .. LivePods().Where(static p => p.Pod.Proxy?.Snapshot is not null && p.State.HasSidecar)
            .Select(static p => p.Pod).OrderBy(static p => p.Cluster, StringComparer.Ordinal)
            .ThenBy(static p => p.Namespace, StringComparer.Ordinal)
            .ThenBy(static p => p.PodName, StringComparer.Ordinal),
    ];

    /// <summary>The proxy that a name stands for; null with a finding when there is none, or more than one.</summary>
    public PodRuntime? FindProxy(string text, DiagnosticBag findings)
    {
        const string Forms = "POD.NAMESPACE@CLUSTER, WORKLOAD.NAMESPACE@CLUSTER or CLUSTER/WORKLOAD";
        if (ProxyName.Parse(text) is not { } name)
        {
            findings.Error("MS4005", $"\"{text}\" names no proxy", default, "write " + Forms);
            return null;
        }

        List<(PodState State, PodRuntime Pod)> all = [.. LivePods().Where(p => Fits(p.State, name))];
        List<(PodState State, PodRuntime Pod)> found = name.IsWorkload ? []
            : all.FindAll(p => p.State.Name == name.Name);
        found = found.Count > 0 ? found : all.FindAll(p => p.State.Workload == name.Name);
        if (found.Count == 0)
        {
            findings.Error("MS4005", $"no pod or workload \"{text}\" at {SimDuration.Format(NowNs)}", default,
                Known(name));
            return null;
        }

        List<string> clusters = [.. found.Select(static p => p.State.Cluster).Distinct()];
        if (clusters.Count > 1)
        {
            findings.Error("MS4005", $"\"{text}\" is in several clusters: {string.Join(", ", clusters)}", default,
                $"add @{clusters[0]}");
            return null;
        }

        (PodState state, PodRuntime pod) = found[0];
        if (!state.HasSidecar || pod.Proxy?.Snapshot is null)
        {
            findings.Error("MS4005", state.HasSidecar
                ? $"the proxy of {pod.FullName} has no configuration at {SimDuration.Format(NowNs)}: no istiod has "
                    + "answered it"
                : $"{pod.FullName} has no sidecar", default,
                state.HasSidecar ? ""
                    : "its namespace lacks istio-injection=enabled, or an annotation switches it off");
            return null;
        }

        return pod;
    }

    /// <summary>A name as a pod's application looks it up; null when its cluster has no names of its own.</summary>
    public NameAnswer? NameOf(PodRuntime pod, string host) => _lifecycle.Resolver.NameOf(pod, host);

    /// <summary>What a pod's proxy does with a request now.</summary>
    public ResolvedRoute Resolve(PodRuntime pod, RequestTemplate template) =>
        _lifecycle.Resolver.Resolve(pod, template, 0, null);

    /// <summary>What a proxy holds now.</summary>
    public ProxyView ViewOf(PodRuntime pod)
    {
        ProxyRuntime proxy = pod.Proxy!;
        ProxySnapshot snapshot = proxy.Snapshot!;
        var hosts = new List<HostStatus>();
        foreach (string name in snapshot.Clusters.Keys.Order(StringComparer.Ordinal))
        {
            foreach (Host host in proxy.ClusterOf(name)?.Upstream.Hosts ?? [])
            {
                hosts.Add(new HostStatus(
                    name, host.Endpoint.Address, host.Endpoint.Port, host.Endpoint.HealthStatus,
                    (host.Flags & HealthFlags.FailedOutlierCheck) != 0, host.Locality, host.Priority, host.Weight));
            }
        }

        return new ProxyView
        {
            Cluster = pod.Cluster,
            Namespace = pod.Namespace,
            Pod = pod.PodName,
            AtNs = NowNs,
            ConfiguredAtNs = proxy.ConfiguredAtNs,
            Snapshot = snapshot,
            Hosts = hosts,
        };
    }

    private IEnumerable<(PodState State, PodRuntime Pod)> LivePods()
    {
        foreach (LiveCluster cluster in _control.Clusters)
        {
            foreach (PodState state in cluster.Pods)
            {
                if (!state.IsGone && _pods.TryGetValue((cluster, state.Id), out PodRuntime? pod))
                {
                    yield return (state, pod);
                }
            }
        }
    }

    private static bool Fits(PodState state, ProxyName name) =>
        (name.Cluster.Length == 0 || state.Cluster == name.Cluster)
        && (name.Namespace.Length == 0 || state.Namespace == name.Namespace);

    private string Known(ProxyName name)
    {
        List<string> workloads =
        [
            .. LivePods()
                .Where(p => p.State.HasSidecar && (name.Cluster.Length == 0 || p.State.Cluster == name.Cluster))
                .Select(static p => $"{p.State.Workload}.{p.State.Namespace}@{p.State.Cluster}").Distinct()
                .Order(StringComparer.Ordinal),
        ];
        string more = workloads.Count > 8
            ? string.Create(CultureInfo.InvariantCulture, $" and {workloads.Count - 8} more") : "";
        return workloads.Count == 0 ? "no pod has a sidecar there"
            : "there are " + string.Join(", ", workloads.Take(8)) + more;
    }
}

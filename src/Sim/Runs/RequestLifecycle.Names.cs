using Sim.Core;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Names that change, certificates that end. Cold code.</content>
internal sealed partial class RequestLifecycle
{
    private readonly List<DnsResolution> _resolutions = [];

    /// <summary>Time to live of an answer of cluster DNS, nanoseconds.</summary>
    public long DnsTimeToLiveNs { get; set; } = 30 * SimDuration.Second;

    /// <summary>Gives a pod's cluster other names, from now on: callers look their names up anew, and DNS clusters ask
    /// when they would.</summary>
    public void SetNames(string cluster, NameService names)
    {
        if (!Resolver.SetNames(cluster, names))
        {
            return;
        }

        foreach (PodRuntime pod in _pods)
        {
            if (pod.Cluster == cluster)
            {
                pod.Proxy?.ForgetTemplates();
            }
        }

        foreach (DnsResolution r in _resolutions)
        {
            PodRuntime pod = r.Cluster.Proxy.Pod;
            if (pod.Cluster == cluster && r.Cluster.IsLive && !r.IsAwake && r.WouldChange(n => Resolver.Ask(pod, n)))
            {
                At(r.Wake(Now), () => Ask(r));
            }
        }
    }

    /// <summary>Makes the DNS clusters of a Kubernetes cluster's proxies, which otherwise come with their first
    /// request: what they know now is what they hold on to.</summary>
    public void MakeDnsClusters(string cluster)
    {
        foreach (PodRuntime pod in _pods)
        {
            if (pod.Cluster != cluster || !pod.IsUp || pod.Proxy?.Snapshot is not { } snapshot)
            {
                continue;
            }

            foreach (string name in snapshot.Clusters.Values.Where(IsNamed).Select(static c => c.Name)
                         .Order(StringComparer.Ordinal))
            {
                pod.Proxy.ClusterOf(name);
            }
        }
    }

    private bool _hasChangedCertificates;

    /// <summary>A sidecar's certificate ends, or is renewed. Connections that are open stay.</summary>
    public void EndCertificate(PodRuntime pod, int by)
    {
        pod.ExpiryFaults = Math.Max(0, pod.ExpiryFaults + by);
        if (pod.Identity is { } identity && identity.IsExpired != pod.ExpiryFaults > 0)
        {
            pod.Identity = identity with { IsExpired = pod.ExpiryFaults > 0 };
            pod.HasChangedCertificate = true;
            _hasChangedCertificates = true;
            pod.Proxy?.IdentityChanged();
        }
    }

    /// <summary>Gives a pod's sidecar a certificate of another root, and takes it back.</summary>
    /// <param name="pod">Pod.</param>
    /// <param name="by">1 = one more reason, -1 = one less.</param>
    public void ChangeRoot(PodRuntime pod, int by)
    {
        pod.RootFaults += by;
        if (pod.Identity is not { } identity || (pod.RootFaults > 0) == identity.Root.StartsWith(OtherRoot))
        {
            return;
        }

        string root = pod.RootFaults > 0 ? OtherRoot + identity.Root : identity.Root[1..];
        pod.Identity = identity with { Root = root, TrustedRoot = root };
        pod.HasChangedCertificate = true;
        _hasChangedCertificates = true;
        pod.Proxy?.IdentityChanged();
    }

    /// <summary>First letter of a root that nobody else has.</summary>
    private const char OtherRoot = '\u0001';

    private static bool IsNamed(ClusterConfig c) =>
        c.InlineEndpoints is not null && c.Type is DiscoveryType.StrictDns or DiscoveryType.LogicalDns;

    private void Ask(DnsResolution r)
    {
        if (!r.Cluster.IsLive)
        {
            return;
        }

        PodRuntime pod = r.Cluster.Proxy.Pod;
        if (r.Ask(n => Resolver.Ask(pod, n), Now) is { } endpoints)
        {
            UpdateEndpoints(r.Cluster, endpoints);
        }
    }

    /// <summary>Follows the names of a cluster that was just made. A cluster of the first configuration has asked for
    /// the last time somewhere within a time to live.</summary>
    private void FollowNames(ClusterRuntime cluster, ClusterConfig told)
    {
        PodRuntime pod = cluster.Proxy.Pod;
        long refresh = told.DnsRefreshRateNs;
        var resolution = new DnsResolution(cluster, told, refresh, DnsTimeToLiveNs);
        long since = cluster.Proxy.ConfiguredAtNs > 0 ? 0
            : (long)(NewStream(pod.FullName + "/" + told.Name, "dns").NextDouble() * DnsTimeToLiveNs);
        resolution.Begin(n => Resolver.Ask(pod, n), Now - since);
        _resolutions.Add(resolution);
    }
}

using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Xds;

namespace Sim.Runs;

/// <content>What happens while an istiod or an API server is away.</content>
internal sealed partial class ControlPlane
{
    /// <summary>Windows of Envoy's back-off between attempts to reach its istiod: doubled from the first to the
    /// longest.</summary>
    private const long ReconnectFirstNs = 500 * SimDuration.Millisecond;

    private const long ReconnectLongestNs = 30 * SimDuration.Second;

    private readonly Dictionary<string, (ManifestSet Objects, int Count)> _apiDown = new(StringComparer.Ordinal);

    /// <summary>A stream of random numbers of a component, for a purpose.</summary>
    public Func<string, string, RngStream>? Streams { get; set; }

    /// <summary>A sidecar's certificate ends (true), or is renewed after it had ended (false).</summary>
    public Action<LiveCluster, PodState, bool>? CertificateEnded { get; set; }

    /// <summary>A sidecar has lost its istiod, at a time; -1 = it has it again.</summary>
    public Action<LiveCluster, PodState, long>? Disconnected { get; set; }

    /// <summary>Whether a cluster's API server is away for everybody.</summary>
    public bool IsApiDown(string cluster) => _apiDown.ContainsKey(cluster);

    /// <summary>An istiod goes away: its proxies keep what they have, new ones get nothing, no certificate is
    /// renewed.</summary>
    /// <remarks>
    /// Istio: sidecars keep the last configuration; a sidecar is ready once it has its first one; certificates live 24
    /// h and are renewed at half of that (security/pkg/nodeagent/cache/secretcache.go#rotateTime). Simplified: pods are
    /// created and wait, where the injector's webhook, which istiod serves, refuses to create them until it is back.
    /// </remarks>
    public void StopIstiod(string cluster, long nowNs)
    {
        if (!_istiods.TryGetValue(cluster, out Istiod? istiod) || ++istiod.Outages > 1)
        {
            return;
        }

        istiod.OutageId++;
        istiod.DownSinceNs = nowNs;
        Noted?.Invoke("push", cluster, $"istiod of {cluster} is away");
        foreach ((LiveCluster own, PodState pod) in ProxiesOf(istiod))
        {
            istiod.Lost.Add((own, pod.Id));
            Disconnected?.Invoke(own, pod, nowNs);
            ExpectEnd(istiod, own, pod, nowNs);
        }

        foreach (LiveCluster own in ClustersOf(istiod))
        {
            own.HoldsNewProxies = true;
        }
    }

    /// <summary>An istiod is back: it reads everything anew, and each sidecar finds it at its next attempt.</summary>
    /// <remarks>Envoy: source/extensions/config_subscription/grpc/grpc_stream.h (first window 500 ms, longest 30 s),
    /// source/common/common/backoff_strategy.cc#JitteredExponentialBackOffStrategy. Simplified: istiod is ready at
    /// once, whatever it has to read.</remarks>
    public void StartIstiod(string cluster, long nowNs)
    {
        if (!_istiods.TryGetValue(cluster, out Istiod? istiod) || --istiod.Outages > 0)
        {
            return;
        }

        istiod.Forget();
        Read(istiod);
        ObjectsChanged?.Invoke();
        Noted?.Invoke("push", cluster, $"istiod of {cluster} is back");
        int outage = istiod.OutageId;
        foreach ((LiveCluster own, int id) in istiod.Lost.ToList())
        {
            _at(AttemptAfter(own.Pods[id].Key, istiod.DownSinceNs, nowNs), () => Reconnect(istiod, outage, own, id));
        }

        foreach (LiveCluster own in ClustersOf(istiod))
        {
            own.HoldsNewProxies = false;
            own.ReleaseNewProxies(nowNs);
            Follow(own, nowNs);
        }
    }

    /// <summary>An API server goes away: for everybody, or for the istiods of some clusters.</summary>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="readers">Clusters whose istiods lose it; null = everybody does.</param>
    /// <remarks>Kubernetes: watches keep what they have and are begun anew for ever; istiod removes nothing.
    /// Simplified: what is under way inside the cluster goes on, and a watch is back as soon as the server
    /// is.</remarks>
    public void StopApiServer(string cluster, IReadOnlyList<string>? readers)
    {
        LiveCluster own = _clusters.First(c => c.Name == cluster);
        if (readers is null)
        {
            int count = _apiDown.TryGetValue(cluster, out (ManifestSet Objects, int Count) d) ? d.Count : 0;
            _apiDown[cluster] = (count == 0 ? own.LiveObjects() : d.Objects, count + 1);
        }

        foreach (Istiod istiod in Readers(cluster, readers))
        {
            int count = istiod.Frozen.TryGetValue(cluster, out (ManifestSet Objects, int Count) f) ? f.Count : 0;
            istiod.Frozen[cluster] = (count == 0 ? own.LiveObjects() : f.Objects, count + 1);
        }
    }

    /// <summary>An API server is back: its watchers hear what they missed.</summary>
    public void StartApiServer(string cluster, IReadOnlyList<string>? readers, long nowNs)
    {
        if (readers is null && _apiDown.TryGetValue(cluster, out (ManifestSet Objects, int Count) d))
        {
            _ = d.Count > 1 ? _apiDown[cluster] = (d.Objects, d.Count - 1) : default;
            if (d.Count <= 1)
            {
                _apiDown.Remove(cluster);
            }
        }

        foreach (Istiod istiod in Readers(cluster, readers))
        {
            if (istiod.Frozen.TryGetValue(cluster, out (ManifestSet Objects, int Count) f) && f.Count > 1)
            {
                istiod.Frozen[cluster] = (f.Objects, f.Count - 1);
            }
            else
            {
                istiod.Frozen.Remove(cluster);
            }
        }

        ObjectsChanged?.Invoke();
        Hear(_clusters.First(c => c.Name == cluster), nowNs);
    }

    private IEnumerable<Istiod> Readers(string cluster, IReadOnlyList<string>? readers) =>
        _istiods.Values.OrderBy(static i => i.Cluster, StringComparer.Ordinal)
            .Where(i => i.Reads.Contains(cluster) && (readers is null || readers.Contains(i.Cluster)));

    private IEnumerable<LiveCluster> ClustersOf(Istiod istiod) =>
        _clusters.Where(c => ReferenceEquals(IstiodOf(c.Name), istiod));

    private IEnumerable<(LiveCluster Cluster, PodState Pod)> ProxiesOf(Istiod istiod) =>
        ClustersOf(istiod).SelectMany(static c => c.Pods.Where(static p => p is { HasSidecar: true, IsGone: false })
            .Select(p => (c, p)));

    /// <summary>A proxy's first attempt after a time, of those it makes since it lost its istiod.</summary>
    private long AttemptAfter(string proxy, long lostNs, long backNs)
    {
        RngStream? stream = Streams?.Invoke(proxy, "reconnect");
        long window = ReconnectFirstNs;
        long at = lostNs;
        while (at < backNs)
        {
            at += stream is null ? window
                : (long)(stream.NextUInt64() % (ulong)(window / SimDuration.Millisecond)) * SimDuration.Millisecond;
            window = Math.Min(2 * window, ReconnectLongestNs);
        }

        return at;
    }

    private void Reconnect(Istiod istiod, int outage, LiveCluster cluster, int id)
    {
        PodState pod = cluster.Pods[id];
        if (istiod.Outages > 0 || istiod.OutageId != outage || !istiod.Lost.Remove((cluster, id)))
        {
            return;
        }

        Disconnected?.Invoke(cluster, pod, -1);
        CertificateEnded?.Invoke(cluster, pod, false);
        if (!pod.IsGone && istiod.Mesh is { } mesh && Compile(cluster, pod, mesh) is { } snapshot)
        {
            Deliver(cluster, pod, snapshot);
        }
    }

    /// <summary>The end of a certificate that is not renewed: it was last renewed at a time that depends on when the
    /// proxy started.</summary>
    private void ExpectEnd(Istiod istiod, LiveCluster cluster, PodState pod, long nowNs)
    {
        long life = _document.Delays.CertificateLifeNs;
        long renewal = (long)(life * _document.Delays.CertificateRenewal);
        long issued = pod.CreatedNs > 0 ? pod.CreatedNs
            : -(long)((Streams?.Invoke(pod.Key, "certificate").NextDouble() ?? 0) * renewal);
        long last = issued + ((nowNs - issued) / renewal * renewal);
        int outage = istiod.OutageId;
        _at(last + life, () =>
        {
            if (istiod.OutageId == outage && istiod.Lost.Contains((cluster, pod.Id)))
            {
                CertificateEnded?.Invoke(cluster, pod, true);
            }
        });
    }

    private void Deliver(LiveCluster cluster, PodState pod, ProxySnapshot snapshot) => Delivered?.Invoke(
        cluster, pod, snapshot);

    /// <summary>What a cluster's own parts (cluster DNS, kube-proxy) know of its objects.</summary>
    private ManifestSet ObjectsIn(LiveCluster cluster) =>
        _apiDown.TryGetValue(cluster.Name, out (ManifestSet Objects, int Count) d) ? d.Objects : cluster.LiveObjects();
}

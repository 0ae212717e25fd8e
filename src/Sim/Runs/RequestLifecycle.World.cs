using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Pods that come and go, configuration that arrives, faults that begin and end. Cold code.</content>
internal sealed partial class RequestLifecycle
{
    private readonly Dictionary<string, int> _podByIp = new(StringComparer.Ordinal);
    private readonly List<Action> _actions = [];
    private readonly Stack<int> _freeActions = new();
    private readonly OutlierScratch _sweepScratch = new();
    private int _pushes;

    /// <summary>Adds a pod; its address is known from now on.</summary>
    public void AddPod(PodRuntime pod)
    {
        if (pod.Id != _pods.Count)
        {
            throw new InvalidOperationException("pods are added in the order of their ids");
        }

        _pods.Add(pod);
        if (pod.Ip.Length > 0)
        {
            _podByIp[pod.Ip] = pod.Id;
        }
    }

    /// <summary>Runs something at a time. For what happens seldom: it allocates.</summary>
    public void At(long timeNs, Action action)
    {
        if (!_freeActions.TryPop(out int index))
        {
            index = _actions.Count;
            _actions.Add(action);
        }

        _actions[index] = action;
        _queue.Schedule(timeNs, 0, (int)EventKind.Action, index, 0);
    }

    /// <summary>Verdicts of servers' filters.</summary>
    public JudgeTables Judges { get; }

    /// <summary>Gives a pod's proxy a configuration, now.</summary>
    public void Push(PodRuntime pod, ProxySnapshot snapshot)
    {
        pod.Proxy ??= new ProxyRuntime(this, pod);
        _pushes++;
        pod.Proxy.Apply(snapshot, Now);
    }

    /// <summary>Makes the state of a cluster inside a proxy. The outlier sweeps run from the proxy's own phase.
    /// </summary>
    public ClusterRuntime NewCluster(ProxyRuntime proxy, ClusterConfig config, ClusterLoadAssignment? endpoints)
    {
        string component = proxy.Pod.FullName + "/" + config.Name;
        RngStream stream = NewStream(component, "lb");
        ClusterConfig told = config;
        bool isNamed = IsNamed(config);
        config = isNamed ? DnsResolution.Resolve(config, n => Resolver.Ask(proxy.Pod, n)) : config;
        long madeNs = proxy.ConfiguredAtNs;
        if (Options.IsSettled && madeNs == 0 && config.SlowStart is { } warming)
        {
            madeNs = -(warming.WindowMs + 1) * SimDuration.Millisecond; // Hosts that were there are warm.
        }

        var upstream = new UpstreamCluster(config, proxy.Snapshot!.Locality, stream, madeNs);
        if (endpoints is not null && config.InlineEndpoints is null)
        {
            upstream.Update(endpoints, madeNs);
        }

        var cluster = new ClusterRuntime(_clusters.Count, proxy, config, upstream) { Told = told };
        _clusters.Add(cluster);
        TagHosts(cluster);
        if (isNamed)
        {
            FollowNames(cluster, told);
        }

        if (config.OutlierDetection is { } detection)
        {
            long first = FirstSweep(proxy, config.Name, detection.IntervalNs);
            cluster.Outlier = new OutlierDetector(
                detection, NewStream(component, "outlier"), upstream, upstream.Hosts, first, _sweepScratch)
            {
                Observer = new EjectionReporter(this, cluster),
            };
            Schedule(EventKind.Sweep, first, cluster.Id, 0);
        }

        return cluster;
    }

    /// <summary>Endpoints of a cluster arrived.</summary>
    public void UpdateEndpoints(ClusterRuntime cluster, ClusterLoadAssignment endpoints)
    {
        Host[] before = [.. cluster.Upstream.Hosts];
        cluster.Upstream.Update(endpoints, Now);
        cluster.Outlier?.HostsChanged(cluster.Upstream.Hosts);
        TagHosts(cluster);
        var now = new HashSet<Host>(cluster.Upstream.Hosts, ReferenceEqualityComparer.Instance);
        foreach (Host host in before)
        {
            if (!now.Contains(host))
            {
                DrainHost(LinkOf(host));
            }
        }

        ScheduleMerge(cluster);
    }

    /// <summary>The proxy no longer has the cluster. Requests in flight finish.</summary>
    public void DropCluster(ClusterRuntime cluster)
    {
        cluster.IsLive = false;
        foreach (Host host in cluster.Upstream.Hosts)
        {
            DrainHost(LinkOf(host));
        }
    }

    /// <summary>A stream keyed by (seed, replication, component, purpose).</summary>
    public RngStream NewStream(string component, string purpose) =>
        RngStream.Create(Options.Seed, Options.Replication, component, purpose);

    /// <summary>The pod disappears with its sidecar: every connection to it is reset.</summary>
    public void StopPod(PodRuntime pod)
    {
        pod.IsUp = false;
        ResetConnectionsTo(pod, keepsWork: false);
        CloseConnectionsOf(pod);
    }

    /// <summary>Answers to requests that reached a pod end, calls on it see their connections cut.</summary>
    public void ResetConnectionsTo(PodRuntime pod, bool keepsWork)
    {
        for (int i = 0; i < _calls.Extent; i++)
        {
            if (!_calls.IsRented(i))
            {
                continue;
            }

            ref CallSlot call = ref _calls[i];
            if (call.Phase != CallPhase.Sent || !Touches(in _ends[call.Connection], pod.Id))
            {
                continue;
            }

            long delay = _latency.MedianNs(pod, _pods[call.ClientPod]) + ProxyPassNs;
            Schedule(EventKind.StreamReset, Now + delay, i, AttemptKey(i, call.Attempts));
        }

        if (!keepsWork)
        {
            EndWorkOf(pod, withAnswers: true);
        }

        foreach (HostLink link in _links)
        {
            if (link.Pod == pod.Id)
            {
                CloseIdle(link);
            }
            else if (link.Backends is not null)
            {
                CloseIdleTo(link, pod.Id);
            }
        }
    }

    /// <summary>What a pod or its application worked on is lost.</summary>
    private void EndWorkOf(PodRuntime pod, bool withAnswers)
    {
        for (int i = 0; i < _jobs.Extent; i++)
        {
            if (_jobs.IsRented(i) && _jobs[i].Pod == pod.Id && (withAnswers ? _jobs[i].Phase != JobPhase.Travelling
                : _jobs[i].Phase is JobPhase.Queued or JobPhase.Working or JobPhase.Calling))
            {
                EndJobOfLostPod(i);
            }
        }

        pod.Waiting.Clear();
        pod.BusyWorkers = 0;
    }

    private void RunAction(int index)
    {
        Action action = _actions[index];
        _actions[index] = static () => { };
        _freeActions.Push(index);
        action();
    }

    private void TagHosts(ClusterRuntime cluster)
    {
        foreach (Host host in cluster.Upstream.Hosts)
        {
            if (host.Companion is not null)
            {
                continue;
            }

            var link = new HostLink(_links.Count, cluster, host);
            Locate(link);
            _links.Add(link);
            host.Companion = link;
        }
    }

    private long FirstSweep(ProxyRuntime proxy, string cluster, long intervalNs)
    {
        long phase = Options.SweepPhaseNs ?? (long)(proxy.Pod.SweepPhase * intervalNs);
        long first = phase % intervalNs;
        while (first <= Now)
        {
            first += intervalNs;
        }

        return first;
    }

    private sealed class EjectionReporter(RequestLifecycle lifecycle, ClusterRuntime cluster) : IOutlierObserver
    {
        public void Ejected(Host host, OutlierEjectionType type, bool enforced, int timesEjected, long nowNs)
        {
            if (enforced)
            {
                HostLink link = LinkOf(host);
                lifecycle.ScheduleMerge(cluster);
                lifecycle.DrainExisting(link);
                lifecycle.Sink.Ejected(nowNs, cluster, host.Address, PodToName(link), type.ToString(), timesEjected);
            }
        }

        public void Unejected(Host host, long nowNs) => lifecycle.Sink.Unejected(nowNs, cluster, host.Address);
    }
}

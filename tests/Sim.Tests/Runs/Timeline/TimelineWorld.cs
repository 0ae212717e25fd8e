using Sim.Core;
using Sim.Engine;
using Sim.Runs;
using Sim.World;
using Sim.Xds;

namespace Sim.Tests.Runs.Timeline;

/// <summary>A few client proxies and plain servers around the life of requests, without files.</summary>
internal sealed class TimelineWorld : IRunSink
{
    public const int ServerPlace = 1;
    private readonly EventLoop<LifecycleHandler, NoProbe, HeapPendingSet> _loop = new(new HeapPendingSet(256), default);
    private readonly List<TrafficSource> _sources = [];
    private readonly ulong _seed;

    public TimelineWorld(ulong seed, long rttNs, long proxyPassNs = 0, long? sweepPhaseNs = null)
    {
        _seed = seed;
        var latency = new LatencyTable(2, 0);
        latency.Set(0, ServerPlace, new PlaceLink { MedianNs = rttNs / 2 });
        latency.Set(0, 0, new PlaceLink { MedianNs = rttNs / 2 });
        Lifecycle = new RequestLifecycle(
            new LifecycleOptions
            {
                Seed = seed, Latency = latency, ProxyPassNs = proxyPassNs, SweepPhaseNs = sweepPhaseNs,
            },
            _loop, this);
    }

    public RequestLifecycle Lifecycle { get; }

    public List<EntryOutcome> Ended { get; } = [];

    public List<(long AtNs, string Client, string Host, string Action, int Times)> Events { get; } = [];

    public PodRuntime AddServer(string name, string ip, long serviceNs, string region = "r")
    {
        PodRuntime pod = NewPod(name, ip, ServerPlace, region);
        pod.ServiceTime = Distribution.Constant(serviceNs);
        return pod;
    }

    public PodRuntime AddClient(
        string name, ProxySnapshot snapshot, double? sweepPhase = null, bool trustsEnvoyHeaders = false)
    {
        PodRuntime pod = NewPod(name, "", 0, "r", hasSidecar: true, trustsEnvoyHeaders);
        pod.SweepPhaseFixed = sweepPhase;
        Lifecycle.Push(pod, snapshot);
        return pod;
    }

    /// <summary>A pod with a sidecar that both calls and is called.</summary>
    public PodRuntime AddMeshPod(string name, string ip, string region, double? sweepPhase)
    {
        PodRuntime pod = NewPod(name, ip, 0, region, hasSidecar: true);
        pod.SweepPhaseFixed = sweepPhase;
        return pod;
    }

    public void AddTraffic(PodRuntime client, RequestTemplate template, ArrivalProcess arrivals)
    {
        var source = new TrafficSource(
            _sources.Count, template, arrivals, true, Lifecycle.NewStream("traffic", "sender"), _loop);
        source.SetSenders([client.Id]);
        _sources.Add(source);
    }

    public void Run(long durationNs, long drainNs = 60 * SimDuration.Second)
    {
        _loop.SetHandler(new LifecycleHandler(Lifecycle, [.. _sources]));
        foreach (TrafficSource source in _sources)
        {
            source.Start();
        }

        while (!_loop.RunUntil(durationNs + drainNs))
        {
        }
    }

    /// <summary>Runs up to a time, with no traffic but what actions start.</summary>
    public void RunTo(long ns)
    {
        _loop.SetHandler(new LifecycleHandler(Lifecycle, []));
        while (!_loop.RunUntil(ns))
        {
        }
    }

    public RngStream Stream(string purpose) => Lifecycle.NewStream("test", purpose);

    public void EntryEnded(in EntryOutcome outcome) => Ended.Add(outcome);

    public void Ejected(long atNs, ClusterRuntime cluster, string host, int hostPod, string type, int times) =>
        Events.Add((atNs, cluster.Proxy.Pod.PodName, Lifecycle.Pods[hostPod].PodName, "EJECT", times));

    public void Unejected(long atNs, ClusterRuntime cluster, string host) =>
        Events.Add((atNs, cluster.Proxy.Pod.PodName, PodAt(host), "UNEJECT", 0));

    private string PodAt(string host) =>
        Lifecycle.Pods.First(p => p.Ip.Length > 0 && host.StartsWith(p.Ip + ":", StringComparison.Ordinal)).PodName;

    private PodRuntime NewPod(string name, string ip, int place, string region, bool hasSidecar = false,
        bool trustsEnvoyHeaders = false)
    {
        var pod = new PodRuntime(Lifecycle.Pods.Count, "c", "ns", name)
        {
            Ip = ip,
            Place = place,
            Region = region,
            HasSidecar = hasSidecar,
            TrustsEnvoyHeaders = trustsEnvoyHeaders,
            Streams = new PodStreams(_seed, 0, name),
        };
        Lifecycle.AddPod(pod);
        return pod;
    }
}

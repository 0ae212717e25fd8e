using Sim.Core;
using Sim.Engine;

namespace Sim.Runs;

/// <summary>One pod of the run: its place, its sidecar, its application and what is wrong with it.</summary>
internal sealed class PodRuntime
{
    public string Cluster { get; }

    public string Namespace { get; }

    public string PodName { get; }

    /// <summary><c>cluster/namespace/pod</c>.</summary>
    public string FullName { get; }

    /// <summary>Workload (Deployment) the pod belongs to.</summary>
    public string Workload { get; init; } = "";

    public string Region { get; init; } = "";

    public string Zone { get; init; } = "";

    /// <summary>Network its address belongs to; empty = one that all share.</summary>
    public string Network { get; init; } = "";

    public string Ip { get; init; } = "";

    /// <summary>Certificate of the sidecar; null without sidecar.</summary>
    public WorkloadIdentity? Identity { get; set; }

    /// <summary>Answers of DNS that its application keeps.</summary>
    public Dictionary<string, (NameAnswer Answer, long UntilNs)> Names { get; } = new(StringComparer.Ordinal);

    private readonly PodStreams _streams = null!;
    private ApplicationPlan _application = new();

    // The runtime lays out references, then numbers, then structs, each in the order of this file. From here on stands
    // what every request reads, so that it shares few cache lines; what seldom counts stands around it.
    private List<StatusFault>? _statusFaults;
    private List<SlowFault>? _slowFaults;

    /// <summary>Says what becomes of each request; null = the application behaves as planned.</summary>
    public IServerScript? Script { get; set; }

    /// <summary>The sidecar; null without one.</summary>
    public ProxyRuntime? Proxy { get; set; }

    /// <summary>Inbound side of the port that was asked for last, <see cref="LastInboundPort"/>.</summary>
    public InboundRuntime? LastInbound;

    /// <summary>Service time of the application.</summary>
    public Distribution ServiceTime { get; set; } = Distribution.Constant(SimDuration.Millisecond);

    /// <summary>Draws of service times.</summary>
    public RngStream ServiceStream { get; private init; } = null!;

    /// <summary>One number a request.</summary>
    public RngStream RouteStream { get; private init; } = null!;

    /// <summary>Delays of packets that leave the pod.</summary>
    public RngStream NetworkStream { get; private init; } = null!;

    /// <summary>Share of requests answered with <see cref="ErrorStatus"/>.</summary>
    public double ErrorRate { get; private set; }

    /// <summary>Port of <see cref="LastInbound"/>; -1 = a new configuration has come since.</summary>
    public int LastInboundPort = -1;

    /// <summary>Requests the application works on at a time; 0 = no limit.</summary>
    public int Workers { get; private set; }

    /// <summary>Requests that wait for a worker.</summary>
    public int QueuePlaces { get; private set; } = int.MaxValue;

    /// <summary>Requests that hold a worker.</summary>
    public int BusyWorkers;

    /// <summary>Connections to the pod are refused although it is listed.</summary>
    public int RefuseFaults;

    /// <summary>The application is gone, its sidecar answers.</summary>
    public int AppDownFaults;

    /// <summary>The application resets connections.</summary>
    public int ResetFaults;

    /// <summary>Status of failed requests.</summary>
    public int ErrorStatus { get; private set; } = 500;

    /// <summary>Packets to the pod vanish; 0 = no fault holds (several may overlap).</summary>
    public int BlackHoleFaults;

    // What seldom counts.
    public int Id { get; }

    /// <summary>Place of the pod in the latency table.</summary>
    public int Place { get; init; }

    /// <summary>Node, for same-node latency.</summary>
    public int Node { get; init; } = -1;

    /// <summary>Small number of the pod's cluster and region in the recorded series; -1 = not yet given.</summary>
    public int SeriesPlace { get; set; } = -1;

    /// <summary>Reasons for which its certificate is no longer valid.</summary>
    public int ExpiryFaults { get; set; }

    /// <summary>Reasons for which its certificate has another root than its mesh.</summary>
    public int RootFaults { get; set; }

    /// <summary>Requests the pod takes at a time on one HTTP/2 connection (its SETTINGS).</summary>
    public int MaxStreams { get; set; } = int.MaxValue;

    /// <summary>The pod accepts connections: it started and is not gone.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>The application makes calls of its own.</summary>
    public bool MakesCalls { get; private set; }

    /// <summary>Whether the pod runs a sidecar.</summary>
    public bool HasSidecar { get; init; }

    /// <summary>The pod is nothing but a proxy: a gateway.</summary>
    public bool IsGateway { get; init; }

    /// <summary>Its sidecar believes the <c>x-envoy-*</c> headers of its application (never in an ordinary mesh).
    /// </summary>
    public bool TrustsEnvoyHeaders { get; init; }

    /// <summary>Its certificate ended at least once: what was decided of its connections holds for new ones only.
    /// </summary>
    public bool HasChangedCertificate { get; set; }

    /// <summary>Its application keeps answers of DNS.</summary>
    public bool KeepsNames => Application.DnsCacheNs > 0 || Application.DnsNegativeCacheNs > 0;

    public bool IsBlackHole => BlackHoleFaults > 0;

    public bool Refuses => !IsUp || RefuseFaults > 0 || (AppDownFaults > 0 && !HasSidecar);

    /// <summary>Jobs waiting for a worker, in order of arrival.</summary>
    public SlotQueue Waiting = new();

    /// <summary>A phase that is given instead of drawn.</summary>
    public double? SweepPhaseFixed { get; set; }

    private double? _sweepPhase;

    public PodRuntime(int id, string cluster, string ns, string name)
    {
        Id = id;
        Cluster = cluster;
        Namespace = ns;
        PodName = name;
        FullName = cluster + "/" + ns + "/" + name;
    }

    /// <summary>Asks for the memory that every request at this pod or from it reads.</summary>
    public void Prefetch()
    {
        Core.Prefetch.Range(in _statusFaults, 80);
        Core.Prefetch.Range(in LastInboundPort, 36);
        Core.Prefetch.Range(in Waiting, 12);
    }

    /// <summary>The pod's streams of random numbers.</summary>
    public required PodStreams Streams
    {
        get => _streams;
        init
        {
            _streams = value;
            ServiceStream = value.Service;
            RouteStream = value.Route;
            NetworkStream = value.Network;
        }
    }

    /// <summary>Draws of errors and optional calls.</summary>
    public RngStream DecisionStream => Streams.Decision;

    /// <summary>Phase of the sidecar's timers, 0..1: when it started, seen from time 0.</summary>
    public double SweepPhase => SweepPhaseFixed ?? (_sweepPhase ??= Streams.Start.NextDouble());

    /// <summary>How the application behaves.</summary>
    public ApplicationPlan Application
    {
        get => _application;
        set
        {
            _application = value;
            Workers = value.Workers;
            QueuePlaces = value.QueuePlaces;
            ErrorRate = value.ErrorRate;
            ErrorStatus = value.ErrorStatus;
            MakesCalls = value.Calls.Count > 0;
        }
    }

    /// <summary>Faults that answer a status, the last one begun first.</summary>
    public List<StatusFault> StatusFaults => _statusFaults ??= [];

    /// <summary>Some fault answers a status.</summary>
    public bool AnswersStatus => _statusFaults is { Count: > 0 };

    /// <summary>Faults that slow the application, the last one begun first.</summary>
    public List<SlowFault> SlowFaults => _slowFaults ??= [];

    /// <summary>Some fault slows the application.</summary>
    public bool IsSlow => _slowFaults is { Count: > 0 };
}

/// <summary>A share of requests is answered with a status.</summary>
internal sealed record StatusFault(int Status, double Rate, string Name, SourceSpan Span);

/// <summary>The service time is multiplied and lengthened.</summary>
internal sealed record SlowFault(double Factor, long AddNs, string Name, SourceSpan Span);

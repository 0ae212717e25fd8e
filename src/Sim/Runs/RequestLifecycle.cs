using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Engine;
using Sim.Envoy;

namespace Sim.Runs;

/// <summary>Kinds of events of a run.</summary>
internal enum EventKind : byte
{
    Arrival,
    ServerArrival,
    ServiceDone,
    Response,
    InboundRetry,

    // Numbers are part of fingerprints: a retired one is not used again.
    StreamReset = 6,
    RouteTimeout,
    PerTryTimeout,
    ClientTimeout,
    RetryBackoff,
    DelayOver,
    Connected,
    ConnectFailed,
    ConnectRetry,
    ConnectTimeout,
    Sweep,
    MergeFlush,
    Action,
    RelayHello,
    RelayAnswer,
    RelayTimeout,
    StreamDuration,
    PerTryIdleTimeout,
    IdleTimeout,
    Deadline,
    StreamIdle,
    UpstreamDuration,
    BodyPiece,
}

/// <summary>The life of requests: control flow only. Envoy's types decide, this type schedules.</summary>
/// <remarks>
/// A call is one request of an application through its own sidecar; it has one try at a time. A job is one try at a
/// server. Both live in pools, addressed by index and guarded by generation, so an event of something that has ended
/// is ignored. A plain request costs four events: arrival, arrival at the server, end of service, answer.
/// </remarks>
internal sealed partial class RequestLifecycle
{
    private readonly SlotPool<CallSlot> _calls = new();
    private readonly SlotPool<JobSlot> _jobs = new();
    private TryState[] _tries = new TryState[64];
    private RetryState[] _inboundRetries = new RetryState[64];
    private LbContext _first;
    private readonly List<int> _scratch = [];
    private readonly List<int> _starting = [];
    private readonly List<PodRuntime> _pods = [];
    private readonly List<ClusterRuntime> _clusters = [];
    private readonly LatencyTable _latency;
    private readonly IEventQueue _queue;

    public RequestLifecycle(LifecycleOptions options, IEventQueue queue, IRunSink sink)
    {
        Options = options;
        Resolver = new RouteResolver(options.Profile);
        _queue = queue;
        Sink = sink;
        _latency = options.Latency;
        ProxyPassNs = options.ProxyPassNs;
        Judges = new JudgeTables(options.Profile);
    }

    public LifecycleOptions Options { get; }

    /// <summary>Adds up the calls of each phase; null = nobody asks.</summary>
    public CallCounter? Calls { get; init; }

    /// <summary>Links of every host that was ever known.</summary>
    public IReadOnlyList<HostLink> Links => _links;

    /// <summary>Hears of every entry request that ended and of every ejection.</summary>
    public IRunSink Sink { get; }

    /// <summary>Explains the traced request; null when nothing is traced.</summary>
    public RequestTrace? Trace { get; set; }

    /// <summary>Number of the entry request to trace; -1 = none.</summary>
    public long TracedRequest { get; set; } = -1;

    public long Now => _queue.NowNs;

    public long ProxyPassNs { get; }

    /// <summary>Entry requests started.</summary>
    public long Started { get; private set; }

    /// <summary>Entry requests that ended.</summary>
    public long Ended { get; private set; }

    /// <summary>Calls that have not ended, calls of applications included.</summary>
    public int InFlight { get; private set; }

    public IReadOnlyList<PodRuntime> Pods => _pods;

    /// <summary>Finds out what a proxy does with a request.</summary>
    public RouteResolver Resolver { get; }

    /// <summary>Starts a request of the entry traffic now.</summary>
    public void StartEntry(int clientPod, RequestTemplate template, int traffic)
    {
        int call = StartCall(clientPod, template, traffic, Started++);
        if (_calls[call].Traced)
        {
            Trace!.At(RequestTrace.Root).Begin(Now, _calls[call].Id, _pods[clientPod], template);
        }

        RouteCall(call);
    }

    /// <summary>Hands an event to the code of its kind.</summary>
    public void Handle(EventKind kind, int target, uint generation)
    {
        switch (kind)
        {
            case EventKind.ServerArrival when _jobs.IsAlive(target, generation):
                OnServerArrival(target);
                break;
            case EventKind.ServiceDone when _jobs.IsAlive(target, generation):
                OnServiceDone(target);
                break;
            case EventKind.Response when _jobs.IsAlive(target, generation):
                OnResponse(target);
                break;
            case EventKind.InboundRetry when _jobs.IsAlive(target, generation):
                StartInboundTry(target);
                break;
            case EventKind.StreamReset when IsAttempt(target, generation) && _calls[target].Phase == CallPhase.Sent:
                OnStreamReset(target);
                break;
            case EventKind.PerTryTimeout or EventKind.PerTryIdleTimeout when IsAttempt(target, generation):
                OnPerTryTimeout(target, isIdle: kind == EventKind.PerTryIdleTimeout);
                break;
            case EventKind.StreamDuration when _calls.IsAlive(target, generation):
                OnStreamDuration(target);
                break;
            case EventKind.RouteTimeout when _calls.IsAlive(target, generation):
                OnRouteTimeout(target);
                break;
            case EventKind.ClientTimeout when _calls.IsAlive(target, generation):
                OnClientTimeout(target);
                break;
            case EventKind.RetryBackoff when _calls.IsAlive(target, generation):
                StartAttempt(target);
                break;
            case EventKind.DelayOver when _calls.IsAlive(target, generation):
                AfterDelay(target);
                break;
            case EventKind.Connected or EventKind.ConnectFailed or EventKind.ConnectRetry or EventKind.ConnectTimeout:
                OnConnectionEvent(kind, target, generation);
                break;
            case EventKind.RelayHello or EventKind.RelayAnswer or EventKind.RelayTimeout:
                OnRelayEvent(kind, target, generation);
                break;
            case EventKind.Deadline:
                OnDeadline(target);
                break;
            case EventKind.BodyPiece or EventKind.UpstreamDuration or EventKind.StreamIdle:
                OnStreamEvent(kind, target, generation);
                break;
            case EventKind.IdleTimeout:
                OnIdleTimeout(target, generation);
                break;
            case EventKind.Sweep:
                OnSweep(_clusters[target]);
                break;
            case EventKind.MergeFlush:
                OnMergeFlush(_clusters[target]);
                break;
            case EventKind.Action:
                RunAction(target);
                break;
            default:
                break;
        }
    }

    /// <summary>Guard of events that belong to one try: the generation of the call and the number of the try. A try
    /// that was given up keeps its number until the next one starts, so a reset must also find it under way.</summary>
    private uint AttemptKey(int call, int attempt) => (_calls.GenerationOf(call) << 8) | (uint)(attempt & 0xff);

    private bool IsAttempt(int call, uint key) => AttemptKey(call, _calls[call].Attempts) == key;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Schedule(EventKind kind, long timeNs, int target, uint generation) =>
        _queue.Schedule(timeNs, 1, (int)kind, target, generation);

    private void OnSweep(ClusterRuntime cluster)
    {
        if (!cluster.IsLive || cluster.Outlier is not { } outlier)
        {
            return;
        }

        outlier.Sweep(Now);
        ScheduleMerge(cluster);
        Schedule(EventKind.Sweep, outlier.NextSweepAtNs, cluster.Id, 0);
    }

    private void OnMergeFlush(ClusterRuntime cluster)
    {
        cluster.MergeEventNs = long.MaxValue;
        if (cluster.IsLive)
        {
            cluster.Upstream.FlushMerge(Now);
            ScheduleMerge(cluster);
        }
    }

    /// <summary>Makes sure that an event stands where the balancer next learns of held health changes.</summary>
    private void ScheduleMerge(ClusterRuntime cluster)
    {
        long at = cluster.Upstream.NextMergeFlushAtNs;
        if (at < cluster.MergeEventNs)
        {
            cluster.MergeEventNs = at;
            Schedule(EventKind.MergeFlush, at, cluster.Id, 0);
        }
    }
}

using Sim.Core;
using Sim.Envoy;
using Sim.Telemetry;

namespace Sim.Runs.Observing;

/// <summary>Counts what both proxies of every hop would count.</summary>
/// <remarks>A counter is one look-up by a key of small numbers; labels are made once, when a key is seen for the first
/// time. Istio: the stats filter counts once a request is complete, at the client whatever the number of its tries, at
/// the server for each try; without a service the Host header names it as it stands, with its port
/// (istio/proxy: source/extensions/filters/http/istio_stats/istio_stats.cc#populatePeerInfo). Simplified: sizes are
/// those of bodies; a passage to an address of which nothing is known is not counted, for nobody knows what answers
/// there; east-west gateways report nothing; peers know each other over plaintext TCP
/// too.</remarks>
internal sealed class HopMetrics : IHopObserver
{
    private const int NoService = -1;
    private const string PassthroughName = "PassthroughCluster";

    private readonly RequestLifecycle _lifecycle;
    private readonly IObservedWorkloads _workloads;
    private readonly Dictionary<CellKey, MetricCell> _cells = [];
    private readonly List<ProxyPage?> _pages = [];
    private readonly List<MetricWorkload> _known = [];
    private readonly Dictionary<MetricWorkload, int> _knownIds = [];
    private readonly List<(MetricServiceKind Kind, string Host)> _services = [];
    private readonly Dictionary<(MetricServiceKind Kind, string Host), int> _serviceIds = [];
    private readonly Dictionary<(int Pod, int Port), int> _serviceOfPort = [];
    private readonly Dictionary<int, int> _serviceOfTemplate = [];
    private readonly Dictionary<int, int> _passedOfTemplate = [];
    private readonly bool _hasEnvoyStats;
    private int[] _workloadOfPod = [];
    private int[] _serviceOfCluster = [];

    public HopMetrics(RequestLifecycle lifecycle, IObservedWorkloads workloads, bool hasEnvoyStats)
    {
        _lifecycle = lifecycle;
        _workloads = workloads;
        _hasEnvoyStats = hasEnvoyStats;
    }

    /// <summary>What a pod's proxy exposes; null without proxy, and of a gateway that counts nothing.</summary>
    public ProxyPage? PageOf(PodRuntime pod)
    {
        bool isThere = pod.Id < _pages.Count && _pages[pod.Id] is not null;
        bool counts = !pod.IsGateway
            || pod.Proxy?.Snapshot?.Outbound.Any(static l => l.ReadsHttp || l.PassesBytes) == true;
        return pod.HasSidecar && (isThere || counts) ? MakePage(pod) : null;
    }

    private ProxyPage MakePage(PodRuntime pod)
    {
        while (_pages.Count <= pod.Id)
        {
            _pages.Add(null);
        }

        return _pages[pod.Id] ??= new ProxyPage { Envoy = _hasEnvoyStats ? new EnvoyStats(pod) : null };
    }

    /// <inheritdoc/>
    public void CallEnded(ref readonly CallSlot call, int lastPod, int code, ResponseFlags flags)
    {
        PodRuntime client = _lifecycle.Pods[call.ClientPod];
        if (!client.HasSidecar || !ReachedProxy(call.Route?.Immediate))
        {
            return;
        }

        int peer = lastPod >= 0 && _lifecycle.Pods[lastPod].IsGateway ? call.LastPeer : lastPod;
        bool isTcp = call.Route is { IsTcp: true };
        var key = new CellKey(
            client.Id, peer < 0 ? -1 : WorkloadOf(peer), ServiceOf(in call), code, flags.Bits, call.ByMtls, true,
            isTcp);
        CellOf(in key).Add((_lifecycle.Now - call.StartNs) / SimDuration.Millisecond, 0, BodyOf(code, peer));
    }

    /// <inheritdoc/>
    public void InboundEnded(PodRuntime pod, long arrivedNs, int code, ResponseFlags flags)
    {
    }

    /// <inheritdoc/>
    public void InboundEnded(PodRuntime pod, ref readonly JobSlot job, int code, ResponseFlags flags)
    {
        if (pod.IsGateway)
        {
            return;
        }

        bool isTcp = pod.Proxy!.InboundOf(job.InboundPort).IsTcp;
        var key = new CellKey(
            pod.Id, WorkloadOf(_lifecycle.PeerOf(in job)), ServiceOf(pod, job.InboundPort), isTcp ? 0 : code,
            flags.Bits, job.ByMtls, false, isTcp);
        CellOf(in key).Add((_lifecycle.Now - job.ArrivedNs) / SimDuration.Millisecond, 0, BodyOf(code, pod.Id));
    }

    /// <inheritdoc/>
    public void Application(PodRuntime pod, ApplicationEvent what, int code, long nowNs)
    {
    }

    /// <summary>Whether a request that was answered without upstream came to a proxy at all.</summary>
    private static bool ReachedProxy(ImmediateReply? reply) => reply is null || reply.Code > 0;

    private long BodyOf(int code, int pod) =>
        code == 200 && pod >= 0 ? _lifecycle.Pods[pod].Application.ResponseBytes : 0;

    private MetricCell CellOf(in CellKey key)
    {
        if (!_cells.TryGetValue(key, out MetricCell? cell))
        {
            cell = NewCell(in key);
            _cells.Add(key, cell);
        }

        return cell;
    }

    private MetricCell NewCell(in CellKey key)
    {
        MetricWorkload own = _known[WorkloadOf(key.Reporter)];
        MetricWorkload? peer = key.Peer < 0 ? null : _known[key.Peer];
        var outcome = new MetricOutcome(key.Code, key.Flags == 0 ? "" : new ResponseFlags(key.Flags).ToString());
        (MetricServiceKind kind, string host) = key.Service == NoService ? default : _services[key.Service];
        bool isHeader = kind is MetricServiceKind.None or MetricServiceKind.BlackHole
            or MetricServiceKind.Passthrough;
        bool hasFailed = new ResponseFlags(key.Flags).Has(ResponseFlag.UpstreamConnectionFailure);
        if (key.IsSource && peer is not null && hasFailed)
        {
            peer = peer with { HasProxy = false }; // It never said who it is: the endpoint's metadata speaks.
        }

        var request = new IstioRequest
        {
            Source = key.IsSource ? own : peer,
            Destination = key.IsSource ? peer : own,
            AtSource = key.IsSource ? outcome : null,
            AtDestination = key.IsSource ? null : outcome,
            ServiceKind = kind,
            ServiceHost = isHeader ? "" : host,
            HostHeader = isHeader ? host : "",
            IsMutualTls = key.IsMtls,
            Protocol = key.IsTcp ? MetricProtocol.Tcp : MetricProtocol.Http,
        };
        ProxyPage page = MakePage(_lifecycle.Pods[key.Reporter]);
        var cell = new MetricCell(IstioMetrics.Of(request), key.IsTcp, page.Lines);
        page.Add(cell);
        return cell;
    }

    private int WorkloadOf(int pod)
    {
        if (pod >= _workloadOfPod.Length)
        {
            int old = _workloadOfPod.Length;
            Array.Resize(ref _workloadOfPod, Math.Max(pod + 1, (2 * old) + 16));
            Array.Fill(_workloadOfPod, -1, old, _workloadOfPod.Length - old);
        }

        if (_workloadOfPod[pod] < 0)
        {
            MetricWorkload workload = _workloads.WorkloadOf(_lifecycle.Pods[pod]);
            if (!_knownIds.TryGetValue(workload, out int id))
            {
                id = _known.Count;
                _known.Add(workload);
                _knownIds.Add(workload, id);
            }

            _workloadOfPod[pod] = id;
        }

        return _workloadOfPod[pod];
    }

    private int ServiceOf(ref readonly CallSlot call)
    {
        if (call.Cluster is not { } cluster)
        {
            if (!_serviceOfTemplate.TryGetValue(call.Template.Id, out int id))
            {
                bool isBlocked = call.Route?.Immediate?.Disposition == Disposition.EgressBlocked;
                id = IdOf(isBlocked ? MetricServiceKind.BlackHole : MetricServiceKind.None, HostOf(call.Template));
                _serviceOfTemplate.Add(call.Template.Id, id);
            }

            return id;
        }

        if (cluster.Config.Name == PassthroughName)
        {
            if (!_passedOfTemplate.TryGetValue(call.Template.Id, out int passed))
            {
                bool isTcp = call.Route is { IsTcp: true }; // Bytes have no Host header.
                passed = IdOf(MetricServiceKind.Passthrough, isTcp ? "" : HostOf(call.Template));
                _passedOfTemplate.Add(call.Template.Id, passed);
            }

            return passed;
        }

        if (cluster.Id >= _serviceOfCluster.Length)
        {
            int old = _serviceOfCluster.Length;
            Array.Resize(ref _serviceOfCluster, Math.Max(cluster.Id + 1, (2 * old) + 16));
            Array.Fill(_serviceOfCluster, NoService, old, _serviceOfCluster.Length - old);
        }

        ref int known = ref _serviceOfCluster[cluster.Id];
        if (known == NoService)
        {
            string name = cluster.Config.Name;
            string host = name[(name.LastIndexOf('|') + 1)..];
            known = IdOf(KindOf(host), host);
        }

        return known;
    }

    private static string HostOf(RequestTemplate template) => template.Headers.Authority ?? "";

    private int ServiceOf(PodRuntime pod, int port)
    {
        if (!_serviceOfPort.TryGetValue((pod.Id, port), out int id))
        {
            string host = _workloads.ServiceOf(pod, port);
            id = host.Length == 0 ? NoService : IdOf(KindOf(host), host);
            _serviceOfPort.Add((pod.Id, port), id);
        }

        return id;
    }

    private static MetricServiceKind KindOf(string host) => host.Contains(".svc.", StringComparison.Ordinal)
        ? MetricServiceKind.Kubernetes : MetricServiceKind.ServiceEntry;

    private int IdOf(MetricServiceKind kind, string host)
    {
        if (!_serviceIds.TryGetValue((kind, host), out int id))
        {
            id = _services.Count;
            _services.Add((kind, host));
            _serviceIds.Add((kind, host), id);
        }

        return id;
    }

    private readonly record struct CellKey(
        int Reporter, int Peer, int Service, int Code, ulong Flags, bool IsMtls, bool IsSource, bool IsTcp);
}

/// <summary>What metrics say of pods and of the services they belong to.</summary>
internal interface IObservedWorkloads
{
    /// <summary>Names and labels of a pod's workload.</summary>
    MetricWorkload WorkloadOf(PodRuntime pod);

    /// <summary>Host of the service that a workload port belongs to; empty when there is none.</summary>
    string ServiceOf(PodRuntime pod, int port);
}

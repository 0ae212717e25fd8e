using System.Globalization;
using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.Mesh;
using Sim.Runs.Kube;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;
using Sim.World;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>One replication of a scenario: clusters, control planes, sidecars, applications and users in one event
/// loop.</summary>
internal sealed partial class ScenarioSimulation
{
    private readonly ScenarioDocument _document;
    private readonly DiagnosticBag _findings;
    private readonly EventLoop<LifecycleHandler, FingerprintProbe, WheelPendingSet> _loop;
    private readonly RequestLifecycle _lifecycle;
    private readonly CallCounter _calls;
    private readonly ControlPlane _control;
    private readonly ScenarioPlaces _places;
    private readonly Workloads _workloads;
    private readonly RunRecorder _recorder;
    private bool _isAnalysis;
    private readonly List<TrafficSource> _sources = [];
    private readonly List<TrafficInfo> _traffic = [];
    private readonly Dictionary<(LiveCluster Cluster, int Pod), PodRuntime> _pods = [];
    private readonly List<FaultBand> _bands = [];
    private readonly Dictionary<string, int> _addressVersions = new(StringComparer.Ordinal);
    private readonly Observatory? _observatory;
    private readonly int _replication;
    private List<PodRecord>? _podsAtEnd;

    /// <summary>Builds a replication; nothing has happened yet.</summary>
    public ScenarioSimulation(ScenarioDocument document, int replication, int requestsKept, DiagnosticBag findings)
    {
        _document = document;
        _replication = replication;
        _findings = findings;
        _places = new ScenarioPlaces(document, findings);
        _workloads = new Workloads(document);
        _loop = new EventLoop<LifecycleHandler, FingerprintProbe, WheelPendingSet>(new WheelPendingSet(1024), default);
        _recorder = new RunRecorder(_traffic, id => _lifecycle!.Pods[id], document.GeoOf, document.BinNs, requestsKept);
        _calls = new CallCounter(document);
        _lifecycle = new RequestLifecycle(
            new LifecycleOptions
            {
                Seed = document.Seed,
                Replication = replication,
                ProxyPassNs = document.Topology.ProxyOverheadNs,
                SweepPhaseNs = document.Proxy.OutlierSweepPhaseNs?.Value,
                Latency = _places.Latency,
                IsSettled = true,
                Profile = ProfileOf(document.Istio),
                MovesData = document.Workloads.Any(static w => w.DataClass.Value.Length > 0),
            },
            _loop, _recorder) { Calls = _calls };
        _lifecycle.Addresses = new ServiceAddresses(_lifecycle.PodAt);
        var options = new MeshOptions
        {
            Profile = ProfileOf(document.Istio),
            Extensions = [.. document.Extensions.Select(static e => e.Value)],
        };
        _lifecycle.DnsTimeToLiveNs = document.Delays.DnsTimeToLiveNs;
        _lifecycle.Resolver.IsReachable = (cluster, address, port) => _lifecycle.PodAt(address) >= 0
            || _lifecycle.Addresses.Find(cluster, address, port) is not null;
        _lifecycle.Resolver.Clock = () => _loop.NowNs;
        _control = new ControlPlane(document, options, _lifecycle.At, findings)
        {
            PodsChanged = FollowPods,
            ObjectsChanged = FollowNames,
            Delivered = Deliver,
            Streams = _lifecycle.NewStream,
            CertificateEnded = EndCertificate,
            Disconnected = Disconnect,
            Noted = (kind, subject, text) => _recorder.Note(_lifecycle.Now, kind, subject, text),
        };
        foreach (LiveCluster cluster in _control.Clusters)
        {
            _lifecycle.Addresses.AddCluster(cluster.Name, cluster.LiveObjects);
        }

        if (document.Observation.Servers is not null)
        {
            _observatory = new Observatory(document, _lifecycle, _control.Clusters);
            _lifecycle.Hops = _observatory.Hops;
        }
    }

    /// <summary>Explains one request; set before <see cref="Prepare"/>.</summary>
    public RequestTrace? Trace
    {
        get => _lifecycle.Trace;
        set => _lifecycle.Trace = value;
    }

    /// <summary>Number of the entry request to explain; -1 = none.</summary>
    public long TracedRequest
    {
        get => _lifecycle.TracedRequest;
        set => _lifecycle.TracedRequest = _recorder.Ledger.TracedRequest = value;
    }

    /// <summary>The clusters as they are now.</summary>
    public IReadOnlyList<LiveCluster> Clusters => _control.Clusters;

    public long Requests => _recorder.Total;

    public long NowNs => _loop.NowNs;

    /// <summary>Reads manifests, compiles configurations, schedules traffic, probes and the timeline.</summary>
    /// <param name="isAnalysis">Proxies say what they refuse and use nothing: what is said about the scenario stays the
    /// same, but nothing can be simulated.</param>
    public void Prepare(bool isAnalysis = false)
    {
        _isAnalysis = isAnalysis;
        _control.Start();
        RuleExamination.FindUnread(_document, _control.Clusters, _findings);
        _observatory?.Start(_recorder, _findings);
        _workloads.HostRewrite = _control.Global.Rewrite;
        FollowNames();
        foreach (TrafficSpec spec in _document.Traffic)
        {
            AddTraffic(spec);
        }

        foreach (ProbeSpec probe in _document.Probes)
        {
            AddProbe(probe);
        }

        foreach (TimelineStep step in _document.Timeline)
        {
            _lifecycle.At(step.AtNs, () => Take(step));
        }

        _loop.Prepares = _lifecycle.Pods.Count >= RequestLifecycle.ManyPods;
        _lifecycle.SetSources(_sources);
        _loop.SetHandler(new LifecycleHandler(_lifecycle, [.. _sources]));
        FollowSenders();
        FindAbsentSenders();
        foreach (TrafficSource source in _sources)
        {
            source.Start();
        }
    }

    /// <summary>Simulates up to a time in chunks.</summary>
    /// <param name="untilNs">Time.</param>
    /// <param name="afterChunk">Called after each chunk; false stops the run.</param>
    /// <returns>False when it was stopped.</returns>
    public bool RunUntil(long untilNs, Func<bool>? afterChunk = null)
    {
        while (_observatory is { } observatory && observatory.DueNs is var due && due <= untilNs)
        {
            if (!Simulate(due, afterChunk))
            {
                return false;
            }

            observatory.Observe(due);
        }

        return Simulate(untilNs, afterChunk);
    }

    private bool Simulate(long untilNs, Func<bool>? afterChunk)
    {
        while (_calls.EndNs <= untilNs)
        {
            if (!SimulateOn(_calls.EndNs, afterChunk))
            {
                return false;
            }

            _calls.EndPhase(_lifecycle.Links, _lifecycle.Pods);
        }

        return SimulateOn(untilNs, afterChunk);
    }

    private bool SimulateOn(long untilNs, Func<bool>? afterChunk)
    {
        while (!_loop.RunUntil(untilNs))
        {
            _lifecycle.CheckInvariants();
            if (afterChunk is not null && !afterChunk())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Lets requests that are still on their way end, as far as a minute goes; no new ones start after the
    /// end of the run.</summary>
    public void Drain()
    {
        _podsAtEnd = PodRecords();
        _loop.RunUntil(_document.DurationNs + SimDuration.Minute, int.MaxValue);
    }

    /// <summary>Sends one request now, besides the traffic; for explanations.</summary>
    public void SendTraced(int pod, RequestTemplate template, int traffic)
    {
        TracedRequest = _lifecycle.Started;
        _lifecycle.StartEntry(pod, template, traffic);
    }

    /// <summary>A template for a curl line, and the index of its traffic entry.</summary>
    public (RequestTemplate Template, int Traffic) AddManual(CurlRequest curl)
    {
        RequestTemplate template = _workloads.TemplateOf(curl, 0);
        _traffic.Add(new TrafficInfo("why", template.Service, true));
        return (template, _traffic.Count - 1);
    }

    /// <summary>First pod that can send for a workload; -1 = none.</summary>
    public int FindSender(string cluster, string ns, string workload)
    {
        int[] senders = SendersOf(cluster, ns, workload);
        return senders.Length > 0 ? senders[0] : -1;
    }

    /// <summary>The result, without judgements.</summary>
    public RunResult Build(RunStamp stamp, bool isInterrupted)
    {
        _lifecycle.CheckInvariants();
        if (_lifecycle.EntriesInFlight is > 0 and long open && !isInterrupted)
        {
            _recorder.Note(_document.DurationNs, "note", "requests", string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{open} requests had not ended a minute after the end of the run: they are in no figure"));
        }

        FindUnsent();
        Observation observation = _observatory?.Build(_findings) ?? Observation.None;
        _lifecycle.LogOpenGatewayConnections();
        Fingerprint events = _loop.Probe.Value;
        return _recorder.Build(stamp, new RunFrame
        {
            DurationNs = isInterrupted ? Math.Min(_loop.NowNs, _document.DurationNs) : _document.DurationNs,
            WarmupNs = _document.WarmupNs,
            Start = _document.Start.Value.ToString("yyyy-MM-ddTHH:mm:ssZ",
                System.Globalization.CultureInfo.InvariantCulture),
            Description = _document.VariantDescription.Length > 0 ? _document.VariantDescription
                : _document.Description.Value ?? "",
            EventsFingerprint = events.ToString(),
            EventCount = _loop.Handled,
            IsInterrupted = isInterrupted,
            Faults = [.. _bands.OrderBy(static b => b.FromNs)],
            Findings = _findings.Items.Where(static d => !IsNotModelled(d)).ToList(),
            NotModelled = _findings.Items.Where(IsNotModelled).ToList(),
            Pods = _podsAtEnd ?? PodRecords(),
            Calls = GraphOfCalls(),
            Observation = observation,
        });
    }

    private ServiceGraph GraphOfCalls()
    {
        _calls.EndPhase(_lifecycle.Links, _lifecycle.Pods);
        return _calls.Build();
    }

    private List<PodRecord> PodRecords() => _control.Clusters.SelectMany(static c => c.Pods)
        .Where(static p => !p.IsGone)
        .Select(static p => new PodRecord(
            p.Cluster, p.Namespace, p.Name, p.Workload, p.Region, p.Zone, p.HasSidecar, p.IsReady)).ToList();

    internal static IstioProfile ProfileOf(string text) => text switch
    {
        "1.22" => IstioProfile.V1_22,
        "1.31" => IstioProfile.V1_31,
        _ => IstioProfile.V1_29,
    };

    private static bool IsNotModelled(Diagnostic d) =>
        d.Code is ScenarioCodes.NotModelled || d.Message.Contains("not modelled", StringComparison.Ordinal);

    /// <summary>Brings the run's pods in line with the cluster's: new ones, started ones, gone ones.</summary>
    private void FollowPods(LiveCluster cluster)
    {
        foreach (PodState state in cluster.Pods)
        {
            if (!_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod))
            {
                if (state.IsGone)
                {
                    continue;
                }

                pod = NewPod(cluster, state);
                _control.Configure(cluster, state);
            }

            bool isUp = state.Phase == PodPhase.Running; // An application that has ended finishes what it has.
            if (isUp && !pod.IsUp)
            {
                pod.IsUp = true;
                _control.Configure(cluster, state);
                _recorder.Note(_lifecycle.Now, "pod", pod.FullName, "is up");
            }
            else if (!isUp && pod.IsUp)
            {
                _lifecycle.StopPod(pod);
                _recorder.Note(_lifecycle.Now, "pod", pod.FullName, "is gone");
            }
        }

        FollowSenders();
        if (_addressVersions.GetValueOrDefault(cluster.Name) != cluster.Version)
        {
            _addressVersions[cluster.Name] = cluster.Version;
            _lifecycle.AddressesChanged(cluster.Name);
        }
    }

    /// <summary>Cluster DNS answers for the Services that there are.</summary>
    private void FollowNames()
    {
        foreach (LiveCluster cluster in _control.Clusters)
        {
            List<DnsFault> faults = _dnsFaults.GetValueOrDefault(cluster.Name) ?? [];
            _lifecycle.SetNames(cluster.Name, _control.NamesOf(cluster, faults));
        }
    }

    private PodRuntime NewPod(LiveCluster cluster, PodState state)
    {
        ClusterSpec spec = _document.FindCluster(cluster.Name)!;
        (ApplicationPlan plan, Distribution time) = _workloads.Of(state);
        string trust = spec.TrustDomain.Value.Length > 0 ? spec.TrustDomain.Value : "cluster.local";
        var pod = new PodRuntime(_lifecycle.Pods.Count, state.Cluster, state.Namespace, state.Name)
        {
            Workload = state.Workload,
            Region = state.Region.Length > 0 ? state.Region : spec.Region.Value ?? "",
            Zone = state.Zone,
            Place = _places.PlaceOf(state),
            Node = _places.NodeOf(state),
            Ip = state.Ip,
            HasSidecar = state.HasSidecar,
            Network = spec.Network.Value ?? "",
            IsGateway = EastWestGateway.IsGateway(state),
            Identity = state.HasSidecar ? new WorkloadIdentity(
                $"{trust}/ns/{state.Namespace}/sa/{state.ServiceAccount}", trust, spec.TrustRoot) : null,
            Streams = new PodStreams(_document.Seed, _replication, state.Incarnation == 0 ? state.Key
                : string.Create(CultureInfo.InvariantCulture, $"{state.Key}~{state.Incarnation}")),
            IsUp = state.IsServing,
            Application = plan,
            ServiceTime = time,
        };
        _observatory?.PodMade(pod, cluster, state);
        _pods.Add((cluster, state.Id), pod);
        _lifecycle.AddPod(pod);
        return pod;
    }

    private void Deliver(LiveCluster cluster, PodState state, ProxySnapshot snapshot)
    {
        if (_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod))
        {
            ProxySnapshot accepted = Accepted(pod, snapshot, out RouteProblem? refusal);
            if (!_isAnalysis)
            {
                _lifecycle.Push(pod, accepted);
                pod.Proxy!.Refusal = refusal;
            }
        }
    }

    /// <summary>Pods that send for a source now.</summary>
    private int[] SendersOf(SourceSpec from, string name) => from.IsOutside
        ? _lifecycle.Pods.FirstOrDefault(p => p.FullName == OutsideName(from, name)) is { } pod ? [pod.Id] : []
        : SendersOf(from.Cluster, from.Namespace, from.Workload);

    private int[] SendersOf(string cluster, string ns, string workload)
    {
        var list = new List<int>();
        foreach (LiveCluster c in _control.Clusters)
        {
            foreach (PodState s in c.Pods)
            {
                if ((cluster.Length == 0 || c.Name == cluster) && (ns.Length == 0 || s.Namespace == ns)
                    && s.Workload == workload && s is { IsServing: true, IsTerminating: false })
                {
                    list.Add(_pods[(c, s.Id)].Id);
                }
            }
        }

        return [.. list];
    }
}

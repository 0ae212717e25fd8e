using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>One Kubernetes cluster in time: from declared objects and changes to nodes, pods and EndpointSlices, and
/// to what istiod has heard of them.</summary>
/// <remarks>
/// <para>A pure state machine: it never schedules. The caller applies changes, advances it to
/// <see cref="NextEventAtNs"/>, and reads <see cref="Pods"/> and <see cref="LiveObjects"/> when
/// <see cref="Version"/> has changed. No random number is drawn.</para>
/// <para>A new pod: created - (schedule) - containers start - (startup of its workload) - application up -
/// (readiness) - Ready - (endpointSlice) - EndpointSlice - (watch) - istiod has heard. A deleted pod terminates at
/// once, serves what it has until its drain has ended, and is gone. The first manifests are taken to have been applied
/// long ago: their pods are Ready at 0. Deployments, StatefulSets, DaemonSets, bare ReplicaSets and Jobs make pods; a
/// Job of the first manifests has just begun. Pods, Nodes and EndpointSlices of a dump are taken as they are; an owner
/// that has pods in the dump is not expanded again, and a dumped EndpointSlice holds until one of its pods changes.
/// </para>
/// <para>Simplified: controllers act without delay of their own; an application without sidecar serves as long as one
/// with a sidecar; the number of pods does not follow the load (MS3090).</para>
/// </remarks>
public sealed partial class LiveCluster
{
    private readonly ScenarioDocument _document;
    private readonly ClusterSpec _spec;
    private readonly IstioProfile _profile;
    private readonly ClusterObjects _declared;
    private readonly AddressBook _addresses;
    private readonly SliceBook _slices = new();
    private IReadOnlyList<Node>? _madeNodes;
    private readonly List<PodEntry> _pods = [];
    private readonly List<PodState> _states = [];
    private readonly PriorityQueue<Happening, (long AtNs, long Sequence)> _events = new();
    private IReadOnlyList<Node> _nodes = [];
    private IReadOnlyList<KubeObject> _heard = [];
    private ManifestSet? _live;
    private readonly List<int> _held = [];
    private long _sequence;
    private long _nowNs;

    /// <summary>An empty cluster.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="spec">The cluster.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    public LiveCluster(ScenarioDocument document, ClusterSpec spec, IstioProfile profile)
    {
        _document = document;
        _spec = spec;
        _profile = profile;
        _declared = new ClusterObjects(document.Admission, profile, new ManifestExtensions(document));
        bool isRange = Ipv4Range.TryParse(spec.PodSubnet, out Ipv4Range pods);
        isRange &= Ipv4Range.TryParse(spec.ServiceSubnet, out Ipv4Range services);
        _addresses = isRange ? new AddressBook(pods, services)
            : throw new ArgumentException("the subnets of the cluster cannot be read", nameof(spec));
    }

    private enum Step
    {
        Start,
        Ready,
        Available,
        End,
        Gone,
        HearReady,
        HearUnready,
        HearTerminating,
        HearGone,
        HearObjects,
    }

    /// <summary>Name.</summary>
    public string Name => _spec.Name;

    /// <summary>All pods ever, by id; those that are gone stay, marked so.</summary>
    public IReadOnlyList<PodState> Pods => _states;

    /// <summary>Changes whenever istiod has heard of something new.</summary>
    public int Version { get; private set; }

    /// <summary>When the next thing happens; null when nothing is under way.</summary>
    public long? NextEventAtNs => _events.TryPeek(out _, out (long AtNs, long Sequence) p) ? p.AtNs : null;

    /// <summary>Pods that start with a sidecar wait until it is false again: their sidecars get no configuration.
    /// </summary>
    public bool HoldsNewProxies { get; set; }

    /// <summary>Starts the pods that waited for their sidecars' configuration.</summary>
    /// <param name="nowNs">Now; not before the last call's.</param>
    public void ReleaseNewProxies(long nowNs)
    {
        Advance(nowNs);
        foreach (int id in _held)
        {
            PodEntry pod = _pods[id];
            Set(pod, pod.State with { StartedNs = nowNs });
            Schedule(nowNs, new Happening(Step.Start, id));
            Schedule(nowNs + _document.Delays.ReadinessNs, new Happening(Step.Ready, id));
        }

        _held.Clear();
        Advance(nowNs);
    }

    /// <summary>Applies the first manifests at time 0: their pods are up.</summary>
    public void Load(IReadOnlyList<ScenarioFile> files, DiagnosticBag diagnostics)
    {
        _declared.Load(files.Select(static f => (f.Shown, f.Text)), diagnostics);
        if (_spec.EastWestGateway is { } gateway)
        {
            _declared.Apply(EastWestGateway.Manifests(_spec, gateway), diagnostics);
        }

        if (_spec.IngressGateway is { } ingress)
        {
            _declared.Apply(IngressGateway.Manifests(_spec, ingress), diagnostics);
        }

        _nodes = NodesOf(_declared.Objects);
        TakeDumpedPods();
        HoldWithinBounds(diagnostics);
        SigningCertificate.Check(_declared.Objects, _profile, diagnostics);
        Reconcile(isSettled: true);
        TellJobs(_declared.Objects, diagnostics);
        _heard = _declared.Objects;
        Version++;
    }

    /// <summary>Makes a change now.</summary>
    /// <param name="change">The change.</param>
    /// <param name="nowNs">Now; not before the last call's.</param>
    /// <param name="diagnostics">Receives findings of admission.</param>
    public KubeOutcome Apply(KubeChange change, long nowNs, DiagnosticBag diagnostics)
    {
        Advance(nowNs);
        if (change is KillPod kill)
        {
            PodEntry pod = _pods[kill.PodId];
            Terminate(pod, 0);
            Advance(nowNs);
            return new KubeOutcome(true, [$"pod \"{pod.State.Name}\" force deleted"]);
        }

        if (change is NodeChange node)
        {
            return Apply(node, nowNs);
        }

        IReadOnlyList<KubeObject> before = _declared.Objects;
        _declared.Now = _document.Start.Value.AddSeconds(nowNs / SimDuration.Second)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        KubeOutcome outcome = change switch
        {
            ApplyManifests c => _declared.Apply(c, diagnostics),
            RestoreObjects c => _declared.Restore(c),
            DeleteManifests c => _declared.Delete(c, diagnostics),
            DeleteObject { } c when ClusterObjects.KindOf(c.Kind) == "Pod" => DeletePod(c),
            DeleteObject c => _declared.Delete(c),
            PatchObject c => _declared.Patch(c, diagnostics),
            ScaleWorkload c => _declared.Scale(c),
            RestartWorkload c => _declared.Restart(c),
            LabelObject c => _declared.Label(c),
            ExposeDeployment c => _declared.Expose(c, diagnostics),
            SetWorkloadImage c => _declared.SetImage(c, diagnostics),
            InstallIstio c => InstallCheck.Judge(c, _document, _spec, _profile, diagnostics),
            _ => throw new ArgumentException("an unknown change", nameof(change)),
        };
        if (!ReferenceEquals(before, _declared.Objects))
        {
            SigningCertificate.Check(_declared.Objects.Except(before), _profile, diagnostics);
            Schedule(_nowNs + _document.Delays.WatchNs, new Happening(Step.HearObjects, -1, _declared.Objects));
            _nodes = NodesOf(_declared.Objects);
        }

        Reconcile(isSettled: false);
        TellJobs(ReferenceEquals(before, _declared.Objects) ? [] : _declared.Objects.Except(before), diagnostics);
        Advance(nowNs);
        return outcome;
    }

    /// <summary>The objects that a file names, as they are now.</summary>
    public IReadOnlyList<RememberedObject> Remember(ApplyManifests change) => _declared.Remember(change);

    /// <summary>Lets everything happen up to and including a time.</summary>
    public void Advance(long nowNs)
    {
        while (_events.TryPeek(out Happening happening, out (long AtNs, long Sequence) at) && at.AtNs <= nowNs)
        {
            _events.Dequeue();
            _nowNs = at.AtNs;
            Happen(happening);
        }

        _nowNs = Math.Max(_nowNs, nowNs);
    }

    /// <summary>The objects as istiod has heard of them: declared ones, nodes, pods, EndpointSlices.</summary>
    public ManifestSet LiveObjects()
    {
        if (_live is null)
        {
            _live = new ManifestSet(
                new LiveView(_heard, _pods, _addresses, NodesOf(_heard), _slices).Objects());
        }

        return _live;
    }

    private void Happen(Happening h)
    {
        if (h.Step == Step.HearObjects)
        {
            _heard = h.Objects!;
            Changed();
            return;
        }

        PodEntry pod = _pods[h.Pod];
        switch (h.Step)
        {
            case Step.Start when HoldsNewProxies && pod.State.HasSidecar:
                _held.Add(h.Pod);
                break;
            case Step.Start when !pod.State.IsTerminating && !pod.State.IsGone:
                Set(pod, pod.State with { Phase = PodPhase.Running });
                PlanEnd(pod);
                break;
            case Step.End when pod.State is { IsTerminating: false, Phase: PodPhase.Running }:
                End(pod);
                break;
            case Step.Ready when pod.State is { IsTerminating: false, IsServing: true }:
                pod.ReadyNs = _nowNs;
                Set(pod, pod.State with { IsReady = true });
                Schedule(_nowNs + HearDelay, new Happening(Step.HearReady, h.Pod));
                Reconcile(pod);
                break;
            case Step.Available when pod.AvailableDueNs == _nowNs:
                Reconcile(pod);
                break;
            case Step.Gone when !pod.State.IsGone:
                Set(pod, pod.State with { Phase = PodPhase.Gone, IsReady = false });
                Schedule(_nowNs + HearDelay, new Happening(Step.HearGone, h.Pod));
                CountSuccess(pod);
                Reconcile(pod);
                break;
            case Step.HearReady when !pod.SeenTerminating:
                (pod.SeenPresent, pod.SeenReady) = (true, true);
                Changed();
                break;
            case Step.HearUnready when !pod.State.IsReady:
                pod.SeenReady = false;
                Changed();
                break;
            case Step.HearTerminating when pod.SeenPresent:
                pod.SeenTerminating = true;
                Changed();
                break;
            case Step.HearGone when pod.SeenPresent:
                pod.SeenPresent = false;
                Changed();
                break;
            default:
                break;
        }
    }

    private long HearDelay => _document.Delays.EndpointSliceNs + _document.Delays.WatchNs;

    private void Changed()
    {
        _live = null;
        Version++;
    }

    private void Schedule(long atNs, Happening happening) => _events.Enqueue(happening, (atNs, _sequence++));

    private void Set(PodEntry pod, PodState state)
    {
        pod.State = state;
        _states[state.Id] = state;
    }

    private KubeOutcome DeletePod(DeleteObject change)
    {
        PodEntry? pod = _pods.Find(p => p.State.Namespace == change.Namespace && p.State.Name == change.Name
            && p.State is { IsGone: false, IsTerminating: false });
        if (pod is null)
        {
            return new KubeOutcome(false, [$"Error from server (NotFound): pods \"{change.Name}\" not found"]);
        }

        Terminate(pod, DrainOf(pod));
        return new KubeOutcome(true, [$"pod \"{change.Name}\" deleted"]);
    }

    private void Begin(PodEntry entry, long upNs, bool isSettled, bool isPlaced)
    {
        PodState state = entry.State with { StartedNs = isPlaced ? upNs : long.MaxValue };
        if (isPlaced && isSettled)
        {
            (entry.SeenPresent, entry.SeenReady) = (true, true);
            state = state with { Phase = PodPhase.Running, IsReady = true };
        }

        Set(entry, state);
        if (isPlaced && isSettled)
        {
            PlanEnd(entry);
        }

        if (isPlaced && !isSettled)
        {
            Schedule(upNs, new Happening(Step.Start, state.Id));
            Schedule(upNs + _document.Delays.ReadinessNs, new Happening(Step.Ready, state.Id));
        }
    }

    private void Terminate(PodEntry pod, long drainNs)
    {
        if (pod.State.IsTerminating || pod.State.IsGone)
        {
            return;
        }

        pod.IsChanged = true;
        Set(pod, pod.State with { IsTerminating = true, IsReady = false, GoneNs = _nowNs + drainNs });
        Schedule(_nowNs + HearDelay, new Happening(Step.HearTerminating, pod.State.Id));
        Schedule(_nowNs + drainNs, new Happening(Step.Gone, pod.State.Id));
    }

    private long DrainOf(PodEntry pod)
    {
        PodSpec? spec = pod.Dumped?.Spec ?? pod.Template?.Spec;
        long grace = spec?.TerminationGracePeriodSeconds is { } seconds
            ? Math.Clamp(seconds.Value, 0, 1_000_000) * SimDuration.Second : _document.Delays.GracePeriodNs;
        return Math.Min(_document.Delays.DrainNs, grace);
    }

    private long StartupOf(PodState s) => WorkloadOf(s)?.StartupNs.Value ?? WorkloadSpec.DefaultStartupNs;

    /// <summary>What the scenario says of a pod's application; null when it says nothing.</summary>
    private WorkloadSpec? WorkloadOf(PodState s)
    {
        foreach (WorkloadSpec w in _document.Workloads)
        {
            if (w.Match.Matches(s.Cluster, s.Namespace, s.Workload, s.Region, s.Zone, s.Name, s.Labels))
            {
                return w;
            }
        }

        return null;
    }

    private IReadOnlyList<Node> NodesOf(IReadOnlyList<KubeObject> objects)
    {
        List<Node> nodes = objects.OfType<Node>().ToList();
        return nodes.Count > 0 ? nodes : _madeNodes ??= LiveView.MakeNodes(_spec);
    }

    private void TakeDumpedPods()
    {
        foreach (Pod pod in _declared.Objects.OfType<Pod>())
        {
            PodEntry entry = DumpedPods.Read(pod, Name, _pods.Count, _nodes, _declared.Objects);
            _addresses.Take(entry.State.Ip);
            Again(entry.State.Namespace + "/" + entry.State.Name);
            Keep(entry);
            if (entry.State is { IsServing: true, IsTerminating: false })
            {
                PlanEnd(entry);
            }
        }

        foreach (Service s in _declared.Objects.OfType<Service>())
        {
            _addresses.Take(s.Spec?.ClusterIP?.Value ?? "");
        }
    }

    private readonly record struct Happening(Step Step, int Pod, IReadOnlyList<KubeObject>? Objects = null);
}

using System.Globalization;
using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>The clusters' controllers and their istiods in time: what changes, when istiod hears of it, when it pushes,
/// when a sidecar has it.</summary>
/// <remarks>
/// Istio: pilot/pkg/xds/discovery.go#debounce: a push begins when nothing has been heard for the debounce time, at the
/// latest after the maximum. Every istiod compiles what it has heard of the clusters it reads; each sidecar has its
/// configuration one push delay later. At time 0 everything has converged.
/// </remarks>
internal sealed partial class ControlPlane
{
    private readonly ScenarioDocument _document;
    private readonly MeshOptions _options;
    private readonly List<LiveCluster> _clusters = [];
    private readonly Dictionary<string, Istiod> _istiods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _versions = new(StringComparer.Ordinal);
    private readonly Action<long, Action> _at;
    private readonly DiagnosticBag _findings;
    private readonly Dictionary<string, MeshConfig> _configs = new(StringComparer.Ordinal);
    private readonly SnapshotCompiler _outsiders = new();
    private long _pushes;

    /// <summary>Control planes of a scenario.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="options">Profile and extensions.</param>
    /// <param name="at">Runs something at a time.</param>
    /// <param name="findings">Receives findings of manifests.</param>
    public ControlPlane(ScenarioDocument document, MeshOptions options, Action<long, Action> at, DiagnosticBag findings)
    {
        _document = document;
        _options = options;
        _at = at;
        _findings = findings;
        Global = new GlobalHosts((ns, name) => options.Has(MeshOptions.GlobalHosts)
            && _clusters.Exists(c => c.LiveObjects().Find<Manifests.Service>(ns, name) is not null));
        foreach (ClusterSpec spec in document.Clusters)
        {
            var cluster = new LiveCluster(document, spec, options.Profile);
            _clusters.Add(cluster);
            if (spec.ControlPlane.Value == ControlPlaneMode.Primary)
            {
                _istiods.Add(spec.Name, new Istiod(
                    spec.Name, [spec.Name, .. spec.RemoteSecrets.Select(static r => r.Value)],
                    new PushQueue(document.Delays.DebounceNs, document.Delays.DebounceMaxNs)));
            }
        }
    }

    public IReadOnlyList<LiveCluster> Clusters => _clusters;

    /// <summary>Reads global names, where the extension is on.</summary>
    public GlobalHosts Global { get; }

    /// <summary>A cluster's pods may have changed.</summary>
    public Action<LiveCluster>? PodsChanged { get; set; }

    /// <summary>What an API server holds was heard anew: names may have come or gone.</summary>
    public Action? ObjectsChanged { get; set; }

    /// <summary>A sidecar receives a configuration: cluster, pod id in the cluster, configuration.</summary>
    public Action<LiveCluster, PodState, ProxySnapshot>? Delivered { get; set; }

    /// <summary>Something worth a line in the events: kind, subject, text.</summary>
    public Action<string, string, string>? Noted { get; set; }

    /// <summary>Reads all manifests and compiles the first configurations, as of long ago.</summary>
    public void Start()
    {
        foreach (LiveCluster cluster in _clusters)
        {
            ClusterSpec spec = _document.FindCluster(cluster.Name)!;
            cluster.Load(ScenarioFiles.Manifests(_document, spec), _findings);
            _versions[cluster.Name] = cluster.Version;
            PodsChanged?.Invoke(cluster);
        }

        var reading = new FollowingMesh(_options);
        MeshModel mesh = reading.Build(Inputs(null, _findings), _findings);
        foreach (Istiod istiod in _istiods.Values.OrderBy(static i => i.Cluster, StringComparer.Ordinal))
        {
            istiod.Mesh = mesh;
            istiod.Reading = reading.Fork();
        }

        foreach (LiveCluster cluster in _clusters)
        {
            foreach (PodState pod in cluster.Pods)
            {
                Configure(cluster, pod, mesh);
            }

            FollowNext(cluster);
        }
    }

    /// <summary>Names as the pods of a cluster look them up, from what its API server holds.</summary>
    /// <param name="cluster">Cluster.</param>
    /// <param name="faults">What its DNS does not answer.</param>
    public NameService NamesOf(LiveCluster cluster, IReadOnlyList<DnsFault> faults)
    {
        var names = new NameService { Faults = [.. faults] };
        ManifestSet objects = ObjectsIn(cluster);
        foreach (Manifests.Service s in objects.Of<Manifests.Service>())
        {
            string fqdn = s.Name + "." + s.Namespace + ".svc.cluster.local";
            string address = s.Spec?.ClusterIP?.Value is { Length: > 0 } ip && ip != "None" ? ip : "";
            if (address.Length > 0)
            {
                names.Add(fqdn, address, " (Service of this cluster)", s.Span);
            }
            else if (s.Spec?.ExternalName?.Value is { Length: > 0 } alias)
            {
                names.AddRecords(fqdn, [alias], s.Span);
            }
            else
            {
                names.AddRecords(fqdn, ReadyAddresses(objects, s), s.Span);
                foreach (Manifests.Endpoint e in ReadyEndpoints(objects, s).Where(static e => e.Hostname is not null))
                {
                    names.AddRecords(e.Hostname!.Value + "." + fqdn, [e.Addresses[0].Value], s.Span);
                }
            }
        }

        if (_options.Has(MeshOptions.GlobalHosts))
        {
            // The address its listeners have in this cluster: its own, else that of the cluster that has the Service.
            foreach (LiveCluster each in _clusters.OrderBy(c => c == cluster ? 0 : 1))
            {
                foreach (Manifests.Service s in each.LiveObjects().Of<Manifests.Service>())
                {
                    string address = s.Spec?.ClusterIP?.Value is { Length: > 0 } ip && ip != "None" ? ip : "240.0.0.1";
                    names.Add(s.Name + "." + s.Namespace + ".global", address,
                        " (extension global-hosts: Istio has no such name)", s.Span);
                }
            }
        }

        if (IstiodOf(cluster.Name) is { Mesh: { } mesh } istiod)
        {
            foreach ((string host, string address, SourceSpan origin) in
                istiod.Compiler.CapturedNames(mesh, cluster.Name))
            {
                names.AddCaptured(host, address, origin);
            }
        }

        return names;
    }

    private static List<string> ReadyAddresses(ManifestSet objects, Manifests.Service service) =>
        [.. ReadyEndpoints(objects, service).Select(static e => e.Addresses[0].Value)];

    private static IEnumerable<Manifests.Endpoint> ReadyEndpoints(ManifestSet objects, Manifests.Service service) =>
        objects.Of<EndpointSlice>().Where(e => e.Namespace == service.Namespace
                && e.Label("kubernetes.io/service-name") == service.Name)
            .SelectMany(static e => e.Endpoints)
            .Where(e => e.Addresses.Count > 0
                && ((e.Conditions?.Ready?.Value ?? true) || service.Spec?.PublishNotReadyAddresses?.Value == true));

    /// <summary>Makes a change in a cluster now.</summary>
    public KubeOutcome Apply(LiveCluster cluster, KubeChange change, long nowNs)
    {
        var bag = new DiagnosticBag();
        KubeOutcome outcome = cluster.Apply(change, nowNs, bag);
        foreach (Diagnostic d in bag.Items)
        {
            _findings.Add(d);
            Noted?.Invoke("note", cluster.Name, d.ToString());
        }

        Follow(cluster, nowNs);
        return outcome;
    }

    /// <summary>After anything happened in a cluster: pods, watches, the next happening.</summary>
    public void Follow(LiveCluster cluster, long nowNs)
    {
        PodsChanged?.Invoke(cluster);
        if (_versions[cluster.Name] != cluster.Version)
        {
            _versions[cluster.Name] = cluster.Version;
            ObjectsChanged?.Invoke();
            Hear(cluster, nowNs);
        }

        FollowNext(cluster);
    }

    private void FollowNext(LiveCluster cluster)
    {
        if (cluster.NextEventAtNs is { } next)
        {
            _at(next, () =>
            {
                cluster.Advance(next);
                Follow(cluster, next);
            });
        }
    }

    /// <summary>Gives a sidecar that just started the configuration of its istiod's last push.</summary>
    public void Configure(LiveCluster cluster, PodState pod)
    {
        if (IstiodOf(cluster.Name) is { Mesh: { } mesh } istiod && (istiod.Outages == 0 || !pod.HasSidecar))
        {
            Configure(cluster, pod, mesh);
        }
    }

    private Istiod? IstiodOf(string cluster)
    {
        ClusterSpec spec = _document.FindCluster(cluster)!;
        string name = spec.ControlPlane.Value == ControlPlaneMode.Remote ? spec.ControlPlaneOf.Value : cluster;
        return _istiods.GetValueOrDefault(name);
    }

    private void Hear(LiveCluster cluster, long nowNs)
    {
        foreach (LiveCluster own in _clusters.Where(c => ReferenceEquals(c, cluster) && !IsApiDown(c.Name)))
        {
            foreach (PodState pod in own.Pods.Where(static p => !p.HasSidecar && !p.IsGone))
            {
                Delivered?.Invoke(own, pod, KubeProxy.Snapshot(own.LiveObjects(), _pushes, LocalityOf(pod)));
            }
        }

        foreach (Istiod istiod in _istiods.Values)
        {
            if (istiod.Reads.Contains(cluster.Name) && istiod.Outages == 0 && !istiod.Frozen.ContainsKey(cluster.Name))
            {
                istiod.Heard(nowNs);
                ScheduleCheck(istiod);
            }
        }
    }

    private void ScheduleCheck(Istiod istiod)
    {
        long due = istiod.DueNs;
        if (istiod.CheckAtNs == due)
        {
            return;
        }

        istiod.CheckAtNs = due;
        _at(due, () =>
        {
            if (istiod.DueNs == due && istiod.Outages == 0)
            {
                istiod.Begin(due);
                Push(istiod, due);
            }
        });
    }

    private void Push(Istiod istiod, long nowNs)
    {
        MeshModel mesh = Read(istiod);
        _pushes++;
        int count = 0;
        foreach (LiveCluster cluster in _clusters)
        {
            if (!ReferenceEquals(IstiodOf(cluster.Name), istiod))
            {
                continue;
            }

            foreach (PodState pod in cluster.Pods.Where(static p => p is { HasSidecar: true, IsGone: false }).ToList())
            {
                if (istiod.Lost.Contains((cluster, pod.Id)))
                {
                    continue;
                }

                ProxySnapshot? snapshot = Compile(cluster, pod, mesh);
                if (snapshot is not null)
                {
                    count++;
                    _at(nowNs + _document.Delays.PushNs, () => Delivered?.Invoke(cluster, pod, snapshot));
                }
            }
        }

        ObjectsChanged?.Invoke(); // Sidecars that capture DNS have new names, too.
        Noted?.Invoke("push", istiod.Cluster, string.Create(CultureInfo.InvariantCulture,
            $"istiod of {istiod.Cluster} pushes to {count} sidecars"));
    }

    private void Configure(LiveCluster cluster, PodState pod, MeshModel mesh)
    {
        if (pod.IsGone)
        {
            return;
        }

        ProxySnapshot? snapshot = pod.HasSidecar ? Compile(cluster, pod, mesh)
            : KubeProxy.Snapshot(ObjectsIn(cluster), _pushes, LocalityOf(pod));
        if (snapshot is not null)
        {
            Delivered?.Invoke(cluster, pod, snapshot);
        }
    }

    /// <summary>The configuration of a sidecar; null when its istiod has not heard of the pod.</summary>
    private ProxySnapshot? Compile(LiveCluster cluster, PodState pod, MeshModel mesh)
    {
        bool isKnown = mesh.Cluster(cluster.Name).Pods.ContainsKey(pod.Namespace + "/" + pod.Name);
        SnapshotCompiler compiler = IstiodOf(cluster.Name)?.Compiler ?? _outsiders;
        return isKnown ? compiler.Compile(
            mesh, new ProxyRef(cluster.Name, pod.Namespace, pod.Name, EastWestGateway.IsGateway(pod))) : null;
    }

    private static Locality LocalityOf(PodState pod) => new(pod.Region, pod.Zone, "");

    /// <summary>What an istiod knows now: shares with what it knew before what did not change.</summary>
    private MeshModel Read(Istiod istiod)
    {
        var unheard = new DiagnosticBag();
        MeshModel mesh = istiod.Reading!.Build(Inputs(istiod, unheard), unheard);
        istiod.Mesh = mesh;
        return mesh;
    }

    /// <summary>The objects of all clusters; of those that an istiod has lost, what it last heard.</summary>
    private List<ClusterInput> Inputs(Istiod? reader, DiagnosticBag diagnostics)
    {
        var inputs = new List<ClusterInput>();
        foreach (LiveCluster cluster in _clusters)
        {
            ClusterSpec spec = _document.FindCluster(cluster.Name)!;
            inputs.Add(new ClusterInput
            {
                Name = cluster.Name,
                Manifests = Read(reader?.Heard(cluster) ?? cluster.LiveObjects(), diagnostics),
                Network = spec.Network.Value.Length > 0 ? spec.Network.Value : null,
                Reads = [.. spec.RemoteSecrets.Select(static r => r.Value)],
                ControlPlane = spec.ControlPlane.Value == ControlPlaneMode.Remote ? spec.ControlPlaneOf.Value : "",
                TrustRoot = spec.TrustRoot,
                Config = ConfigOf(spec, diagnostics),
            });
        }

        return inputs;
    }

    private ManifestSet Read(ManifestSet objects, DiagnosticBag diagnostics) =>
        _options.Has(MeshOptions.GlobalHosts) ? Global.Rewrite(objects, diagnostics) : objects;

    /// <summary>A cluster's mesh configuration, which stays as long as the run.</summary>
    private MeshConfig ConfigOf(ClusterSpec spec, DiagnosticBag diagnostics)
    {
        if (!_configs.TryGetValue(spec.Name, out MeshConfig? config))
        {
            config = MeshConfigReader.Read(spec.MeshConfig, MeshConfig.Default, _options, diagnostics);
            config = spec.TrustDomain.Value.Length > 0 ? config with { TrustDomain = spec.TrustDomain } : config;
            _configs.Add(spec.Name, config);
        }

        return config;
    }

    /// <summary>One istiod: what it knows, what it compiled of it, and its debouncing.</summary>
    private sealed class Istiod(string cluster, IReadOnlyList<string> reads, PushQueue queue)
    {
        /// <summary>Reasons for which it is away.</summary>
        public int Outages { get; set; }

        /// <summary>Counts outages.</summary>
        public int OutageId { get; set; }

        /// <summary>Begin of the present or last outage.</summary>
        public long DownSinceNs { get; set; }

        /// <summary>Proxies that have no connection to it.</summary>
        public HashSet<(LiveCluster Cluster, int Pod)> Lost { get; } = [];

        /// <summary>What it last heard of clusters whose API servers it has lost, and for how many reasons.</summary>
        public Dictionary<string, (ManifestSet Objects, int Count)> Frozen { get; } = new(StringComparer.Ordinal);

        public string Cluster { get; } = cluster;

        public IReadOnlyList<string> Reads { get; } = reads;

        public MeshModel? Mesh { get; set; }

        /// <summary>Reads what it hears; null before the first manifests.</summary>
        public FollowingMesh? Reading { get; set; }

        /// <summary>Keeps from one push to the next what did not change.</summary>
        public SnapshotCompiler Compiler { get; } = new();

        public long DueNs => queue.NextPushAtNs;

        public long CheckAtNs { get; set; } = -1;

        public void Heard(long nowNs) => queue.OnEvent(nowNs);

        /// <summary>What it last heard of a cluster whose API server it has lost; null = it has it.</summary>
        public ManifestSet? Heard(LiveCluster cluster) => Frozen.GetValueOrDefault(cluster.Name).Objects;

        /// <summary>Changes that wait are part of what a new process reads.</summary>
        public void Forget()
        {
            queue.Forget();
            CheckAtNs = -1;
        }

        /// <summary>Takes the push that is due; building it takes no time.</summary>
        public void Begin(long nowNs)
        {
            queue.Push(nowNs);
            queue.PushDone(nowNs);
            CheckAtNs = -1;
        }
    }
}

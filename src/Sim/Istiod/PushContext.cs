using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Everything one istiod knows at one push, indexed.</summary>
/// <remarks>Istio: pilot/pkg/model/push_context.go.</remarks>
internal sealed class PushContext
{
    private readonly Dictionary<string, IReadOnlyList<Service>> _visible = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, Sidecar? Sidecar), SidecarScope> _scopes = [];
    private readonly Dictionary<DestinationRule, int> _ruleNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, SortedDictionary<string, Service>> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Host, string Namespace), Dictionary<EndpointsKey, ClusterLoadAssignment>>
        _sharedEndpoints = [];

    public PushContext(MeshModel mesh, KubeCluster cluster)
    {
        Mesh = mesh;
        Cluster = cluster;
        Registry = new ServiceRegistry(mesh, cluster);
        (Gateways, DnsGateways) = NetworkGateways.Find(Registry, cluster.Config);
        ClusterLocal = new ClusterLocalHosts(cluster.Config, Profile);
        DestinationRules = new DestinationRuleIndex(
            [.. cluster.DestinationRules.Where(r => IsOpen(r.Meta))], cluster.Config, Profile);
        VirtualServices = new VirtualServiceIndex(
            [.. cluster.VirtualServices.Where(v => IsOpen(v.Meta))], cluster.Config.DefaultVirtualServiceExportTo);
        Authentication = new AuthenticationPolicies(
            [.. cluster.PeerAuthentications.Where(p => IsOpen(p.Meta))], cluster.Config.RootNamespace);
        TrustDomains = new TrustDomainBundle(cluster.Config.TrustDomain, cluster.Config.TrustDomainAliases);
        foreach (Service s in Registry.Services)
        {
            IndexService(s);
        }

        LooksAtLabels = cluster.DestinationRules.Any(static r => r.WorkloadSelector is not null)
            || cluster.VirtualServices.Any(LooksAtCaller) || UsesFailoverPriority(cluster)
            || Registry.Services.Exists(static s => s.TrafficDistribution.Length > 0);
        LooksAtPods = Registry.Services.Exists(static s =>
            s.IsNodeLocal || s.Resolution == Resolution.Passthrough || s.TrafficDistribution == "PreferSameNode");
        Tokens = new TokenPolicies(
            [.. cluster.RequestAuthentications.Where(p => IsOpen(p.Meta))], cluster.Config.RootNamespace);
        Authorization = new AuthorizationPolicies(
            [.. cluster.AuthorizationPolicies.Where(p => IsOpen(p.Meta))], cluster.Config.RootNamespace);
    }

    public MeshModel Mesh { get; private set; }

    public KubeCluster Cluster { get; private set; }

    public MeshConfig Config => Cluster.Config;

    public IstioProfile Profile => Mesh.Options.Profile;

    public ServiceRegistry Registry { get; }

    public NetworkGateways Gateways { get; }

    /// <summary>Gateways as clusters with DNS names see them.</summary>
    public NetworkGateways DnsGateways { get; }

    public ClusterLocalHosts ClusterLocal { get; }

    public DestinationRuleIndex DestinationRules { get; }

    public VirtualServiceIndex VirtualServices { get; }

    public AuthenticationPolicies Authentication { get; }

    public AuthorizationPolicies Authorization { get; }

    public TokenPolicies Tokens { get; }

    public TrustDomainBundle TrustDomains { get; }

    /// <summary>Becomes what this istiod knows of a model that differs from the present one in pods, nodes and
    /// endpoints only.</summary>
    /// <remarks>Complexity: one comparison of references for each service and cluster, the rest linear in the endpoints
    /// of the services that changed.</remarks>
    /// <param name="mesh">The newer model.</param>
    /// <returns>What changed; null when more than endpoints must be made anew: this context then holds no longer.
    /// </returns>
    public EndpointChange? Follow(MeshModel mesh)
    {
        IReadOnlyList<(string Host, string Namespace)> changed = Registry.Follow(mesh);
        Mesh = mesh;
        Cluster = mesh.Cluster(Cluster.Name);
        var services = new List<Service>(changed.Count);
        foreach ((string host, string ns) in changed)
        {
            if (_byHost.TryGetValue(host, out SortedDictionary<string, Service>? map)
                && map.TryGetValue(ns, out Service? service))
            {
                if (!EndpointChange.IsOfEndpoints(service, AccountsOf(service)))
                {
                    return null;
                }

                services.Add(service);
                _sharedEndpoints.Remove((host, ns));
            }
        }

        return EndpointChange.Of(services, Cluster);
    }

    /// <summary>Some rule looks at the caller's labels.</summary>
    public bool LooksAtLabels { get; }

    /// <summary>Some service looks at the caller's pod or node.</summary>
    public bool LooksAtPods { get; }

    /// <summary>Endpoints are the same for all callers of one place and rule.</summary>
    public bool SharesEndpoints => !LooksAtLabels && !LooksAtPods && (Profile != IstioProfile.V1_31 || !Gateways.Any);

    /// <summary>A number for a rule object; 0 = none. Rules are told apart by identity, not by what they say.</summary>
    public int NumberOf(DestinationRule? rule)
    {
        if (rule is null)
        {
            return 0;
        }

        if (!_ruleNumbers.TryGetValue(rule, out int number))
        {
            number = _ruleNumbers.Count + 1;
            _ruleNumbers.Add(rule, number);
        }

        return number;
    }

    /// <summary>Endpoints of a service by what they depend on.</summary>
    public Dictionary<EndpointsKey, ClusterLoadAssignment> SharedEndpoints(Service service)
    {
        (string, string) key = (service.Hostname, service.Namespace);
        if (!_sharedEndpoints.TryGetValue(key, out Dictionary<EndpointsKey, ClusterLoadAssignment>? made))
        {
            made = [];
            _sharedEndpoints.Add(key, made);
        }

        return made;
    }

    /// <summary>Outbound EDS clusters by what they depend on.</summary>
    public Dictionary<ClusterKey, ClusterConfig> SharedClusters { get; } = [];

    /// <summary>Routes of services that no VirtualService names and no hash policy concerns.</summary>
    public Dictionary<(string Host, int Port, SourceSpan Origin), Route> DefaultRoutes { get; } = [];

    /// <summary>Services of the registry that a namespace may see, oldest first within each kind of
    /// visibility.</summary>
    public IReadOnlyList<Service> ServicesFor(string ns)
    {
        if (!_visible.TryGetValue(ns, out IReadOnlyList<Service>? list))
        {
            List<Service> privates = Registry.Services.FindAll(s => IsOwnPrivate(s, ns));
            List<Service> exported = Registry.Services.FindAll(s => s.Namespace != ns && !IsPublic(s)
                && !ExportTo(s).Contains("~") && ExportTo(s).Contains(ns));
            list = [.. privates, .. exported, .. Registry.Services.FindAll(IsPublic)];
            _visible.Add(ns, list);
        }

        return list;
    }

    /// <summary>Whether a namespace may see a service.</summary>
    public bool IsVisible(Service s, string ns) =>
        IsPublic(s) || IsOwnPrivate(s, ns) || (s.Namespace != ns && ExportTo(s).Contains(ns)
            && !ExportTo(s).Contains("~"));

    /// <summary>The service of a host as a namespace would name it: its own, else the first visible one.</summary>
    public Service? FindService(string host, string ns)
    {
        if (!_byHost.TryGetValue(host, out SortedDictionary<string, Service>? map))
        {
            return null;
        }

        return map.TryGetValue(ns, out Service? own) ? own : map.Values.FirstOrDefault(s => IsVisible(s, ns));
    }

    /// <summary>Whether a host is known at all, in the namespace named before a slash or in any.</summary>
    /// <remarks>Istio: pilot/pkg/networking/util/util.go extension provider lookup.</remarks>
    public bool HasService(string service)
    {
        int slash = service.IndexOf('/', StringComparison.Ordinal);
        return _byHost.TryGetValue(service[(slash + 1)..], out SortedDictionary<string, Service>? map)
            && (slash < 0 || map.ContainsKey(service[..slash]));
    }

    /// <summary>What a sidecar of a namespace with these labels sees.</summary>
    public SidecarScope ScopeFor(string ns, ImmutableSortedDictionary<string, string> labels, bool isRouter)
    {
        Sidecar? sidecar = isRouter ? null : SelectSidecar(ns, labels);
        if (!_scopes.TryGetValue((ns, sidecar), out SidecarScope? scope))
        {
            scope = new SidecarScope(this, ns, sidecar, _scopes.Count);
            _scopes.Add((ns, sidecar), scope);
        }

        return scope;
    }

    private static bool LooksAtCaller(VirtualService vs) =>
        vs.Http.Any(static h => h.Matches.Any(static m => m.SourceLabels.Count > 0))
        || vs.Tcp.Concat(vs.Tls).Any(static r => r.Matches.Any(static m => m.SourceLabels.Count > 0));

    private static bool UsesFailoverPriority(KubeCluster cluster)
    {
        static bool Uses(TrafficPolicy? p) => p is not null && (Labels(p.LoadBalancer)
            || p.PortLevelSettings.Any(static s => Labels(s.LoadBalancer)));
        static bool Labels(LoadBalancerSettings? lb) =>
            lb?.LocalityLbSetting is { FailoverPriority.Count: > 0 }
                || lb?.ZoneAware is { FailoverPriority.Count: > 0 };
        return cluster.Config.LocalityLbSetting is { FailoverPriority.Count: > 0 }
            || cluster.DestinationRules.Any(static r => Uses(r.TrafficPolicy)
                || r.Subsets.Any(static s => Uses(s.TrafficPolicy)));
    }

    private bool IsOpen(ConfigMeta meta) => Registry.IsDiscovered(Cluster, meta.Namespace);

    private Sidecar? SelectSidecar(string ns, ImmutableSortedDictionary<string, string> labels)
    {
        Sidecar? wide = null;
        Sidecar? root = null;
        foreach (Sidecar s in Cluster.Sidecars)
        {
            if (s.Meta.Namespace == ns && s.WorkloadSelector is { Count: > 0 } selector)
            {
                if (LabelSet.SubsetOf(selector, labels))
                {
                    return s;
                }
            }
            else if (s.Meta.Namespace == ns)
            {
                wide ??= s;
            }
            else if (s.Meta.Namespace == Config.RootNamespace && s.WorkloadSelector is null or { Count: 0 })
            {
                root ??= s;
            }
        }

        return wide ?? (root?.Meta.Namespace == Config.RootNamespace ? root : null);
    }

    private IReadOnlyList<string> ExportTo(Service s)
    {
        if (s.ExportTo.Count > 0)
        {
            return s.ExportTo;
        }

        IReadOnlyList<string> defaults = Config.DefaultServiceExportTo;
        return Profile == IstioProfile.V1_31 ? defaults
            : defaults.Contains(".") ? ["."] : defaults.Contains("*") ? ["*"] : defaults.Contains("~") ? ["~"] : [];
    }

    private bool IsPublic(Service s) => ExportTo(s).Contains("*");

    private bool IsOwnPrivate(Service s, string ns)
    {
        if (s.Namespace != ns || IsPublic(s))
        {
            return false;
        }

        IReadOnlyList<string> exportTo = ExportTo(s);
        return !exportTo.Contains("~") && (exportTo.Contains(".") || exportTo.Contains(ns));
    }

    private void IndexService(Service s)
    {
        if (!_byHost.TryGetValue(s.Hostname, out SortedDictionary<string, Service>? map))
        {
            _byHost.Add(s.Hostname, map = new SortedDictionary<string, Service>(StringComparer.Ordinal));
        }

        if (!map.TryGetValue(s.Namespace, out Service? existing) || (!existing.IsKubernetes && s.IsKubernetes))
        {
            map[s.Namespace] = s;
        }

        s.ServiceAccounts = AccountsOf(s);
    }

    /// <summary>Identities of the endpoints that a service has now.</summary>
    private IReadOnlyList<string> AccountsOf(Service s)
    {
        var accounts = new SortedSet<string>(s.AnnotatedAccounts, StringComparer.Ordinal);
        foreach (IstioEndpoint e in Registry.Endpoints(s.Hostname, s.Namespace))
        {
            if (e.ServiceAccount.Length > 0)
            {
                accounts.Add(e.ServiceAccount);
            }
        }

        return TrustDomains.ExpandIdentities(accounts);
    }
}

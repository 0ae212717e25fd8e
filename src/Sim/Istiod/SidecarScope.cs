using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>What one egress entry of a Sidecar imports.</summary>
internal sealed class EgressListener
{
    public SidecarEgress? Entry { get; init; }

    public required List<Service> Services { get; init; }

    public required IReadOnlyList<VirtualService> VirtualServices { get; init; }

    /// <summary>VirtualService whose host fits a service best.</summary>
    public Dictionary<string, VirtualService> MostSpecific { get; } = new(StringComparer.Ordinal);

    /// <remarks>Istio: pilot/pkg/model/virtualservice.go#computeWildcardHostVirtualServiceIndex.</remarks>
    public void IndexHosts()
    {
        var byHost = new Dictionary<string, VirtualService>(StringComparer.Ordinal);
        var wildcards = new List<string>();
        foreach (VirtualService vs in VirtualServices)
        {
            foreach (string host in vs.Hosts)
            {
                if (byHost.TryAdd(host, vs) && Hostname.IsWildcard(host))
                {
                    wildcards.Add(host);
                }
            }
        }

        foreach (Service s in Services)
        {
            if (byHost.TryGetValue(s.Hostname, out VirtualService? exact))
            {
                MostSpecific[s.Hostname] = exact;
            }
            else if (wildcards.Count > 0 && Hostname.MostSpecificMatch(s.Hostname, wildcards) is { } best)
            {
                MostSpecific[s.Hostname] = byHost[best];
            }
        }
    }
}

/// <summary>What proxies of one namespace (or of one Sidecar) see.</summary>
/// <remarks>Istio: pilot/pkg/model/sidecar.go.</remarks>
internal sealed class SidecarScope
{
    private readonly PushContext _push;
    private readonly Dictionary<string, Service> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<ConsolidatedDestinationRule>> _rules =
        new(StringComparer.Ordinal);

    public SidecarScope(PushContext push, string ns, Sidecar? sidecar, int id)
    {
        _push = push;
        Namespace = ns;
        Sidecar = sidecar;
        Id = id;
        IReadOnlyList<Service> visible = push.ServicesFor(ns);
        IReadOnlyList<VirtualService> routes = push.VirtualServices.For(ns, "mesh");
        if (sidecar is null || sidecar.Egress.Count == 0)
        {
            Listeners = [new EgressListener { Services = Import(visible, ["*/*"], null), VirtualServices = routes }];
        }
        else
        {
            Listeners = [.. sidecar.Egress.Select(e => new EgressListener
            {
                Entry = e,
                Services = Import(visible, e.Hosts, e.Port),
                VirtualServices = Select(routes, e.Hosts),
            })];
        }

        foreach (EgressListener listener in Listeners)
        {
            listener.IndexHosts();
            foreach (Service s in listener.Services)
            {
                AddService(s);
            }
        }

        if (sidecar is not null && sidecar.Egress.Count > 0)
        {
            AddDestinationsOfRoutes();
        }
    }

    public int Id { get; }

    public string Namespace { get; }

    public Sidecar? Sidecar { get; }

    public IReadOnlyList<EgressListener> Listeners { get; }

    /// <summary>All services seen, each host once.</summary>
    public List<Service> Services { get; } = [];

    public OutboundTrafficPolicy TrafficPolicy => Sidecar?.OutboundTrafficPolicy ?? _push.Config.OutboundTrafficPolicy;

    public Service? Find(string host) => _byHost.GetValueOrDefault(host);

    /// <summary>Rules of a service, by the caller's namespace.</summary>
    public IReadOnlyList<ConsolidatedDestinationRule> RulesFor(string host, string serviceNamespace)
    {
        string key = host + "\n" + serviceNamespace;
        if (!_rules.TryGetValue(key, out IReadOnlyList<ConsolidatedDestinationRule>? list))
        {
            list = _push.DestinationRules.For(Namespace, host, serviceNamespace);
            _rules.Add(key, list);
        }

        return list;
    }

    /// <summary>The entry that answers for a route configuration.</summary>
    /// <remarks>Istio: sidecar.go#GetEgressListenerForRDS.</remarks>
    public EgressListener? ListenerFor(int port, string bind)
    {
        foreach (EgressListener l in Listeners)
        {
            if (l.Entry?.Port is { Port: > 0 } p)
            {
                if (p.Port == port && (p.Port != 0 || l.Entry.Bind == bind))
                {
                    return l;
                }

                continue;
            }

            return l;
        }

        return null;
    }

    private List<Service> Import(IReadOnlyList<Service> visible, IReadOnlyList<string> hosts, ServicePort? port)
    {
        List<(string Namespace, string Host)> imports = Imports(hosts);
        List<(string Namespace, string Host)> excluded = Exclusions(hosts);
        var imported = new List<Service>();
        foreach (Service s in visible)
        {
            Service? taken = imports.Exists(i => (i.Namespace == s.Namespace || i.Namespace == "*")
                && Hostname.SubsetOf(s.Hostname, i.Host)) && !IsExcluded(excluded, s.Namespace, s.Hostname) ? s : null;
            if (taken is not null && port is { Port: > 0 })
            {
                ServicePort? match = s.Port(port.Port);
                taken = match is null ? null : s.Ports.Count == 1 ? s : s.WithPorts([match]);
            }

            if (taken is not null)
            {
                imported.Add(taken);
            }
        }

        return OneNamespacePerHost(imported);
    }

    /// <summary>Of a host in several namespaces the own one is kept, else Kubernetes before others, else the
    /// first.</summary>
    private List<Service> OneNamespacePerHost(List<Service> imported)
    {
        var chosen = new Dictionary<string, Service>(StringComparer.Ordinal);
        foreach (Service s in imported)
        {
            if (!chosen.TryGetValue(s.Hostname, out Service? has)
                || (has.Namespace != Namespace && s.Namespace == Namespace)
                || (has.Namespace != Namespace && !has.IsKubernetes && s.IsKubernetes))
            {
                chosen[s.Hostname] = s;
            }
        }

        return imported.FindAll(s => ReferenceEquals(chosen[s.Hostname], s));
    }

    private List<(string Namespace, string Host)> Imports(IEnumerable<string> hosts) =>
        [.. hosts.Where(h => !IsExclusion(h)).Select(SplitHost).Select(Own)];

    /// <summary>Entries <c>~namespace/host</c>; without namespace they hold for all (1.31).</summary>
    private List<(string Namespace, string Host)> Exclusions(IEnumerable<string> hosts) =>
        [.. hosts.Where(IsExclusion).Select(static h => SplitHost(h[1..])).Select(Own)];

    private bool IsExclusion(string host) =>
        _push.Profile == IstioProfile.V1_31 && host.StartsWith('~') && host != "~/*";

    private static bool IsExcluded(List<(string Namespace, string Host)> excluded, string ns, string host) =>
        excluded.Exists(e => (e.Namespace.Length == 0 || e.Namespace == "*" || e.Namespace == ns)
            && Hostname.SubsetOf(host, e.Host));

    private (string Namespace, string Host) Own((string Namespace, string Host) i) =>
        i.Namespace == "." ? (Namespace, i.Host) : i;

    private static (string Namespace, string Host) SplitHost(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("*", text) : (text[..slash], text[(slash + 1)..]);
    }

    private void AddService(Service s)
    {
        if (!_byHost.TryGetValue(s.Hostname, out Service? existing))
        {
            _byHost.Add(s.Hostname, s);
            Services.Add(s);
        }
        else if (existing.Namespace == s.Namespace && !ReferenceEquals(existing, s))
        {
            List<ServicePort> ports = [.. existing.Ports];
            ports.AddRange(s.Ports.Where(p => existing.Port(p.Port) is null));
            if (ports.Count != existing.Ports.Count)
            {
                Replace(existing, existing.WithPorts(ports));
            }
        }
    }

    private void Replace(Service old, Service changed)
    {
        _byHost[changed.Hostname] = changed;
        Services[Services.IndexOf(old)] = changed;
    }

    private List<VirtualService> Select(IReadOnlyList<VirtualService> routes, IReadOnlyList<string> hosts)
    {
        List<(string Namespace, string Host)> imports = Imports(hosts);
        List<(string Namespace, string Host)> excluded = Exclusions(hosts);
        var result = new List<VirtualService>();
        foreach (VirtualService vs in routes)
        {
            if (imports.Exists(i => (i.Namespace == vs.Meta.Namespace || i.Namespace == "*")
                    && vs.Hosts.Any(h => Hostname.Matches(h, i.Host)))
                && !vs.Hosts.All(h => IsExcluded(excluded, vs.Meta.Namespace, h)))
            {
                result.Add(vs);
            }
        }

        return result;
    }

    private void AddDestinationsOfRoutes()
    {
        foreach (EgressListener listener in Listeners)
        {
            foreach (VirtualService vs in listener.VirtualServices)
            {
                foreach (Destination d in RouteDestinations.Of(vs, Namespace))
                {
                    if (_byHost.ContainsKey(d.Host) && d.Port is null)
                    {
                        continue;
                    }

                    if (_push.FindService(d.Host, Namespace) is { } s)
                    {
                        AddDestination(s, d.Port);
                    }
                }
            }
        }
    }

    private void AddDestination(Service s, int? port)
    {
        if (port is not { } number || number == 0)
        {
            AddService(s);
        }
        else if (s.Port(number) is { } p)
        {
            AddService(s.Ports.Count == 1 ? s : s.WithPorts([p]));
        }
    }
}

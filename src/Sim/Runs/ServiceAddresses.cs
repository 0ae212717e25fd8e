using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs;

/// <summary>What answers behind an address that is no pod's: the ready pods of one port of one Service.</summary>
/// <param name="cluster">Cluster of the Service.</param>
/// <param name="service">The Service.</param>
/// <param name="port">Port of the Service.</param>
internal sealed class Backends(string cluster, Service service, ServicePort port)
{
    public string Cluster { get; } = cluster;

    public string Namespace { get; } = service.Namespace;

    public string Name { get; } = service.Name;

    /// <summary>Name of the port in the Service and its EndpointSlices.</summary>
    public string PortName { get; } = port.Name?.Value ?? "";

    public SourceSpan Span { get; } = service.Span;

    /// <summary>Ready pods and the port that each of them is reached at, in the order of the EndpointSlices.</summary>
    public List<(int Pod, int Port)> Ready { get; } = [];
}

/// <summary>Addresses of Services as kube-proxy and load balancers see them: cluster addresses inside their own
/// cluster, load balancer and external addresses and node ports from everywhere.</summary>
/// <remarks>Kubernetes: pkg/proxy/iptables/proxier.go. A connection goes to one ready endpoint at random and stays
/// there. Simplified: a load balancer knows the same endpoints as kube-proxy and adds no time; traffic policies
/// <c>Local</c> and session affinity are not read.</remarks>
internal sealed class ServiceAddresses
{
    private readonly Func<string, int> _podAt;
    private readonly List<(string Cluster, Func<ManifestSet> Objects)> _clusters = [];
    private readonly Dictionary<(string Cluster, string Service, string Port), Backends> _known = [];
    private readonly List<Backends> _list = [];
    private readonly Dictionary<(string Cluster, string Address, int Port), bool> _answersTls = [];

    /// <summary>No addresses.</summary>
    /// <param name="podAt">Pod at an address; -1 = none.</param>
    public ServiceAddresses(Func<string, int> podAt) => _podAt = podAt;

    /// <summary>Adds a cluster.</summary>
    /// <param name="name">Name.</param>
    /// <param name="objects">Its objects as they are now.</param>
    public void AddCluster(string name, Func<ManifestSet> objects) => _clusters.Add((name, objects));

    /// <summary>What a caller in a cluster reaches at an address; null = nothing that is known here.</summary>
    /// <param name="caller">Cluster of the caller.</param>
    /// <param name="address">Address, or <c>cluster/namespace/name</c> of a Service that is meant whatever address its
    /// load balancer has.</param>
    /// <param name="port">Port.</param>
    public Backends? Find(string caller, string address, int port)
    {
        if (address.Contains('/', StringComparison.Ordinal))
        {
            return FindNamed(address, port);
        }

        foreach ((string cluster, Func<ManifestSet> objects) in _clusters)
        {
            ManifestSet set = objects();
            bool isNode = IsNode(set, address);
            foreach (Service s in set.Of<Service>())
            {
                ServicePort? found = PortAt(s, address, port, isNode, cluster == caller);
                if (found is not null)
                {
                    return Of(cluster, s, found);
                }
            }
        }

        return null;
    }

    private Backends? FindNamed(string address, int port)
    {
        foreach ((string cluster, Func<ManifestSet> objects) in _clusters)
        {
            foreach (Service s in objects().Of<Service>())
            {
                if (address == OutsideCallers.AddressOf(cluster, s.Namespace, s.Name)
                    && s.Spec?.Ports.FirstOrDefault(p => p.Port?.Value == port) is { } found)
                {
                    return Of(cluster, s, found);
                }
            }
        }

        return null;
    }

    /// <summary>Whether an application answers TLS at a port of a pod: a Service that leads there says so, by the name
    /// of its port or by <c>appProtocol</c>.</summary>
    /// <param name="cluster">Cluster of the pod.</param>
    /// <param name="address">Address of the pod.</param>
    /// <param name="port">Its port.</param>
    public bool AnswersTls(string cluster, string address, int port)
    {
        if (!_answersTls.TryGetValue((cluster, address, port), out bool answers))
        {
            int at = _clusters.FindIndex(c => c.Cluster == cluster);
            answers = at >= 0 && _clusters[at].Objects().Of<EndpointSlice>().Any(
                s => s.Ports.Any(p => p.Port?.Value == port && IsTls(p))
                    && s.Endpoints.Any(e => e.Addresses.Any(a => a.Value == address)));
            _answersTls.Add((cluster, address, port), answers);
        }

        return answers;
    }

    private static bool IsTls(EndpointPort p)
    {
        string protocol = p.AppProtocol?.Value ?? p.Name?.Value.Split('-')[0] ?? "";
        return protocol is "https" or "tls";
    }

    /// <summary>The endpoints of a cluster may have changed.</summary>
    public void Refresh(string cluster)
    {
        _answersTls.Clear();
        foreach (Backends b in _list)
        {
            if (b.Cluster == cluster)
            {
                Fill(b);
            }
        }
    }

    private static ServicePort? PortAt(Service s, string address, int port, bool isNode, bool isOwn)
    {
        if (s.Spec is not { } spec)
        {
            return null;
        }

        bool isPublic = spec.ExternalIPs.Any(i => i.Value == address)
            || (s.Status?.LoadBalancer?.Ingress.Any(i => i.Ip?.Value == address) ?? false);
        bool isVirtual = isOwn && (spec.ClusterIP?.Value == address || spec.ClusterIPs.Any(i => i.Value == address));
        foreach (ServicePort p in spec.Ports)
        {
            if (((isPublic || isVirtual) && p.Port?.Value == port) || (isNode && p.NodePort?.Value == port))
            {
                return p;
            }
        }

        return null;
    }

    private static bool IsNode(ManifestSet set, string address)
    {
        foreach (Node n in set.Of<Node>())
        {
            if (n.Status?.Addresses.Any(a => a.Address?.Value == address) ?? false)
            {
                return true;
            }
        }

        return false;
    }

    private Backends Of(string cluster, Service service, ServicePort port)
    {
        (string, string, string) key = (cluster, service.Namespace + "/" + service.Name, port.Name?.Value ?? "");
        if (!_known.TryGetValue(key, out Backends? backends))
        {
            backends = new Backends(cluster, service, port);
            _known.Add(key, backends);
            _list.Add(backends);
            Fill(backends);
        }

        return backends;
    }

    private void Fill(Backends backends)
    {
        backends.Ready.Clear();
        ManifestSet set = _clusters.Find(c => c.Cluster == backends.Cluster).Objects();
        foreach (EndpointSlice slice in set.Of<EndpointSlice>())
        {
            if (slice.Namespace != backends.Namespace
                || slice.Label("kubernetes.io/service-name") != backends.Name
                || slice.Ports.FirstOrDefault(p => (p.Name?.Value ?? "") == backends.PortName)?.Port is not { } number)
            {
                continue;
            }

            foreach (Endpoint e in slice.Endpoints)
            {
                int pod = e.Addresses.Count > 0 && (e.Conditions?.Ready?.Value ?? true)
                    ? _podAt(e.Addresses[0].Value) : -1;
                if (pod >= 0)
                {
                    backends.Ready.Add((pod, (int)number.Value));
                }
            }
        }
    }
}

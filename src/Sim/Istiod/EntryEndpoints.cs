using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Endpoints out of ServiceEntries and WorkloadEntries.</summary>
/// <remarks>Istio: pilot/pkg/serviceregistry/serviceentry/controller.go, conversion.go;
/// kube/controller/controller.go#WorkloadInstanceHandler.</remarks>
internal sealed class EntryEndpoints(ServiceRegistry registry, KubeCluster own, IReadOnlyList<KubeCluster> clusters)
{
    private const string Shard = "External/";

    public void Add()
    {
        foreach (ServiceEntry se in own.ServiceEntries)
        {
            if (!registry.IsDiscovered(own, se.Meta.Namespace))
            {
                continue;
            }

            foreach (string host in se.Hosts)
            {
                foreach (ServicePort port in se.Ports)
                {
                    AddServiceEntry(se, host, port);
                }
            }
        }

        foreach (KubeCluster cluster in clusters)
        {
            AddSelectedByKubeServices(cluster);
        }
    }

    private void AddServiceEntry(ServiceEntry se, string host, ServicePort port)
    {
        string ns = se.Meta.Namespace;
        if (se.WorkloadSelector is null)
        {
            if (se.Endpoints.Count == 0 && se.Resolution is (Resolution.DnsLb or Resolution.DnsRoundRobinLb)
                && !Hostname.IsWildcard(host))
            {
                registry.Add(host, ns, Shard + own.Name, HostItself(se, host, port));
            }

            foreach (WorkloadEntry e in se.Endpoints)
            {
                AddEntry(se, host, port, e, Shard + own.Name);
            }

            return;
        }

        AddSelected(se, host, port);
    }

    /// <summary>Pods and WorkloadEntries with the labels a ServiceEntry asks for.</summary>
    /// <remarks>
    /// Istio: serviceentry/controller.go#WorkloadInstanceHandler. Pods, and WorkloadEntries of other clusters, are
    /// kept by namespace and name alone: of several with one name the last counts. WorkloadEntries of the own cluster
    /// stand apart. Simplified: the last is that of the cluster last by name.
    /// </remarks>
    private void AddSelected(ServiceEntry se, string host, ServicePort port)
    {
        bool isDns = se.Resolution is Resolution.DnsLb or Resolution.DnsRoundRobinLb;
        int target = port.TargetPort > 0 ? port.TargetPort : port.Port;
        var byName = new SortedDictionary<string, Action>(StringComparer.Ordinal);
        foreach (KubeCluster cluster in clusters)
        {
            foreach (Pod pod in isDns ? [] : cluster.Pods.Values)
            {
                if (IsSelected(pod, se))
                {
                    byName[pod.Meta.Name] = () => registry.Add(host, se.Meta.Namespace, Shard + own.Name,
                        registry.PodEndpoint(cluster, pod, pod.Ips[0], target, port.Name));
                }
            }

            foreach (WorkloadEntry e in cluster.WorkloadEntries)
            {
                bool isOwn = cluster.Name == own.Name;
                if (e.Meta.Namespace != se.Meta.Namespace || !LabelSet.SubsetOf(se.WorkloadSelector!, e.Labels)
                    || isDns == IsIp(e.Address) || (isDns && !isOwn)
                    || !registry.IsDiscovered(cluster, se.Meta.Namespace))
                {
                    continue;
                }

                if (isOwn)
                {
                    AddEntry(se, host, port, e, Shard + own.Name);
                }
                else
                {
                    byName[e.Meta.Name] = () => AddEntry(se, host, port, e, Shard + own.Name);
                }
            }
        }

        foreach (Action add in byName.Values)
        {
            add();
        }
    }

    private static bool IsSelected(Pod pod, ServiceEntry se) =>
        pod.Meta.Namespace == se.Meta.Namespace && pod.Ips.Count > 0 && pod is { IsReady: true, IsEnded: false }
        && !pod.IsTerminating && LabelSet.SubsetOf(se.WorkloadSelector!, pod.Meta.Labels);

    private void AddEntry(ServiceEntry se, string host, ServicePort port, WorkloadEntry e, string shard)
    {
        int target = e.Ports.TryGetValue(port.Name, out int p) ? p
            : port.TargetPort > 0 ? port.TargetPort : port.Port;
        if (e.Address.StartsWith("unix://", StringComparison.Ordinal))
        {
            target = 0;
        }

        registry.Add(host, se.Meta.Namespace, shard, FromEntry(e, target, port.Name));
    }

    private IstioEndpoint HostItself(ServiceEntry se, string host, ServicePort port) => new()
    {
        Address = host,
        Port = port.TargetPort > 0 ? port.TargetPort : port.Port,
        PortName = port.Name,
        Labels = LabelSet.Empty,
        TlsMode = "disabled",
        Namespace = se.Meta.Namespace,
    };

    private IstioEndpoint FromEntry(WorkloadEntry e, int port, string portName)
    {
        KubeCluster cluster = clusters.FirstOrDefault(c => c.Name == e.Cluster) ?? own;
        string locality = e.Locality.Length > 0 ? e.Locality : LocalityLabel(e.Labels);
        string network = e.Network;
        string labelNetwork = network.Length > 0 ? network
            : registry.NetworkOf(cluster, e.Address, e.Labels.GetValueOrDefault(TopologyLabels.Network, ""));
        string tls = e.Labels.GetValueOrDefault("security.istio.io/tlsMode")
            ?? (e.ServiceAccount.Length > 0 ? "istio" : "disabled");
        return new IstioEndpoint
        {
            Address = e.Address,
            Port = port,
            PortName = portName,
            Labels = TopologyLabels.Augment(e.Labels, cluster.Name, locality, "", labelNetwork),
            Locality = Locality.Parse(locality),
            LocalityLabel = locality,
            Network = network,
            Cluster = cluster.Name,
            ServiceAccount = e.ServiceAccount.Length > 0
                ? registry.Identity(cluster, e.Meta.Namespace, e.ServiceAccount) : "",
            TlsMode = tls,
            Weight = e.Weight,
            Namespace = e.Meta.Namespace,
            Workload = WorkloadText(e, cluster.Name),
        };
    }

    private static string WorkloadText(WorkloadEntry e, string cluster)
    {
        ImmutableSortedDictionary<string, string> l = e.Labels;
        string canonical = l.GetValueOrDefault("service.istio.io/canonical-name")
            ?? l.GetValueOrDefault("app.kubernetes.io/name") ?? l.GetValueOrDefault("app") ?? e.Meta.Name;
        string revision = l.GetValueOrDefault("service.istio.io/canonical-revision")
            ?? l.GetValueOrDefault("app.kubernetes.io/version") ?? l.GetValueOrDefault("version") ?? "";
        return e.Meta.Name + ";" + e.Meta.Namespace + ";" + canonical + ";" + revision + ";" + cluster;
    }

    private string LocalityLabel(ImmutableSortedDictionary<string, string> labels)
    {
        string? newer = registry.Profile == IstioProfile.V1_22 ? null
            : labels.GetValueOrDefault("topology.istio.io/locality");
        string text = newer ?? labels.GetValueOrDefault("istio-locality", "");
        return text.Contains('/', StringComparison.Ordinal) ? text : text.Replace('.', '/');
    }

    private void AddSelectedByKubeServices(KubeCluster cluster)
    {
        foreach (KubeService s in cluster.Services)
        {
            if (s.Selector.Count == 0 || !registry.IsDiscovered(cluster, s.Meta.Namespace))
            {
                continue;
            }

            foreach (WorkloadEntry e in cluster.WorkloadEntries)
            {
                if (e.Meta.Namespace != s.Meta.Namespace || !LabelSet.SubsetOf(s.Selector, e.Labels))
                {
                    continue;
                }

                foreach (ServicePort port in s.Ports)
                {
                    int target = e.Ports.TryGetValue(port.TargetPortName, out int byTarget) ? byTarget
                        : e.Ports.TryGetValue(port.Name, out int byName) ? byName
                        : port.TargetPort > 0 ? port.TargetPort : port.Port;
                    registry.Add(s.Hostname, s.Meta.Namespace, "Kubernetes/" + cluster.Name,
                        FromEntry(e, target, port.Name));
                }
            }
        }
    }

    private static bool IsIp(string address) => System.Net.IPAddress.TryParse(address, out _);
}

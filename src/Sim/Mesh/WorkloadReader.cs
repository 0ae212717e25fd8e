using System.Collections.Immutable;
using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads namespaces, nodes, pods, services and endpoint slices of one cluster.</summary>
/// <remarks>Istio: pilot/pkg/serviceregistry/kube/controller, pilot/pkg/serviceregistry/kube/conversion.go.</remarks>
internal sealed class WorkloadReader(ClusterInput input, MeshOptions options, DiagnosticBag diagnostics)
{
    private const string NetworkLabel = "topology.istio.io/network";
    private readonly ManifestSet _set = input.Manifests;
    private readonly bool _isOld = options.Profile == IstioProfile.V1_22;

    public ImmutableSortedDictionary<string, KubeNamespace> ReadNamespaces()
    {
        var b = ImmutableSortedDictionary.CreateBuilder<string, KubeNamespace>(StringComparer.Ordinal);
        foreach (Namespace n in _set.Of<Namespace>())
        {
            b[n.Name] = new KubeNamespace(n.Name, n.Metadata.Labels.Labels(),
                n.Annotation("networking.istio.io/traffic-distribution") ?? "");
        }

        return b.ToImmutable();
    }

    public string SystemNetwork(ImmutableSortedDictionary<string, KubeNamespace> namespaces) =>
        namespaces.TryGetValue(input.Config.RootNamespace, out KubeNamespace? ns)
            ? ns.Labels.GetValueOrDefault(NetworkLabel, "")
            : "";

    public IEnumerable<KubeService> ReadServices()
    {
        foreach (Service s in _set.Of<Service>())
        {
            yield return ReadService(s);
        }
    }

    /// <summary>Nodes, pods and endpoints.</summary>
    /// <param name="cluster">Everything else of the cluster.</param>
    /// <param name="kept">An earlier state: pods whose objects and nodes are the same stay the same objects, lists of
    /// endpoints that are equal stay the same lists.</param>
    public KubeCluster ReadWorkloads(KubeCluster cluster, KeptCluster kept)
    {
        bool keepsNodes = true;
        ImmutableSortedDictionary<string, KubeNode> nodes = kept.Of<Node, ImmutableSortedDictionary<string, KubeNode>>(
            _set, static c => c.Nodes, o =>
            {
                keepsNodes = false;
                return ReadNodes(o);
            });
        ImmutableSortedDictionary<string, Pod> pods = ReadPods(nodes, keepsNodes ? kept : KeptCluster.None);
        return cluster with { Nodes = nodes, Pods = pods, Endpoints = ReadEndpoints(pods, kept) };
    }

    private static ImmutableSortedDictionary<string, KubeNode> ReadNodes(IEnumerable<Node> objects)
    {
        var nodes = ImmutableSortedDictionary.CreateBuilder<string, KubeNode>(StringComparer.Ordinal);
        foreach (Node n in objects)
        {
            nodes[n.Name] = new KubeNode(n.Name, n.Metadata.Labels.Labels(),
                [.. (n.Status?.Addresses ?? []).Where(static a => a.Type.Text() == "ExternalIP")
                    .Select(static a => a.Address.Text())]);
        }

        return nodes.ToImmutable();
    }

    private ImmutableSortedDictionary<string, Pod> ReadPods(
        ImmutableSortedDictionary<string, KubeNode> nodes, KeptCluster kept)
    {
        IReadOnlyDictionary<string, Manifests.Pod> before = kept.PodObjects();
        ImmutableSortedDictionary<string, Pod>.Builder pods = kept.Pods.ToBuilder();
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (Manifests.Pod p in _set.Of<Manifests.Pod>())
        {
            string name = p.Namespace + "/" + p.Name;
            bool isFirst = present.Add(name);
            if (!isFirst || !ReferenceEquals(before.GetValueOrDefault(name), p))
            {
                pods[name] = ReadPod(p, nodes);
            }
        }

        pods.RemoveRange(before.Keys.Where(k => !present.Contains(k)));
        return pods.ToImmutable();
    }

    private KubeService ReadService(Service s)
    {
        ServiceSpec? spec = s.Spec;
        string type = spec?.Type.Text() ?? "";
        string external = type == "ExternalName" ? spec!.ExternalName.Text() : "";
        List<string> ips = [.. (spec?.ClusterIPs ?? []).Texts()];
        if (ips.Count == 0 && spec?.ClusterIP is { } single)
        {
            ips.Add(single.Value);
        }

        ips.RemoveAll(static i => i.Length == 0);
        bool headless = external.Length == 0 && (ips.Count == 0 || ips[0] == "None");
        var ports = new List<ServicePort>();
        foreach (Manifests.ServicePort p in spec?.Ports ?? [])
        {
            ports.Add(ReadPort(p));
        }

        string? nodeSelector = s.Annotation("traffic.istio.io/nodeSelector");
        return new KubeService
        {
            Meta = s.Meta(),
            Hostname = s.Name + "." + s.Namespace + ".svc." + input.Config.Domain,
            Ports = ports,
            ClusterIps = headless || external.Length > 0 ? [] : ips,
            IsHeadless = headless,
            ExternalName = external,
            Selector = spec?.Selector.Labels() ?? LabelSet.Empty,
            ExportTo = SplitList(s.Annotation("networking.istio.io/exportTo")),
            IsNodeLocal = spec?.InternalTrafficPolicy.Text() == "Local",
            TrafficDistribution = spec?.TrafficDistribution is { } td ? td.Value
                : s.Annotation("networking.istio.io/traffic-distribution") ?? "",
            HasPersistentSession = s.Label("istio.io/persistent-session") is { Length: > 0 }
                || s.Label("istio.io/persistent-session-header") is { Length: > 0 },
            ExternalAddresses = ExternalAddresses(s, type),
            GatewayNodeSelector = type == "NodePort" && nodeSelector is not null
                ? NodeSelector(nodeSelector, s) : null,
            AnnotatedAccounts =
            [
                .. SplitList(s.Annotation("alpha.istio.io/canonical-serviceaccounts")),
                .. SplitList(s.Annotation("alpha.istio.io/kubernetes-serviceaccounts"))
                    .Select(a => "ns/" + s.Namespace + "/sa/" + a),
            ],
        };
    }

    private ServicePort ReadPort(Manifests.ServicePort p)
    {
        int number = p.Port.Int();
        Protocol protocol = Protocols.OfKubePort(
            number, p.Name.Text(), p.Protocol?.Value ?? "TCP", p.AppProtocol?.Value, !_isOld);
        IntOrString? target = p.TargetPort?.Value;
        return new ServicePort(p.Name.Text(), number, protocol, target?.Number ?? (target is null ? number : 0))
        {
            TargetPortName = target is { Number: null } t ? t.Text : "",
            NodePort = p.NodePort.Int(),
        };
    }

    private static IReadOnlyList<string> ExternalAddresses(Service s, string type)
    {
        var result = new List<string>();
        if (type == "LoadBalancer")
        {
            foreach (LoadBalancerIngress i in s.Status?.LoadBalancer?.Ingress ?? [])
            {
                string address = i.Ip is { } ip ? ip.Value : i.Hostname.Text();
                if (address.Length > 0)
                {
                    result.Add(address);
                }
            }
        }

        result.AddRange((s.Spec?.ExternalIPs ?? []).Texts());
        return result;
    }

    private ImmutableSortedDictionary<string, string>? NodeSelector(string json, Service s)
    {
        var local = new DiagnosticBag();
        IReadOnlyList<YamlNode> documents = YamlReader.Read(json, s.Span.File, local);
        if (documents is [YamlMapping map])
        {
            ImmutableSortedDictionary<string, string>.Builder b = LabelSet.Empty.ToBuilder();
            foreach (YamlEntry e in map.Entries)
            {
                b[e.Key] = e.Value is YamlScalar v ? v.Value : "";
            }

            return b.ToImmutable();
        }

        diagnostics.Warn("MS0210", "the annotation traffic.istio.io/nodeSelector is no JSON object of labels", s.Span,
            "write {\"label\": \"value\"}", s.Resource);
        return null;
    }

    private Pod ReadPod(Manifests.Pod p, ImmutableSortedDictionary<string, KubeNode> nodes)
    {
        PodSpec? spec = p.Spec;
        ConfigMeta meta = p.Meta();
        List<string> ips = [.. (p.Status?.PodIPs ?? []).Select(static i => i.Ip.Text())
            .Where(static i => i.Length > 0)];
        if (ips.Count == 0 && p.Status?.PodIP is { Value.Length: > 0 } ip)
        {
            ips.Add(ip.Value);
        }

        IEnumerable<Container> containers = (spec?.Containers ?? []).Concat(spec?.InitContainers ?? []);
        Container? proxy = containers.FirstOrDefault(static c => c.Name.Text() == "istio-proxy");
        string node = spec?.NodeName.Text() ?? "";
        string account = spec?.ServiceAccountName.Text() ?? "";
        account = account.Length > 0 ? account : spec?.ServiceAccount.Text() ?? "";
        string phase = p.Status?.Phase.Text() ?? "";
        StatusCondition? ready = p.Status?.Conditions.FirstOrDefault(static c => c.Type.Text() == "Ready");
        return new Pod
        {
            Meta = meta,
            Ips = ips,
            NodeName = node,
            Locality = LocalityOf(
                meta.Labels, nodes.TryGetValue(node, out KubeNode? n) ? n.Labels : null, !_isOld),
            Network = meta.Labels.GetValueOrDefault(NetworkLabel, ""),
            ServiceAccount = account.Length > 0 ? account : "default",
            Workload = WorkloadOf(p),
            HasProxy = proxy is not null,
            IsReady = ready is null || ready.Status.Text() == "True",
            IsTerminating = p.Metadata.DeletionTimestamp is not null,
            IsEnded = phase is "Succeeded" or "Failed",
            ContainerPorts =
            [
                .. (spec?.Containers ?? []).Concat((spec?.InitContainers ?? []).Where(IsNativeSidecar))
                    .SelectMany(static c => c.Ports)
                    .Select(static c => (c.Name.Text(), c.Port.Int(), c.Protocol?.Value ?? "TCP")),
            ],
            ProxyMetadata = ProxyMetadata(proxy),
        };
    }

    private static bool IsNativeSidecar(Container c) => c.RestartPolicy.Text() == "Always";

    /// <summary>Locality text of a pod: its own label (the longer one counts since 1.23), else its node's labels.
    /// </summary>
    /// <remarks>Istio: pilot/pkg/serviceregistry/kube/controller/controller.go#getPodLocality.</remarks>
    internal static string LocalityOf(
        ImmutableSortedDictionary<string, string> pod, ImmutableSortedDictionary<string, string>? node,
        bool knowsLongLabel = true)
    {
        string own = knowsLongLabel ? pod.GetValueOrDefault("topology.istio.io/locality", "") : "";
        own = own.Length > 0 ? own : pod.GetValueOrDefault("istio-locality", "");
        if (own.Length > 0)
        {
            return own.Contains('/', StringComparison.Ordinal) ? own : own.Replace('.', '/');
        }

        if (node is null)
        {
            return "";
        }

        string region = First(node, "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
        string zone = First(node, "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
        string sub = node.GetValueOrDefault("topology.istio.io/subzone", "");
        return region.Length + zone.Length + sub.Length == 0 ? "" : region + "/" + zone + "/" + sub;
    }

    private static string First(ImmutableSortedDictionary<string, string> labels, string a, string b)
    {
        string value = labels.GetValueOrDefault(a, "");
        return value.Length > 0 ? value : labels.GetValueOrDefault(b, "");
    }

    private static string WorkloadOf(Manifests.Pod p)
    {
        OwnerReference? owner = p.Metadata.GenerateName is null ? null
            : p.Metadata.OwnerReferences.FirstOrDefault(static o => o.Controller?.Value == true);
        string name = owner?.Name.Text() ?? "";
        if (name.Length == 0)
        {
            return p.Name;
        }

        string suffix = "-" + p.Label("pod-template-hash");
        return owner!.Kind.Text() == "ReplicaSet" && suffix.Length > 1
            && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
    }

    private static ImmutableSortedDictionary<string, string> ProxyMetadata(Container? proxy)
    {
        ImmutableSortedDictionary<string, string>.Builder b = LabelSet.Empty.ToBuilder();
        foreach (EnvVar e in proxy?.Env ?? [])
        {
            string name = e.Name.Text();
            if (name.StartsWith("ISTIO_META_", StringComparison.Ordinal))
            {
                b[name["ISTIO_META_".Length..]] = e.Value.Text();
            }
        }

        return b.ToImmutable();
    }

    private IReadOnlyDictionary<string, IReadOnlyList<KubeEndpoint>> ReadEndpoints(
        ImmutableSortedDictionary<string, Pod> pods, KeptCluster kept)
    {
        var byAddress = new Lazy<Dictionary<string, Pod>>(() => ByAddress(pods));
        var result = new SortedDictionary<string, List<KubeEndpoint>>(StringComparer.Ordinal);
        foreach (EndpointSlice slice in _set.Of<EndpointSlice>().OrderBy(static s => s.Name, StringComparer.Ordinal))
        {
            string? service = slice.Label("kubernetes.io/service-name");
            if (service is null || slice.AddressType.Text() == "FQDN")
            {
                continue;
            }

            string key = slice.Namespace + "/" + service;
            if (!result.TryGetValue(key, out List<KubeEndpoint>? list))
            {
                result.Add(key, list = []);
            }

            foreach (Endpoint e in slice.Endpoints)
            {
                AddEndpoints(list, slice, e, pods, byAddress);
            }
        }

        return result.ToDictionary(
            static e => e.Key, e => kept.Endpoints(e.Key, e.Value), StringComparer.Ordinal);
    }

    private static Dictionary<string, Pod> ByAddress(ImmutableSortedDictionary<string, Pod> pods)
    {
        var byAddress = new Dictionary<string, Pod>(StringComparer.Ordinal);
        foreach (Pod p in pods.Values.Where(static p => !p.IsEnded))
        {
            foreach (string ip in p.Ips)
            {
                byAddress.TryAdd(ip, p);
            }
        }

        return byAddress;
    }

    private void AddEndpoints(
        List<KubeEndpoint> list, EndpointSlice slice, Endpoint e,
        ImmutableSortedDictionary<string, Pod> pods, Lazy<Dictionary<string, Pod>> byAddress)
    {
        foreach (string address in e.Addresses.Texts())
        {
            Pod? pod = null;
            if (e.TargetRef is { } target && target.Kind.Text() == "Pod")
            {
                string ns = target.Namespace.Text();
                if (!pods.TryGetValue((ns.Length > 0 ? ns : slice.Namespace) + "/" + target.Name.Text(), out pod))
                {
                    diagnostics.Info("MS0211", string.Create(CultureInfo.InvariantCulture,
                        $"the endpoint {address} names a pod that is not there: istiod waits for it"), e.Span,
                        "dump the pods together with the endpoint slices", slice.Resource);
                    continue;
                }
            }
            else
            {
                byAddress.Value.TryGetValue(address, out pod);
            }

            foreach (EndpointPort port in slice.Ports)
            {
                list.Add(new KubeEndpoint
                {
                    Address = address,
                    Port = port.Port.Int(),
                    PortName = port.Name.Text(),
                    Ready = e.Conditions?.Ready?.Value,
                    Serving = e.Conditions?.Serving?.Value,
                    Terminating = e.Conditions?.Terminating?.Value,
                    Hostname = e.Hostname.Text(),
                    Pod = pod,
                });
            }
        }
    }

    private static IReadOnlyList<string> SplitList(string? text) =>
        text is null ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

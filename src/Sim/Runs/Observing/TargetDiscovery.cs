using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Telemetry;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>What a job's <c>kubernetes_sd_configs</c> find in a cluster.</summary>
/// <remarks>
/// Prometheus: discovery/kubernetes/pod.go, endpoints.go. An injected pod has the annotations and the container port
/// 15090 <c>http-envoy-prom</c> that Istio's webhook adds (pkg/kube/inject). Simplified: a change is found at once
/// (Prometheus waits up to 5 s); labels of nodes and namespaces, host addresses and unique ids are left out.
/// </remarks>
internal sealed class TargetDiscovery(LiveCluster cluster)
{
    /// <summary>Port of Envoy's own page.</summary>
    public const int EnvoyPort = 15090;

    /// <summary>Port of the page that the sidecar's agent merges.</summary>
    public const int AgentPort = 15020;

    /// <summary>Path of both pages.</summary>
    public const string StatsPath = "/stats/prometheus";

    private const string Meta = "__meta_kubernetes_";

    /// <summary>Targets of a job, relabelled, in the order of their labels.</summary>
    public IReadOnlyList<DiscoveredTarget> Find(ScrapeConfig job)
    {
        var found = new SortedDictionary<string, DiscoveredTarget>(StringComparer.Ordinal);
        IEnumerable<LabelSet> all = job.Discoveries.SelectMany(d => d.Role switch
        {
            "pod" => Pods(d).SelectMany(static p => p.Labels),
            "endpoints" => Endpoints(d),
            _ => [],
        });
        foreach (LabelSet labels in all)
        {
            if (DiscoveredTarget.Of(job, labels) is { } target)
            {
                found.TryAdd(target.Target.Labels.ToString() + target.Target.Address + target.Path, target);
            }
        }

        foreach (DiscoveredTarget target in DiscoveredTarget.Static(job))
        {
            found.TryAdd(target.Target.Labels.ToString() + target.Target.Address + target.Path, target);
        }

        return [.. found.Values];
    }

    private static bool IsWanted(KubernetesDiscovery d, string space) =>
        d.Namespaces.Count == 0 || d.Namespaces.Contains(space);

    private IEnumerable<FoundPod> Pods(KubernetesDiscovery d)
    {
        Dictionary<(string, string), Pod> objects = [];
        foreach (Pod p in cluster.LiveObjects().Of<Pod>())
        {
            objects[(p.Namespace, p.Name)] = p;
        }

        foreach (PodState s in cluster.Pods)
        {
            if (s.IsServing && IsWanted(d, s.Namespace))
            {
                yield return new FoundPod(s, Targets(s, objects.GetValueOrDefault((s.Namespace, s.Name))));
            }
        }
    }

    private static List<LabelSet> Targets(PodState s, Pod? pod)
    {
        List<Label> common = PodLabels(s, pod);
        var targets = new List<LabelSet>();
        foreach ((string container, string portName, long port) in Ports(s, pod))
        {
            var labels = new List<Label>(common)
            {
                new("__address__", port == 0 ? s.Ip : Address(s.Ip, port)),
                new(Meta + "pod_container_name", container),
                new(Meta + "pod_container_init", "false"),
            };
            if (port > 0)
            {
                labels.Add(new(Meta + "pod_container_port_name", portName));
                labels.Add(new(Meta + "pod_container_port_number", port.ToString(CultureInfo.InvariantCulture)));
                labels.Add(new(Meta + "pod_container_port_protocol", "TCP"));
            }

            targets.Add(LabelSet.Of(labels));
        }

        return targets;
    }

    private static string Address(string ip, long port) =>
        string.Create(CultureInfo.InvariantCulture, $"{ip}:{port}");

    private static IEnumerable<(string Container, string Name, long Port)> Ports(PodState s, Pod? pod)
    {
        foreach (Container c in pod?.Spec?.Containers ?? [])
        {
            string name = c.Name?.Value ?? "";
            if (name == "istio-proxy")
            {
                continue;
            }

            foreach (ContainerPort p in c.Ports)
            {
                yield return (name, p.Name?.Value ?? "", p.Port?.Value ?? 0);
            }

            if (c.Ports.Count == 0)
            {
                yield return (name, "", 0);
            }
        }

        if (s.HasSidecar)
        {
            yield return ("istio-proxy", "http-envoy-prom", EnvoyPort);
        }
    }

    private static List<Label> PodLabels(PodState s, Pod? pod)
    {
        var labels = new List<Label>
        {
            new(Meta + "namespace", s.Namespace), new(Meta + "pod_name", s.Name), new(Meta + "pod_ip", s.Ip),
            new(Meta + "pod_ready", s.IsReady ? "true" : "false"), new(Meta + "pod_phase", "Running"),
            new(Meta + "pod_node_name", s.Node), new(Meta + "pod_controller_kind", "ReplicaSet"),
        };
        AddMap(labels, "pod_label", s.Labels);
        ImmutableSortedDictionary<string, string> annotations =
            KubeText.Labels(pod?.Metadata.Annotations ?? SpannedMap<Spanned<string>>.Empty);
        if (s.HasSidecar)
        {
            annotations = annotations.SetItem("prometheus.io/scrape", "true")
                .SetItem("prometheus.io/port", AgentPort.ToString(CultureInfo.InvariantCulture))
                .SetItem("prometheus.io/path", StatsPath);
        }

        AddMap(labels, "pod_annotation", annotations);
        return labels;
    }

    private static void AddMap(List<Label> labels, string kind, IEnumerable<KeyValuePair<string, string>> map)
    {
        foreach ((string name, string value) in map)
        {
            labels.Add(new($"{Meta}{kind}_{Sanitized(name)}", value));
            labels.Add(new($"{Meta}{kind}present_{Sanitized(name)}", "true"));
        }
    }

    private static string Sanitized(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        }

        return text.ToString();
    }

    private IEnumerable<LabelSet> Endpoints(KubernetesDiscovery d)
    {
        Dictionary<string, FoundPod> pods = Pods(d).ToDictionary(static p => p.State.Namespace + "/" + p.State.Name);
        foreach (EndpointSlice slice in cluster.LiveObjects().Of<EndpointSlice>())
        {
            if (!IsWanted(d, slice.Namespace))
            {
                continue;
            }

            string service = slice.Label("kubernetes.io/service-name") ?? slice.Name;
            Service? owner = cluster.LiveObjects().Of<Service>()
                .FirstOrDefault(s => s.Namespace == slice.Namespace && s.Name == service);
            var common = new List<Label>
            {
                new(Meta + "namespace", slice.Namespace), new(Meta + "endpoints_name", service),
                new(Meta + "service_name", service),
            };
            AddMap(common, "service_label", KubeText.Labels(owner?.Metadata.Labels));
            AddMap(common, "service_annotation", KubeText.Labels(owner?.Metadata.Annotations));
            foreach (Endpoint e in slice.Endpoints.Where(static e => e.Addresses.Count > 0))
            {
                foreach (LabelSet target in OfEndpoint(slice, e, common, pods))
                {
                    yield return target;
                }
            }
        }
    }

    /// <summary>An endpoint's own ports, and the other container ports of the pod behind it.</summary>
    private static IEnumerable<LabelSet> OfEndpoint(
        EndpointSlice slice, Endpoint e, List<Label> common, Dictionary<string, FoundPod> pods)
    {
        string ip = e.Addresses[0].Value;
        FoundPod? pod = e.TargetRef is { Kind.Value: "Pod" } r
            ? pods.GetValueOrDefault(slice.Namespace + "/" + r.Name?.Value) : null;
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (EndpointPort p in slice.Ports)
        {
            string address = Address(ip, p.Port?.Value ?? 0);
            own.Add(address);
            List<Label> labels = [.. pod?.Labels.FirstOrDefault(l => l["__address__"] == address)?.Labels
                ?? pod?.Labels.FirstOrDefault()?.Labels.Where(static l =>
                    !l.Name.StartsWith(Meta + "pod_container", StringComparison.Ordinal)) ?? []];
            labels.AddRange(common);
            labels.Add(new("__address__", address));
            labels.Add(new(Meta + "endpoint_port_name", p.Name?.Value ?? ""));
            labels.Add(new(Meta + "endpoint_port_protocol", p.Protocol?.Value ?? "TCP"));
            labels.Add(new(Meta + "endpoint_ready", e.Conditions?.Ready?.Value == false ? "false" : "true"));
            if (pod is not null)
            {
                labels.Add(new(Meta + "endpoint_address_target_kind", "Pod"));
                labels.Add(new(Meta + "endpoint_address_target_name", pod.State.Name));
            }

            yield return LabelSet.Of(labels);
        }

        foreach (LabelSet other in pod?.Labels ?? [])
        {
            bool hasPort = other[Meta + "pod_container_port_number"].Length > 0;
            if (hasPort && !own.Contains(other["__address__"]))
            {
                yield return LabelSet.Of(other.Labels.Concat(common));
            }
        }
    }

    private sealed record FoundPod(PodState State, List<LabelSet> Labels);
}

using System.Collections.Immutable;
using System.Globalization;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Reads the pods of a live dump.</summary>
internal static class DumpedPods
{
    public static PodEntry Read(
        Pod pod, string cluster, int id, IReadOnlyList<Node> nodes, IReadOnlyList<KubeObject> objects)
    {
        ImmutableSortedDictionary<string, string> labels = KubeText.Labels(pod.Metadata.Labels);
        string node = pod.Spec?.NodeName?.Value ?? "";
        NodePlace place = nodes.Where(n => n.Name == node).Select(NodePlacement.PlaceOf).FirstOrDefault()
            ?? new NodePlace(node, "", "");
        Deployment? deployment = objects.OfType<Deployment>().FirstOrDefault(d => d.Namespace == pod.Namespace
            && KubeText.Selects(d.Spec?.Selector, labels));
        string phase = pod.Status?.Phase?.Value ?? "Running";
        bool isReady = pod.Status?.Conditions.Any(static c =>
            c is { Type.Value: "Ready", Status.Value: "True" }) == true;
        bool isTerminating = pod.Metadata.DeletionTimestamp is not null;
        var state = new PodState
        {
            Id = id,
            Cluster = cluster,
            Namespace = pod.Namespace,
            Name = pod.Name,
            Workload = deployment?.Name ?? WorkloadOf(pod, labels),
            Ip = pod.Status?.PodIP?.Value ?? "",
            Node = node,
            Region = place.Region,
            Zone = place.Zone,
            Labels = labels,
            ServiceAccount = pod.Spec?.ServiceAccountName?.Value ?? pod.Spec?.ServiceAccount?.Value ?? "default",
            HasSidecar = HasSidecar(pod),
            IsProxyOnly = SidecarInjection.IsProxyOnly(pod.Spec),
            Phase = phase switch { "Running" => PodPhase.Running, "Pending" => PodPhase.Pending, _ => PodPhase.Gone },
            IsReady = isReady,
            IsTerminating = isTerminating,
        };
        KubeObject? owner = deployment ?? OwnerOf(pod, objects);
        string key = owner is null ? "" : PodOwner.KeyOf(owner.Kind, owner.Namespace, owner.Name);
        return new PodEntry(state, key, "")
        {
            Dumped = pod,
            Number = owner is StatefulSet && pod.Name.StartsWith(owner.Name + "-", StringComparison.Ordinal)
                && int.TryParse(pod.Name.AsSpan(owner.Name.Length + 1), NumberStyles.None,
                    CultureInfo.InvariantCulture, out int number) ? number : -1,
            SeenPresent = !state.IsGone,
            SeenReady = isReady,
            SeenTerminating = isTerminating,
        };
    }

    private static KubeObject? OwnerOf(Pod pod, IReadOnlyList<KubeObject> objects)
    {
        OwnerReference? owner = pod.Metadata.OwnerReferences.FirstOrDefault(static r => r.Controller?.Value == true);
        return owner is null ? null : objects.FirstOrDefault(o => o is StatefulSet or DaemonSet or ReplicaSet or Job
            && o.Namespace == pod.Namespace && o.Kind == owner.Kind?.Value && o.Name == owner.Name?.Value
            && PodOwner.Of(o) is not null);
    }

    /// <summary>Name of the workload as Istio derives it: the owner, a ReplicaSet's without its hash.</summary>
    /// <remarks>Istio: pkg/kube/util.go#GetDeployMetaFromPod; without owner our own rule, the <c>app</c> label, so that
    /// a scenario can name bare pods together.</remarks>
    private static string WorkloadOf(Pod pod, ImmutableSortedDictionary<string, string> labels)
    {
        foreach (OwnerReference owner in pod.Metadata.OwnerReferences)
        {
            string name = owner.Name?.Value ?? "";
            if (owner.Controller?.Value != true || name.Length == 0)
            {
                continue;
            }

            string suffix = "-" + labels.GetValueOrDefault("pod-template-hash", "");
            return owner.Kind?.Value == "ReplicaSet" && suffix.Length > 1
                && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
        }

        return labels.GetValueOrDefault("app", pod.Name);
    }

    private static bool HasSidecar(Pod pod) =>
        pod.Spec is { } spec && spec.Containers.Concat(spec.InitContainers)
            .Any(static c => c.Name?.Value == "istio-proxy");
}

using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>An object that makes pods, whatever its kind.</summary>
/// <remarks>A ReplicaSet that a Deployment owns is not one: the Deployment stands for it.</remarks>
internal sealed class PodOwner
{
    private PodOwner(KubeObject o, PodTemplateSpec? template, long replicas, Spanned<long>? minReadySeconds)
    {
        MinReadyNs = Math.Clamp(minReadySeconds?.Value ?? 0, 0, int.MaxValue) * SimDuration.Second;
        Object = o;
        Template = template;
        Replicas = (int)Math.Clamp(replicas, 0, int.MaxValue);
        Key = KeyOf(o.Kind, o.Namespace, o.Name);
        string text = (o.Node["spec"] as YamlMapping)?["template"] is { } node ? JsonText.Of(node) : "";
        Revision = KubeText.Suffix(StableHash.Of(text), 9);
    }

    /// <summary>The object.</summary>
    public KubeObject Object { get; }

    /// <summary>What its pods are made from.</summary>
    public PodTemplateSpec? Template { get; }

    /// <summary>Pods asked for; of no use for a DaemonSet.</summary>
    public int Replicas { get; }

    /// <summary>How long a pod must be Ready before it counts as available.</summary>
    public long MinReadyNs { get; }

    /// <summary>Kind, namespace and name.</summary>
    public string Key { get; }

    /// <summary>Hash of the template.</summary>
    public string Revision { get; }

    /// <summary>Service that gives the pods names of their own; empty = the template's <c>subdomain</c> only.</summary>
    public string ServiceName => (Object as StatefulSet)?.Spec?.ServiceName?.Value ?? "";

    /// <summary>The object as an owner; null when it makes no pods.</summary>
    public static PodOwner? Of(KubeObject o) => o switch
    {
        Deployment d => new PodOwner(d, d.Spec?.Template, d.Spec?.Replicas?.Value ?? 1, d.Spec?.MinReadySeconds),
        StatefulSet s => new PodOwner(s, s.Spec?.Template, s.Spec?.Replicas?.Value ?? 1, s.Spec?.MinReadySeconds),
        DaemonSet d => new PodOwner(d, d.Spec?.Template, 0, d.Spec?.MinReadySeconds),
        ReplicaSet r when !r.Metadata.OwnerReferences.Any(static owner => owner.Controller?.Value == true) =>
            new PodOwner(r, r.Spec?.Template, r.Spec?.Replicas?.Value ?? 1, r.Spec?.MinReadySeconds),
        Job j when !JobPlan.IsFinished(j) => new PodOwner(j, j.Spec?.Template, j.Spec?.Parallelism?.Value ?? 1, null),
        _ => null,
    };

    /// <summary>Kind, namespace and name in one.</summary>
    public static string KeyOf(string kind, string space, string name) => kind + " " + space + "/" + name;

    /// <summary>Name of a new pod.</summary>
    /// <param name="number">Pods it has made before; of a StatefulSet and an Indexed Job the pod's own
    /// number.</param>
    public string PodName(int number) => Object switch
    {
        StatefulSet => string.Create(CultureInfo.InvariantCulture, $"{Object.Name}-{number}"),
        Deployment => KubeText.Join(Object.Name, Revision, number),
        Job j when JobPlan.IsIndexed(j) => string.Create(CultureInfo.InvariantCulture,
            $"{Object.Name}-{number}-{KubeText.Suffix(StableHash.Of($"{Key} {number}"), 5)}"),
        _ => Object.Name + "-" + KubeText.Suffix(
            StableHash.Of(string.Create(CultureInfo.InvariantCulture, $"{Key} {number}")), 5),
    };

    /// <summary>Labels that its controller adds to a pod.</summary>
    /// <remarks>Kubernetes: pkg/controller/statefulset/stateful_set_utils.go#updateIdentity,
    /// pkg/controller/daemon/daemon_controller.go#syncNodes, pkg/controller/deployment/sync.go#getNewReplicaSet.
    /// Simplified: a DaemonSet is of generation 1 for ever, a Job has no uid.</remarks>
    /// <param name="name">Name of the pod.</param>
    /// <param name="number">Number of the pod of a StatefulSet or an Indexed Job.</param>
    public IReadOnlyList<KeyValuePair<string, string>> PodLabels(string name, int number) => Object switch
    {
        Deployment => [new("pod-template-hash", Revision)],
        StatefulSet =>
        [
            new("apps.kubernetes.io/pod-index", number.ToString(CultureInfo.InvariantCulture)),
            new("controller-revision-hash", Object.Name + "-" + Revision),
            new("statefulset.kubernetes.io/pod-name", name),
        ],
        Job j =>
        [
            .. JobPlan.IsIndexed(j) ? NumberLabel(number) : [],
            new("batch.kubernetes.io/job-name", Object.Name),
            new("job-name", Object.Name),
        ],
        DaemonSet => [new("controller-revision-hash", Revision), new("pod-template-generation", "1")],
        _ => [],
    };

    private static KeyValuePair<string, string>[] NumberLabel(int number) =>
        [new("batch.kubernetes.io/job-completion-index", number.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Owner as its pods name it.</summary>
    /// <param name="revision">Template that the pod was made from.</param>
    public (string Kind, string Name) Reference(string revision) => Object is Deployment
        ? ("ReplicaSet", Object.Name + "-" + revision) : (Object.Kind, Object.Name);
}

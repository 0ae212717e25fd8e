using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>A change somebody makes to a cluster, as kubectl would.</summary>
public abstract record KubeChange;

/// <summary><c>kubectl apply -f</c>.</summary>
/// <param name="File">File for spans.</param>
/// <param name="Text">Its text.</param>
/// <param name="Namespace">Namespace of objects that state none (<c>-n</c>); empty = <c>default</c>.</param>
public sealed record ApplyManifests(string File, string Text, string Namespace = "") : KubeChange;

/// <summary>An object that a file names, as it was before the file was applied.</summary>
/// <param name="Named">The object of the file.</param>
/// <param name="Before">What the cluster had; null = nothing.</param>
public sealed record RememberedObject(KubeObject Named, KubeObject? Before);

/// <summary>Objects become what they were; those that were not there are deleted.</summary>
/// <param name="Objects">What <see cref="LiveCluster.Remember"/> gave.</param>
public sealed record RestoreObjects(IReadOnlyList<RememberedObject> Objects) : KubeChange;

/// <summary><c>kubectl delete -f</c>.</summary>
/// <param name="File">File for spans.</param>
/// <param name="Text">Its text.</param>
public sealed record DeleteManifests(string File, string Text) : KubeChange;

/// <summary><c>kubectl delete KIND NAME</c>.</summary>
/// <param name="Kind">Kind, plural or short form as kubectl takes it.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
public sealed record DeleteObject(string Kind, string Namespace, string Name) : KubeChange;

/// <summary><c>kubectl patch --type=merge</c>.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Patch">What changes; null removes.</param>
public sealed record PatchObject(string Kind, string Namespace, string Name, YamlMapping Patch) : KubeChange;

/// <summary><c>kubectl scale deployment/NAME --replicas=N</c>, or of a StatefulSet or ReplicaSet.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Replicas">Number of pods, 0 or more.</param>
/// <param name="Kind">Kind.</param>
public sealed record ScaleWorkload(string Namespace, string Name, int Replicas, string Kind = "Deployment")
    : KubeChange;

/// <summary><c>kubectl rollout restart deployment/NAME</c>, or of a StatefulSet or DaemonSet.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Kind">Kind.</param>
public sealed record RestartWorkload(string Namespace, string Name, string Kind = "Deployment") : KubeChange;

/// <summary><c>kubectl label KIND NAME KEY=VALUE</c>.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Namespace">Namespace; not used for kinds without one.</param>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels; null removes one.</param>
/// <param name="IsOverwriting">Whether a label that has another value is changed (<c>--overwrite</c>).</param>
public sealed record LabelObject(
    string Kind, string Namespace, string Name, IReadOnlyList<KeyValuePair<string, string?>> Labels,
    bool IsOverwriting = false) : KubeChange;

/// <summary><c>kubectl expose deployment/NAME --port=N</c>.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Deployment">Deployment whose selector the Service takes.</param>
/// <param name="Name">Name of the Service.</param>
/// <param name="Port">Port.</param>
/// <param name="TargetPort">Port of the pods, number or name.</param>
/// <param name="Type">Type of the Service.</param>
/// <param name="Span">Where the line stands.</param>
public sealed record ExposeDeployment(
    string Namespace, string Deployment, string Name, int Port, string TargetPort, string Type, SourceSpan Span)
    : KubeChange;

/// <summary><c>kubectl set image deployment/NAME CONTAINER=IMAGE</c>, or of another kind that makes pods.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Images">Container (<c>*</c> = every one) and image.</param>
/// <param name="Kind">Kind.</param>
public sealed record SetWorkloadImage(
    string Namespace, string Name, IReadOnlyList<KeyValuePair<string, string>> Images, string Kind = "Deployment")
    : KubeChange;

/// <summary><c>istioctl install --set PATH=VALUE</c>.</summary>
/// <param name="Settings">Paths and values in order.</param>
/// <param name="IsForced">Whether refused keys are let through (<c>--force</c>).</param>
/// <param name="Span">Where the line stands.</param>
public sealed record InstallIstio(
    IReadOnlyList<KeyValuePair<string, string>> Settings, bool IsForced, SourceSpan Span) : KubeChange;

/// <summary>A pod is killed at once, without grace (fault pod-kill); its owner makes another one.</summary>
/// <param name="PodId">Index in <see cref="LiveCluster.Pods"/>.</param>
public sealed record KillPod(int PodId) : KubeChange;

/// <summary>What becomes of a node.</summary>
public enum NodeChangeKind
{
    /// <summary><c>kubectl drain NODE</c>: no new pods, those there are evicted with their grace.</summary>
    Drain,

    /// <summary><c>kubectl uncordon NODE</c>.</summary>
    Uncordon,

    /// <summary>The node controller has heard nothing for its grace period: the pods are no longer ready.</summary>
    Lost,

    /// <summary>The pods' toleration of an unreachable node is over.</summary>
    Evict,

    /// <summary>The node is heard of again.</summary>
    Found,
}

/// <summary>Something happens to a node.</summary>
/// <remarks>Kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/tainteviction.
/// </remarks>
/// <param name="Kind">What.</param>
/// <param name="Node">Name of the node.</param>
public sealed record NodeChange(NodeChangeKind Kind, string Node) : KubeChange;

/// <summary>What a change did.</summary>
/// <param name="Held">False when kubectl would have failed.</param>
/// <param name="Messages">What kubectl would print, one line an object.</param>
public sealed record KubeOutcome(bool Held, IReadOnlyList<string> Messages);

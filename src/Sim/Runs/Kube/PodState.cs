using System.Collections.Immutable;

namespace Sim.Runs.Kube;

/// <summary>Stage of a pod's life.</summary>
public enum PodPhase
{
    /// <summary>Created: on its way to a node, or its application is starting.</summary>
    Pending,

    /// <summary>Its application is up.</summary>
    Running,

    /// <summary>Gone.</summary>
    Gone,
}

/// <summary>A pod at one moment.</summary>
/// <remarks>The index of a pod in <see cref="LiveCluster.Pods"/> never changes and is never reused.</remarks>
public sealed record PodState
{
    /// <summary>Index in <see cref="LiveCluster.Pods"/>, from 0 in order of creation.</summary>
    public required int Id { get; init; }

    /// <summary>Cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of what made it; without owner its <c>app</c> label's, or its own.</summary>
    public required string Workload { get; init; }

    /// <summary>Address.</summary>
    public required string Ip { get; init; }

    /// <summary>Node; empty when a dump does not say.</summary>
    public required string Node { get; init; }

    /// <summary>Region of the node; empty = unknown.</summary>
    public string Region { get; init; } = "";

    /// <summary>Zone of the node; empty = unknown.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Labels.</summary>
    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    /// <summary>Service account.</summary>
    public required string ServiceAccount { get; init; }

    /// <summary>Whether a sidecar was injected when it was created.</summary>
    public bool HasSidecar { get; init; }

    /// <summary>Its only container is the proxy, as in a gateway.</summary>
    public bool IsProxyOnly { get; init; }

    /// <summary>Stage.</summary>
    public PodPhase Phase { get; init; }

    /// <summary>Condition Ready of the pod object.</summary>
    public bool IsReady { get; init; }

    /// <summary>Being deleted: SIGTERM was sent, the sidecar drains, what is in flight is finished.</summary>
    public bool IsTerminating { get; init; }

    /// <summary>Its application has ended by itself, as a Job's does.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Pods that have had the same name before: a StatefulSet gives names again.</summary>
    public int Incarnation { get; init; }

    /// <summary>When it was created.</summary>
    public long CreatedNs { get; init; }

    /// <summary>When its application was or will be up.</summary>
    public long StartedNs { get; init; }

    /// <summary>When it was or will be gone; <see cref="long.MaxValue"/> when it is not being deleted.</summary>
    public long GoneNs { get; init; } = long.MaxValue;

    /// <summary>Gone.</summary>
    public bool IsGone => Phase == PodPhase.Gone;

    /// <summary>Whether the application answers: it is up, and has neither ended nor gone.</summary>
    public bool IsServing => Phase == PodPhase.Running && !HasEnded;

    /// <summary><c>cluster/namespace/name</c>.</summary>
    public string Key => Cluster + "/" + Namespace + "/" + Name;
}

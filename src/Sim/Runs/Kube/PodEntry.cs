using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>A pod as its cluster keeps it: its state, and what istiod has heard of it so far.</summary>
internal sealed class PodEntry(PodState state, string ownerKey, string revision)
{
    public PodState State { get; set; } = state;

    /// <summary><see cref="PodOwner.Key"/> of what made it; empty when nothing declared did.</summary>
    public string OwnerKey { get; } = ownerKey;

    /// <summary>Owner that the pod object names; of no use for pods of a dump.</summary>
    public (string Kind, string Name) Owner { get; init; }

    /// <summary>A StatefulSet's number of the pod.</summary>
    public int Number { get; init; } = -1;

    /// <summary>Name of its own within <see cref="Subdomain"/>; empty = none.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>Service that gives the pod's own name; empty = none.</summary>
    public string Subdomain { get; init; } = "";

    /// <summary>Hash of the template it was made from.</summary>
    public string Revision { get; set; } = revision;

    /// <summary>When it became Ready; 0 = long before the run.</summary>
    public long ReadyNs { get; set; }

    /// <summary>Its application has ended, and nothing else keeps it: it has succeeded when it is gone.</summary>
    public bool HasSucceeded { get; set; }

    /// <summary>When its owner looks again whether it is available; 0 = it does not.</summary>
    public long AvailableDueNs { get; set; }

    /// <summary>The pod object of a dump; null for pods made here.</summary>
    public Pod? Dumped { get; init; }

    /// <summary>Template it was made from; null for pods of a dump.</summary>
    public PodTemplateSpec? Template { get; init; }

    /// <summary>Whether the timeline has changed it: a dump's EndpointSlices no longer tell the truth then.</summary>
    public bool IsChanged { get; set; }

    public bool SeenPresent { get; set; }

    public bool SeenReady { get; set; }

    public bool SeenTerminating { get; set; }

    /// <summary>Whether it has been Ready for long enough and is not being deleted.</summary>
    /// <remarks>Kubernetes: pkg/api/v1/pod/util.go#IsPodAvailable.</remarks>
    /// <param name="minReadyNs">How long that is.</param>
    /// <param name="nowNs">Now.</param>
    public bool IsAvailable(long minReadyNs, long nowNs) =>
        State is { IsReady: true, IsTerminating: false } && (ReadyNs == 0 || nowNs - ReadyNs >= minReadyNs);

    /// <summary>Everything that can change about it and that its objects tell.</summary>
    public PodStamp Stamp => new(this, State, IsChanged, SeenPresent, SeenReady, SeenTerminating);

    /// <summary>Its object as it was last written, and what it was then.</summary>
    public (PodStamp Stamp, Pod Pod)? Written { get; set; }
}

/// <summary>What a pod's objects tell of it at a time.</summary>
internal readonly record struct PodStamp(
    PodEntry Entry, PodState State, bool IsChanged, bool SeenPresent, bool SeenReady, bool SeenTerminating);

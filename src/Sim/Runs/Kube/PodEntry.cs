using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>A pod as its cluster keeps it: its state, and what istiod has heard of it so far.</summary>
internal sealed class PodEntry(PodState state, string deploymentKey, string revision)
{
    public PodState State { get; set; } = state;

    /// <summary><c>namespace/name</c> of its Deployment; empty when it has none.</summary>
    public string DeploymentKey { get; set; } = deploymentKey;

    /// <summary>Hash of the template it was made from.</summary>
    public string Revision { get; set; } = revision;

    /// <summary>When it became Ready; the beginning for pods of a dump.</summary>
    public long ReadyNs { get; set; }

    /// <summary>The pod object of a dump; null for pods made here.</summary>
    public Pod? Dumped { get; init; }

    /// <summary>Template it was made from; null for pods of a dump.</summary>
    public PodTemplateSpec? Template { get; init; }

    /// <summary>Whether the timeline has changed it: a dump's EndpointSlices no longer tell the truth then.</summary>
    public bool IsChanged { get; set; }

    public bool SeenPresent { get; set; }

    public bool SeenReady { get; set; }

    public bool SeenTerminating { get; set; }
}

namespace Sim.Manifests;

/// <summary>A workload outside Kubernetes.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The workload.</param>
public sealed record WorkloadEntry(
    ObjectHeader Header, WorkloadEntrySpec? Spec)
    : KubeObject(Header);

namespace Sim.Manifests;

/// <summary>An identity of pods.</summary>
/// <param name="Header">Kind, metadata and place.</param>
[OtherFields("secrets imagePullSecrets automountServiceAccountToken")]
public sealed record ServiceAccount(
    ObjectHeader Header)
    : KubeObject(Header);

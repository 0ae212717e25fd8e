namespace Sim.Manifests;

/// <summary>A Kubernetes namespace.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">Finalizers.</param>
/// <param name="Status">Phase.</param>
[OtherFields("")]
public sealed record Namespace(
    ObjectHeader Header, YamlNode? Spec, YamlNode? Status)
    : KubeObject(Header);

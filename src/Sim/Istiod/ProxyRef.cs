namespace Sim.Istiod;

/// <summary>Names a proxy.</summary>
/// <param name="Cluster">Kubernetes cluster it runs in.</param>
/// <param name="Namespace">Namespace of its pod.</param>
/// <param name="Pod">Name of its pod.</param>
/// <param name="IsGateway">A gateway instead of a sidecar.</param>
public sealed record ProxyRef(string Cluster, string Namespace, string Pod, bool IsGateway = false);

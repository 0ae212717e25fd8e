using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Which workloads the analyzers count as part of the mesh.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/util/in_mesh.go.</remarks>
internal static class MeshMembership
{
    public const string Proxy = "istio-proxy";
    public const string InjectLabel = "istio-injection";
    public const string RevisionLabel = "istio.io/rev";
    public const string ModeLabel = "istio.io/dataplane-mode";
    private const string Inject = "sidecar.istio.io/inject";

    /// <summary>A pod with a proxy, or one that asks for it, or one in a namespace with injection.</summary>
    public static bool IsPodInMesh(AnalysisContext c, Manifests.Pod pod) => IsInMesh(
        c, pod.Namespace, pod.Metadata.Labels, pod.Metadata.Annotations,
        [.. pod.Spec?.Containers ?? [], .. pod.Spec?.InitContainers ?? []]);

    /// <summary>The same for the pods of a Deployment.</summary>
    public static bool IsDeploymentInMesh(AnalysisContext c, Deployment d)
    {
        PodTemplateSpec? template = d.Spec?.Template;
        return IsInMesh(c, d.Namespace, template?.Metadata?.Labels, template?.Metadata?.Annotations,
            template?.Spec?.Containers ?? []);
    }

    /// <summary>A pod whose traffic the node proxy takes.</summary>
    public static bool IsAmbient(KubeObject pod) => pod.Annotation("ambient.istio.io/redirection") == "enabled";

    /// <summary>A namespace in ambient mode.</summary>
    public static bool IsAmbientNamespace(KubeObject? space) => space is not null
        && space.Label(InjectLabel) != "enabled" && string.IsNullOrEmpty(space.Label(RevisionLabel))
        && space.Label(ModeLabel) == "ambient";

    /// <summary>Image of the proxy among containers; empty when there is none.</summary>
    public static string ProxyImage(IEnumerable<Container> containers) =>
        containers.FirstOrDefault(static x => x.Name?.Value == Proxy)?.Image?.Value ?? "";

    private static bool IsInMesh(
        AnalysisContext c, string space, SpannedMap<Spanned<string>>? labels,
        SpannedMap<Spanned<string>>? annotations, IReadOnlyList<Container> containers)
    {
        if (ProxyImage(containers).Length > 0)
        {
            return true;
        }

        return labels?.Find(Inject) is { } label ? label.Value == "true"
            : annotations?.Find(Inject) is { } annotation ? annotation.Value == "true"
            : c.Find("Namespace", "", space)?.Label(InjectLabel) == "enabled";
    }
}

using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Whether a new pod gets a sidecar.</summary>
/// <remarks>Istio: manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml (which pods the
/// webhook is asked about) and pkg/kube/inject/inject.go#injectRequired. Simplified: one revision, <c>default</c>;
/// no custom selectors of the injector's configuration.</remarks>
public static class SidecarInjection
{
    private const string InjectLabel = "sidecar.istio.io/inject";
    private const string RevisionLabel = "istio.io/rev";

    private static readonly string[] IgnoredNamespaces =
        ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    /// <summary>Whether the pod brings its proxy along, as gateways do.</summary>
    public static bool IsProxy(PodTemplateSpec? template) =>
        template?.Spec?.Containers.Any(static c => c.Name?.Value == "istio-proxy") == true;

    /// <summary>Whether the proxy is all that the pod runs.</summary>
    public static bool IsProxyOnly(PodSpec? spec) =>
        spec is { Containers.Count: > 0 } && spec.Containers.All(static c => c.Name?.Value == "istio-proxy");

    /// <summary>Whether the injected proxy is one that Kubernetes knows as a sidecar: it ends with the application.
    /// </summary>
    /// <remarks>Istio: pkg/kube/inject/webhook.go, ENABLE_NATIVE_SIDECARS: false in 1.22; later <c>auto</c>, which is
    /// true from Kubernetes 1.33 on. Simplified: clusters of later profiles are taken to run that.</remarks>
    /// <param name="template">Template of the pod; its annotation goes first.</param>
    /// <param name="profile">Release that injects.</param>
    public static bool IsNative(PodTemplateSpec? template, IstioProfile profile) => profile > IstioProfile.V1_22
        && template?.Metadata?.Annotations.Find("sidecar.istio.io/nativeSidecar")?.Value != "false";

    /// <summary>Whether the webhook would inject.</summary>
    /// <param name="space">Namespace object; null when it has none, that is, no labels.</param>
    /// <param name="namespaceName">Name of the namespace.</param>
    /// <param name="template">Template of the pod.</param>
    public static bool IsInjected(Namespace? space, string namespaceName, PodTemplateSpec? template)
    {
        if (template?.Spec?.HostNetwork?.Value == true || IgnoredNamespaces.Contains(namespaceName))
        {
            return false;
        }

        string? pod = template?.Metadata?.Labels.Find(InjectLabel)?.Value
            ?? template?.Metadata?.Annotations.Find(InjectLabel)?.Value;
        if (pod is "false" or "no" or "n" or "off")
        {
            return false;
        }

        string? injection = space?.Label("istio-injection");
        string? revision = space?.Label(RevisionLabel);
        if (injection is not null)
        {
            return injection == "enabled";
        }

        if (revision is not null)
        {
            return revision == "default";
        }

        return template?.Metadata?.Labels.Find(InjectLabel)?.Value == "true"
            || template?.Metadata?.Labels.Find(RevisionLabel)?.Value == "default";
    }
}

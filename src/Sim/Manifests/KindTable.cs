using System.Collections.Frozen;

namespace Sim.Manifests;

/// <summary>One kind a cluster serves.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Versions">Served versions.</param>
/// <param name="IsNamespaced">True when its objects live in namespaces.</param>
/// <param name="Type">Record it is bound to.</param>
internal sealed record KindInfo(
    string Group, string Kind, IReadOnlyList<string> Versions, bool IsNamespaced, Type Type)
{
    /// <summary>True for Istio's own kinds.</summary>
    public bool IsIstio => Group.EndsWith(".istio.io", StringComparison.Ordinal);
}

/// <summary>The kinds a cluster with Istio serves.</summary>
internal static class KindTable
{
    private static readonly FrozenDictionary<(string Group, string Kind), KindInfo> Kinds = Build();

    /// <summary>The kind, or null when the cluster does not know it.</summary>
    public static KindInfo? Find(string group, string kind) => Kinds.GetValueOrDefault((group, kind));

    /// <summary>All kinds in ordinal order.</summary>
    public static IReadOnlyList<KindInfo> All { get; } =
        [.. Kinds.Values.OrderBy(static k => k.Group, StringComparer.Ordinal)
            .ThenBy(static k => k.Kind, StringComparer.Ordinal)];

    private static FrozenDictionary<(string Group, string Kind), KindInfo> Build()
    {
        var all = new List<KindInfo>();
        void Add(string group, string versions, bool isNamespaced, string kinds)
        {
            foreach (string kind in kinds.Split(' '))
            {
                Type type = typeof(KubeObject).Assembly.GetType("Sim.Manifests." + kind) is { } t
                            && t.IsSubclassOf(typeof(KubeObject)) ? t : typeof(OtherObject);
                all.Add(new KindInfo(group, kind, versions.Split(' '), isNamespaced, type));
            }
        }

        Add("", "v1", true, "Pod Service ServiceAccount ConfigMap Secret Endpoints Event LimitRange PodTemplate " +
            "PersistentVolumeClaim ReplicationController ResourceQuota");
        Add("", "v1", false, "Namespace Node PersistentVolume ComponentStatus");
        Add("apps", "v1", true, "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision");
        Add("batch", "v1", true, "Job CronJob");
        Add("autoscaling", "v1 v2", true, "HorizontalPodAutoscaler");
        Add("policy", "v1", true, "PodDisruptionBudget");
        Add("discovery.k8s.io", "v1", true, "EndpointSlice");
        Add("coordination.k8s.io", "v1", true, "Lease");
        Add("events.k8s.io", "v1", true, "Event");
        Add("networking.k8s.io", "v1", true, "Ingress NetworkPolicy");
        Add("networking.k8s.io", "v1", false, "IngressClass IPAddress ServiceCIDR");
        Add("rbac.authorization.k8s.io", "v1", true, "Role RoleBinding");
        Add("rbac.authorization.k8s.io", "v1", false, "ClusterRole ClusterRoleBinding");
        Add("admissionregistration.k8s.io", "v1", false, "ValidatingWebhookConfiguration " +
            "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding");
        Add("apiextensions.k8s.io", "v1", false, "CustomResourceDefinition");
        Add("apiregistration.k8s.io", "v1", false, "APIService");
        Add("scheduling.k8s.io", "v1", false, "PriorityClass");
        Add("node.k8s.io", "v1", false, "RuntimeClass");
        Add("storage.k8s.io", "v1", false, "StorageClass CSIDriver CSINode VolumeAttachment");
        Add("networking.istio.io", "v1 v1beta1 v1alpha3", true, "VirtualService DestinationRule ServiceEntry Gateway " +
            "Sidecar WorkloadEntry");
        Add("networking.istio.io", "v1 v1beta1 v1alpha3", true, "WorkloadGroup");
        Add("networking.istio.io", "v1alpha3", true, "EnvoyFilter");
        Add("networking.istio.io", "v1beta1", true, "ProxyConfig");
        Add("security.istio.io", "v1 v1beta1", true, "AuthorizationPolicy PeerAuthentication RequestAuthentication");
        Add("telemetry.istio.io", "v1 v1alpha1", true, "Telemetry");
        Add("extensions.istio.io", "v1alpha1", true, "WasmPlugin");
        Add("monitoring.coreos.com", "v1", true, "PrometheusRule");
        return all.ToFrozenDictionary(static k => (k.Group, k.Kind));
    }
}

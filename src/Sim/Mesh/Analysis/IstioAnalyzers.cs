using Sim.Core;

namespace Sim.Mesh.Analysis;

/// <summary>Istio's configuration analysis: its analyzers with its codes and texts.</summary>
/// <remarks>
/// Istio: pkg/config/analysis/analyzers/all.go, 1.29.0, held against recordings (family analysis). Codes that only
/// <c>istioctl x precheck</c> gives, and IST0126, which needs the mesh networks of a live cluster, are not given.
/// </remarks>
public static class IstioAnalyzers
{
    private static readonly (AnalyzerDescription Description, Action<AnalysisContext> Run)[] Table =
    [
        (new("annotations.K8sAnalyzer", "Annotations of Namespaces, Services, Pods and Deployments.",
            "IST0107 IST0108 IST0125 IST0135"), AnnotationAnalyzer.Run),
        (new("auth.AuthorizationPoliciesAnalyzer", "Workloads and namespaces that AuthorizationPolicies name.",
            "IST0101 IST0127"), AuthorizationAnalyzer.Run),
        (new("deployment.MultiServiceAnalyzer", "Services that share the pods of a Deployment.",
            "IST0116 IST0137"), WorkloadAnalyzers.Services),
        (new("applicationUID.Analyzer", "Applications that run as the proxy's user.", "IST0144"),
            WorkloadAnalyzers.UserId),
        (new("conditions.ConditionAnalyzer", "Negative conditions in the status of objects.", "IST0171")
            { Since = IstioProfile.V1_29 }, WorkloadAnalyzers.Conditions),
        (new("deprecation.DeprecationAnalyzer", "Deprecated fields.", "IST0002") { ReadsRuntimeObjects = false },
            WorkloadAnalyzers.Deprecation),
        (new("externalcontrolplane.ExternalControlPlaneAnalyzer", "Webhooks that lead to an external control plane.",
            "IST0163 IST0164") { ReadsRuntimeObjects = false }, WebhookAnalyzers.ExternalControlPlane),
        (new("gateway.IngressGatewayPortAnalyzer", "Ports of Gateways against the Services of their pods.",
            "IST0101 IST0162"), GatewayAnalyzers.Ports),
        (new("gateway.CertificateAnalyzer", "Certificates that several Gateways serve.", "IST0138")
            { ReadsRuntimeObjects = false }, GatewayAnalyzers.Certificates),
        (new("gateway.SecretAnalyzer", "Secrets of Gateways.", "IST0101 IST0161"), GatewayAnalyzers.Secrets),
        (new("gateway.ConflictingGatewayAnalyzer", "Gateways with the same pods, port and host.", "IST0101 IST0145"),
            GatewayConflicts.Run),
        (new("injection.Analyzer", "Labels for injection and pods without sidecar.",
            "IST0102 IST0103 IST0123 IST0148"), InjectionAnalyzers.Labels),
        (new("injection.ImageAnalyzer", "Proxy images against the injector's.", "IST0158"),
            InjectionAnalyzers.Images),
        (new("injection.ImageAutoAnalyzer", "Workloads that wait for an injected image.", "IST0146 IST0147"),
            InjectionAnalyzers.AutoImages),
        (new("k8sgateway.SelectorAnalyzer", "Selectors of policies that meet pods of a Kubernetes Gateway.",
            "IST0166"), SelectorAnalyzers.KubernetesGateways),
        (new("service.PortNameAnalyzer", "Names of Service ports.", "IST0118 IST0150"), ServiceAnalyzers.PortNames),
        (new("sidecar.SelectorAnalyzer", "Selectors of Sidecars.", "IST0101 IST0110 IST0111 IST0167"),
            SelectorAnalyzers.Sidecars),
        (new("virtualservice.ConflictingMeshGatewayHostsAnalyzer", "VirtualServices of the mesh that share a host.",
            "IST0109") { ReadsRuntimeObjects = false }, VirtualServiceAnalyzers.ConflictingHosts),
        (new("virtualservice.DestinationHostAnalyzer", "Hosts and ports of destinations.",
            "IST0101 IST0112 IST0140"), DestinationAnalyzers.Hosts),
        (new("virtualservice.DestinationRuleAnalyzer", "Subsets of destinations.", "IST0101")
            { ReadsRuntimeObjects = false }, DestinationAnalyzers.Subsets),
        (new("virtualservice.GatewayAnalyzer", "Gateways that VirtualServices name.", "IST0101 IST0132 IST0165")
            { ReadsRuntimeObjects = false }, VirtualServiceAnalyzers.Gateways),
        (new("virtualservice.JWTClaimRouteAnalyzer", "Routes by token claim without a check of tokens.", "IST0149"),
            VirtualServiceAnalyzers.Claims),
        (new("destinationrule.CaCertificateAnalyzer", "TLS origination without a root of trust.",
            "IST0128 IST0129") { ReadsRuntimeObjects = false }, DestinationRuleAnalyzers.Certificates),
        (new("destinationrule.SubsetSelectPodAnalyzer", "Hosts and subsets of DestinationRules.",
            "IST0173 IST0174") { Since = IstioProfile.V1_29 }, DestinationRuleAnalyzers.Subsets),
        (new("serviceentry.Analyzer", "Addresses of ServiceEntries.", "IST0134") { ReadsRuntimeObjects = false },
            ServiceAnalyzers.Addresses),
        (new("webhook.Analyzer", "Injection webhooks.", "IST0139"), WebhookAnalyzers.Injectors),
        (new("envoyfilter.EnvoyPatchAnalyzer", "Operations of EnvoyFilters.",
            "IST0151 IST0152 IST0153 IST0154 IST0155") { ReadsRuntimeObjects = false }, EnvoyFilterAnalyzer.Run),
        (new("telemetry.ProviderAnalyzer", "Providers of access logs.", "IST0157") { ReadsRuntimeObjects = false },
            TelemetryAnalyzers.Providers),
        (new("telemetry.SelectorAnalyzer", "Selectors of Telemetries.", "IST0101 IST0159"),
            TelemetryAnalyzers.Selectors),
        (new("telemetry.DefaultSelectorAnalyzer", "Telemetries without selector.", "IST0160")
            { ReadsRuntimeObjects = false }, TelemetryAnalyzers.Defaults),
        (new("telemetry.LightstepAnalyzer", "A deprecated tracing provider.", "IST0002")
            { ReadsRuntimeObjects = false }, TelemetryAnalyzers.Lightstep),
        .. SchemaAnalyzer.Table,
        (new("services.MultiClusterServiceAnalyzer", "Services that differ between clusters.", "IST0170"),
            ServiceAnalyzers.Clusters),
    ];

    /// <summary>All analyzers in the order they run.</summary>
    public static IReadOnlyList<AnalyzerDescription> All { get; } = [.. Table.Select(static t => t.Description)];

    /// <summary>Runs the analyzers of a profile.</summary>
    /// <param name="input">What is analyzed.</param>
    /// <returns>All messages, each once, in the order of the analyzers.</returns>
    public static IReadOnlyList<AnalysisMessage> Run(AnalysisInput input)
    {
        var context = new AnalysisContext(input);
        foreach ((AnalyzerDescription description, Action<AnalysisContext> run) in Table)
        {
            if (input.Profile >= description.Since && !(input.IsFilesOnly && description.ReadsRuntimeObjects))
            {
                context.Analyzer = description.Name;
                run(context);
            }
        }

        return context.Messages;
    }
}

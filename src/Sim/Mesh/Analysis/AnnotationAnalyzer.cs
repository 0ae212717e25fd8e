using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Annotations in Istio's names: unknown, on the wrong kind, deprecated, or with a bad value.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/annotations/annotations.go, istio/api annotation/annotations.yaml.
/// </remarks>
internal static class AnnotationAnalyzer
{
    /// <summary>Annotations of pods; those behind the bar are deprecated.</summary>
    private const string OfPods =
        "ambient.istio.io/bypass-inbound-capture ambient.istio.io/dns-capture ambient.istio.io/redirection " +
        "inject.istio.io/templates istio.io/rev istio.io/reroute-virtual-interfaces " +
        "prometheus.istio.io/merge-metrics proxy.istio.io/config proxy.istio.io/overrides " +
        "readiness.status.sidecar.istio.io/applicationPorts readiness.status.sidecar.istio.io/failureThreshold " +
        "readiness.status.sidecar.istio.io/initialDelaySeconds readiness.status.sidecar.istio.io/periodSeconds " +
        "sidecar.istio.io/agentLogLevel sidecar.istio.io/bootstrapOverride sidecar.istio.io/componentLogLevel " +
        "sidecar.istio.io/enableCoreDump sidecar.istio.io/interceptionMode sidecar.istio.io/logLevel " +
        "sidecar.istio.io/nativeSidecar sidecar.istio.io/proxyCPU sidecar.istio.io/proxyCPULimit " +
        "sidecar.istio.io/proxyImage sidecar.istio.io/proxyImageType sidecar.istio.io/proxyMemory " +
        "sidecar.istio.io/proxyMemoryLimit sidecar.istio.io/rewriteAppHTTPProbers " +
        "sidecar.istio.io/statsCompression sidecar.istio.io/statsEvictionInterval " +
        "sidecar.istio.io/statsHistogramBuckets sidecar.istio.io/status sidecar.istio.io/userVolume " +
        "sidecar.istio.io/userVolumeMount status.sidecar.istio.io/port " +
        "traffic.sidecar.istio.io/excludeInboundPorts traffic.sidecar.istio.io/excludeInterfaces " +
        "traffic.sidecar.istio.io/excludeOutboundIPRanges traffic.sidecar.istio.io/excludeOutboundPorts " +
        "traffic.sidecar.istio.io/includeInboundPorts traffic.sidecar.istio.io/includeOutboundIPRanges " +
        "traffic.sidecar.istio.io/includeOutboundPorts traffic.sidecar.istio.io/kubevirtInterfaces | " +
        "sidecar.istio.io/discoveryAddress sidecar.istio.io/extraStatTags sidecar.istio.io/inject " +
        "sidecar.istio.io/statsInclusionPrefixes sidecar.istio.io/statsInclusionRegexps " +
        "sidecar.istio.io/statsInclusionSuffixes";

    private static readonly Dictionary<string, (string Kinds, bool IsDeprecated)> Known = Build();

    public static void Run(AnalysisContext c)
    {
        foreach (string kind in (string[])["Namespace", "Service", "Pod", "Deployment"])
        {
            foreach (KubeObject o in c.Each(kind))
            {
                foreach (SpannedEntry<Spanned<string>> e in o.Metadata.Annotations)
                {
                    if (e.Key == "kubernetes.io/ingress.class"
                        || e.Key.Split('/')[0].EndsWith("istio.io", StringComparison.Ordinal))
                    {
                        Check(c, o, e.Key, e.Value.Value);
                    }
                }
            }
        }
    }

    private static Dictionary<string, (string, bool)> Build()
    {
        var known = new Dictionary<string, (string, bool)>(StringComparer.Ordinal);
        string[] halves = OfPods.Split('|');
        for (int i = 0; i < halves.Length; i++)
        {
            foreach (string name in halves[i].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                known.Add(name, ("Pod", i == 1));
            }
        }

        (string Kinds, string Names)[] others =
        [
            ("Any", "galley.istio.io/analyze-suppress gateway.istio.io/controller-version"),
            ("AuthorizationPolicy", "istio.io/dry-run"),
            ("Gateway", "gateway.istio.io/name-override gateway.istio.io/service-account " +
                "networking.istio.io/service-type"),
            ("Gateway, Service", "networking.istio.io/address-type"),
            ("GatewayClass, Gateway", "ambient.istio.io/waypoint-inbound-binding"),
            ("Ingress", "kubernetes.io/ingress.class"),
            ("Namespace", "topology.istio.io/controlPlaneClusters"),
            ("Service", "networking.istio.io/exportTo traffic.istio.io/nodeSelector"),
            ("Service, ServiceEntry", "networking.istio.io/traffic-distribution"),
            ("WorkloadEntry", "istio.io/autoRegistrationGroup istio.io/connectedAt istio.io/disconnectedAt " +
                "istio.io/workloadController"),
        ];
        foreach ((string kinds, string names) in others)
        {
            foreach (string name in names.Split(' '))
            {
                known.Add(name, (kinds, false));
            }
        }

        known.Add("alpha.istio.io/canonical-serviceaccounts", ("Service", true));
        known.Add("alpha.istio.io/kubernetes-serviceaccounts", ("Service", true));
        return known;
    }

    private static void Check(AnalysisContext c, KubeObject o, string name, string value)
    {
        if (!Known.TryGetValue(name, out (string Kinds, bool IsDeprecated) known))
        {
            c.Report("IST0108", o, "Unknown annotation: " + name);
            return;
        }

        bool isInject = name == "sidecar.istio.io/inject";
        if (known.IsDeprecated && !(isInject && o.Metadata.Labels.Contains(name)))
        {
            string instead = isInject ? " in favor of the \"sidecar.istio.io/inject\" label" : "";
            c.Report("IST0135", o, $"Annotation \"{name}\" has been deprecated{instead} and may not work in future " +
                "Istio versions.");
        }

        if (known.Kinds == "Any")
        {
            return;
        }

        if (!known.Kinds.Split(", ").Contains(o.Kind))
        {
            c.Report("IST0107", o, $"Misplaced annotation: {name} can only be applied to {known.Kinds}");
        }
        else if (AnnotationValues.Problem(name, value) is { } problem)
        {
            c.Report("IST0125", o, $"Invalid annotation {name}: {problem}");
        }
    }
}

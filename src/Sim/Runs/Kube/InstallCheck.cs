using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Judges the keys of <c>istioctl install --set</c>.</summary>
/// <remarks>
/// Istio: operator/pkg/apis/validation/validation.go#ParseAndValidateIstioOperator (unknown fields of the spec end the
/// installation at the first one, in alphabetical order; then those of the values), operator/pkg/apis/types.go and
/// values_types.proto (fields); 1.22: operator/pkg/validate/validate_values.go#CheckValues. Simplified: keys are known
/// for the spec, <c>components</c>, <c>values.global</c> and <c>values.global.multiCluster</c>; deeper and other ones
/// are not judged, nor are types of values. Every unknown key of a level is reported, not only the first.
/// </remarks>
internal static class InstallCheck
{
    private static readonly string[] SpecFields =
    [
        "profile", "installPackagePath", "hub", "tag", "namespace", "revision", "compatibilityVersion", "meshConfig",
        "components", "values", "unvalidatedValues",
    ];

    private static readonly string[] ComponentFields =
        ["base", "pilot", "cni", "ztunnel", "istiodRemote", "ingressGateways", "egressGateways", "gateway"];

    private static readonly string[] GlobalFields =
    [
        "arch", "certSigners", "configValidation", "defaultNodeSelector", "defaultPodDisruptionBudget",
        "defaultResources", "defaultTolerations", "hub", "imagePullPolicy", "imagePullSecrets", "istioNamespace",
        "logAsJson", "logging", "meshID", "meshNetworks", "multiCluster", "network", "podDNSSearchNamespaces",
        "omitSidecarInjectorConfigMap", "operatorManageWebhooks", "priorityClassName", "proxy", "proxy_init", "sds",
        "tag", "variant", "tracer", "remotePilotAddress", "istiod", "pilotCertProvider", "jwtPolicy", "sts", "revision",
        "mountMtlsCerts", "caAddress", "externalIstiod", "configCluster", "caName", "platform", "ipFamilies",
        "ipFamilyPolicy", "waypoint", "trustBundleName", "nativeNftables", "networkPolicy", "resourceScope",
        "agentgateway", "enableReaderRBAC",
    ];

    private static readonly string[] MultiClusterFields =
        ["enabled", "clusterName", "globalDomainSuffix", "includeEnvoyFilter"];

    /// <summary>Where people mean a key that stands elsewhere.</summary>
    private static readonly (string Wrong, string Right)[] Meant =
    [
        ("values.global.clusterName", "values.global.multiCluster.clusterName"),
        ("istiodRemote", "values.istiodRemote"),
        ("global", "values.global"),
        ("pilot", "values.pilot"),
    ];

    public static KubeOutcome Judge(
        InstallIstio install, ScenarioDocument document, ClusterSpec cluster, IstioProfile profile,
        DiagnosticBag diagnostics)
    {
        bool isReadingOn = document.Extensions.Any(static e => e.Value == KnownExtensions.InstallKeys);
        List<Unknown> unknown = install.Settings.Select(static s => Find(s.Key)).OfType<Unknown>()
            .DistinctBy(static u => u.Path).OrderBy(static u => u.Path, StringComparer.Ordinal).ToList();
        bool isRefused = false;
        bool isSpecBad = !isReadingOn && unknown.Exists(static u => u.IsSpec);
        foreach (Unknown u in unknown)
        {
            if (isSpecBad && !u.IsSpec)
            {
                continue; // The values are not looked at before the spec can be read.
            }

            if (isReadingOn && u.Meant.Length > 0)
            {
                diagnostics.Info(ScenarioCodes.ExtensionUsed,
                    $"extension {KnownExtensions.InstallKeys}: {u.Path} is read as {u.Meant}", install.Span,
                    "istioctl refuses it");
                continue;
            }

            isRefused |= !install.IsForced;
            string hint = u.Meant.Length > 0 ? "the key is " + u.Meant : "";
            diagnostics.Add(new Diagnostic(ScenarioCodes.Install,
                install.IsForced ? Severity.Warning : Severity.Error, Text(u, profile), install.Span, hint,
                "istioctl install"));
        }

        if (isRefused && cluster.ControlPlane.Value != ControlPlaneMode.None)
        {
            diagnostics.Warn(ScenarioCodes.NoEffect,
                $"the installation is refused; {cluster.Name} is simulated with the control plane that it declares",
                install.Span, "controlPlane: {mode: none} is what is left", "istioctl install");
        }

        return isRefused ? new KubeOutcome(false, ["istioctl install in " + cluster.Name + " fails"])
            : new KubeOutcome(true, ["istioctl install: keys accepted"]);
    }

    private static string Text(Unknown u, IstioProfile profile) => profile == IstioProfile.V1_22
        ? $"unknown field \"{u.Field}\" in v1alpha1.{(u.IsSpec ? "IstioOperatorSpec" : u.Type)}"
        : u.IsSpec ? $"could not unmarshal: json: unknown field \"{u.Field}\""
        : "could not unmarshal: error unmarshaling JSON: while decoding JSON: unknown field "
            + $"\"{u.Field}\" in istio.operator.v1alpha1.{u.Type}";

    private static Unknown? Find(string path)
    {
        string[] parts = path.Split('.').Select(static p => p.Split('[')[0]).ToArray();
        if (!SpecFields.Contains(parts[0]))
        {
            return Make(parts, 0, "IstioOperatorSpec", isSpec: true);
        }

        return parts switch
        {
            ["components", var c, ..] when !ComponentFields.Contains(c) =>
                Make(parts, 1, "IstioComponentSpec", isSpec: true),
            ["values", "global", var g, ..] when !GlobalFields.Contains(g) =>
                Make(parts, 2, "GlobalConfig", isSpec: false),
            ["values", "global", "multiCluster", var m, ..] when !MultiClusterFields.Contains(m) =>
                Make(parts, 3, "MultiClusterConfig", isSpec: false),
            _ => null,
        };
    }

    private static Unknown Make(string[] parts, int at, string type, bool isSpec)
    {
        string path = string.Join('.', parts.Take(at + 1));
        string meant = Meant.FirstOrDefault(m => m.Wrong == path).Right ?? "";
        return new Unknown(path, parts[at], type, isSpec, meant);
    }

    private sealed record Unknown(string Path, string Field, string Type, bool IsSpec, string Meant);
}

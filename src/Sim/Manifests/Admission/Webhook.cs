using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's validating webhook.</summary>
/// <remarks>
/// Istio: pkg/webhooks/validation/server/server.go#validate and pkg/config/validation/validation.go, 1.29.0. It decodes
/// the pruned object (one error, then nothing else), then collects the errors and warnings of its kind.
/// Simplified: WasmPlugin has no rules here beyond decoding.
/// </remarks>
internal static class Webhook
{
    /// <summary>Asks the webhook about an object that kubectl and the API server have let through.</summary>
    public static LayerResult Ask(KubeObject o, CrdField root, IstioProfile profile)
    {
        if (o.Metadata.Labels.Contains("istio.io/rev"))
        {
            return LayerResult.Accepted;
        }

        if (ProtoDecoding.Check(o.Node, root) is { } undecodable)
        {
            return LayerResult.Refuse(undecodable);
        }

        Findings f = Validate(o, profile);
        var plain = new Findings();
        CheckAnnotations(o, plain);
        return new LayerResult([.. plain.Errors, .. f.Errors], f.Errors.Count + plain.Errors.Count > 0 ? []
            : f.Warnings);
    }

    /// <summary>Errors and warnings of the rules of a kind, whatever its labels and annotations.</summary>
    public static Findings Validate(KubeObject o, IstioProfile profile)
    {
        string policy = o is AuthorizationPolicy ? $"invalid policy {o.Name}.{o.Namespace}: " : "";
        var f = new Findings { Prefix = policy };
        CheckKind(o, f, profile);
        return f;
    }

    private static void CheckKind(KubeObject o, Findings f, IstioProfile profile)
    {
        switch (o)
        {
            case DestinationRule d:
                new DestinationRuleRules(f, d.Namespace, profile).Check(d);
                break;
            case VirtualService v:
                new VirtualServiceRules(f).Check(v);
                break;
            case AuthorizationPolicy a:
                new AuthorizationPolicyRules(f).Check(a);
                break;
            case PeerAuthentication p:
                AuthenticationRules.Check(p, f, profile);
                break;
            case RequestAuthentication r:
                AuthenticationRules.Check(r, f, profile);
                break;
            case ServiceEntry s:
                new ServiceEntryRules(f).Check(s);
                break;
            case WorkloadEntry w:
                WorkloadRules.Check(w.Spec, w.Span, allowUnix: true, f);
                break;
            case WorkloadGroup g:
                WorkloadRules.Check(g, f);
                break;
            case Gateway g:
                new GatewayRules(f).Check(g);
                break;
            case Sidecar s:
                new SidecarRules(f).Check(s);
                break;
            case { Kind: "EnvoyFilter" }:
                new EnvoyFilterRules(f).Check(o.Node);
                break;
            case { Kind: "Telemetry" }:
                new TelemetryRules(f).Check(o.Node);
                break;
            case { Kind: "ProxyConfig" }:
                new TelemetryRules(f).CheckProxyConfig(o.Node);
                break;
            default:
                break;
        }
    }

    private static void CheckAnnotations(KubeObject o, Findings f)
    {
        SpannedMap<Spanned<string>> annotations = o.Metadata.Annotations;
        if (annotations.Contains("internal.istio.io/webhook-always-reject"))
        {
            f.Error("\"internal.istio.io/webhook-always-reject\" annotation found, rejecting", annotations.Span);
        }

        if (annotations.Find("istio.io/dry-run") is not { } dryRun)
        {
            return;
        }

        if (o is not AuthorizationPolicy policy)
        {
            f.Error($"{o.Namespace}/{o.Name} has unsupported annotation istio.io/dry-run, please remove the " +
                $"annotation", dryRun.Span);
            return;
        }

        string action = policy.Spec?.Action?.Value ?? "ALLOW";
        f.ErrorIf(dryRun.Value is not ("true" or "false"),
            $"{o.Namespace}/{o.Name} has annotation istio.io/dry-run with invalid value ({dryRun.Value})", dryRun.Span);
        if (dryRun.Value is "true" && action is not ("ALLOW" or "DENY"))
        {
            f.Error("the annotation istio.io/dry-run currently only supports action ALLOW/DENY, found action " +
                    $"{action} in {o.Namespace}/{o.Name}", dryRun.Span);
        }
    }
}

using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Fields of Istio's resources that are read and not modelled: the table behind docs/fields.md, and the
/// diagnostics of every field in it.</summary>
internal static class UnmodelledFields
{
    private const string Traffic = "MS0201";
    private const string Harmless = "MS0202";
    private const string Ignored = "MS0203";
    private const string ClaimText = "policies of the same proxy see the header, gateways do not send it on";
    private const string AbsentText = "traffic is simulated as if it were absent";

    private static readonly string[] CertificateFields =
        ["serverCertificate", "privateKey", "caCertificates", "credentialName", "credentialNames",
            "caCertCredentialName", "tlsCertificates"];

    private static readonly string[] AcceptanceFields =
        ["subjectAltNames", "verifyCertificateSpki", "verifyCertificateHash", "minProtocolVersion",
            "maxProtocolVersion", "cipherSuites", "ecdhCurves", "caCrl", "insecureSkipVerify"];

    /// <summary>The table.</summary>
    public static IReadOnlyList<FieldTreatment> Table { get; } = [.. Routes(), .. Rules(), .. Others()];

    /// <summary>Reports every field of the table that an object states.</summary>
    public static void Report(KubeObject o, DiagnosticBag diagnostics)
    {
        foreach (FieldTreatment f in Table)
        {
            if (f.Kind == o.Kind && f.Code.Length > 0)
            {
                Walk(o.Node, f.Path.Split('.'), 0, f, o.Resource, diagnostics);
            }
        }
    }

    /// <summary>Reports the fields of a traffic policy that stands in the mesh configuration.</summary>
    public static void ReportPolicy(YamlNode policy, DiagnosticBag diagnostics)
    {
        const string Prefix = "spec.trafficPolicy.";
        foreach (FieldTreatment f in Table)
        {
            if (f.Kind == "DestinationRule" && f.Code.Length > 0 && f.Path.StartsWith(Prefix, StringComparison.Ordinal))
            {
                Walk(policy, f.Path[Prefix.Length..].Split('.'), 0, f, "", diagnostics);
            }
        }
    }

    private static IEnumerable<FieldTreatment> Routes()
    {
        const string Kind = "VirtualService";
        yield return new(Kind, "spec.http[].directResponse.body.bytes", Harmless, "the body is empty");
        yield return new(Kind, "spec.http[].fault.abort.http2Error", Ignored,
            "istiod does not support it: no abort is injected");
        yield return new(Kind, "spec.http[].match[].statPrefix", "", "names a statistic");
        yield return new(Kind, "spec.tcp[].match[].sourceSubnet", "", "istiod does not read it");
        yield return new(Kind, "spec.tls[].match[].destinationSubnets", Traffic, AbsentText);
    }

    private static IEnumerable<FieldTreatment> Rules()
    {
        const string Kind = "DestinationRule";
        foreach (string policy in (string[])["spec.trafficPolicy.", "spec.subsets[].trafficPolicy."])
        {
            foreach (string at in (string[])[policy, policy + "portLevelSettings[]."])
            {
                yield return new(Kind, at + "connectionPool.http.http2KeepAlive", Traffic, AbsentText);
                yield return new(Kind, at + "loadBalancer.backendUtilization", Traffic, AbsentText);
                yield return new(Kind, at + "loadBalancer.consistentHash.httpCookie.attributes", Harmless,
                    "clients keep the cookie whatever its attributes");
                yield return new(Kind, at + "outlierDetection.consecutiveErrors", "", "istiod does not read it");
                yield return new(Kind, at + "tls.caCrl", Traffic, AbsentText);
            }

            yield return new(Kind, policy + "proxyProtocol", Traffic,
                "servers take connections as if no PROXY line came first");
            yield return new(Kind, policy + "tunnel", Traffic, AbsentText);
            yield return new(Kind, policy + "retryBudget.budgetInterval", Traffic, AbsentText);
        }
    }

    private static IEnumerable<FieldTreatment> Others()
    {
        yield return new("Gateway", "spec.servers[].name", "", "names a server");
        yield return new("Gateway", "spec.servers[].bind", Traffic, AbsentText);
        yield return new("Gateway", "spec.servers[].defaultEndpoint", "", "istiod does not read it");
        yield return new("Gateway", "spec.servers[].port.targetPort", "", "istiod does not read it");
        foreach (string field in CertificateFields)
        {
            yield return new("Gateway", "spec.servers[].tls." + field, Harmless, "certificates are taken as valid");
        }

        foreach (string field in AcceptanceFields)
        {
            yield return new("Gateway", "spec.servers[].tls." + field, Traffic, "every client is accepted");
        }

        yield return new("Sidecar", "spec.egress[].port.targetPort", "", "istiod does not read it");
        yield return new("Sidecar", "spec.ingress[].port.targetPort", "", "istiod does not read it");
        yield return new("Sidecar", "spec.ingress[].bind", Traffic, AbsentText);
        yield return new("Sidecar", "spec.ingress[].captureMode", Traffic, AbsentText);
        yield return new("Sidecar", "spec.ingress[].tls", Traffic, AbsentText);
        yield return new("Sidecar", "spec.ingress[].connectionPool.http.http2KeepAlive", Traffic, AbsentText);
        yield return new("Sidecar", "spec.inboundConnectionPool.http.http2KeepAlive", Traffic, AbsentText);
        yield return new("Sidecar", "spec.outboundTrafficPolicy.egressProxy", Traffic, AbsentText);
        foreach (string field in (string[])["metadata", "probe", "template"])
        {
            yield return new("WorkloadGroup", "spec." + field, Traffic,
                "no virtual machine registers itself: write its WorkloadEntry");
        }

        yield return new("RequestAuthentication", "spec.jwtRules[].forwardOriginalToken", Harmless,
            "applications do not look at tokens");
        yield return new("RequestAuthentication", "spec.jwtRules[].outputPayloadToHeader", Harmless, ClaimText);
        yield return new("RequestAuthentication", "spec.jwtRules[].outputClaimToHeaders", Harmless, ClaimText);
        yield return new("RequestAuthentication", "spec.jwtRules[].presence", Traffic, AbsentText);
        yield return new("RequestAuthentication", "spec.jwtRules[].timeout", Harmless, "no keys are fetched");
    }

    private static void Walk(
        YamlNode? node, string[] steps, int index, FieldTreatment f, string resource, DiagnosticBag diagnostics)
    {
        if (node is not YamlMapping map)
        {
            return;
        }

        string step = steps[index];
        bool isList = step.EndsWith("[]", StringComparison.Ordinal);
        YamlEntry? entry = map.Entries.FirstOrDefault(e => e.Key == (isList ? step[..^2] : step));
        if (entry is null || entry.Value is YamlScalar { IsNull: true })
        {
            return;
        }

        if (index == steps.Length - 1)
        {
            Note(f, entry.KeySpan, resource, diagnostics);
            return;
        }

        foreach (YamlNode child in isList ? (entry.Value as YamlSequence)?.Items ?? [] : [entry.Value])
        {
            Walk(child, steps, index + 1, f, resource, diagnostics);
        }
    }

    private static void Note(FieldTreatment f, SourceSpan span, string resource, DiagnosticBag diagnostics)
    {
        string field = f.Path["spec.".Length..].Replace("[]", "", StringComparison.Ordinal);
        switch (f.Code)
        {
            case Harmless:
                diagnostics.Info(f.Code, $"{field} is read but not modelled: {f.Why}", span, "", resource);
                break;
            case Ignored:
                diagnostics.Warn(f.Code, $"{field}: {f.Why}", span, "use httpStatus or grpcStatus", resource);
                break;
            default:
                diagnostics.Warn(f.Code, $"{field} is read but not modelled: {f.Why}", span, "", resource);
                break;
        }
    }
}

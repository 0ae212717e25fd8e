using System.Globalization;

namespace Sim.Manifests.Admission;

/// <summary>Errors of the decoder that turns an object into Istio's messages: only the first one is told.</summary>
/// <remarks>Istio: pilot/pkg/config/kube/crd/conversion.go, through protojson; recorded texts of 1.29.0.</remarks>
internal static class ProtoDecoding
{
    private const string Networking = "istio.networking.v1alpha3.";
    private const string Security = "istio.security.v1beta1.";

    private static readonly (string PathEnd, string Enum)[] Enums =
    [
        ("loadBalancer.simple", Networking + "LoadBalancerSettings.SimpleLB"),
        ("servers[].tls.mode", Networking + "ServerTLSSettings.TLSmode"),
        ("ingress[].tls.mode", Networking + "ServerTLSSettings.TLSmode"),
        ("trafficPolicy.tls.mode", Networking + "ClientTLSSettings.TLSmode"),
        ("portLevelSettings[].tls.mode", Networking + "ClientTLSSettings.TLSmode"),
        ("proxyProtocol.version", Networking + "TrafficPolicy.ProxyProtocol.VERSION"),
        ("h2UpgradePolicy", Networking + "ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy"),
        ("unmatchedPreflights", Networking + "CorsPolicy.UnmatchedPreflights"),
        ("redirect.derivePort", Networking + "HTTPRedirect.RedirectPortSelection"),
        ("spec.location", Networking + "ServiceEntry.Location"),
        ("spec.resolution", Networking + "ServiceEntry.Resolution"),
        ("outboundTrafficPolicy.mode", Networking + "OutboundTrafficPolicy.Mode"),
        ("captureMode", Networking + "CaptureMode"),
        ("minProtocolVersion", Networking + "ServerTLSSettings.TLSProtocol"),
        ("maxProtocolVersion", Networking + "ServerTLSSettings.TLSProtocol"),
        ("spec.action", Security + "AuthorizationPolicy.Action"),
        ("mtls.mode", Security + "PeerAuthentication.MutualTLS.Mode"),
        ("portLevelMtls{}.mode", Security + "PeerAuthentication.MutualTLS.Mode"),
        ("configPatches[].applyTo", Networking + "EnvoyFilter.ApplyTo"),
        ("match.context", Networking + "EnvoyFilter.PatchContext"),
        ("patch.operation", Networking + "EnvoyFilter.Patch.Operation"),
        ("tagOverrides{}.operation", "istio.telemetry.v1alpha1.MetricsOverrides.TagOverride.Operation"),
        ("match.mode", "istio.telemetry.v1alpha1.WorkloadMode"),
    ];

    /// <summary>The first error, or null when the body can be decoded.</summary>
    public static Objection? Check(YamlMapping document, CrdField root)
    {
        CrdField? spec = root.Child("spec");
        return spec is null || document["spec"] is not { } node ? null : Visit(node, spec, "spec");
    }

    private static Objection? Visit(YamlNode node, CrdField field, string path)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return null;
        }

        switch (field.Type)
        {
            case "object" when node is YamlMapping map:
                foreach (YamlEntry e in map.Entries)
                {
                    CrdField? named = field.Child(e.Key);
                    CrdField? child = named ?? field.Values;
                    if (field.Name == "portLevelMtls" && !e.Key.All(char.IsAsciiDigit))
                    {
                        return new Objection($"invalid character '{e.Key[0]}' looking for beginning of value",
                            e.KeySpan);
                    }

                    if (child is not null && Visit(e.Value, child, path
                        + (named is null ? "{}" : "." + e.Key)) is { } bad)
                    {
                        return bad;
                    }
                }

                return null;
            case "object":
                return field.IsOpen ? null : Cannot(node, "map[string]json.RawMessage");
            case "array" when node is YamlSequence list:
                return list.Items.Select(i => Visit(i, field.Items!, path + "[]")).FirstOrDefault(static o =>
                    o is not null);
            case "array":
                return Cannot(node, "[]json.RawMessage");
            default:
                return VisitScalar(node, field, path);
        }
    }

    private static Objection? VisitScalar(YamlNode node, CrdField field, string path)
    {
        ScalarValue? scalar = node is YamlScalar s ? ScalarValue.Of(s) : null;
        bool isText = scalar?.Kind == ScalarKind.Text;
        if (field.Enum.Count > 0)
        {
            return !isText ? Cannot(node, "protoreflect.EnumNumber")
                : field.Enum.Contains(scalar!.Value.Text) ? null
                : new Objection($"unknown value \"{JsonText.Quote(scalar.Value.Text).Replace("\"", "\\\"",
                    StringComparison.Ordinal)}\"" +
                                $" for enum {EnumOf(path)}", node.Span);
        }

        switch (field.Type)
        {
            case "string" when !isText:
                return Cannot(node, "string");
            case "string" when field.Rules.Any(static r => r.Id == "duration-1ms") || IsDuration(path):
                return DurationProblem(scalar!.Value.Text) is { } bad
                    ? new Objection("bad Duration: " + bad, node.Span) : null;
            case "string" when field.IsBytes
                && !Convert.TryFromBase64String(scalar!.Value.Text, new byte[scalar.Value.Text.Length + 3], out _):
                return new Objection("illegal base64 data at input byte 0", node.Span);
            case "integer":
                return IntegerProblem(node, scalar, field);
            case "boolean" when scalar?.Kind != ScalarKind.Bool:
                return Cannot(node, "bool");
            default:
                return null;
        }
    }

    private static bool IsDuration(string path) => path.EndsWith("tcp.idleTimeout", StringComparison.Ordinal);

    private static string EnumOf(string path)
    {
        foreach ((string end, string name) in Enums)
        {
            if (path.EndsWith(end, StringComparison.Ordinal))
            {
                return name;
            }
        }

        return path;
    }

    private static Objection? IntegerProblem(YamlNode node, ScalarValue? scalar, CrdField field)
    {
        bool isUnsigned = field.Bounds.GetValueOrDefault("min", -1) == 0 && field.Bounds.ContainsKey("max");
        string type = isUnsigned ? "uint32" : "int32";
        if (scalar is not { } v || v.Kind == ScalarKind.Bool)
        {
            return Cannot(node, type);
        }

        if (v.Kind == ScalarKind.Text)
        {
            return QuotedNumberProblem(v.Text) is { } bad ? new Objection(bad, node.Span) : null;
        }

        bool fits = v.Kind == ScalarKind.Integer
            && (isUnsigned ? v.Integer is >= 0 and <= uint.MaxValue : field.Bounds.ContainsKey("max")
                || v.Integer is >= int.MinValue and <= int.MaxValue);
        return fits ? null
            : new Objection($"json: cannot unmarshal number {v.ToJson()} into Go value of type {type}", node.Span);
    }

    /// <summary>A quoted number is read as JSON of its own.</summary>
    private static string? QuotedNumberProblem(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        string[] literals = ["true", "false", "null"];
        foreach (string literal in literals)
        {
            if (text.Length > 0 && text[0] == literal[0])
            {
                int i = 0;
                while (i < literal.Length && i < text.Length && text[i] == literal[i])
                {
                    i++;
                }

                return i >= text.Length ? "unexpected end of JSON input"
                    : $"invalid character '{text[i]}' in literal {literal} (expecting " +
                        $"'{literal[Math.Min(i, literal.Length - 1)]}')";
            }
        }

        return text.Length == 0 ? "unexpected end of JSON input"
            : $"invalid character '{text[0]}' looking for beginning of value";
    }

    private static string? DurationProblem(string text)
    {
        if (GoDuration.TryParse(text, out _))
        {
            return null;
        }

        bool isNumber = text.Length > 0 && text.TrimStart('-', '+').All(static c => char.IsAsciiDigit(c) || c == '.');
        return isNumber ? $"time: missing unit in duration {JsonText.Quote(text)}"
            : $"time: invalid duration {JsonText.Quote(text)}";
    }

    private static Objection Cannot(YamlNode node, string type)
    {
        string found = node switch
        {
            YamlMapping => "object",
            YamlSequence => "array",
            YamlScalar s => ScalarValue.Of(s).Kind switch
            {
                ScalarKind.Bool => "bool",
                ScalarKind.Integer or ScalarKind.Float => "number",
                _ => "string",
            },
            _ => "null",
        };
        return new Objection($"json: cannot unmarshal {found} into Go value of type {type}", node.Span);
    }
}

using System.Globalization;
using System.Net;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Values of annotations that injection checks, with Go's texts.</summary>
/// <remarks>Istio: pkg/kube/inject/validate.go#AnnotationValidation. Simplified: the proxy configuration in
/// <c>proxy.istio.io/config</c> is not checked.</remarks>
internal static class AnnotationValues
{
    private const string Traffic = "traffic.sidecar.istio.io/";
    private const string Readiness = "readiness.status.sidecar.istio.io/";

    /// <summary>What is wrong with a value, or null.</summary>
    public static string? Problem(string name, string value) => name switch
    {
        "sidecar.istio.io/interceptionMode" => value is "REDIRECT" or "TPROXY" or "NONE" ? null
            : "interceptionMode invalid, use REDIRECT,TPROXY,NONE: " + value,
        "status.sidecar.istio.io/port" => Port(value) is { } p ? "excludeInboundPorts invalid: " + p : null,
        Readiness + "initialDelaySeconds" or Readiness + "periodSeconds" or Readiness + "failureThreshold" =>
            Unsigned(value, uint.MaxValue),
        Traffic + "includeOutboundIPRanges" => value == "*" ? null : Ranges("includeIPRanges", value),
        Traffic + "excludeOutboundIPRanges" => Ranges("excludeIPRanges", value),
        Traffic + "includeInboundPorts" => value == "*" ? null : Ports("includeInboundPorts", value),
        Traffic + "excludeInboundPorts" => Ports("excludeInboundPorts", value),
        Traffic + "excludeOutboundPorts" => Ports("excludeOutboundPorts", value),
        "prometheus.istio.io/merge-metrics" => value is "1" or "t" or "T" or "TRUE" or "true" or "True"
            or "0" or "f" or "F" or "FALSE" or "false" or "False" ? null
            : $"strconv.ParseBool: parsing {JsonText.Quote(value)}: invalid syntax",
        _ => null,
    };

    private static string? Ports(string parameter, string value)
    {
        string list = value.Trim();
        foreach (string port in list.Length == 0 ? [] : list.Split(','))
        {
            if (Port(port) is { } problem)
            {
                return $"{parameter} invalid: failed parsing port '{port}': {problem}";
            }
        }

        return null;
    }

    private static string? Port(string port) =>
        Unsigned(port.Trim(), ushort.MaxValue) is { } bad ? $"failed parsing port '{port}': {bad}" : null;

    private static string? Unsigned(string text, ulong most)
    {
        bool isNumber = text.Length > 0 && text.All(char.IsAsciiDigit);
        bool fits = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            && value <= most;
        return isNumber && fits ? null
            : $"strconv.ParseUint: parsing {JsonText.Quote(text)}: " +
              (isNumber ? "value out of range" : "invalid syntax");
    }

    private static string? Ranges(string parameter, string list)
    {
        foreach (string range in list.Length == 0 ? [] : list.Split(','))
        {
            if (Prefix(range) is { } problem)
            {
                return $"{parameter} invalid: failed parsing cidr '{range}': netip.ParsePrefix(" +
                       $"{JsonText.Quote(range)}): {problem}";
            }
        }

        return null;
    }

    private static string? Prefix(string range)
    {
        int slash = range.LastIndexOf('/');
        if (slash < 0)
        {
            return "no '/'";
        }

        string address = range[..slash];
        string bits = range[(slash + 1)..];
        bool isDotted = address.Split('.').Length == 4 || address.Contains(':', StringComparison.Ordinal);
        if (!isDotted || !IPAddress.TryParse(address, out IPAddress? ip))
        {
            return $"ParseAddr({JsonText.Quote(address)}): unable to parse IP";
        }

        bool isPlain = bits.Length > 0 && bits.All(char.IsAsciiDigit) && (bits.Length == 1 || bits[0] != '0');
        if (!isPlain || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            return "bad bits after slash: " + JsonText.Quote(bits);
        }

        return length > (ip.ToString().Contains(':', StringComparison.Ordinal) ? 128 : 32)
            ? "prefix length out of range" : null;
    }
}

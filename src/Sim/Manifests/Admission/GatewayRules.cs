using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for Gateways and for the listeners that Sidecars share with them.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateGateway, #validateServer, #validateTLSOptions.</remarks>
internal sealed class GatewayRules(Findings f)
{
    private const string UnixScheme = "unix://";

    private static readonly string[] Ciphers =
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
    ];

    /// <summary>Checks a Gateway.</summary>
    public void Check(Gateway gateway)
    {
        if (gateway.Spec is not { Servers.Count: > 0 } spec)
        {
            f.Error("gateway must have at least one server", gateway.Spec?.Span ?? gateway.Span);
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (GatewayServer s in spec.Servers)
        {
            CheckServer(s);
            if (s.Port is not { } port)
            {
                continue;
            }

            if (string.IsNullOrEmpty(port.Name?.Value))
            {
                f.Error("port name must be set: " + Show(port), port.Span);
            }
            else
            {
                f.ErrorIf(!names.Add(port.Name.Value), "port names in servers must be unique: duplicate name "
                    + port.Name.Value, port.Span);
            }
        }
    }

    /// <summary>Checks the TLS settings of a listener.</summary>
    public static void CheckTls(ServerTlsSettings? tls, Findings f)
    {
        if (tls is null)
        {
            return;
        }

        CheckCiphers(tls, f);
        string mode = tls.Mode?.Value ?? "PASSTHROUGH";
        bool hasCertificate = !string.IsNullOrEmpty(tls.ServerCertificate?.Value);
        bool hasKey = !string.IsNullOrEmpty(tls.PrivateKey?.Value);
        bool hasCa = !string.IsNullOrEmpty(tls.CaCertificates?.Value);
        bool hasCrl = !string.IsNullOrEmpty(tls.CaCrl?.Value);
        bool hasCredential = !string.IsNullOrEmpty(tls.CredentialName?.Value);
        if (mode == "ISTIO_MUTUAL")
        {
            f.ErrorIf(hasCertificate, "ISTIO_MUTUAL TLS cannot have associated server certificate", tls.Span);
            f.ErrorIf(hasKey, "ISTIO_MUTUAL TLS cannot have associated private key", tls.Span);
            f.ErrorIf(hasCa, "ISTIO_MUTUAL TLS cannot have associated CA bundle", tls.Span);
            f.ErrorIf(hasCredential, "ISTIO_MUTUAL TLS cannot have associated credentialName", tls.Span);
            return;
        }

        if (mode is "PASSTHROUGH" or "AUTO_PASSTHROUGH")
        {
            f.ErrorIf(mode == "AUTO_PASSTHROUGH" && (hasCertificate || hasKey || hasCa || hasCredential),
                "AUTO_PASSTHROUGH TLS cannot have associated certificates", tls.Span);
            return;
        }

        int sources = (hasCredential ? 1 : 0) + (tls.CredentialNames.Count > 0 ? 1 : 0)
            + (hasCertificate || hasKey ? 1 : 0) + (tls.TlsCertificates.Count > 0 ? 1 : 0);
        f.ErrorIf(sources > 1, "only one of credential_name, credential_names, server_certificate/private_key, " +
            "tls_certificates " +
                               "should be specified", tls.Span);
        f.ErrorIf(hasCrl && mode == "SIMPLE", "CRL is not supported with SIMPLE TLS", tls.Span);
        if (hasCredential || tls.CredentialNames.Count > 0 || tls.TlsCertificates.Count > 0)
        {
            return;
        }

        string shown = mode == "OPTIONAL_MUTUAL" ? "MUTUAL" : mode;
        f.ErrorIf(!hasCertificate, shown + " TLS requires a server certificate", tls.Span);
        f.ErrorIf(!hasKey, shown + " TLS requires a private key", tls.Span);
        f.ErrorIf(mode is "MUTUAL" or "OPTIONAL_MUTUAL" && !hasCa, shown + " TLS requires a client CA bundle",
            tls.Span);
    }

    /// <summary>What is wrong with the protocol of a listener, or null.</summary>
    public static string? ProtocolProblem(string protocol) =>
        protocol.ToUpperInvariant() is "HTTP" or "HTTPS" or "HTTP2" or "GRPC" or "GRPC-WEB" or "MONGO" or "REDIS"
            or "MYSQL"
            or "TCP" or "TLS" or "UDP" or "HTTP_PROXY" or "HBONE" or "DOUBLE-HBONE" ? null
        : $"invalid protocol \"{protocol}\", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, " +
            $"MYSQL, TCP";

    /// <summary>Checks one host of a gateway or of a sidecar's egress listener.</summary>
    public static void CheckHost(Spanned<string> host, string where, bool isSidecar, Findings f)
    {
        string[] parts = host.Value.Split('/', 2);
        if (parts.Length == 1)
        {
            if (isSidecar)
            {
                f.Error("sidecar: host must be of form namespace/dnsName", host.Span);
                return;
            }
        }
        else
        {
            bool isEmpty = parts[0].Length == 0 || parts[1].Length == 0;
            f.ErrorIf(isEmpty, "config namespace and dnsName in host entry cannot be empty", host.Span);
            f.ErrorIf(parts[0] is not ("*" or "." or "~") && !IstioRules.IsLabel(parts[0]),
                $"invalid namespace value \"{parts[0]}\" in {where}", host.Span);
            if (parts[1].Length == 0)
            {
                return;
            }
        }

        string name = parts[^1];
        if (name == "*")
        {
            return;
        }

        if (IstioRules.WildcardDomain(name) is { } problem)
        {
            bool isAddress = !isSidecar && IstioRules.IsIp(name);
            f.ErrorIf(isAddress ? null : problem, host.Span);
            f.ErrorIf(IsPartialWildcard(name), $"partial wildcard \"{name}\" not allowed", host.Span);
            return;
        }

        f.ErrorIf(IsPartialWildcard(name), $"partial wildcard \"{name}\" not allowed", host.Span);
        f.ErrorIf(!name.Contains('.', StringComparison.Ordinal), "short names (non FQDN) are not allowed", host.Span);
    }

    private static bool IsPartialWildcard(string name)
    {
        string first = name.Split('.')[0];
        return first.Length > 1 && first.Contains('*', StringComparison.Ordinal);
    }

    private static string Show(GatewayPort port)
    {
        var parts = new List<string>();
        if (port.Number is { } n && n.Value != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"number:{n.Value}"));
        }

        if (port.Protocol is { Value.Length: > 0 } p)
        {
            parts.Add($"protocol:\"{p.Value}\"");
        }

        if (port.Name is { Value.Length: > 0 } name)
        {
            parts.Add($"name:\"{name.Value}\"");
        }

        return string.Join("  ", parts);
    }

    private static void CheckCiphers(ServerTlsSettings tls, Findings f)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<string> invalid = [];
        List<string> duplicate = [];
        foreach (Spanned<string> c in tls.CipherSuites)
        {
            if (c.Value == "ALL")
            {
                continue;
            }

            if (!Ciphers.Contains(c.Value))
            {
                invalid.Add(c.Value);
            }
            else if (!seen.Add(c.Value))
            {
                duplicate.Add(c.Value);
            }
        }

        if (invalid.Count > 0)
        {
            f.Warn($"ignoring invalid cipher suites: [{string.Join(' ', invalid)}]", tls.CipherSuites[0].Span);
        }

        if (duplicate.Count > 0)
        {
            f.Warn($"ignoring duplicate cipher suites: [{string.Join(' ', duplicate)}]", tls.CipherSuites[0].Span);
        }
    }

    private void CheckServer(GatewayServer s)
    {
        f.ErrorIf(s.Hosts.Count == 0, "server config must contain at least one host", s.Span);
        foreach (Spanned<string> host in s.Hosts)
        {
            CheckHost(host, "gateway", false, f);
        }

        string bind = s.Bind?.Value ?? "";
        bool isUnix = bind.StartsWith(UnixScheme, StringComparison.Ordinal);
        if (isUnix)
        {
            f.ErrorIf(IstioRules.UnixAddress(bind[UnixScheme.Length..]), s.Bind!.Span);
        }
        else if (bind.Length > 0)
        {
            f.ErrorIf(IstioRules.Ip(bind), s.Bind!.Span);
        }

        if (s.Port is not { } port)
        {
            f.Error("port is required", s.Span);
            return;
        }

        long number = port.Number?.Value ?? 0;
        f.ErrorIf(isUnix && number != 0, "port number must be 0 for unix domain socket: " + Show(port), port.Span);
        f.ErrorIf(isUnix ? null : IstioRules.Port(number), port.Number?.Span ?? port.Span);
        f.ErrorIf(port.TargetPort is { Value: not 0 }, "targetPort has no impact on Gateways", port.Span);
        string protocol = (port.Protocol?.Value ?? "").ToUpperInvariant();
        f.ErrorIf(ProtocolProblem(port.Protocol?.Value ?? ""), port.Protocol?.Span ?? port.Span);
        CheckServerTls(s, protocol);
    }

    private void CheckServerTls(GatewayServer s, string protocol)
    {
        CheckTls(s.Tls, f);
        bool isTls = protocol is "HTTPS" or "TLS";
        bool isHttp = protocol is "HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB";
        if (isTls)
        {
            f.ErrorIf(s.Tls is null, "server must have TLS settings for HTTPS/TLS protocols", s.Span);
            if (s.Tls?.HttpsRedirect?.Value == true)
            {
                f.Warn("tls.httpsRedirect should only be used with http servers", s.Tls.Span);
            }
        }
        else if (s.Tls is { } tls)
        {
            bool isRedirectOnly = tls is { HttpsRedirect.Value: true, Mode: null };
            f.ErrorIf(!isHttp, "server cannot have TLS settings for non HTTPS/TLS ports", tls.Span);
            f.ErrorIf(isHttp && !isRedirectOnly && tls.Mode is not null && tls.Mode.Value != "PASSTHROUGH",
                "server cannot have TLS settings for plain text HTTP ports", tls.Span);
        }
    }
}

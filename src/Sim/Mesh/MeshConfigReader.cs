using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads <c>meshConfig</c> and <c>meshNetworks</c> from YAML over a base.</summary>
public static class MeshConfigReader
{
    private static readonly string[] Modelled =
    [
        "trustDomain", "trustDomainAliases", "rootNamespace", "connectTimeout", "enableAutoMtls",
        "outboundTrafficPolicy", "localityLbSetting", "zoneAwareLbSetting", "defaultServiceExportTo",
        "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo", "dnsRefreshRate", "tcpKeepalive",
        "h2UpgradePolicy", "defaultHttpRetryPolicy", "defaultInboundHttpRetryPolicy", "defaultTrafficPolicy",
        "serviceSettings", "discoverySelectors", "pathNormalization", "extensionProviders",
        "protocolDetectionTimeout", "inboundTrafficPolicy", "serviceScopeConfigs",
    ];

    private static readonly string[] WithoutEffect =
    [
        "accessLogFile", "accessLogFormat", "accessLogEncoding", "accessLogService", "enableTracing",
        "defaultProviders", "ingressService", "ingressSelector", "ingressClass", "ingressControllerMode",
        "enablePrometheusMerge", "configSources", "rootCAs", "certificates", "caCertificates", "thriftConfig",
        "enableEnvoyAccessLogService", "disableEnvoyListenerLog", "verifyCertificateAtClient", "proxyListenPort",
        "proxyInboundListenPort", "proxyHttpPort", "meshMTLS", "tlsDefaults", "statsConfig",
    ];

    /// <summary>Reads a mesh configuration.</summary>
    /// <param name="node">The mapping; null = nothing is changed.</param>
    /// <param name="basis">What it is merged over.</param>
    /// <param name="options">Profile and extensions.</param>
    /// <param name="diagnostics">Receives all findings.</param>
    public static MeshConfig Read(YamlMapping? node, MeshConfig basis, MeshOptions options, DiagnosticBag diagnostics)
    {
        MeshConfig config = basis;
        foreach (YamlEntry e in node?.Entries ?? [])
        {
            config = Apply(config, e, options, diagnostics);
        }

        return config;
    }

    /// <summary>Reads meshNetworks.</summary>
    /// <param name="node">Mapping of networks, perhaps under the key <c>networks</c>.</param>
    public static IReadOnlyList<MeshNetwork> ReadNetworks(YamlMapping? node)
    {
        YamlMapping? map = node?["networks"] as YamlMapping ?? node;
        var result = new List<MeshNetwork>();
        foreach (YamlEntry e in map?.Entries ?? [])
        {
            var network = e.Value as YamlMapping;
            IEnumerable<YamlMapping> endpoints = Mappings(network?["endpoints"]);
            result.Add(new MeshNetwork(
                e.Key,
                [.. endpoints.Select(static m => Text(m["fromRegistry"])).Where(static t => t.Length > 0)],
                [.. endpoints.Select(static m => Text(m["fromCidr"])).Where(static t => t.Length > 0)],
                [.. Mappings(network?["gateways"]).Select(static g => (
                    Text(g["address"]), Text(g["registryServiceName"]), Int(g["port"])))]));
        }

        return result;
    }

    private static MeshConfig Apply(MeshConfig c, YamlEntry e, MeshOptions options, DiagnosticBag diagnostics)
    {
        YamlNode v = e.Value;
        switch (e.Key)
        {
            case "trustDomain": return c with { TrustDomain = Text(v) };
            case "trustDomainAliases":
                return c with { TrustDomainAliases = [.. Texts(v).Order(StringComparer.Ordinal)] };
            case "rootNamespace": return c with { RootNamespace = Text(v) };
            case "connectTimeout": return c with { ConnectTimeoutNs = Duration(e, c.ConnectTimeoutNs, diagnostics) };
            case "enableAutoMtls": return c with { EnableAutoMtls = Text(v) != "false" };
            case "outboundTrafficPolicy":
                return c with
                {
                    OutboundTrafficPolicy = Text((v as YamlMapping)?["mode"]) == "REGISTRY_ONLY"
                        ? OutboundTrafficPolicy.RegistryOnly : OutboundTrafficPolicy.AllowAny,
                };
            case "inboundTrafficPolicy":
                return c with { InboundPassthrough = Text((v as YamlMapping)?["mode"]) != "LOCALHOST" };
            case "defaultServiceExportTo": return c with { DefaultServiceExportTo = Texts(v) };
            case "defaultVirtualServiceExportTo": return c with { DefaultVirtualServiceExportTo = Texts(v) };
            case "defaultDestinationRuleExportTo": return c with { DefaultDestinationRuleExportTo = Texts(v) };
            case "dnsRefreshRate": return c with { DnsRefreshRateNs = Duration(e, c.DnsRefreshRateNs, diagnostics) };
            case "h2UpgradePolicy": return c with { H2Upgrade = Text(v) == "UPGRADE" };
            case "serviceSettings": return c with { ServiceSettings = Services(v) };
            case "discoverySelectors": return c with { DiscoverySelectors = Selectors(v) };
            case "pathNormalization": return c with { PathNormalization = Normalization(v) };
            case "extensionProviders": return c with { ExtensionProviders = Providers(v, diagnostics) };
            case "defaultConfig":
                var metadata = (v as YamlMapping)?["proxyMetadata"] as YamlMapping;
                return c with
                {
                    DnsCapture = Text(metadata?["ISTIO_META_DNS_CAPTURE"]) == "true",
                    DnsAutoAllocate = Text(metadata?["ISTIO_META_DNS_AUTO_ALLOCATE"]) == "true",
                };
            case "protocolDetectionTimeout":
                return c with { ProtocolDetectionTimeoutNs = Duration(e, 0, diagnostics) };
            default: return ApplyBound(c, e, options, diagnostics);
        }
    }

    private static MeshConfig ApplyBound(MeshConfig c, YamlEntry e, MeshOptions options, DiagnosticBag diagnostics)
    {
        var binder = new NodeBinder();
        var traffic = new DestinationRuleReader(c.Domain, options);
        MeshConfig result = c;
        string path = "meshConfig." + e.Key;
        bool newest = options.Profile == IstioProfile.V1_31;
        switch (e.Key)
        {
            case "localityLbSetting":
                result = c with { LocalityLbSetting = traffic.Locality(Bind<Manifests.LocalityLbSetting>()) };
                break;
            case "zoneAwareLbSetting" when newest:
                result = c with { ZoneAware = traffic.ZoneAware(Bind<Manifests.ZoneAwareLbSetting>()) };
                break;
            case "tcpKeepalive":
                result = c with { TcpKeepalive = DestinationRuleReader.Keepalive(Bind<Manifests.TcpKeepalive>()) };
                break;
            case "defaultHttpRetryPolicy":
                result = c with { DefaultHttpRetryPolicy = VirtualServiceReader.Retries(Bind<Manifests.HttpRetry>()) };
                break;
            case "defaultInboundHttpRetryPolicy" when newest:
                result = c with
                {
                    DefaultInboundHttpRetryPolicy = VirtualServiceReader.Retries(Bind<Manifests.HttpRetry>()),
                };
                break;
            case "defaultTrafficPolicy" when newest:
                UnmodelledFields.ReportPolicy(e.Value, diagnostics);
                result = c with
                {
                    DefaultTrafficPolicy = traffic.Policy(Bind<Manifests.TrafficPolicy>(), null),
                };
                break;
            case var _ when Modelled.Contains(e.Key):
                diagnostics.Warn("MS0206", $"meshConfig.{e.Key} does not exist in this profile: it is ignored",
                    e.KeySpan, "take it out, or choose a later compat.istio");
                break;
            case var _ when !WithoutEffect.Contains(e.Key):
                diagnostics.Warn("MS0201", $"meshConfig.{e.Key} is read but not modelled: traffic is simulated as if "
                    + "it were absent", e.KeySpan);
                break;
        }

        foreach (BindIssue issue in binder.Issues)
        {
            diagnostics.Error("MS0207", $"{issue.Path} has a wrong type or an unknown field", issue.Span,
                "see the reference of Istio's MeshConfig");
        }

        return result;

        T? Bind<T>()
            where T : class => binder.Bind<T>(e.Value, path);
    }

    private static IReadOnlyList<ServiceSettings> Services(YamlNode v) =>
        [.. Mappings(v).Select(static s => new ServiceSettings(
            Text((s["settings"] as YamlMapping)?["clusterLocal"]) == "true", Texts(s["hosts"])))];

    private static IReadOnlyList<DiscoverySelector> Selectors(YamlNode v)
    {
        var result = new List<DiscoverySelector>();
        foreach (YamlMapping m in Mappings(v))
        {
            var labels = LabelSet.Empty.ToBuilder();
            foreach (YamlEntry e in (m["matchLabels"] as YamlMapping)?.Entries ?? [])
            {
                labels[e.Key] = Text(e.Value);
            }

            result.Add(new DiscoverySelector(labels.ToImmutable(),
                [.. Mappings(m["matchExpressions"]).Select(static r => new LabelRequirement(
                    Text(r["key"]), Text(r["operator"]), Texts(r["values"])))]));
        }

        return result;
    }

    private static PathNormalization Normalization(YamlNode v) =>
        Text((v as YamlMapping)?["normalization"]) switch
        {
            "NONE" => PathNormalization.None,
            "MERGE_SLASHES" => PathNormalization.MergeSlashes,
            "DECODE_AND_MERGE_SLASHES" => PathNormalization.DecodeAndMergeSlashes,
            _ => PathNormalization.Base,
        };

    private static IReadOnlyList<ExtensionProvider> Providers(YamlNode v, DiagnosticBag diagnostics)
    {
        var result = new List<ExtensionProvider>();
        foreach (YamlMapping m in Mappings(v))
        {
            var http = m["envoyExtAuthzHttp"] as YamlMapping;
            var body = http ?? m["envoyExtAuthzGrpc"] as YamlMapping;
            result.Add(new ExtensionProvider(
                Text(m["name"]), body is null ? null : http is null, Text(body?["service"]), Int(body?["port"]),
                Text(body?["failOpen"]) == "true", Int(body?["statusOnError"])));
            if (Text(m["name"]).Length == 0)
            {
                diagnostics.Error("MS0207", "an extension provider needs a name", m.Span,
                    "give it a name: policies with action CUSTOM refer to it");
            }
        }

        return result;
    }

    private static long Duration(YamlEntry e, long fallback, DiagnosticBag diagnostics)
    {
        if (SimDuration.TryParse(Text(e.Value), out long ns))
        {
            return ns;
        }

        diagnostics.Error("MS0207", $"meshConfig.{e.Key} is no duration", e.Value.Span, "write 10s or 250ms");
        return fallback;
    }

    private static IEnumerable<YamlMapping> Mappings(YamlNode? node) =>
        node is YamlSequence s ? s.Items.OfType<YamlMapping>() : [];

    private static string Text(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";

    private static string[] Texts(YamlNode? node) =>
        node is YamlSequence s ? [.. s.Items.Select(Text)] : [];

    private static int Int(YamlNode? node) =>
        int.TryParse(Text(node), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) ? n : 0;
}

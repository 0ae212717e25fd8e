using Sim.Core;
using Sim.Core.RegularExpressions;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for EnvoyFilters.</summary>
/// <remarks>Istio: pkg/config/validation/envoyfilter/envoyfilter.go#validateEnvoyFilter. Simplified: the patch value is
/// not decoded as a message of Envoy; only the types it names and filters without a type are looked at.</remarks>
internal sealed class EnvoyFilterRules(Findings f)
{
    private const string Manager = "envoy.filters.network.http_connection_manager";

    private static readonly (string Old, string New)[] FilterNames =
    [
        ("envoy.buffer", "envoy.filters.http.buffer"),
        ("envoy.cors", "envoy.filters.http.cors"),
        ("envoy.csrf", "envoy.filters.http.csrf"),
        ("envoy.http_dynamo_filter", "envoy.filters.http.dynamo"),
        ("envoy.fault", "envoy.filters.http.fault"),
        ("envoy.grpc_http1_bridge", "envoy.filters.http.grpc_http1_bridge"),
        ("envoy.grpc_json_transcoder", "envoy.filters.http.grpc_json_transcoder"),
        ("envoy.grpc_web", "envoy.filters.http.grpc_web"),
        ("envoy.gzip", "envoy.filters.http.gzip"),
        ("envoy.health_check", "envoy.filters.http.health_check"),
        ("envoy.ip_tagging", "envoy.filters.http.ip_tagging"),
        ("envoy.lua", "envoy.filters.http.lua"),
        ("envoy.rate_limit", "envoy.filters.http.ratelimit"),
        ("envoy.router", "envoy.filters.http.router"),
        ("envoy.squash", "envoy.filters.http.squash"),
        ("envoy.listener.http_inspector", "envoy.filters.listener.http_inspector"),
        ("envoy.listener.original_dst", "envoy.filters.listener.original_dst"),
        ("envoy.listener.original_src", "envoy.filters.listener.original_src"),
        ("envoy.listener.proxy_protocol", "envoy.filters.listener.proxy_protocol"),
        ("envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"),
        ("envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"),
        ("envoy.ext_authz", "envoy.filters.network.ext_authz"),
        ("envoy.http_connection_manager", Manager),
        ("envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"),
        ("envoy.ratelimit", "envoy.filters.network.ratelimit"),
        ("envoy.redis_proxy", "envoy.filters.network.redis_proxy"),
        ("envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"),
    ];

    private static readonly string[] Packages =
        ["admin", "annotations", "config", "data", "extensions", "service", "type", "watchdog"];

    /// <summary>Checks an EnvoyFilter.</summary>
    public void Check(YamlMapping document)
    {
        f.Warn("EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs " +
               "if possible, and exercise extreme caution, especially around upgrades.", document.Span);
        YamlNode? spec = document.At("spec");
        if (spec.At("workloadSelector") is YamlMapping selector)
        {
            IstioRules.Selector(IstioRules.LabelsOf(selector.At("labels")), selector.Span, f, "Envoy filter: workload "
                + "selector specified without labels, will be applied to all services in namespace");
        }

        foreach (YamlNode patch in spec.Items("configPatches"))
        {
            CheckPatch(patch);
        }
    }

    private static bool IsOneOf(string text, params ReadOnlySpan<string> texts) => texts.Contains(text);

    private void CheckPatch(YamlNode patch)
    {
        string applyTo = patch.Text("applyTo");
        string operation = patch.Text("patch", "operation");
        YamlNode? value = patch.At("patch", "value");
        string problem = patch is not YamlMapping ? "null config patch"
            : applyTo is "" or "INVALID" ? "missing applyTo"
            : patch.At("patch") is null ? "missing patch"
            : operation is "" or "INVALID" ? "missing patch operation"
            : operation != "REMOVE" && value is null ? "missing patch value for non-remove operation"
            : Re2.Check(patch.Text("match", "proxy", "proxyVersion")) is { } bad
                ? $"invalid regex for proxy version, [{bad.GoText}]" : "";
        if (problem.Length > 0)
        {
            Error(problem, patch.Span);
        }
        else if (CheckMatch(patch, applyTo) && value is not null)
        {
            CheckValue(applyTo, value);
        }
    }

    /// <summary>False when the rest of the patch is not looked at.</summary>
    private bool CheckMatch(YamlNode patch, string applyTo)
    {
        YamlNode? match = patch.At("match");
        string[] kinds = ["listener", "routeConfiguration", "cluster", "waypoint"];
        if (kinds.All(k => match.At(k) is null))
        {
            return true;
        }

        if (IsOneOf(applyTo, "ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE"))
        {
            if (match.At("routeConfiguration") is null)
            {
                Error("applyTo for http route class objects cannot have non route configuration match", match!.Span);
            }
        }
        else if (applyTo == "CLUSTER" && match.At("cluster") is null)
        {
            Error("applyTo for cluster class objects cannot have non cluster match", match!.Span);
        }

        return !IsOneOf(applyTo, "LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER")
               || CheckListenerMatch(match!, applyTo);
    }

    private bool CheckListenerMatch(YamlNode match, string applyTo)
    {
        if (match.At("listener") is null)
        {
            Error("applyTo for listener class objects cannot have non listener match", match.Span);
            return false;
        }

        if (match.At("listener", "filterChain", "filter") is not { } filter)
        {
            return true;
        }

        if (applyTo is "LISTENER" or "FILTER_CHAIN")
        {
            f.Warn("Envoy filter: filter match has no effect when used with " + applyTo, filter.Span);
        }

        string name = filter.Text("name");
        bool hasSubFilter = filter.At("subFilter") is not null;
        string problem = name.Length == 0 ? "filter match has no name to match on"
            : !hasSubFilter ? ""
            : applyTo != "HTTP_FILTER" ? "subfilter match can be used with applyTo HTTP_FILTER only"
            : name is not (Manager or "envoy.http_connection_manager")
                ? "subfilter match requires filter match with " + Manager
            : filter.Text("subFilter", "name").Length == 0 ? "subfilter match has no name to match on" : "";
        if (problem.Length > 0)
        {
            Error(problem, filter.Span);
            return false;
        }

        CheckName(name, filter.Span);
        CheckName(filter.Text("subFilter", "name"), filter.Span);
        return true;
    }

    private void CheckName(string name, SourceSpan span)
    {
        foreach ((string old, string current) in FilterNames)
        {
            if (old == name)
            {
                f.Warn($"using deprecated filter name \"{old}\"; use \"{current}\" instead", span);
            }
        }
    }

    private void CheckValue(string applyTo, YamlNode value)
    {
        if (FindUnknownType(value) is { } unknown)
        {
            string hint = unknown.Value.Contains(".v2.", StringComparison.Ordinal)
                ? " (hint: try using the v3 XDS API)" : "";
            f.Error($"referenced type unknown{hint}: Envoy filter: could not resolve Any message type: {unknown.Value}",
                unknown.Span);
            return;
        }

        var missing = new List<string>();
        if (applyTo is "CLUSTER" or "FILTER_CHAIN")
        {
            AddMissing(value.At("transport_socket") ?? value.At("transportSocket"), missing);
        }
        else if (IsOneOf(applyTo, "HTTP_FILTER", "NETWORK_FILTER", "LISTENER_FILTER", "EXTENSION_CONFIG"))
        {
            AddMissing(value, missing);
        }

        if (missing.Count > 0)
        {
            f.Warn("using deprecated types by name without typed_config; " + string.Join(", ", missing), value.Span);
        }
    }

    private static void AddMissing(YamlNode? extension, List<string> missing)
    {
        string[] types = ["typed_config", "typedConfig", "config_discovery", "configDiscovery"];
        if (extension is YamlMapping && types.All(t => extension.At(t) is null))
        {
            missing.Add(extension.Text("name"));
        }
    }

    private static YamlScalar? FindUnknownType(YamlNode node)
    {
        switch (node)
        {
            case YamlMapping map:
                if (map["@type"] is YamlScalar type && !IsKnown(type.Value))
                {
                    return type;
                }

                return map.Entries.Select(static e => FindUnknownType(e.Value)).FirstOrDefault(static t =>
                    t is not null);
            case YamlSequence list:
                return list.Items.Select(FindUnknownType).FirstOrDefault(static t => t is not null);
            default:
                return null;
        }
    }

    /// <summary>Messages of Envoy's third API, and whatever is not Envoy's.</summary>
    private static bool IsKnown(string url)
    {
        string[] parts = url[(url.LastIndexOf('/') + 1)..].Split('.');
        return parts[0] != "envoy"
            ? parts.Length > 1
            : parts.Length > 2 && Packages.Contains(parts[1]) && !parts.Contains("v2");
    }

    private void Error(string text, SourceSpan span) => f.Error("Envoy filter: " + text, span);
}

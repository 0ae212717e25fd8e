using System.Text.Json;
using Sim.Core;
using Sim.Xds;
using static Sim.Tests.Istiod.XdsAnswerReader;

namespace Sim.Tests.Istiod;

/// <summary>Reads recorded route configurations.</summary>
internal static class XdsRouteReader
{
    public static RouteConfiguration Configuration(JsonElement r, IReadOnlyList<int> defaultCodes) => new(
        Text(r, "name"), [.. Items(r, "virtual_hosts").Select(v => new VirtualHost(
            Text(v, "name"), [.. Items(v, "domains").Select(static d => d.GetString()!)],
            [.. Items(v, "routes").Select(x => Route(x, defaultCodes))])
        {
            RequireTls = Text(v, "require_tls") == "ALL" ? TlsRequirement.All : TlsRequirement.None,
        })]);

    public static Route Route(JsonElement r, IReadOnlyList<int> defaultCodes)
    {
        JsonElement action = Child(r, "route");
        JsonElement weighted = Child(action, "weighted_clusters");
        JsonElement regex = Child(action, "regex_rewrite");
        var route = new Route
        {
            Match = Match(Child(r, "match")),
            Headers = Headers(r),
            Fault = Fault(Child(Child(r, "typed_per_filter_config"), "envoy.filters.http.fault")),
            Cors = Cors(Child(Child(r, "typed_per_filter_config"), "envoy.filters.http.cors")),
            VirtualService = Text(r, "virtual_service"),
            DirectResponseStatus = Int(Child(r, "direct_response"), "status", 0),
            DirectResponseBody = Text(Child(Child(r, "direct_response"), "body"), "inline_string"),
            Redirect = Redirect(Child(r, "redirect")),
        };
        return action.ValueKind != JsonValueKind.Object ? route : route with
        {
            Clusters = weighted.ValueKind == JsonValueKind.Object
                ? [.. Items(weighted, "clusters").Select(static c => new WeightedCluster(
                    Text(c, "name"), (uint)Int(c, "weight", 0), Headers(c), Text(c, "host_rewrite_literal")))]
                : [new WeightedCluster(Text(action, "cluster"), 1)],
            IsWeighted = weighted.ValueKind == JsonValueKind.Object,
            TimeoutNs = Duration(action, "timeout", 15 * SimDuration.Second),
            RetryPolicy = Retry(Child(action, "retry_policy"), defaultCodes),
            PrefixRewrite = Text(action, "prefix_rewrite"),
            RegexRewrite = regex.ValueKind != JsonValueKind.Object ? null
                : (Text(Child(regex, "pattern"), "regex"), Text(regex, "substitution")),
            HostRewrite = Text(action, "host_rewrite_literal"),
            Mirrors = [.. Items(action, "request_mirror_policies").Select(static m => new RequestMirror(
                Text(m, "cluster"), Fraction(Child(Child(m, "runtime_fraction"), "default_value")),
                Text(m, "disable_shadow_host_suffix_append") == "true"))],
            HashPolicies = [.. Items(action, "hash_policy").Select(Hash)],
        };
    }

    public static FractionalPercent Fraction(JsonElement f) => new(
        (uint)Int(f, "numerator", 0), Text(f, "denominator") switch
        {
            "MILLION" => 1_000_000,
            "TEN_THOUSAND" => 10_000,
            _ => 100,
        });

    public static StringMatcher? String(JsonElement m)
    {
        if (m.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        bool ignoreCase = Text(m, "ignore_case") == "true";
        foreach ((string key, StringMatchKind kind) in (ReadOnlySpan<(string, StringMatchKind)>)
                 [("exact", StringMatchKind.Exact), ("prefix", StringMatchKind.Prefix),
                     ("suffix", StringMatchKind.Suffix), ("contains", StringMatchKind.Contains)])
        {
            if (m.TryGetProperty(key, out JsonElement v))
            {
                return new StringMatcher(kind, v.GetString()!, ignoreCase);
            }
        }

        return new StringMatcher(StringMatchKind.Regex, Text(Child(m, "safe_regex"), "regex"), ignoreCase);
    }

    public static HeaderMatcher Header(JsonElement h) => new(
        Text(h, "name").ToLowerInvariant(), String(Child(h, "string_match")), null,
        Text(h, "present_match") is { Length: > 0 } p ? p == "true" : null, Text(h, "invert_match") == "true",
        Text(h, "treat_missing_header_as_empty") == "true");

    private static RouteMatch Match(JsonElement m) => new()
    {
        PathKind = m.TryGetProperty("path", out _) ? PathMatchKind.Exact
            : m.TryGetProperty("safe_regex", out _) ? PathMatchKind.Regex
            : m.TryGetProperty("path_separated_prefix", out _) ? PathMatchKind.PathSeparatedPrefix
            : PathMatchKind.Prefix,
        Path = Text(m, "path") + Text(m, "prefix") + Text(m, "path_separated_prefix")
            + Text(Child(m, "safe_regex"), "regex"),
        CaseSensitive = Text(m, "case_sensitive") != "false",
        Headers = [.. Items(m, "headers").Select(Header)],
        Metadata = [.. Items(m, "dynamic_metadata").Select(static d => new MetadataMatcher(
            Text(d, "filter"), [.. Items(d, "path").Select(static k => Text(k, "key"))],
            String(Child(Items(Child(Child(d, "value"), "or_match"), "value_matchers").Last(), "string_match")),
            Text(d, "invert") == "true"))],
        QueryParameters = [.. Items(m, "query_parameters").Select(static q => new QueryParameterMatcher(
            Text(q, "name"), String(Child(q, "string_match")),
            Text(q, "present_match") is { Length: > 0 } p ? p == "true" : null))],
    };

    private static HeaderOperations Headers(JsonElement r) => new()
    {
        RequestAdd = [.. Items(r, "request_headers_to_add").Select(Option)],
        RequestRemove = [.. Items(r, "request_headers_to_remove").Select(static h => h.GetString()!)],
        ResponseAdd = [.. Items(r, "response_headers_to_add").Select(Option)],
        ResponseRemove = [.. Items(r, "response_headers_to_remove").Select(static h => h.GetString()!)],
    };

    private static HeaderValueOption Option(JsonElement o) => new(
        Text(Child(o, "header"), "key"), Text(Child(o, "header"), "value"), Text(o, "append_action").Length == 0);

    private static CorsPolicy? Cors(JsonElement c) => c.ValueKind != JsonValueKind.Object ? null : new CorsPolicy
    {
        AllowOrigins = [.. Items(c, "allow_origin_string_match").Select(static m => String(m)!)],
        ForwardNotMatchingPreflights = Text(c, "forward_not_matching_preflights") != "false",
        AllowMethods = Text(c, "allow_methods"),
        AllowHeaders = Text(c, "allow_headers"),
        ExposeHeaders = Text(c, "expose_headers"),
        MaxAge = Text(c, "max_age"),
        AllowCredentials = Text(c, "allow_credentials") is { Length: > 0 } t ? t == "true" : null,
    };

    private static FaultConfig? Fault(JsonElement f)
    {
        if (f.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        JsonElement delay = Child(f, "delay");
        JsonElement abort = Child(f, "abort");
        return new FaultConfig
        {
            DelayNs = Duration(delay, "fixed_delay", 0),
            DelayPercentage = Fraction(Child(delay, "percentage")),
            AbortHttpStatus = Int(abort, "http_status", 0),
            AbortGrpcStatus = Text(abort, "grpc_status") is { Length: > 0 } ? Int(abort, "grpc_status", 0) : null,
            AbortPercentage = Fraction(Child(abort, "percentage")),
        };
    }

    private static RedirectAction? Redirect(JsonElement r) => r.ValueKind != JsonValueKind.Object ? null
        : new RedirectAction(
            Text(r, "response_code") switch
            {
                "FOUND" => 302,
                "SEE_OTHER" => 303,
                "TEMPORARY_REDIRECT" => 307,
                "PERMANENT_REDIRECT" => 308,
                _ => 301,
            }, Text(r, "host_redirect"), Text(r, "path_redirect"), Text(r, "scheme_redirect"),
            Text(r, "port_redirect") is { Length: > 0 } ? Int(r, "port_redirect", 0) : null);

    private static RetryPolicy? Retry(JsonElement p, IReadOnlyList<int> defaultCodes)
    {
        if (p.ValueKind == JsonValueKind.String)
        {
            return new RetryPolicy
            {
                NumRetries = 2,
                RetryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
                AvoidPreviousHosts = true, HostSelectionRetryMaxAttempts = 5, RetriableStatusCodes = defaultCodes,
            };
        }

        return p.ValueKind != JsonValueKind.Object ? null : new RetryPolicy
        {
            NumRetries = (uint)Int(p, "num_retries", 1),
            RetryOn = Text(p, "retry_on"),
            AvoidPreviousHosts = Items(p, "retry_host_predicate").Any(),
            HostSelectionRetryMaxAttempts = (uint)Int(p, "host_selection_retry_max_attempts", 1),
            RetriableStatusCodes = [.. Items(p, "retriable_status_codes").Select(static c => c.GetInt32())],
            PerTryTimeoutNs = Duration(p, "per_try_timeout", 0),
            PreviousPrioritiesFrequency = Int(
                Child(Child(p, "retry_priority"), "typed_config"), "update_frequency", 0),
            BackoffBaseNs = Duration(
                Child(p, "retry_back_off"), "base_interval", 25 * SimDuration.Millisecond),
        };
    }

    private static HashPolicy Hash(JsonElement h)
    {
        JsonElement cookie = Child(h, "cookie");
        if (cookie.ValueKind == JsonValueKind.Object)
        {
            return new HashPolicy("cookie", Text(cookie, "name"),
                cookie.TryGetProperty("ttl", out _) ? Duration(cookie, "ttl", 0) : null, Text(cookie, "path"));
        }

        if (h.TryGetProperty("header", out JsonElement header))
        {
            return new HashPolicy("header", Text(header, "header_name").ToLowerInvariant());
        }

        return h.TryGetProperty("query_parameter", out JsonElement q)
            ? new HashPolicy("query_parameter", Text(q, "name")) : new HashPolicy("source_ip");
    }
}

using System.Text.Json.Nodes;
using Sim.Xds;
using static Sim.Runs.Inspection.EnvoyJson;

namespace Sim.Runs.Inspection;

/// <summary>Route configurations in JSON with Envoy's names.</summary>
/// <remarks>Envoy: api/envoy/config/route/v3/route_components.proto. <c>virtual_service</c> stands for the metadata
/// that Istio writes.</remarks>
public static class RouteJson
{
    /// <summary>A route configuration.</summary>
    public static JsonObject Of(RouteConfiguration r) => new JsonObject
    {
        ["name"] = r.Name,
        ["virtual_hosts"] = new JsonArray([.. RouteTable.InOrder(r).Select(static v => (JsonNode)new JsonObject
        {
            ["name"] = v.Name,
            ["domains"] = Texts(v.Domains),
        }.With("routes", new JsonArray([.. v.Routes.Select(static x => (JsonNode)Of(x))]))
            .With("require_tls", v.RequireTls switch
            {
                TlsRequirement.All => "ALL",
                TlsRequirement.ExternalOnly => "EXTERNAL_ONLY",
                _ => "",
            }))]),
    }.With("ignore_port_in_host_matching", r.IgnorePortInHostMatching);

    /// <summary>A route.</summary>
    public static JsonObject Of(Route r)
    {
        JsonObject o = new JsonObject().With("name", r.Name)
            .With("match", (JsonNode)RouteMatchJson.Of(r.Match));
        if (r.DirectResponseStatus > 0)
        {
            o["direct_response"] = new JsonObject { ["status"] = r.DirectResponseStatus }.WithAny("body",
                new JsonObject().With("inline_string", r.DirectResponseBody));
        }
        else if (r.Redirect is { } redirect)
        {
            o["redirect"] = Redirect(redirect);
        }
        else
        {
            o["route"] = Action(r);
        }

        Headers(o, r.Headers);
        JsonObject filters = new JsonObject().With("envoy.filters.http.fault", r.Fault is null ? null : Fault(r.Fault))
            .With("envoy.filters.http.cors", r.Cors is null ? null : Cors(r.Cors));
        return o.WithAny("typed_per_filter_config", filters).With("virtual_service", r.VirtualService);
    }

    private static JsonObject Cors(CorsPolicy c)
    {
        JsonObject o = new()
        {
            ["allow_origin_string_match"] = new JsonArray([.. c.AllowOrigins.Select(
                static m => (JsonNode)RouteMatchJson.Text(m))]),
            ["forward_not_matching_preflights"] = c.ForwardNotMatchingPreflights,
        };
        o.With("allow_methods", c.AllowMethods).With("allow_headers", c.AllowHeaders)
            .With("expose_headers", c.ExposeHeaders).With("max_age", c.MaxAge);
        if (c.AllowCredentials is { } allows)
        {
            o["allow_credentials"] = allows;
        }

        return o;
    }

    private static JsonObject Action(Route r)
    {
        JsonObject o = [];
        if (r.IsWeighted)
        {
            o["weighted_clusters"] = new JsonObject
            {
                ["clusters"] = new JsonArray([.. r.Clusters.Select(static c => (JsonNode)Weighted(c))]),
            };
        }
        else
        {
            o.With("cluster", r.Clusters.Count == 0 ? "" : r.Clusters[0].Name);
        }

        o.With("timeout", (JsonNode)Duration(r.TimeoutNs));
        if (r.MaxStreamDurationNs is not null || r.MaxGrpcTimeoutNs is not null)
        {
            o["max_stream_duration"] = new JsonObject()
                .With("max_stream_duration", r.MaxStreamDurationNs is { } longest ? Duration(longest) : "")
                .With("grpc_timeout_header_max", r.MaxGrpcTimeoutNs is { } grpc ? Duration(grpc) : "");
        }

        return o.With("retry_policy", r.RetryPolicy is { } p ? Retry(p) : null)
            .With("prefix_rewrite", r.PrefixRewrite)
            .With("regex_rewrite", r.RegexRewrite is not { } x ? null : new JsonObject
            {
                ["pattern"] = new JsonObject { ["regex"] = x.Pattern }, ["substitution"] = x.Substitution,
            })
            .With("host_rewrite_literal", r.HostRewrite)
            .With("request_mirror_policies", new JsonArray([.. r.Mirrors.Select(static m => (JsonNode)new JsonObject
            {
                ["cluster"] = m.Cluster,
                ["runtime_fraction"] = new JsonObject { ["default_value"] = Fraction(m.Fraction) },
            }.With("disable_shadow_host_suffix_append", m.DisableShadowHostSuffix))]))
            .With("hash_policy", new JsonArray([.. r.HashPolicies.Select(static h => (JsonNode)Hash(h))]));
    }

    private static JsonObject Weighted(WeightedCluster c)
    {
        JsonObject o = new() { ["name"] = c.Name, ["weight"] = c.Weight };
        Headers(o, c.Headers ?? HeaderOperations.None);
        return o.With("host_rewrite_literal", c.HostRewrite);
    }

    private static JsonObject Retry(RetryPolicy p)
    {
        JsonObject o = new JsonObject().With("retry_on", p.RetryOn).With("num_retries", (JsonNode)p.NumRetries)
            .WithTime("per_try_timeout", p.PerTryTimeoutNs, 0)
            .WithTime("per_try_idle_timeout", p.PerTryIdleTimeoutNs, 0);
        if (p.AvoidPreviousHosts)
        {
            o["retry_host_predicate"] = new JsonArray(
                new JsonObject { ["name"] = "envoy.retry_host_predicates.previous_hosts" });
        }

        o.With("host_selection_retry_max_attempts", p.HostSelectionRetryMaxAttempts, 1)
            .With("retriable_status_codes", new JsonArray([.. p.RetriableStatusCodes.Select(
                static c => (JsonNode)c)]));
        if (p.PreviousPrioritiesFrequency > 0)
        {
            o["retry_priority"] = new JsonObject
            {
                ["name"] = "envoy.retry_priorities.previous_priorities",
                ["typed_config"] = new JsonObject { ["update_frequency"] = p.PreviousPrioritiesFrequency },
            };
        }

        JsonObject backoff = new JsonObject()
            .WithTime("base_interval", p.BackoffBaseNs, 25 * Core.SimDuration.Millisecond)
            .WithTime("max_interval", p.BackoffMaxNs, 0);
        return o.WithAny("retry_back_off", backoff);
    }

    private static JsonObject Redirect(RedirectAction r) => new JsonObject()
        .With("host_redirect", r.Host).With("path_redirect", r.Path).With("prefix_rewrite", r.PrefixRewrite)
        .With("scheme_redirect", r.Scheme).With("port_redirect", r.Port is { } port ? (JsonNode)port : null)
        .With("response_code", r.Code switch
        {
            302 => "FOUND",
            303 => "SEE_OTHER",
            307 => "TEMPORARY_REDIRECT",
            308 => "PERMANENT_REDIRECT",
            _ => "",
        });

    private static JsonObject Fault(FaultConfig f)
    {
        JsonObject o = [];
        if (f.DelayNs > 0)
        {
            o["delay"] = new JsonObject
            {
                ["fixed_delay"] = Duration(f.DelayNs), ["percentage"] = Fraction(f.DelayPercentage),
            };
        }

        if (f.AbortHttpStatus > 0 || f.AbortGrpcStatus is not null)
        {
            o["abort"] = new JsonObject()
                .With("http_status", (uint)f.AbortHttpStatus, 0)
                .With("grpc_status", f.AbortGrpcStatus is { } grpc ? (JsonNode)grpc : null)
                .With("percentage", (JsonNode)Fraction(f.AbortPercentage));
        }

        return o;
    }

    private static void Headers(JsonObject o, HeaderOperations h) => o
        .With("request_headers_to_add", Options(h.RequestAdd))
        .With("request_headers_to_remove", Texts(h.RequestRemove))
        .With("response_headers_to_add", Options(h.ResponseAdd))
        .With("response_headers_to_remove", Texts(h.ResponseRemove));

    private static JsonArray Options(IReadOnlyList<HeaderValueOption> options) =>
    [
        .. options.Select(static x => (JsonNode)new JsonObject
        {
            ["header"] = new JsonObject { ["key"] = x.Name }.With("value", x.Value),
        }.With("append_action", x.Append ? "" : "OVERWRITE_IF_EXISTS_OR_ADD")),
    ];

    private static JsonObject Hash(HashPolicy h)
    {
        JsonObject o = h.Kind switch
        {
            "header" => new JsonObject { ["header"] = new JsonObject { ["header_name"] = h.Name } },
            "cookie" => new JsonObject
            {
                ["cookie"] = new JsonObject { ["name"] = h.Name }
                    .With("ttl", h.CookieTtlNs is { } ttl ? Duration(ttl) : "").With("path", h.CookiePath),
            },
            "query_parameter" => new JsonObject { ["query_parameter"] = new JsonObject { ["name"] = h.Name } },
            "filter_state" => new JsonObject { ["filter_state"] = new JsonObject { ["key"] = h.Name } },
            _ => new JsonObject { ["connection_properties"] = new JsonObject { ["source_ip"] = true } },
        };
        return o.With("terminal", h.Terminal);
    }
}

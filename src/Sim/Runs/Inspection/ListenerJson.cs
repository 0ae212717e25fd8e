using System.Text.Json.Nodes;
using Sim.Xds;
using static Sim.Runs.Inspection.EnvoyJson;

namespace Sim.Runs.Inspection;

/// <summary>Listeners in JSON with Envoy's names.</summary>
/// <remarks>Envoy: api/envoy/config/listener/v3/listener_components.proto. Filters stand under their short names, as in
/// the recordings; authorization is shown by <c>rbac</c> with its policies' names.</remarks>
public static class ListenerJson
{
    /// <summary>A listener of a proxy.</summary>
    /// <param name="listener">Listener.</param>
    /// <param name="snapshot">The proxy's configuration, for what its inbound ports demand.</param>
    public static JsonObject Of(ListenerView listener, ProxySnapshot snapshot)
    {
        bool isInbound = listener.Name == "virtualInbound";
        return new JsonObject
        {
            ["name"] = listener.Name,
            ["address"] = Address(listener.Address, listener.Port),
            ["filter_chains"] = new JsonArray([.. listener.Chains.Select(
                c => (JsonNode)Chain(c, isInbound ? Port(snapshot, c.DestinationPort) : null))]),
            ["traffic_direction"] = isInbound ? "INBOUND" : "OUTBOUND",
        };
    }

    private static InboundListener? Port(ProxySnapshot snapshot, int port)
    {
        foreach (InboundListener i in snapshot.Inbound)
        {
            if (i.Port == port)
            {
                return i;
            }
        }

        return null;
    }

    private static JsonObject Chain(FilterChain c, InboundListener? inbound)
    {
        JsonObject match = new JsonObject()
            .With("destination_port", (uint)c.DestinationPort, 0)
            .With("prefix_ranges", new JsonArray([.. c.Ranges.Select(static r => (JsonNode)Range(r))]))
            .With("server_names", Texts(c.ServerNames))
            .With("transport_protocol", c.Transport)
            .With("application_protocols", Texts(c.Protocols));
        JsonObject o = new JsonObject().WithAny("filter_chain_match", match);
        bool endsTls = c.Transport == "tls" && inbound is not null
            && (inbound.Mtls == MtlsMode.Strict || c.Protocols.Count > 0);
        if (endsTls)
        {
            o["tls"] = new JsonObject { ["mode"] = "istio_mutual", ["require_client_certificate"] = true }
                .With("subject_alt_names", new JsonArray([.. inbound!.TrustDomains.Select(
                    static d => (JsonNode)new JsonObject { ["prefix"] = "spiffe://" + d + "/" })]));
        }

        var filters = new JsonArray();
        if (!c.IsHttp)
        {
            Rbac(filters, inbound?.TcpRbac ?? []);
        }

        filters.Add((JsonNode)Filter(c, inbound));
        return o.With("filters", filters);
    }

    private static JsonObject Filter(FilterChain c, InboundListener? inbound)
    {
        if (!c.IsHttp)
        {
            JsonObject tcp = Settings(new JsonObject { ["filter"] = "tcp_proxy" }, c.Settings);
            return c.Clusters.Count == 1 ? tcp.With("cluster", c.Clusters[0].Name)
                : tcp.With("weighted_clusters", new JsonObject
                {
                    ["clusters"] = new JsonArray([.. c.Clusters.Select(static w =>
                        (JsonNode)new JsonObject { ["name"] = w.Name, ["weight"] = w.Weight })]),
                });
        }

        var http = new JsonArray();
        Rbac(http, inbound?.HttpRbac ?? []);
        return new JsonObject { ["filter"] = "http_connection_manager" }
            .With("rds", c.RouteConfig.Length == 0 ? null
                : new JsonObject { ["route_config_name"] = c.RouteConfig })
            .With("route_config", c.InlineRoute).With("http_filters", http);
    }

    private static JsonObject Settings(JsonObject o, TcpProxySettings s)
    {
        if (s.HashesSourceAddress)
        {
            o["hash_policy"] = new JsonArray(new JsonObject { ["source_ip"] = new JsonObject() });
        }

        return o.With("idle_timeout", s.IdleTimeoutNs is { } idle ? Duration(idle) : "")
            .With("max_downstream_connection_duration", s.MaxConnectionDurationNs is { } age ? Duration(age) : "")
            .With("tunneling_config", s.TunnelHost.Length == 0 ? null
                : new JsonObject { ["hostname"] = s.TunnelHost }.With("use_post", s.TunnelUsesPost));
    }

    private static void Rbac(JsonArray filters, IReadOnlyList<RbacRules> rules)
    {
        foreach (RbacRules r in rules)
        {
            filters.Add((JsonNode)new JsonObject
            {
                ["filter"] = "rbac",
                ["action"] = r.Action.ToString().ToUpperInvariant(),
                ["policies"] = Texts(r.Policies.Select(static p => p.Name).Order(StringComparer.Ordinal)),
            });
        }
    }

    private static JsonObject Range(string cidr)
    {
        int slash = cidr.LastIndexOf('/');
        return new JsonObject
        {
            ["address_prefix"] = cidr[..slash],
            ["prefix_len"] = int.Parse(cidr.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}

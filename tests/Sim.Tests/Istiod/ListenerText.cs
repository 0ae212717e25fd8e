using System.Text.Json;
using Sim.Xds;
using static Sim.Tests.Istiod.XdsAnswerReader;

namespace Sim.Tests.Istiod;

/// <summary>Writes listeners as lines: outbound address, port and target; inbound port, modes, RBAC and
/// retries.</summary>
internal static class ListenerText
{
    public static IEnumerable<string> Of(JsonElement answer)
    {
        foreach (JsonElement l in Items(answer, "listeners"))
        {
            int port = Int(l, "port", 0);
            foreach (string line in port == 15006 ? Inbound(l) : port == 15001 ? [] : Outbound(l, port))
            {
                yield return line;
            }

            if (Text(Child(answer, "proxy"), "type") == "router")
            {
                foreach (string line in Filters(l, port).Distinct())
                {
                    yield return line;
                }
            }
        }
    }

    public static IEnumerable<string> Of(ProxySnapshot s)
    {
        foreach (OutboundListener l in s.Outbound)
        {
            string head = Head(l.Address, l.Port);
            if (l.RouteConfig.Length > 0)
            {
                yield return head + "routes " + l.RouteConfig;
            }

            if (l.TcpClusters.Count > 0)
            {
                yield return head + "tcp " + Targets(l.TcpClusters.Select(static c => (c.Name, c.Weight)))
                    + Settings(l.TcpSettings);
            }

            foreach (TcpRoute r in l.TcpRoutes)
            {
                yield return head + "tcp to " + Names(r.Subnets.Select(Cidr)) + " "
                    + Targets(r.Clusters.Select(static c => (c.Name, c.Weight))) + Settings(r.Settings);
            }

            foreach (TlsRoute r in l.TlsRoutes)
            {
                yield return head + (r.RouteConfig.Length > 0 ? "routes " + r.RouteConfig
                    : "tls " + Names(r.ServerNames) + " " + Targets(r.Clusters.Select(static c => (c.Name, c.Weight)))
                        + Settings(r.Settings));
            }

            foreach (string name in l.SniClusters)
            {
                yield return head + "tls " + name + " " + name
                    + Settings(l.SniSettings.GetValueOrDefault(name, TcpProxySettings.Default));
            }
        }

        foreach (InboundListener i in s.Inbound)
        {
            if (s.OutboundCatchAll.Length == 0)
            {
                OutboundListener l = s.Outbound.First(o => o.Port == i.Port);
                if (i.Protocol == PortProtocol.Http)
                {
                    yield return FilterLine(i.Port, "http", RbacText.Of(i.HttpRbac));
                }

                if (l.TcpClusters.Count + l.SniClusters.Count > 0 || l.TlsRoutes.Any(static r => r.Clusters.Count > 0))
                {
                    yield return FilterLine(i.Port, "tcp", RbacText.Of(i.TcpRbac));
                }

                continue;
            }

            bool http = i.Protocol is not (PortProtocol.Tcp or PortProtocol.Tls);
            bool tcp = i.Protocol is PortProtocol.Tcp or PortProtocol.Tls or PortProtocol.Auto;
            yield return InboundLine(
                i.Port, i.Mtls != MtlsMode.Disable, i.Mtls != MtlsMode.Strict, http ? RbacText.Of(i.HttpRbac) : "",
                tcp ? RbacText.Of(i.TcpRbac) : "", http ? i.RetryPolicy?.RetryOn ?? "" : "", i.TrustDomains);
        }
    }

    private static long? Stated(JsonElement e, string key) =>
        Text(e, key).Length > 0 ? Duration(e, key, 0) : null;

    private static string Settings(TcpProxySettings s) => s == TcpProxySettings.Default ? ""
        : (s.HashesSourceAddress ? " hash" : "") + " idle=" + s.IdleTimeoutNs + " age=" + s.MaxConnectionDurationNs
            + " tunnel=" + s.TunnelHost + (s.TunnelUsesPost ? " by POST" : "");

    private static string Cidr(string subnet) =>
        subnet.Contains('/', StringComparison.Ordinal) ? subnet : subnet + "/32";

    private static string Head(string address, int port) =>
        "outbound " + address + ":" + XdsText.Number(port) + " ";

    private static string Names(IEnumerable<string> names) => string.Join(',', names.Order(StringComparer.Ordinal));

    private static string Targets(IEnumerable<(string Name, uint Weight)> clusters)
    {
        List<(string Name, uint Weight)> list = [.. clusters];
        return list.Count == 1 ? list[0].Name
            : string.Join(' ', list.Select(static c => c.Name + "*" + XdsText.Number(c.Weight)));
    }

    private static IEnumerable<string> Outbound(JsonElement l, int port)
    {
        string head = Head(Text(l, "address"), port);
        IEnumerable<JsonElement> chains = Items(l, "filter_chains");
        JsonElement fallback = Child(l, "default_filter_chain");
        foreach (JsonElement chain in fallback.ValueKind == JsonValueKind.Object ? chains.Append(fallback) : chains)
        {
            string[] names =
                [.. Items(Child(chain, "match"), "server_names").Select(static n => n.GetString()!)];
            string[] ranges =
            [
                .. Items(Child(chain, "match"), "prefix_ranges").Select(static r =>
                    Text(r, "address_prefix") + "/" + Text(r, "prefix_len")),
            ];
            foreach (JsonElement f in Items(chain, "filters"))
            {
                if (Text(f, "filter") == "http_connection_manager")
                {
                    yield return head + "routes " + Text(f, "route_config_name");
                }
                else if (Text(f, "filter") == "tcp_proxy")
                {
                    string target = f.TryGetProperty("weighted_clusters", out JsonElement w)
                        ? Targets(Items(w, "clusters").Select(static c => (Text(c, "name"), (uint)Int(c, "weight", 0))))
                        : Text(f, "cluster");
                    if (target is not ("PassthroughCluster" or "BlackHoleCluster"))
                    {
                        yield return head + (names.Length > 0 ? "tls " + Names(names)
                            : ranges.Length > 0 ? "tcp to " + Names(ranges) : "tcp")
                            + " " + target + Settings(new TcpProxySettings
                            {
                                HashesSourceAddress = Items(f, "hash_policy").Any(),
                                IdleTimeoutNs = Stated(f, "idle_timeout"),
                                MaxConnectionDurationNs = Stated(f, "max_downstream_connection_duration"),
                                TunnelHost = Text(Child(f, "tunneling_config"), "hostname"),
                                TunnelUsesPost = Text(Child(f, "tunneling_config"), "use_post") == "true",
                            });
                    }
                }
            }
        }
    }

    private static IEnumerable<string> Inbound(JsonElement l)
    {
        JsonElement shared = Child(l, "shared");
        var ports = new SortedDictionary<int, List<JsonElement>>();
        foreach (JsonElement chain in Items(l, "filter_chains"))
        {
            int port = Int(Child(chain, "match"), "destination_port", 0);
            if (!ports.TryGetValue(port, out List<JsonElement>? list))
            {
                ports.Add(port, list = []);
            }

            list.Add(chain);
        }

        foreach ((int port, List<JsonElement> chains) in ports)
        {
            string http = "";
            string tcp = "";
            string retry = "";
            bool mtls = false;
            bool plain = false;
            var domains = new SortedSet<string>(StringComparer.Ordinal);
            foreach (JsonElement chain in chains)
            {
                bool isTls = Text(Child(chain, "tls"), "mode").Length > 0;
                mtls |= isTls;
                plain |= Text(Child(chain, "match"), "transport_protocol") == "raw_buffer" && !isTls;
                foreach (JsonElement n in Items(Child(chain, "tls"), "subject_alt_names"))
                {
                    domains.Add(Text(n, "prefix"));
                }

                JsonElement hcm = Items(chain, "filters").FirstOrDefault(
                    static f => Text(f, "filter") == "http_connection_manager");
                if (hcm.ValueKind == JsonValueKind.Object)
                {
                    http = RbacText.OfFilters(HttpFilters(hcm, shared), shared);
                    JsonElement config = Child(Child(l, "route_configs"), Text(hcm, "route_config"));
                    JsonElement route = Items(Items(config, "virtual_hosts").First(), "routes").First();
                    retry = Text(Child(Child(route, "route"), "retry_policy"), "retry_on");
                }
                else
                {
                    tcp = RbacText.OfFilters([.. Items(chain, "filters")], shared);
                }
            }

            yield return InboundLine(port, mtls, plain, http, tcp, retry,
                [.. domains.Select(static d => d["spiffe://".Length..].TrimEnd('/'))]);
        }
    }

    /// <summary>Policies on the chains of a gateway's port.</summary>
    private static IEnumerable<string> Filters(JsonElement l, int port)
    {
        JsonElement shared = Child(l, "shared");
        foreach (JsonElement chain in Items(l, "filter_chains"))
        {
            JsonElement hcm = Items(chain, "filters").FirstOrDefault(
                static f => Text(f, "filter") == "http_connection_manager");
            yield return hcm.ValueKind == JsonValueKind.Object
                ? FilterLine(port, "http", RbacText.OfFilters(HttpFilters(hcm, shared), shared))
                : FilterLine(port, "tcp", RbacText.OfFilters([.. Items(chain, "filters")], shared));
        }
    }

    private static string FilterLine(int port, string kind, string rules) =>
        "gateway " + XdsText.Number(port) + " " + kind + "{" + rules + "}";

    private static JsonElement[] HttpFilters(JsonElement hcm, JsonElement shared)
    {
        JsonElement f = Child(hcm, "http_filters");
        if (f.ValueKind == JsonValueKind.String)
        {
            f = Child(shared, f.GetString()!);
        }

        return f.ValueKind == JsonValueKind.Array ? [.. f.EnumerateArray()] : [];
    }

    private static string InboundLine(
        int port, bool mtls, bool plain, string http, string tcp, string retry, IReadOnlyList<string> domains) =>
        "inbound " + XdsText.Number(port) + (mtls ? " mtls" : "") + (plain ? " plain" : "") + " http{" + http
        + "} tcp{" + tcp + "} retry " + retry + " from " + (mtls
            ? string.Join(',', domains.Order(StringComparer.Ordinal)) : "");
}

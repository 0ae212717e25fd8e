using System.Text.Json;
using static Sim.Tests.Istiod.XdsAnswerReader;

namespace Sim.Tests.Istiod;

/// <summary>istioctl's summaries, written from recorded configuration and not from the simulator's types.</summary>
/// <remarks>Istio: istioctl/pkg/writer/envoy/configdump.</remarks>
internal static class IstioctlText
{
    public static List<string[]> Clusters(JsonElement answer) =>
    [
        .. Items(answer, "clusters").Select(static c => (Name: Text(c, "name"), Cluster: c))
            .Where(static c => c.Name is not ("BlackHoleCluster" or "PassthroughCluster"
                or "InboundPassthroughCluster"))
            .Select(static c => (Parts: c.Name.Split('|'), c.Cluster))
            .OrderBy(static c => c.Parts[^1], StringComparer.Ordinal)
            .ThenBy(static c => c.Parts.Length > 3 ? c.Parts[2] : "", StringComparer.Ordinal)
            .ThenBy(static c => c.Parts.Length > 3 ? int.Parse(c.Parts[1]) : 0)
            .ThenBy(static c => c.Parts[0], StringComparer.Ordinal)
            .Select(static c => (string[])(c.Parts.Length > 3
                ? [c.Parts[3], c.Parts[1], c.Parts[2] is { Length: > 0 } s ? s : "-", c.Parts[0],
                    Text(c.Cluster, "type"), Managed(Text(c.Cluster, "destination_rule"))]
                : [c.Parts[0], "-", "-", "-", Text(c.Cluster, "type"), Managed(Text(c.Cluster, "destination_rule"))])),
    ];

    public static IEnumerable<string[]> Routes(JsonElement answer)
    {
        foreach (JsonElement r in Items(answer, "routes"))
        {
            foreach (string[] row in Rows(r))
            {
                yield return row;
            }
        }

        foreach (JsonElement l in Items(answer, "listeners"))
        {
            foreach (JsonElement chain in Items(l, "filter_chains"))
            {
                JsonElement hcm = Items(chain, "filters").Last();
                if (Text(hcm, "route_config") is { Length: > 0 } name)
                {
                    foreach (string[] row in Rows(Child(Child(l, "route_configs"), name)))
                    {
                        yield return row;
                    }
                }
            }
        }
    }

    public static IEnumerable<string[]> Listeners(JsonElement answer)
    {
        foreach (JsonElement l in Items(answer, "listeners"))
        {
            JsonElement last = Child(l, "default_filter_chain");
            IEnumerable<JsonElement> chains = Items(l, "filter_chains");
            foreach (JsonElement c in last.ValueKind == JsonValueKind.Object ? chains.Append(last) : chains)
            {
                yield return [Text(l, "address"), Text(l, "port"), Match(Child(c, "match")), Destination(c)];
            }
        }
    }

    private static string Match(JsonElement m)
    {
        var parts = new List<string>();
        string names = string.Join(',', Items(m, "server_names").Select(static n => n.GetString()));
        string protocols = string.Join(',', Items(m, "application_protocols").Select(static n => n.GetString()));
        string ranges = string.Join(',', Items(m, "prefix_ranges")
            .Select(static r => Text(r, "address_prefix") + "/" + Text(r, "prefix_len")));
        string port = Text(m, "destination_port") is { Length: > 0 } p ? ":" + p : "";
        parts.AddRange(names.Length > 0 ? ["SNI: " + names] : []);
        parts.AddRange(Text(m, "transport_protocol") is { Length: > 0 } t ? ["Trans: " + t] : []);
        parts.AddRange(protocols.Length > 0
            ? ["App: " + (protocols == "istio-peer-exchange,istio" ? "TCP TLS" : protocols)] : []);
        parts.AddRange(ranges.Length + port.Length > 0 ? ["Addr: " + (ranges.Length > 0 ? ranges : "*") + port] : []);
        return parts.Count == 0 ? "ALL" : string.Join("; ", parts);
    }

    private static string Destination(JsonElement chain)
    {
        JsonElement f = Items(chain, "filters").Last();
        if (Text(f, "route_config_name") is { Length: > 0 } name)
        {
            return "Route: " + name;
        }

        string cluster = Text(f, "route_config") is { Length: > 0 } inline ? inline : Text(f, "cluster");
        return cluster == "BlackHoleCluster" ? "Non-HTTP/Non-TCP"
            : cluster.Contains("Cluster", StringComparison.Ordinal) ? cluster : "Cluster: " + cluster;
    }

    private static IEnumerable<string[]> Rows(JsonElement configuration)
    {
        foreach (JsonElement v in Items(configuration, "virtual_hosts"))
        {
            string domains = Domains([.. Items(v, "domains").Select(static d => d.GetString()!)]);
            List<JsonElement> routes = [.. Items(v, "routes")];
            foreach (JsonElement r in routes.Where(
                         static r => Text(Child(r, "route"), "cluster") != "PassthroughCluster"))
            {
                JsonElement m = Child(r, "match");
                string match = m.TryGetProperty("prefix", out JsonElement prefix) ? prefix.GetString() + "*"
                    : m.TryGetProperty("path_separated_prefix", out JsonElement whole)
                        ? "PathPrefix:" + whole.GetString()
                    : m.TryGetProperty("path", out JsonElement path) ? path.GetString()!
                    : "regex " + Text(Child(m, "safe_regex"), "regex");
                yield return [Text(configuration, "name"), Text(v, "name"), domains, match,
                    Managed(Text(r, "virtual_service"))];
            }

            if (routes.Count == 0)
            {
                yield return [Text(configuration, "name"), Text(v, "name"), domains, "/*", "404"];
            }
        }
    }

    private static string Domains(List<string> domains)
    {
        if (domains.Count == 1)
        {
            return domains[0];
        }

        List<string> plain = [.. domains.Where(static d => !d.Contains(':'))];
        plain = [.. plain.Where(d => !((d.EndsWith(".svc.cluster.local") && plain.Contains(d[..^18]))
            || (d.EndsWith(".svc") && plain.Contains(d[..^4]))))];
        return plain.Count <= 2 ? string.Join(", ", plain) : $"{plain[0]}, {plain[1]} + {plain.Count - 2} more...";
    }

    private static string Managed(string resource) => resource.Length == 0 ? ""
        : resource[(resource.IndexOf('/') + 1)..] + "." + resource[..resource.IndexOf('/')];
}

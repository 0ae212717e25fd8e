using System.Globalization;
using System.Text.Json;
using Sim.Xds;
using static Sim.Tests.Istiod.XdsAnswerReader;

namespace Sim.Tests.Istiod;

/// <summary>Writes RBAC filters in one normal form: nested equal operators are flat, single children stand
/// alone.</summary>
internal static class RbacText
{
    public static string Of(IReadOnlyList<RbacRules> filters) => string.Join(" ; ", filters.Select(static f =>
        Head(f.Action.ToString(), f.IsShadow || f.Provider.Length > 0)
        + string.Join(" & ", f.Policies.OrderBy(static p => p.Name, StringComparer.Ordinal).Select(static p =>
            p.Name + ":" + Join("or", p.Permissions.Select(Node)) + "/" + Join("or", p.Principals.Select(Node))))));

    /// <summary>RBAC filters among recorded filters.</summary>
    public static string OfFilters(IReadOnlyList<JsonElement> filters, JsonElement shared)
    {
        var parts = new List<string>();
        foreach (JsonElement f in filters)
        {
            string name = Text(f, "name") + Text(f, "filter");
            if (!name.EndsWith(".rbac", StringComparison.Ordinal))
            {
                continue;
            }

            JsonElement config = Child(f, "config");
            config = config.ValueKind == JsonValueKind.String ? Child(shared, config.GetString()!) : config;
            foreach ((string key, bool shadow) in
                (ReadOnlySpan<(string, bool)>)[("rules", false), ("shadow_rules", true)])
            {
                JsonElement rules = Child(config, key);
                if (rules.ValueKind == JsonValueKind.Object)
                {
                    parts.Add(Rules(rules, shadow));
                }
            }
        }

        return string.Join(" ; ", parts);
    }

    private static string Rules(JsonElement rules, bool shadow)
    {
        string action = Text(rules, "action") switch { "DENY" => "Deny", "LOG" => "Log", _ => "Allow" };
        JsonElement policies = Child(rules, "policies");
        IEnumerable<JsonProperty> list = policies.ValueKind == JsonValueKind.Object ? policies.EnumerateObject() : [];
        return Head(action, shadow) + string.Join(" & ", list.OrderBy(static p => p.Name, StringComparer.Ordinal)
            .Select(static p => p.Name + ":" + Join("or", Items(p.Value, "permissions").Select(Node)) + "/"
                + Join("or", Items(p.Value, "principals").Select(Node))));
    }

    private static string Head(string action, bool shadow) => action + (shadow ? "(shadow) " : " ");

    private static string Node(RbacNode n) => n.Kind switch
    {
        RbacNodeKind.Any => "any",
        RbacNodeKind.And => Join("and", n.Children.Select(Node)),
        RbacNodeKind.Or => Join("or", n.Children.Select(Node)),
        RbacNodeKind.Not => "not(" + Node(n.Children[0]) + ")",
        RbacNodeKind.Header => "header " + n.Header,
        RbacNodeKind.DestinationPort => "port " + n.Port.ToString(CultureInfo.InvariantCulture),
        RbacNodeKind.DestinationIp or RbacNodeKind.DirectRemoteIp or RbacNodeKind.RemoteIp => n.Kind + " " + n.Cidr,
        RbacNodeKind.Metadata => "metadata " + n.Filter + " " + string.Join('.', n.MetadataPath) + " "
            + (n.MetadataIsList ? "list " : "") + n.Match,
        _ => n.Kind + " " + n.Match,
    };

    private static string Node(JsonElement e)
    {
        JsonProperty p = e.EnumerateObject().First();
        JsonElement v = p.Value;
        switch (p.Name)
        {
            case "any": return "any";
            case "and_rules": return Join("and", Items(v, "rules").Select(Node));
            case "and_ids": return Join("and", Items(v, "ids").Select(Node));
            case "or_rules": return Join("or", Items(v, "rules").Select(Node));
            case "or_ids": return Join("or", Items(v, "ids").Select(Node));
            case "not_rule" or "not_id": return "not(" + Node(v) + ")";
            case "header": return "header " + XdsRouteReader.Header(v);
            case "destination_port": return "port " + v.GetRawText();
            case "destination_ip": return "DestinationIp " + Cidr(v);
            case "direct_remote_ip": return "DirectRemoteIp " + Cidr(v);
            case "remote_ip": return "RemoteIp " + Cidr(v);
            case "url_path": return "UrlPath " + XdsRouteReader.String(Child(v, "path"));
            case "uri_template":
                return "UriTemplate " + new StringMatcher(
                    StringMatchKind.Exact, Text(Child(v, "typed_config"), "path_template"));
            case "requested_server_name": return "RequestedServerName " + XdsRouteReader.String(v);
            case "authenticated": return "Authenticated " + XdsRouteReader.String(Child(v, "principal_name"));
            case "metadata":
                string head = "metadata " + Text(v, "filter") + " "
                    + string.Join('.', Items(v, "path").Select(static k => Text(k, "key"))) + " ";
                return Join("or", Values(Child(v, "value"), false).Select(m => head + m));
            default: return p.Name + v.GetRawText();
        }
    }

    private static IEnumerable<string> Values(JsonElement value, bool isList)
    {
        if (value.TryGetProperty("or_match", out JsonElement or))
        {
            return Items(or, "value_matchers").SelectMany(m => Values(m, isList));
        }

        return value.TryGetProperty("list_match", out JsonElement list)
            ? Values(Child(list, "one_of"), true)
            : [(isList ? "list " : "") + XdsRouteReader.String(Child(value, "string_match"))];
    }

    private static string Cidr(JsonElement v) => Text(v, "address_prefix") + "/" + Text(v, "prefix_len");

    private static string Join(string op, IEnumerable<string> parts)
    {
        var flat = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string p in parts)
        {
            flat.UnionWith(p.StartsWith(op + "<", StringComparison.Ordinal)
                ? p[(op.Length + 1)..^1].Split("\u0001") : [p]);
        }

        return flat.Count == 1 ? flat.Min! : op + "<" + string.Join("\u0001", flat) + ">";
    }
}

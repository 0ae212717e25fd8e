using System.Text.Json;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Reads RBAC rules: the vectors' short form and Envoy's proto JSON.</summary>
internal static class RbacJson
{
    /// <summary>One filter.</summary>
    public static RbacRules Rules(JsonElement e, bool isShadow = false) => new(
        Enum.Parse<RbacAction>(OutlierJson.PascalCase(e.Text("action", "ALLOW").ToLowerInvariant())),
        [
            .. (e.Get("policies")?.EnumerateObject() ?? default).Select(static p => new RbacPolicy(
                p.Name,
                p.Value.Get("condition") is JsonElement condition && !condition.GetBoolean()
                    ? [new RbacNode { Kind = RbacNodeKind.Not, Children = [RbacNode.Any] }]
                    : [.. p.Value.Items("permissions").Select(Node)],
                [.. p.Value.Items("principals").Select(Node)])),
        ],
        isShadow);

    /// <summary>One expression.</summary>
    public static RbacNode Node(JsonElement e)
    {
        JsonProperty p = e.EnumerateObject().Single();
        JsonElement v = p.Value;
        return p.Name switch
        {
            "any" => RbacNode.Any,
            "and" => Group(RbacNodeKind.And, v.EnumerateArray()),
            "or" => Group(RbacNodeKind.Or, v.EnumerateArray()),
            "and_rules" => Group(RbacNodeKind.And, v.Items("rules")),
            "or_rules" => Group(RbacNodeKind.Or, v.Items("rules")),
            "and_ids" => Group(RbacNodeKind.And, v.Items("ids")),
            "or_ids" => Group(RbacNodeKind.Or, v.Items("ids")),
            "not" or "not_rule" or "not_id" => new RbacNode { Kind = RbacNodeKind.Not, Children = [Node(v)] },
            "header" => new RbacNode { Kind = RbacNodeKind.Header, Header = MatcherJson.Header(v) },
            "url_path" => Text(RbacNodeKind.UrlPath, v.Get("path") ?? v),
            "requested_server_name" => Text(RbacNodeKind.RequestedServerName, v),
            "destination_port" => new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = v.GetInt32() },
            "destination_port_range" => v.ValueKind == JsonValueKind.Array
                ? new RbacNode { Kind = RbacNodeKind.DestinationPortRange, Port = v[0].GetInt32(),
                    PortEnd = v[1].GetInt32() }
                : new RbacNode { Kind = RbacNodeKind.DestinationPortRange, Port = v.Int("start"),
                    PortEnd = v.Int("end") },
            "destination_ip" => Cidr(RbacNodeKind.DestinationIp, v),
            "source_ip" => Cidr(RbacNodeKind.SourceIp, v),
            "direct_remote_ip" => Cidr(RbacNodeKind.DirectRemoteIp, v),
            "remote_ip" => Cidr(RbacNodeKind.RemoteIp, v),
            "authenticated" => new RbacNode
            {
                Kind = RbacNodeKind.Authenticated, Match = MatcherJson.StringOf(v.Get("principal_name") ?? v),
            },
            "mtls_authenticated" =>
                new RbacNode { Kind = RbacNodeKind.MtlsAuthenticated, Match = MatcherJson.StringOf(v) },
            "metadata" => new RbacNode
            {
                Kind = RbacNodeKind.Metadata,
                Filter = v.Text("filter"),
                MetadataPath = [v.Text("key")],
                Match = MatcherJson.StringOf(v.GetProperty("value")),
            },
            "filter_state" => new RbacNode
            {
                Kind = RbacNodeKind.FilterState,
                Filter = v.Text("key"),
                Match = MatcherJson.StringOf(v.Get("value") ?? v),
            },
            _ => throw new InvalidDataException("unknown expression " + e),
        };
    }

    /// <summary>The request of a vector.</summary>
    public static RbacRequest Request(JsonElement input)
    {
        JsonElement connection = input.GetProperty("connection");
        IpAddress remote = IpAddress.Parse(connection.Get("connection_remote_ip")?.GetString());
        return new RbacRequest
        {
            DestinationIp = IpAddress.Parse(connection.Get("local_ip")?.GetString()),
            DestinationPort = connection.Int("local_port"),
            SourceIp = remote,
            DirectRemoteIp = remote,
            RemoteIp = remote,
            ServerName = connection.Get("requested_server_name")?.GetString(),
            Peer = connection.Get("tls") is JsonElement tls ? new RbacPeer(
                tls.Texts("uri_sans"), tls.Texts("dns_sans"), tls.Text("subject"),
                tls.Flag("peer_certificate_validated")) : null,
            Headers = new RequestHeaders(
                "GET", null, input.Get("path")?.GetString(), MatcherJson.Lines(input.Get("headers"))),
            Metadata = new RequestMetadata(
                (input.Get("dynamic_metadata")?.EnumerateObject() ?? default)
                    .ToDictionary(static p => p.Name, static p => Value(p.Value)),
                (input.Get("filter_state")?.EnumerateObject() ?? default)
                    .ToDictionary(static p => p.Name, static p => p.Value.GetString()!)),
        };
    }

    private static MetadataValue Value(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.String => new MetadataValue(Text: e.GetString()),
        JsonValueKind.Array => new MetadataValue(Items: [.. e.EnumerateArray().Select(Value)]),
        JsonValueKind.Object =>
            new MetadataValue(Fields: e.EnumerateObject().ToDictionary(static p => p.Name, static p => Value(p.Value))),
        _ => new MetadataValue(),
    };

    private static RbacNode Group(RbacNodeKind kind, IEnumerable<JsonElement> children) =>
        new() { Kind = kind, Children = [.. children.Select(Node)] };

    private static RbacNode Text(RbacNodeKind kind, JsonElement v) =>
        new() { Kind = kind, Match = MatcherJson.StringOf(v) };

    private static RbacNode Cidr(RbacNodeKind kind, JsonElement v) => new()
    {
        Kind = kind,
        Cidr = v.ValueKind == JsonValueKind.String ? v.GetString()!
            : v.Text("address_prefix") + "/" + v.Number("prefix_len", 0),
    };
}

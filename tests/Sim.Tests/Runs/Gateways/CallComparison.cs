using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Compares one call with its recording.</summary>
internal static class CallComparison
{
    /// <summary>The request as the simulator sends it.</summary>
    public static RequestTemplate Template(JsonElement request)
    {
        string host = request.GetProperty("host").GetString()!;
        int port = request.GetProperty("port").GetInt32();
        string authority = port == 80 ? host : host + ":" + port.ToString(CultureInfo.InvariantCulture);
        bool isGrpc = request.GetProperty("protocol").GetString() == "grpc";
        var lines = new List<KeyValuePair<string, string>>();
        if (isGrpc)
        {
            lines.Add(new("content-type", "application/grpc"));
        }

        if (request.TryGetProperty("headers", out JsonElement headers))
        {
            lines.AddRange(headers.EnumerateObject().Select(
                static h => KeyValuePair.Create(h.Name.ToLowerInvariant(), h.Value.GetString()!)));
        }

        return new RequestTemplate(0, host, port, new RequestHeaders(isGrpc ? "POST" : "GET", authority, "/", lines, 0))
        {
            Lines = lines,
        };
    }

    /// <summary>What the caller and the server say.</summary>
    public static IEnumerable<string> Compare(
        GatewayWorld world, EntryOutcome o, JsonElement request, JsonElement expect)
    {
        var found = new List<string>();
        void Check(string what, string? recorded, string simulated)
        {
            if (recorded is not null && recorded != simulated)
            {
                found.Add($"{what}: recorded {recorded}, simulated {simulated}");
            }
        }

        string protocol = request.GetProperty("protocol").GetString()!;
        Check("status", Text(expect, "status"), Number(o.Code));
        Check("grpc", Text(expect, "grpc"), GrpcStatus(o.Code));
        Check("connection", Text(expect, "connection"), o.Code == 200 ? "open" : "closed");
        Check("attempts", Text(expect, "attempts"), Number(o.Attempts));
        Check("flags", Flags(Text(expect, "flags")), Flags(o.Flags));
        // The details of a refused call are the server's here; the caller's log says via_upstream.
        bool isOfServer = protocol == "tcp" || o.Disposition == Disposition.DeniedRbac;
        Check("details", isOfServer ? null : Head(Text(expect, "details")), Head(o.Details) ?? "");
        Check("cluster", Text(expect, "cluster"), o.Cluster);
        string upstream = Text(expect, "upstream") ?? "";
        bool isKnown = upstream.Length > 0 && !upstream.StartsWith("hole", StringComparison.Ordinal);
        Check("upstream", isKnown ? upstream : null, o.HostAddress);
        PodRuntime? server = o.HostPod >= 0 ? world.Lifecycle.Pods[o.HostPod] : null;
        Check("pod", Text(expect, "pod"), server is null ? "" : server.Cluster + "." + server.PodName);
        Check("server identity", o.ByMtls ? Text(expect, "serverIdentity") : null,
            "spiffe://" + server?.Identity?.Principal);
        CompareServer(world, o, expect, protocol, Check);
        return found;
    }

    /// <summary>The gateways' logs of the connections that carried or tried the call.</summary>
    public static IEnumerable<string> CompareGateway(GatewayWorld world, JsonElement expect)
    {
        string[] simulated = [.. world.GatewayLog.GroupBy(c => Row(
                c.HasChain, c.Sni, c.Flags.ToString(), c.Upstream, world.Lifecycle.Pods[c.Client].Ip))
            .Select(static g => g.Key + " x" + Number(g.Count())).Order(StringComparer.Ordinal)];
        string[] recorded = !expect.TryGetProperty("gateway", out JsonElement rows) ? [] : [.. rows.EnumerateArray()
            .Select(g => Row(g.GetProperty("chain").GetBoolean(), Text(g, "sni") ?? "", Text(g, "flags") ?? "-",
                Text(g, "upstream") ?? "", Source(world, g)) + " x" + Text(g, "connections"))
            .Order(StringComparer.Ordinal)];
        return simulated.SequenceEqual(recorded) ? []
            : ["gateway:\n  recorded " + string.Join("\n  recorded ", recorded) + "\n  simulated "
                + string.Join("\n  simulated ", simulated)];
    }

    private static void CompareServer(
        GatewayWorld world, EntryOutcome o, JsonElement expect, string protocol, Action<string, string?, string> check)
    {
        if (!expect.TryGetProperty("server", out JsonElement servers))
        {
            return;
        }

        JsonElement s = servers.EnumerateArray().Last();
        bool isAnswer = s.TryGetProperty("code", out _) || (protocol == "tcp" && o.Code == 200);
        if (!isAnswer)
        {
            return;
        }

        check("server code", protocol == "http" ? Text(s, "code") : null, Number(o.Code));
        check("server's peer", Text(s, "peer") ?? "", o.ByMtls ? "spiffe://" + world.Client.Identity!.Principal : "");
        check("server's source", Text(s, "source"), o.Via >= 0 ? world.Lifecycle.Pods[o.Via].Ip : world.Client.Ip);
    }

    private static string Source(GatewayWorld world, JsonElement g)
    {
        string source = Text(g, "source") ?? "";
        return source == "load balancer" ? world.Client.Ip : source;
    }

    private static string Row(bool chain, string sni, string flags, string upstream, string source) =>
        $"chain={chain} {sni} {Flags(flags)} -> {upstream} from {source}";

    private static string GrpcStatus(int code) => code switch
    {
        200 => "OK",
        403 => "PERMISSION_DENIED",
        _ => "UNAVAILABLE",
    };

    private static string Flags(string? flags) => string.IsNullOrEmpty(flags) ? "-"
        : string.Join(',', flags.Split(',').Order(StringComparer.Ordinal));

    private static string? Head(string? details) => details?.Split('|', '{')[0];

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? Text(JsonElement e, string name) =>
        !e.TryGetProperty(name, out JsonElement v) || v.ValueKind == JsonValueKind.Null ? null
        : v.ValueKind == JsonValueKind.String ? v.GetString() : v.GetRawText();
}

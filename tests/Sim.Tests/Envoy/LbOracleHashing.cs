using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;
using HashPolicyData = Sim.Xds.HashPolicy;

namespace Sim.Tests.Envoy;

/// <summary>Recordings of consistent hashing: all exact.</summary>
internal static class LbOracleHashing
{
    /// <summary>Kinds ring-hash and maglev.</summary>
    public static void Table(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        var driver = new LbDriver(cluster, head.Text("node_locality"), new RngStream(1));
        Assert.That(
            head.Texts("keys").Select(k => driver.PickByHash(XxHash64.Of(k))), Is.EqualTo(c.Ints("picks")), "picks");
        JsonElement stats = c.GetProperty("stats");
        LbDriver.AssertMembership(stats, driver.Cluster);
        if (driver.Cluster.PriorityCount > 1)
        {
            return;
        }

        HashTable table = ((HashingLoadBalancer)driver.Cluster.Balancer).TableOf(0);
        foreach (JsonProperty p in stats.EnumerateObject())
        {
            int? actual = p.Name switch
            {
                "size" => table.Size,
                "min_hashes_per_host" or "min_entries_per_host" => table.MinPerHost,
                "max_hashes_per_host" or "max_entries_per_host" => table.MaxPerHost,
                _ => null,
            };
            if (actual is int value)
            {
                Assert.That(value, Is.EqualTo(p.Value.GetInt32()), p.Name);
            }
        }
    }

    /// <summary>Kind bounded-load: every request stays open.</summary>
    public static void BoundedLoad(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(c.GetProperty("cluster"), head.Text("node_locality"), new RngStream(1));
        var picks = new List<int>();
        foreach (string key in c.Texts("keys"))
        {
            var context = new LbContext { HasHash = true, Hash = XxHash64.Of(key) };
            Host? host = driver.Cluster.ChooseHost(ref context, 0);
            picks.Add(host is null ? -1 : driver.IndexOf(host));
            if (host is not null)
            {
                host.RqActive++;
            }
        }

        Assert.That(picks, Is.EqualTo(c.Ints("picks")));
    }

    /// <summary>Kind hash-policy.</summary>
    public static void HashPolicy(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(head.GetProperty("cluster"), "", new RngStream(1));
        var policies = new HashPolicies([.. c.Items("hash_policy").Select(Policy)]);
        foreach (JsonElement request in c.Items("requests"))
        {
            HashResult result = policies.Compute(
                new RequestHeaders("GET", "h", request.Text("path"), request.Items("headers").Select(
                    static h => KeyValuePair.Create(h[0].GetString()!, h[1].GetString()!))),
                request.Text("remote_address", request.Text("source_ip") + ":40000"),
                request.Text("local_address", "127.0.21.1:21000"));
            JsonElement host = request.GetProperty("host");
            if (host.ValueKind == JsonValueKind.String)
            {
                Assert.That(result.Hash, Is.Null, request.ToString());
                continue;
            }

            Assert.That(result.Hash, Is.Not.Null, request.ToString());
            Assert.That(driver.PickByHash(result.Hash!.Value), Is.EqualTo(host.GetInt32()), request.ToString());
            if (request.Get("set_cookie_lower_case") is JsonElement cookie)
            {
                Assert.That(result.SetCookie?.ToLowerInvariant(), Is.EqualTo(cookie.GetString()));
            }
        }
    }

    private static HashPolicyData Policy(JsonElement p)
    {
        bool isTerminal = p.Flag("terminal");
        if (p.Get("header") is JsonElement header)
        {
            JsonElement? rewrite = header.Get("regex_rewrite");
            (string, string)? regex = rewrite is JsonElement r
                ? (r.GetProperty("pattern").Text("regex"), r.Text("substitution")) : null;
            return new HashPolicyData("header", header.Text("header_name"), Terminal: isTerminal, RegexRewrite: regex);
        }

        if (p.Get("cookie") is JsonElement cookie)
        {
            long? ttl = cookie.Get("ttl") is null ? null : cookie.DurationNs("ttl", 0);
            return new HashPolicyData("cookie", cookie.Text("name"), ttl, cookie.Text("path"), isTerminal);
        }

        if (p.Get("query_parameter") is JsonElement query)
        {
            return new HashPolicyData("query_parameter", query.Text("name"), Terminal: isTerminal);
        }

        return p.Get("connection_properties") is not null ? new HashPolicyData("source_ip", Terminal: isTerminal)
            : throw new InvalidDataException(p.ToString());
    }
}

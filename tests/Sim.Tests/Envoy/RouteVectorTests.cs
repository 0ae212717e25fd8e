using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of header conditions, routes, weighted clusters and timeouts.</summary>
internal sealed class RouteVectorTests
{
    private static IEnumerable<TestCaseData> HeaderCases() => VectorFiles.Cases("envoy-header-match");

    private static IEnumerable<TestCaseData> RouteCases() => VectorFiles.Cases("envoy-route-match");

    private static IEnumerable<TestCaseData> WeightedCases() => VectorFiles.Cases("envoy-weighted-cluster");

    private static IEnumerable<TestCaseData> TimeoutCases() => VectorFiles.Cases("envoy-request-timeout");

    [TestCaseSource(nameof(HeaderCases))]
    public void Header_match(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        HeaderMatch[] matchers =
        [
            .. input.Items("matchers").Select(m =>
                HeaderMatch.Compile(MatcherJson.Header(m), RepeatedHeaderRule.Joined, default, null)),
        ];
        var headers = new HeaderMap(MatcherJson.Lines(input.Get("headers")));
        Assert.That(HeaderMatch.AllMatch(matchers, headers), Is.EqualTo(c.GetProperty("expected").GetBoolean()));
    }

    [TestCaseSource(nameof(RouteCases))]
    public void Route_match(object vector)
    {
        var v = (VectorCase)vector;
        JsonElement input = v.Case.GetProperty("input");
        JsonElement expected = v.Case.GetProperty("expected");
        CompiledRouteConfiguration routes = CompiledRouteConfiguration.Compile(
            Configuration(v.Fixtures.GetProperty(input.Text("config"))));
        JsonElement request = input.GetProperty("request");
        string scheme = request.Text("x_forwarded_proto", "http");
        // Asked twice: the second answer comes from the memory of templates.
        var headers = new RequestHeaders(
            request.Text("method", "GET"), request.Get("authority")?.GetString(), request.Get("path")?.GetString(),
            MatcherJson.Lines(request.Get("headers")), id: 0, scheme.Length == 0 ? null : scheme);
        RouteMatchResult result = routes.Match(headers, 0);
        Assert.That(routes.Match(headers, 0), Is.EqualTo(result));
        if (expected.Get("match") is not JsonElement match)
        {
            Assert.That(result.Route, Is.Null);
            Assert.That(result.IsTlsRedirect, Is.False);
            Assert.That(LocalReply.NoRoute.Code, Is.EqualTo(expected.Int("status")));
            Assert.That(ResponseFlags.ShortName(LocalReply.NoRoute.Flag), Is.EqualTo(expected.Text("response_flag")));
            return;
        }

        Assert.That(routes.Source.VirtualHosts[result.VirtualHost].Name, Is.EqualTo(match.Text("virtual_host")));
        Assert.That(result.IsTlsRedirect, Is.EqualTo(match.Text("redirect") == "https"));
        if (!result.IsTlsRedirect)
        {
            CheckRoute(result.Route!, headers, match);
        }
    }

    [TestCaseSource(nameof(WeightedCases))]
    public void Weighted_cluster(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        WeightedCluster[] clusters =
            [.. input.Items("clusters").Select(static w => new WeightedCluster(w.Text("name"), (uint)w.Int("weight")))];
        var picker = new WeightedClusterPicker(clusters, "x-random");
        var request = new RequestHeaders(
            "GET", "h", "/", input.Texts("random_value_header_values")
                .Select(static t => new KeyValuePair<string, string>("x-random", t)));
        ulong random = input.GetProperty("random_value").U64();
        Assert.That(clusters[picker.Pick(random, request)].Name, Is.EqualTo(expected.Text("cluster")));
        Assert.That(picker.TotalWeight, Is.EqualTo((ulong)expected.Int("total_weight")));
        Assert.That(
            WeightedClusterPicker.Effective(random, request.Headers.Lines("x-random")) % picker.TotalWeight,
            Is.EqualTo((ulong)expected.Int("selected_value")));
    }

    [TestCaseSource(nameof(TimeoutCases))]
    public void Request_timeout(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        if (c.Text("op") == "timeline")
        {
            TimeoutTimeline.Check(input, expected);
            return;
        }

        IEnumerable<KeyValuePair<string, string>> lines = MatcherJson.Lines(input.Get("request_headers"));
        if (input.Flag("grpc_request"))
        {
            lines = lines.Append(new("content-type", "application/grpc"));
        }

        RequestTimeouts timeouts = RequestTimeouts.Of(
            input.Int("route_timeout_ms") * SimDuration.Millisecond,
                input.Int("per_try_timeout_ms") * SimDuration.Millisecond,
            input.Get("max_grpc_timeout_ms")?.GetInt64() * SimDuration.Millisecond,
            new RequestHeaders("POST", "h", "/", lines), isTrusted: true);
        Assert.That(timeouts.GlobalNs / SimDuration.Millisecond, Is.EqualTo(expected.Int("global_timeout_ms")));
        Assert.That(timeouts.PerTryNs / SimDuration.Millisecond, Is.EqualTo(expected.Int("per_try_timeout_ms")));
        Assert.That(timeouts.ExpectedMs(), Is.EqualTo(expected.Get("x_envoy_expected_rq_timeout_ms")?.GetInt64()));
    }

    private static void CheckRoute(CompiledRoute route, RequestHeaders headers, JsonElement match)
    {
        Assert.That(route.Index, Is.EqualTo(match.Int("route_index")));
        Assert.That(route.Source.Clusters[route.Clusters.Pick(0)].Name, Is.EqualTo(match.Text("cluster")));
        if (match.Get("timeout_ms") is JsonElement timeout)
        {
            Assert.That(route.Source.TimeoutNs, Is.EqualTo(timeout.GetInt64() * SimDuration.Millisecond));
        }

        if (match.Get("path_after_rewrite") is JsonElement path)
        {
            Assert.That(route.Rewrite.Apply(headers.Path!), Is.EqualTo(path.GetString()));
        }
    }

    private static RouteConfiguration Configuration(JsonElement fixture) => new(
        "fixture", [.. fixture.Items("virtual_hosts").Select(static v => new VirtualHost(
            v.Text("name"), v.Texts("domains"), [.. v.Items("routes").Select(OneRoute)])
        {
            RequireTls = v.Text("require_tls") switch
            {
                "ALL" => TlsRequirement.All,
                "EXTERNAL_ONLY" => TlsRequirement.ExternalOnly,
                _ => TlsRequirement.None,
            },
        })])
    {
        IgnorePortInHostMatching = fixture.Flag("ignore_port_in_host_matching"),
    };

    private static Route OneRoute(JsonElement e)
    {
        JsonElement[] regex = [.. e.Items("regex_rewrite")];
        return new Route
        {
            Match = MatcherJson.Match(e.GetProperty("match")),
            Clusters = [new WeightedCluster(e.Text("cluster"), 1)],
            PrefixRewrite = e.Text("prefix_rewrite"),
            RegexRewrite = regex.Length == 2 ? (regex[0].GetString()!, regex[1].GetString()!) : null,
            TimeoutNs = e.Int("timeout_ms", 15_000) * SimDuration.Millisecond,
        };
    }
}

/// <summary>The vectors that tell a timeout in words.</summary>
internal static class TimeoutTimeline
{
    public static void Check(JsonElement input, JsonElement expected)
    {
        string last = input.Texts("events")[^1];
        bool isPerTry = last.Contains("per-try", StringComparison.Ordinal)
            || last.Contains("per try", StringComparison.Ordinal);
        bool afterHeaders = last.Contains("after", StringComparison.Ordinal)
            && last.Contains("headers", StringComparison.Ordinal);
        LocalReply reply = isPerTry ? LocalReply.PerTryTimeout : LocalReply.RouteTimeout;
        var actual = new Dictionary<string, string>
        {
            ["status"] = reply.Code.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["response_flag"] = ResponseFlags.ShortName(reply.Flag),
            ["body"] = reply.Body,
            ["body_length"] = reply.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["retry_asked"] = isPerTry ? "True" : "False",
            ["retry_asked_at_400"] = isPerTry ? "True" : "False",
            ["outlier_result"] = "local_origin_timeout with code 504",
        };
        Assert.That(afterHeaders, Is.False, "a reset after headers has no reply");
        foreach (JsonProperty p in expected.EnumerateObject())
        {
            if (actual.TryGetValue(p.Name, out string? value))
            {
                Assert.That(value, Is.EqualTo(p.Value.ToString()), p.Name);
            }
        }
    }
}

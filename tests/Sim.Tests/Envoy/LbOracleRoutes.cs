using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Recordings of weighted clusters, route fractions and mirrors: one random number a request.</summary>
internal static class LbOracleRoutes
{
    private const int Samples = 60_000;

    /// <summary>Kind weighted-cluster.</summary>
    public static void WeightedCluster(JsonElement head, JsonElement c)
    {
        HashSet<string> clusters = [.. head.Texts("clusters")];
        var configuration = new RouteConfiguration(
            "r", [new VirtualHost("all", ["*"], [.. c.Items("routes").Select(RouteOf)])]);
        CompiledRouteConfiguration compiled = CompiledRouteConfiguration.Compile(configuration);
        var rng = new RngStream(51);
        var mirrored = new Dictionary<string, int>();
        int requests = 0;
        int simulatedRequests = 0;
        foreach (JsonElement request in c.Items("requests"))
        {
            int n = request.Int("n");
            int samples = n == 1 ? 1 : Samples;
            var headers = new RequestHeaders(
                "GET", "h", request.Text("path"),
                request.Items("headers").Select(static h => KeyValuePair.Create(h[0].GetString()!, h[1].GetString()!)));
            var counts = new Dictionary<string, int>();
            for (int i = 0; i < samples; i++)
            {
                string answer = Answer(compiled, headers, rng.NextUInt64(), clusters, mirrored);
                counts[answer] = counts.GetValueOrDefault(answer) + 1;
            }

            requests += n;
            simulatedRequests += samples;
            Dictionary<string, int> recorded = LbDriver.Recorded(request, "counts");
            if (n == 1)
            {
                Assert.That(counts, Is.EquivalentTo(recorded), request.ToString());
            }
            else
            {
                LbStatistics.AssertSameCounts(recorded, null, counts);
            }
        }

        foreach (JsonProperty p in c.Get("mirrored")?.EnumerateObject() ?? Enumerable.Empty<JsonProperty>())
        {
            LbStatistics.AssertSameShare(
                p.Value.GetInt32(), requests, mirrored.GetValueOrDefault(p.Name), simulatedRequests, "mirrored "
                    + p.Name);
        }
    }

    private static string Answer(
        CompiledRouteConfiguration compiled, RequestHeaders headers, ulong random, HashSet<string> clusters,
        Dictionary<string, int> mirrored)
    {
        CompiledRoute? route = compiled.Match(headers, random).Route;
        if (route is null)
        {
            return "404 -";
        }

        string cluster = route.Source.Clusters[route.Clusters.Pick(random, headers)].Name;
        if (!clusters.Contains(cluster))
        {
            return route.Source.ClusterNotFoundStatus + " NC";
        }

        foreach (RequestMirror mirror in route.Source.Mirrors.Where(m => m.Fraction.Includes(random)))
        {
            mirrored[mirror.Cluster] = mirrored.GetValueOrDefault(mirror.Cluster) + 1;
        }

        return cluster;
    }

    private static Route RouteOf(JsonElement route)
    {
        JsonElement match = route.GetProperty("match");
        JsonElement action = route.GetProperty("route");
        JsonElement? weighted = action.Get("weighted_clusters");
        return new Route
        {
            Match = new RouteMatch
            {
                PathKind = match.Get("path") is not null ? PathMatchKind.Exact : PathMatchKind.Prefix,
                Path = match.Text("path", match.Text("prefix")),
                RuntimeFraction = Fraction(match),
                Headers = [.. match.Items("headers").Select(Header)],
            },
            Clusters = weighted is JsonElement w
                ? [.. w.Items("clusters").Select(static x =>
                    new WeightedCluster(x.Text("name"), (uint)x.Int("weight")))]
                : [new WeightedCluster(action.Text("cluster"), 1)],
            IsWeighted = weighted is not null,
            RandomValueHeader = weighted?.Text("header_name") ?? "",
            Mirrors = [.. action.Items("request_mirror_policies").Select(static m => new RequestMirror(
                m.Text("cluster"), Fraction(m) ?? FractionalPercent.Always))],
        };
    }

    private static FractionalPercent? Fraction(JsonElement e)
    {
        if (e.Get("runtime_fraction")?.Get("default_value") is not JsonElement value)
        {
            return null;
        }

        return new FractionalPercent((uint)value.Int("numerator"), value.Text("denominator", "HUNDRED") switch
        {
            "HUNDRED" => 100,
            "TEN_THOUSAND" => 10_000,
            _ => 1_000_000,
        });
    }

    private static HeaderMatcher Header(JsonElement e)
    {
        StringMatcher? match = null;
        foreach (JsonProperty p in e.Get("string_match")?.EnumerateObject() ?? Enumerable.Empty<JsonProperty>())
        {
            bool ignoreCase = e.GetProperty("string_match").Flag("ignore_case");
            match = p.Name switch
            {
                "exact" => new StringMatcher(StringMatchKind.Exact, p.Value.GetString()!, ignoreCase),
                "prefix" => new StringMatcher(StringMatchKind.Prefix, p.Value.GetString()!, ignoreCase),
                "suffix" => new StringMatcher(StringMatchKind.Suffix, p.Value.GetString()!, ignoreCase),
                "contains" => new StringMatcher(StringMatchKind.Contains, p.Value.GetString()!, ignoreCase),
                "safe_regex" => new StringMatcher(StringMatchKind.Regex, p.Value.Text("regex")),
                "ignore_case" => match,
                _ => throw new InvalidDataException(e.ToString()),
            };
        }

        return new HeaderMatcher(
            e.Text("name"), match, null, e.Get("present_match")?.GetBoolean(), e.Flag("invert_match"),
            e.Flag("treat_missing_header_as_empty"));
    }
}

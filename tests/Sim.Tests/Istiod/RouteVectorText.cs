using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Routes in the vectors' words.</summary>
internal static class RouteVectorText
{
    public static RouteMatch ReadMatch(JsonElement r)
    {
        foreach ((string key, PathMatchKind kind) in ((string, PathMatchKind)[])
                 [("path", PathMatchKind.Exact), ("prefix", PathMatchKind.Prefix), ("regex", PathMatchKind.Regex),
                     ("pathSeparatedPrefix", PathMatchKind.PathSeparatedPrefix)])
        {
            if (Text(r, key) is { Length: > 0 } path)
            {
                return new RouteMatch
                {
                    PathKind = kind, Path = path,
                    Headers = [.. Items(r, "headers").Select(
                        static h => new HeaderMatcher(Text(h, "name"), PresentMatch: true))],
                    QueryParameters = [.. Items(r, "queryParams").Select(
                        static q => new QueryParameterMatcher(Text(q, "name"), null, true))],
                };
            }
        }

        throw new InvalidDataException("a route without a path");
    }

    public static JsonObject Of(Route r)
    {
        var result = new JsonObject
        {
            ["name"] = r.Name,
            ["timeout"] = Seconds(r.TimeoutNs),
            ["maxGrpcTimeout"] = Seconds(r.TimeoutNs),
            ["requestHeadersToAdd"] = Options(r.Headers.RequestAdd),
            ["requestHeadersToRemove"] = Texts(r.Headers.RequestRemove),
            ["responseHeadersToAdd"] = Options(r.Headers.ResponseAdd),
            ["responseHeadersToRemove"] = Texts(r.Headers.ResponseRemove),
            ["hostRewrite"] = r.HostRewrite,
            ["headers"] = new JsonArray([.. r.Match.Headers.Select(static h => (JsonNode)Condition(
                h.Name, h.Match, h.PresentMatch, h.Invert))]),
            ["queryParams"] = new JsonArray([.. r.Match.QueryParameters.Select(static q => (JsonNode)Condition(
                q.Name, q.Match, q.PresentMatch, false))]),
        };
        result[r.Match.PathKind switch
        {
            PathMatchKind.Exact => "path",
            PathMatchKind.Regex => "regex",
            PathMatchKind.PathSeparatedPrefix => "pathSeparatedPrefix",
            _ => "prefix",
        }] = r.Match.Path;
        result["prefixRewrite"] = r.PrefixRewrite.Length > 0 ? r.PrefixRewrite : null;
        if (r.RegexRewrite is { } regex)
        {
            result["regexRewrite"] = new JsonObject
            {
                ["pattern"] = regex.Pattern, ["substitution"] = regex.Substitution,
            };
        }

        if (r.Clusters.Count == 1)
        {
            result["cluster"] = r.Clusters[0].Name;
        }

        if (r.Redirect is { } d)
        {
            result["redirectCode"] = d.Code;
            result["redirectPath"] = d.Path;
            result["redirectHost"] = d.Host;
            result["redirectPrefixRewrite"] = d.PrefixRewrite;
        }

        if (r.DirectResponseStatus > 0)
        {
            result["directResponse"] = new JsonObject
            {
                ["status"] = r.DirectResponseStatus, ["body"] = r.DirectResponseBody,
            };
        }

        return result;
    }

    public static JsonObject? Retry(RetryPolicy? p)
    {
        if (p is null)
        {
            return null;
        }

        var result = new JsonObject
        {
            ["numRetries"] = p.NumRetries,
            ["retryOn"] = p.RetryOn,
            ["hostSelectionRetryMaxAttempts"] = p.AvoidPreviousHosts || p.HostSelectionRetryMaxAttempts > 1
                ? p.HostSelectionRetryMaxAttempts : 0,
            ["retriableStatusCodes"] = new JsonArray([.. p.RetriableStatusCodes.Select(static c => (JsonNode)c)]),
            ["previousHostsPredicate"] = p.AvoidPreviousHosts,
            ["backoffBase"] = Seconds(p.BackoffBaseNs),
        };
        if (p.PerTryTimeoutNs > 0)
        {
            result["perTryTimeout"] = Seconds(p.PerTryTimeoutNs);
        }

        if (p.PreviousPrioritiesFrequency > 0)
        {
            result["retryPriority"] = new JsonObject
            {
                ["name"] = "previous_priorities", ["updateFrequency"] = p.PreviousPrioritiesFrequency,
            };
        }

        return result;
    }

    public static JsonObject Share(FractionalPercent p) => new()
    {
        ["numerator"] = p.Numerator, ["denominator"] = p.Denominator,
    };

    private static JsonObject Condition(string name, StringMatcher? match, bool? isPresent, bool invert)
    {
        var result = new JsonObject { ["name"] = name, ["invert"] = invert };
        if (isPresent is { } present)
        {
            result["present"] = present;
        }

        if (match is { } m)
        {
            result[m.Kind.ToString().ToLowerInvariant()] = m.Value;
        }

        return result;
    }

    private static JsonArray Texts(IEnumerable<string> list) => new([.. list.Select(static s => (JsonNode)s)]);

    private static JsonArray Options(IEnumerable<HeaderValueOption> list) =>
        new([.. list.Select(static o => (JsonNode)new JsonObject
        {
            ["name"] = o.Name, ["value"] = o.Value, ["action"] = o.Append ? "append" : "overwrite",
        })]);
}

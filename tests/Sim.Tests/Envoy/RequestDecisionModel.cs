using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>What one request gets by decisions alone.</summary>
internal sealed record RequestDecision(
    int Code, string Flags, string Details, int Attempts, string Body, string Cluster, string Location);

/// <summary>The filters and the route of one recording, asked without network: an upstream that answers as
/// planned.</summary>
internal sealed class RequestDecisionModel
{
    private readonly string _id;
    private readonly CompiledRouteConfiguration _routes;
    private readonly Dictionary<CompiledRoute, RequestRouteFilters> _filters = [];
    private readonly Dictionary<string, string> _hostOfCluster = [];
    private readonly RepeatedHeaderRule _rule;
    private readonly PathNormalization _normalization;
    private readonly bool _stripsPort;
    private readonly RngStream _rng;
    private readonly List<long> _faultEnds = [];
    private readonly Dictionary<string, JsonElement> _routeOf = [];

    public RequestDecisionModel(JsonElement recording, RepeatedHeaderRule rule)
    {
        _id = recording.Text("id");
        _rule = rule;
        _rng = RngStream.Create(11, 0, _id, "draws");
        JsonElement? hcm = recording.Get("hcm");
        _stripsPort = hcm?.Flag("strip_any_host_port") ?? false;
        _normalization = !(hcm?.Flag("normalize_path") ?? false) ? PathNormalization.None
            : hcm!.Value.Flag("merge_slashes") ? PathNormalization.MergeSlashes : PathNormalization.Base;
        foreach (JsonProperty cluster in recording.Get("clusters")?.EnumerateObject() ?? default)
        {
            _hostOfCluster[cluster.Name] = cluster.Value.Items("hosts").First().Text("id");
        }

        _routes = CompiledRouteConfiguration.Compile(Configuration(recording), rule);
    }

    /// <summary>Asks and compares.</summary>
    public void Check(JsonElement request, JsonElement expected, JsonElement? older)
    {
        if (request.Int("count", 1) > 1)
        {
            CheckShares(request, expected);
            return;
        }

        RequestDecision actual = Decide(request);
        string Text(string name) => older?.Get(name)?.ToString() ?? expected.Get(name)?.ToString() ?? "";
        string where = request.ToString();
        Assert.That(actual.Code.ToString(CultureInfo.InvariantCulture), Is.EqualTo(Text("code")), where);
        Assert.That(actual.Flags, Is.EqualTo(Text("flags")), where);
        Assert.That(actual.Details, Is.EqualTo(Text("details")), where);
        Assert.That(actual.Attempts.ToString(CultureInfo.InvariantCulture), Is.EqualTo(Text("attempts")), where);
        if (older?.Get("code") is null && expected.Get("body") is JsonElement body)
        {
            Assert.That(actual.Body, Is.EqualTo(body.GetString()), where);
        }
        else if (older?.Get("body") is JsonElement olderBody)
        {
            Assert.That(actual.Body, Is.EqualTo(olderBody.GetString()), where);
        }

        if (expected.Get("headers")?.Get("location") is JsonElement location)
        {
            Assert.That(actual.Location, Is.EqualTo(location.GetString()), where);
        }

        CheckUpstreamPath(request, expected);
    }

    private void CheckUpstreamPath(JsonElement request, JsonElement expected)
    {
        foreach (JsonElement seen in expected.Items("seen_upstream"))
        {
            if (seen.Get(":path") is JsonElement path)
            {
                RequestHeaders headers = Headers(request)!;
                CompiledRoute route = _routes.Match(headers, 0).Route!;
                Assert.That(route.Rewrite.Apply(headers.Path!), Is.EqualTo(path.GetString()));
            }
        }
    }

    // Shares of outcomes against the configured probabilities, which the recording estimates from n requests.
    private void CheckShares(JsonElement request, JsonElement expected)
    {
        const int Requests = 20_000;
        var outcomes = new Dictionary<string, int>();
        var hosts = new Dictionary<string, int>();
        for (int i = 0; i < Requests; i++)
        {
            RequestDecision d = Decide(request);
            Add(outcomes, d.Code + " " + d.Flags + " " + d.Details + " " + d.Attempts);
            Add(hosts, d.Cluster.Length == 0 ? "-"
                : string.Join('>', Enumerable.Repeat(_hostOfCluster[d.Cluster], d.Attempts)));
        }

        Dictionary<string, int> recorded = expected.Items("counts").ToDictionary(
            static c => c.Int("code") + " " + c.Text("flags") + " " + c.Text("details") + " " + c.Int("attempts"),
            static c => c.Int("count"));
        LbStatistics.AssertSameCounts(recorded, null, outcomes);
        JsonElement? recordedHosts = expected.Get("host_sequences") ?? expected.Get("final_host");
        if (recordedHosts is JsonElement h)
        {
            LbStatistics.AssertSameCounts(h.EnumerateObject()
                .ToDictionary(static p => p.Name, static p => p.Value.GetInt32()), null, hosts);
        }
    }

    private static void Add(Dictionary<string, int> counts, string key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;

    private RequestHeaders? Headers(JsonElement request)
    {
        string? path = PathNormalizer.Normalize(request.Text("path"), _normalization);
        string authority = request.Text("authority", _id);
        int colon = authority.LastIndexOf(':');
        return path is null ? null : new RequestHeaders(
            request.Text("method", "GET"), _stripsPort && colon > 0 ? authority[..colon] : authority, path,
            MatcherJson.Lines(request.Get("headers")));
    }

    private RequestDecision Decide(JsonElement request)
    {
        long nowNs = request.Int("at_ms") * SimDuration.Millisecond;
        if (Headers(request) is not RequestHeaders headers)
        {
            return Local(LocalReply.PathRefused, ResponseFlags.None, false);
        }

        ulong random = _rng.NextUInt64();
        RouteMatchResult match = _routes.Match(headers, random);
        if (match.Route is not CompiledRoute route)
        {
            return Local(LocalReply.NoRoute, ResponseFlags.None, headers.IsGrpc);
        }

        if (!_filters.TryGetValue(route, out RequestRouteFilters? filters))
        {
            filters = new RequestRouteFilters(_routeOf[route.Source.Name], _rule);
            _filters[route] = filters;
        }

        return Filter(request, headers, route, filters, nowNs) ?? Route(headers, route, random, request);
    }

    private RequestDecision? Filter(
        JsonElement request, RequestHeaders headers, CompiledRoute route, RequestRouteFilters filters, long nowNs)
    {
        var rbac = new RbacRequest { Headers = headers };
        if (filters.Rbac.Evaluate(rbac).Reply is LocalReply denied)
        {
            return Local(denied, ResponseFlags.None, headers.IsGrpc);
        }

        _flags = ResponseFlags.None;
        if (filters.Fault is FaultFilter fault && fault.Applies(headers, ""))
        {
            _faultEnds.RemoveAll(end => end <= nowNs);
            long delayNs = fault.Delay(headers, _rng.NextUInt64(), (uint)_faultEnds.Count);
            if (delayNs > 0)
            {
                _flags = _flags.With(ResponseFlag.DelayInjected);
                if (request.Get("at_ms") is not null)
                {
                    _faultEnds.Add(nowNs + delayNs);
                }

                if (request.Int("abort_after_ms", int.MaxValue) * SimDuration.Millisecond < delayNs)
                {
                    _flags = _flags.With(ResponseFlag.DownstreamConnectionTermination);
                    return new RequestDecision(0, _flags.ToString(), "downstream_remote_disconnect", 0, "", "", "");
                }
            }

            FaultAbortDecision abort = fault.Abort(headers, _rng.NextUInt64(), (uint)_faultEnds.Count, delayNs > 0);
            if (abort.IsAbort)
            {
                return Local(abort.Reply(), _flags, headers.IsGrpc);
            }
        }

        return filters.RateLimit is LocalRateLimit limit && !limit.Allows(nowNs, _rng)
            ? Local(limit.Reply, _flags, headers.IsGrpc) : null;
    }

    private ResponseFlags _flags;

    private RequestDecision Route(RequestHeaders headers, CompiledRoute route, ulong random, JsonElement request)
    {
        if (route.Source.Redirect is RedirectAction redirect)
        {
            return new RequestDecision(
                redirect.Code, "-", "direct_response", 0, "", "", RouteRedirect.Location(route, headers));
        }

        if (route.Source.DirectResponseStatus != 0)
        {
            LocalReply direct = LocalReply.Direct(route.Source.DirectResponseStatus, route.Source.DirectResponseBody);
            return Local(direct, _flags, headers.IsGrpc);
        }

        string cluster = route.Source.Clusters[route.Clusters.Pick(random, headers)].Name;
        if (!_hostOfCluster.ContainsKey(cluster))
        {
            return Local(LocalReply.NoClusterWith(route.Source.ClusterNotFoundStatus), _flags, headers.IsGrpc);
        }

        return Upstream(route, cluster, request);
    }

    private RequestDecision Upstream(CompiledRoute route, string cluster, JsonElement request)
    {
        string plan = request.Text("plan", "200");
        if (plan == "hang")
        {
            LocalReply timeout = LocalReply.RouteTimeout;
            return Local(timeout, _flags, false) with { Attempts = 1, Cluster = cluster };
        }

        string[] attempts = plan.Split('|');
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.EnvoyDefault);
        RetryState retries = RetryState.Start(route.RetryPolicy, false);
        for (int i = 0; ; i++)
        {
            int code = int.Parse(attempts[Math.Min(i, attempts.Length - 1)].Split(',')[0],
                CultureInfo.InvariantCulture);
            RetryDecision decision = retries.OnHeaders(ResponseHeaders.OfCode(code), breakers);
            if (decision != RetryDecision.Yes)
            {
                ResponseFlags flags = decision == RetryDecision.NoRetryLimitExceeded
                    ? _flags.With(ResponseFlag.UpstreamRetryLimitExceeded) : _flags;
                return new RequestDecision(code, flags.ToString(), "via_upstream", i + 1, "", cluster, "");
            }
        }
    }

    private static RequestDecision Local(LocalReply reply, ResponseFlags flags, bool isGrpc) => new(
        reply.CodeFor(isGrpc), flags.With(reply.Flag).ToString(), reply.Details, 0, reply.BodyFor(isGrpc), "", "");

    private RouteConfiguration Configuration(JsonElement recording)
    {
        var hosts = new List<VirtualHost>();
        if (recording.Get("virtual_hosts") is JsonElement list)
        {
            foreach (JsonElement host in list.EnumerateArray())
            {
                string name = host[0].GetString()!;
                IEnumerable<Route> routes = host.GetArrayLength() > 2 ? host[2].EnumerateArray().Select(OneRoute)
                    : [Named(new Route { DirectResponseStatus = 200, DirectResponseBody = name }, default)];
                hosts.Add(new VirtualHost(name, [.. host[1].EnumerateArray().Select(static d => d.GetString()!)],
                    [.. routes]));
            }
        }
        else
        {
            hosts.Add(new VirtualHost("main", ["*"], [.. recording.Items("routes").Select(OneRoute)]));
        }

        return new RouteConfiguration("main", hosts)
        {
            IgnorePortInHostMatching = _id.Contains("ignore-port", StringComparison.Ordinal),
        };
    }

    private Route Named(Route route, JsonElement e)
    {
        string name = _routeOf.Count.ToString(CultureInfo.InvariantCulture);
        _routeOf[name] = e;
        return route with { Name = name };
    }

    private Route OneRoute(JsonElement e)
    {
        JsonElement? action = e.Get("route");
        JsonElement? direct = e.Get("direct_response");
        JsonElement? regex = e.Get("redirect")?.Get("regex_rewrite") ?? action?.Get("regex_rewrite");
        return Named(
            new Route
            {
                Match = MatcherJson.Match(e.GetProperty("match")),
                DirectResponseStatus = direct?.Int("status") ?? 0,
                DirectResponseBody = direct?.Get("body")?.Text("inline_string") ?? "",
                Redirect = e.Get("redirect") is JsonElement r ? Redirect(r) : null,
                Clusters = Clusters(action),
                PrefixRewrite = action?.Text("prefix_rewrite") ?? "",
                RegexRewrite = regex is JsonElement x
                    ? (x.GetProperty("pattern").Text("regex"), x.Text("substitution")) : null,
                RetryPolicy = action?.Get("retry_policy") is JsonElement p
                    ? new RetryPolicy { RetryOn = p.Text("retry_on"), NumRetries = (uint)p.Int("num_retries", 1) }
                        : null,
            },
            e);
    }

    private static WeightedCluster[] Clusters(JsonElement? action) => action is not JsonElement a ? []
        : a.Get("weighted_clusters") is JsonElement w
            ? [.. w.Items("clusters").Select(static c => new WeightedCluster(c.Text("name"), (uint)c.Int("weight")))]
            : [new WeightedCluster(a.Text("cluster"), 1)];

    private static RedirectAction Redirect(JsonElement e) => new(
        e.Text("response_code", "MOVED_PERMANENTLY") switch
        {
            "FOUND" => 302,
            "SEE_OTHER" => 303,
            "TEMPORARY_REDIRECT" => 307,
            "PERMANENT_REDIRECT" => 308,
            _ => 301,
        },
        e.Text("host_redirect"), e.Text("path_redirect"),
        e.Flag("https_redirect") ? "https" : e.Text("scheme_redirect"),
        e.Get("port_redirect")?.GetInt32(), e.Text("prefix_rewrite"));
}

/// <summary>The filters that a route of a recording configures.</summary>
internal sealed class RequestRouteFilters
{
    public RequestRouteFilters(JsonElement route, RepeatedHeaderRule rule)
    {
        JsonElement? configs = route.Get("typed_per_filter_config");
        Rbac = RbacEngine.Compile(
            configs?.Get("envoy.filters.http.rbac")?.Get("rbac")?.Get("rules") is JsonElement rules
                ? [RbacJson.Rules(rules)] : [], rule);
        Fault = configs?.Get("envoy.filters.http.fault") is JsonElement fault ? new FaultFilter(FaultOf(fault), rule)
            : null;
        RateLimit = configs?.Get("envoy.filters.http.local_ratelimit") is JsonElement limit
            ? new LocalRateLimit(LimitOf(limit), 0) : null;
    }

    public RbacEngine Rbac { get; }

    public FaultFilter? Fault { get; }

    public LocalRateLimit? RateLimit { get; }

    internal static FaultConfig FaultOf(JsonElement e) => new()
    {
        DelayNs = e.Get("delay")?.DurationNs("fixed_delay", 0) ?? 0,
        DelayPercentage = Percentage(e.Get("delay")),
        IsDelayHeaderControlled = e.Get("delay")?.Get("header_delay") is not null,
        AbortHttpStatus = e.Get("abort")?.Int("http_status") ?? 0,
        AbortGrpcStatus = e.Get("abort")?.Get("grpc_status")?.GetInt32(),
        AbortPercentage = Percentage(e.Get("abort")),
        IsAbortHeaderControlled = e.Get("abort")?.Get("header_abort") is not null,
        Headers = [.. e.Items("headers").Select(MatcherJson.Header)],
        MaxActiveFaults = e.Get("max_active_faults") is null ? uint.MaxValue : (uint)e.Number("max_active_faults", 0),
    };

    private static LocalRateLimitConfig LimitOf(JsonElement e)
    {
        JsonElement bucket = e.GetProperty("token_bucket");
        return new LocalRateLimitConfig
        {
            MaxTokens = (uint)bucket.Number("max_tokens", 1),
            TokensPerFill = (uint)bucket.Number("tokens_per_fill", 1),
            FillIntervalNs = bucket.DurationNs("fill_interval", SimDuration.Second),
            Enabled = Share(e, "filter_enabled"),
            Enforced = Share(e, "filter_enforced"),
            Status = e.Get("status")?.Text("code") switch
            {
                null or "TooManyRequests" => 429,
                "ServiceUnavailable" => 503,
                string code => throw new InvalidDataException(code),
            },
            IsResourceExhausted = e.Flag("rate_limited_as_resource_exhausted"),
        };
    }

    private static FractionalPercent Share(JsonElement e, string name) =>
        e.Get(name)?.Get("default_value") is JsonElement v ? MatcherJson.Percent(v) : new FractionalPercent(0, 100);

    private static FractionalPercent Percentage(JsonElement? e) =>
        e?.Get("percentage") is JsonElement p ? MatcherJson.Percent(p) : default;
}

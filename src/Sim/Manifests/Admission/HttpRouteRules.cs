using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for one HTTP route.</summary>
/// <remarks>Istio: pkg/config/validation/virtualservice.go and validation.go#validateHTTPRoute.</remarks>
internal sealed class HttpRouteRules(Findings f, VirtualServiceRules service)
{
    private const string Redirect = "redirect";

    private static readonly string[] RetryOn =
    [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
        "retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled",
        "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    ];

    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

    private static readonly string[] GrpcStatuses =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    ];

    /// <summary>Checks a route.</summary>
    public void Check(HttpRoute r, bool isDelegate)
    {
        if (isDelegate)
        {
            f.ErrorIf(r.Delegate is not null, "delegate HTTP route cannot contain delegate", r.Span);
        }
        else if (r.Delegate is not null)
        {
            CheckRoot(r);
            return;
        }

        CheckConflicts(r);
        HeaderRuleChecks.Check(r.Headers, r.Rewrite?.Authority, f);
        CheckCors(r.CorsPolicy);
        CheckFault(r.Fault);
        CheckMirrors(r);
        foreach (HttpMatchRequest m in r.Match)
        {
            CheckMatch(m);
        }

        CheckDestinations(r);
        CheckRedirect(r.Redirect);
        CheckDirect(r.DirectResponse);
        CheckRewrite(r.Rewrite);
        CheckRetries(r.Retries);
        f.ErrorIf(IstioRules.Duration(r.Timeout), r.Timeout?.Span ?? r.Span);
    }

    /// <summary>Checks a match of text.</summary>
    public static void CheckString(StringMatch? m, string where, bool allowEmptyPrefix, Findings f)
    {
        if (m?.Regex is { } regex)
        {
            f.ErrorIf(IstioRules.Regexp(regex.Value, where), regex.Span);
        }
        else if (!allowEmptyPrefix && m?.Prefix is { Value.Length: 0 } prefix)
        {
            f.Error($"\"{where}\": prefix string match should not be empty", prefix.Span);
        }
    }

    private void CheckRoot(HttpRoute r)
    {
        string name = r.Name?.Value ?? "";
        f.ErrorIf(r.Redirect is not null, $"root HTTP route {name} must not specify redirect", r.Span);
        f.ErrorIf(r.DirectResponse is not null, $"root HTTP route {name} must not specify direct_response", r.Span);
        f.ErrorIf(r.Route.Count > 0, $"root HTTP route {name} must not specify route", r.Span);
        foreach (HttpMatchRequest m in r.Match)
        {
            CheckMatch(m);
        }
    }

    private void CheckConflicts(HttpRoute r)
    {
        if (r.Redirect is { } redirect)
        {
            f.ErrorIf(r.Route.Count > 0, "HTTP route cannot contain both route and redirect", redirect.Span);
            f.ErrorIf(r.Fault is not null, "HTTP route cannot contain both fault and redirect", redirect.Span);
            f.ErrorIf(r.Rewrite is not null, "HTTP route rule cannot contain both rewrite and redirect", redirect.Span);
            f.ErrorIf(r.DirectResponse is not null, "HTTP route cannot contain both direct_response and redirect",
                redirect.Span);
        }
        else if (r.DirectResponse is { } direct)
        {
            f.ErrorIf(r.Route.Count > 0, "HTTP route cannot contain both route and direct_response", direct.Span);
            f.ErrorIf(r.Fault is not null, "HTTP route cannot contain both fault and direct_response", direct.Span);
            f.ErrorIf(r.Rewrite is not null, "HTTP route rule cannot contain both rewrite and direct_response",
                direct.Span);
        }
        else
        {
            f.ErrorIf(r.Route.Count == 0, "HTTP route, redirect or direct_response is required", r.Span);
        }

        f.ErrorIf(r.Mirror is not null && r.Mirrors.Count > 0, "HTTP route cannot contain both mirror and mirrors",
            r.Span);
    }

    private void CheckDestinations(HttpRoute r)
    {
        foreach (HttpRouteDestination d in r.Route)
        {
            service.CheckDestination(d.Destination, d.Span);
            HeaderRuleChecks.Check(d.Headers, null, f);
        }

        service.CheckWeights(r.Route.Select(static d => d.Weight), r.Span);
    }

    private void CheckMatch(HttpMatchRequest m)
    {
        CheckHeaders(m.Headers, "headers");
        CheckHeaders(m.WithoutHeaders, "withoutHeaders");
        foreach (SpannedEntry<StringMatch> e in m.QueryParams)
        {
            CheckString(e.Value, "queryParams", false, f);
        }

        CheckString(m.Uri, "uri", true, f);
        CheckString(m.Scheme, "scheme", false, f);
        CheckString(m.Method, "method", false, f);
        CheckString(m.Authority, "authority", false, f);
        if (m.Port is { Value: not 0 } port)
        {
            f.ErrorIf(IstioRules.Port(port.Value), port.Span);
        }

        IstioRules.Tags(m.SourceLabels, f);
        service.CheckGatewayNames(m.Gateways);
        if (m.SourceNamespace is { Value.Length: > 0 } space)
        {
            f.ErrorIf(!IstioRules.IsLabel(space.Value), $"sourceNamespace match {space.Value} is invalid", space.Span);
        }
    }

    private void CheckHeaders(SpannedMap<StringMatch> headers, string where)
    {
        foreach (SpannedEntry<StringMatch> e in headers)
        {
            bool isClaim = e.Key.StartsWith("@request.auth.claims", StringComparison.Ordinal);
            f.ErrorIf(isClaim ? null : HeaderRuleChecks.MatchNameProblem(e.Key), e.KeySpan);
            // A lone star is no expression: Istio makes it a check for presence.
            bool isPresence = where == "withoutHeaders" && e.Value.Regex?.Value == "*";
            CheckString(isPresence ? null : e.Value, where, false, f);
        }
    }

    private void CheckCors(CorsPolicy? cors)
    {
        if (cors is null)
        {
            return;
        }

        foreach (StringMatch o in cors.AllowOrigins)
        {
            Spanned<string>? text = o.Exact ?? o.Prefix ?? o.Regex;
            f.ErrorIf(string.IsNullOrEmpty(text?.Value), "'' is not a valid match type for CORS allow origins", o.Span);
            if (o.Regex is { Value.Length: > 0 } regex)
            {
                f.ErrorIf(IstioRules.Regexp(regex.Value, "corsPolicy.allowOrigins"), regex.Span);
            }
        }

        foreach (Spanned<string> m in cors.AllowMethods)
        {
            f.ErrorIf(!Methods.Contains(m.Value), $"\"{m.Value}\" is not a supported HTTP method", m.Span);
        }

        foreach (Spanned<string> h in cors.AllowHeaders.Concat(cors.ExposeHeaders))
        {
            f.ErrorIf(h.Value == "*" ? null : HeaderRuleChecks.MatchNameProblem(h.Value), h.Span);
        }

        f.ErrorIf(IstioRules.Duration(cors.MaxAge), cors.MaxAge?.Span ?? cors.Span);
    }

    private void CheckFault(HttpFaultInjection? fault)
    {
        if (fault is null)
        {
            return;
        }

        if (fault.Delay is { } delay)
        {
            CheckShare(delay.Percentage);
            f.ErrorIf(IstioRules.Percent(delay.Percent?.Value ?? 0), delay.Percent?.Span ?? delay.Span);
            f.ErrorIf(IstioRules.Duration(delay.FixedDelay), delay.FixedDelay?.Span ?? delay.Span);
            f.ErrorIf(delay.ExponentialDelay is not null, "exponentialDelay not supported yet", delay.Span);
        }

        if (fault.Abort is { } abort)
        {
            CheckShare(abort.Percentage);
            f.ErrorIf(abort.Http2Error is not null, "HTTP/2 abort fault injection not supported yet", abort.Span);
            if (abort.HttpStatus is { } status)
            {
                CheckStatus(status.Value, status.Span);
            }

            if (abort.GrpcStatus is { } grpc)
            {
                f.ErrorIf(!GrpcStatuses.Contains(grpc.Value),
                    $"gRPC status \"{grpc.Value}\" is not supported. See " +
                        $"https://github.com/grpc/grpc/blob/master/doc/" +
                    "statuscodes.md for a list of supported codes, for example 'NOT_FOUND'", grpc.Span);
            }
        }
    }

    private void CheckShare(Percent? percent)
    {
        if (percent?.Value is { } p && (p.Value is < 0 or > 100 || p.Value is > 0 and < 0.0001))
        {
            f.Error(string.Create(CultureInfo.InvariantCulture,
                $"percentage {p.Value} is neither 0.0, nor in range [0.0001, 100.0]"), p.Span);
        }
    }

    private void CheckStatus(long status, SourceSpan span) =>
        f.ErrorIf(status is < 200 or > 600,
            string.Create(CultureInfo.InvariantCulture, $"HTTP status {status} is not in range 200-599"), span);

    private void CheckMirrors(HttpRoute r)
    {
        foreach (HttpMirrorPolicy m in r.Mirrors)
        {
            service.CheckDestination(m.Destination, m.Span, "destination is required for mirrors");
            CheckMirrorShare(m.Percentage, "mirror percentage");
        }

        if (r.Mirror is not null)
        {
            service.CheckDestination(r.Mirror, r.Mirror.Span);
        }

        Spanned<long>? percent = r.MirrorPercent ?? r.MirrorPercentOld;
        if (percent is { Value: > 0 })
        {
            f.Warn("using deprecated setting \"mirrorPercent\", use \"mirrorPercentage\" instead", percent.Span);
            f.ErrorIf(percent.Value > 100, string.Create(CultureInfo.InvariantCulture,
                $"mirror_percent must have a max value of 100 (it has {percent.Value})"), percent.Span);
        }

        CheckMirrorShare(r.MirrorPercentage, "mirror_percentage");
    }

    private void CheckMirrorShare(Percent? share, string what)
    {
        if (share?.Value is not { } p)
        {
            return;
        }

        string shown = p.Value.ToString("F6", CultureInfo.InvariantCulture);
        f.ErrorIf(p.Value > 100, $"{what} must have a max value of 100 (it has {shown})", p.Span);
        f.ErrorIf(p.Value < 0, $"{what} must have a min value of 0 (it has {shown})", p.Span);
    }

    private void CheckRedirect(HttpRedirect? redirect)
    {
        if (redirect is null)
        {
            return;
        }

        if (redirect.Port is { } port)
        {
            f.ErrorIf(IstioRules.Port(port.Value), port.Span);
        }

        if (redirect.RedirectCode is { Value: not 0 } code)
        {
            f.ErrorIf(code.Value is < 300 or > 399, string.Create(CultureInfo.InvariantCulture,
                $"{code.Value} is not a valid {Redirect} code, must be 3xx"), code.Span);
        }
    }

    private void CheckDirect(HttpDirectResponse? direct)
    {
        if (direct is null)
        {
            return;
        }

        CheckStatus(direct.Status?.Value ?? 0, direct.Status?.Span ?? direct.Span);
        long size = Math.Max(direct.Body?.String?.Value.Length ?? 0, (direct.Body?.Bytes?.Value.Length ?? 0) * 3L / 4);
        if (size > 100 * 1024)
        {
            f.Warn("large direct_responses may impact control plane performance", direct.Span);
        }
    }

    private void CheckRewrite(HttpRewrite? rewrite)
    {
        if (rewrite is null)
        {
            return;
        }

        bool hasUri = !string.IsNullOrEmpty(rewrite.Uri?.Value);
        RegexRewrite? regex = rewrite.UriRegexRewrite;
        bool isEmpty = !hasUri && regex is null && string.IsNullOrEmpty(rewrite.Authority?.Value);
        f.ErrorIf(isEmpty || (hasUri && regex is not null),
            "rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or " +
                "UriRegexRewrite may be specified",
            rewrite.Span);
        if (regex is null)
        {
            return;
        }

        const string prefix = "UriRegexRewrite has errors\n";
        string match = regex.Match?.Value ?? "";
        if (match.Length == 0 || string.IsNullOrEmpty(regex.Rewrite?.Value))
        {
            f.Error(prefix + "UriRegexRewrite requires both Rewrite and Match fields to be specified", regex.Span);
        }
        else if (IstioRules.Regexp(match, "HTTPRewrite.UriRegexRewrite.Match") is { } problem)
        {
            f.Error(prefix + problem, regex.Span);
        }
    }

    private void CheckRetries(HttpRetry? retries)
    {
        if (retries is null)
        {
            return;
        }

        long attempts = retries.Attempts?.Value ?? 0;
        f.ErrorIf(attempts < 0, "attempts cannot be negative", retries.Span);
        bool hasMore = retries.PerTryTimeout is not null || !string.IsNullOrEmpty(retries.RetryOn?.Value)
                       || retries.RetryRemoteLocalities is not null;
        f.ErrorIf(attempts == 0 && hasMore, "http retry policy configured when attempts are set to 0 (disabled)",
            retries.Span);
        f.ErrorIf(IstioRules.Duration(retries.PerTryTimeout), retries.PerTryTimeout?.Span ?? retries.Span);
        f.ErrorIf(IstioRules.Duration(retries.Backoff), retries.Backoff?.Span ?? retries.Span);
        if (retries.RetryOn is not { Value.Length: > 0 } on)
        {
            return;
        }

        foreach (string policy in on.Value.Split(','))
        {
            bool isCode = int.TryParse(policy, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out int code)
                          && HttpStatusCodes.IsKnown(code);
            f.ErrorIf(!isCode && !RetryOn.Contains(policy), $"\"{policy}\" is not a valid retryOn policy", on.Span);
        }
    }
}

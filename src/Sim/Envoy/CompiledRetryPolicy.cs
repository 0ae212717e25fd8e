using System.Globalization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A retry policy ready to decide. Immutable but for a memory of request templates.</summary>
/// <remarks>Envoy: source/common/router/retry_state_impl.cc, retry_policy_impl.cc. Belongs to one run.</remarks>
public sealed class CompiledRetryPolicy
{
    private readonly HeaderMatch[] _retriableRequestHeaders;
    private readonly HeaderMatch[] _retriableHeaders;
    private readonly int[] _statusCodes;
    private CompiledRetryPolicy?[] _byTemplate = [];

    private CompiledRetryPolicy(
        RetryPolicy source, RetryConditions conditions, uint numRetries, int[] statusCodes,
        (HeaderMatch[] Response, HeaderMatch[] Request) headers)
    {
        Source = source;
        Conditions = conditions;
        NumRetries = numRetries;
        _statusCodes = statusCodes;
        _retriableHeaders = headers.Response;
        _retriableRequestHeaders = headers.Request;
        BackoffBaseMs = (ulong)Math.Max(1, source.BackoffBaseNs / SimDuration.Millisecond);
        BackoffMaxMs = source.BackoffMaxNs > 0
            ? Math.Max(BackoffBaseMs, (ulong)(source.BackoffMaxNs / SimDuration.Millisecond)) : BackoffBaseMs * 10;
    }

    /// <summary>No policy: only a trusted request header can ask for retries.</summary>
    public static CompiledRetryPolicy None { get; } = Compile(new RetryPolicy());

    /// <summary>The policy as configured.</summary>
    public RetryPolicy Source { get; }

    /// <summary>Conditions.</summary>
    public RetryConditions Conditions { get; }

    /// <summary>Retries after the first attempt.</summary>
    public uint NumRetries { get; }

    /// <summary>First back-off window in milliseconds, at least 1.</summary>
    public ulong BackoffBaseMs { get; }

    /// <summary>Largest back-off window in milliseconds.</summary>
    public ulong BackoffMaxMs { get; }

    /// <summary>Whether requests have a retry state at all.</summary>
    public bool IsActive { get; private init; }

    /// <summary>Compiles a policy.</summary>
    /// <param name="policy">Policy.</param>
    /// <param name="diagnostics">Takes regular expressions that Envoy would refuse; null = they never match.</param>
    public static CompiledRetryPolicy Compile(RetryPolicy policy, DiagnosticBag? diagnostics = null)
    {
        RetryConditions conditions = RetryConditionList.ParseRoute(policy.RetryOn);
        return new CompiledRetryPolicy(
            policy, conditions, policy.NumRetries, [.. policy.RetriableStatusCodes],
            (Headers(policy.RetriableHeaders, policy, diagnostics),
                Headers(policy.RetriableRequestHeaders, policy, diagnostics)))
        {
            IsActive = conditions != RetryConditions.None,
        };
    }

    /// <summary>The policy as it is for a request: <c>x-envoy-*</c> headers and request conditions taken in.</summary>
    /// <remarks>
    /// Envoy: retry_state_impl.cc#RetryStateImpl::create and the constructor. Allocates once per template with an id.
    /// </remarks>
    /// <param name="request">The request.</param>
    /// <param name="isTrusted">The caller's <c>x-envoy-*</c> headers count (never in an ordinary Istio mesh).</param>
    public CompiledRetryPolicy For(RequestHeaders request, bool isTrusted)
    {
        if (!isTrusted && _retriableRequestHeaders.Length == 0)
        {
            return this;
        }

        if (request.Id < 0)
        {
            return Specialize(request, isTrusted);
        }

        int at = (request.Id * 2) + (isTrusted ? 1 : 0);
        if (at >= _byTemplate.Length)
        {
            Array.Resize(ref _byTemplate, Math.Max(at + 1, _byTemplate.Length * 2));
        }

        return _byTemplate[at] ??= Specialize(request, isTrusted);
    }

    internal bool HasStatusCode(int code) => Array.IndexOf(_statusCodes, code) >= 0;

    internal bool MatchesRetriableHeader(HeaderMap response)
    {
        foreach (HeaderMatch matcher in _retriableHeaders)
        {
            if (matcher.Matches(response))
            {
                return true;
            }
        }

        return false;
    }

    private static HeaderMatch[] Headers(
        IReadOnlyList<HeaderMatcher> matchers, RetryPolicy policy, DiagnosticBag? diagnostics) =>
        [.. matchers.Select(m => HeaderMatch.Compile(m, RepeatedHeaderRule.Joined, policy.Origin, diagnostics))];

    private CompiledRetryPolicy Specialize(RequestHeaders request, bool isTrusted)
    {
        RetryConditions conditions = Conditions;
        uint numRetries = NumRetries;
        int[] codes = _statusCodes;
        HeaderMatch[] headers = _retriableHeaders;
        HeaderMap map = request.Headers;
        bool isActive = IsActive;
        if (isTrusted)
        {
            string? http = map.FirstLine("x-envoy-retry-on");
            string? grpc = map.FirstLine("x-envoy-retry-grpc-on");
            isActive |= http is not null || grpc is not null;
            conditions |= http is null ? RetryConditions.None : RetryConditionList.ParseHttp(http).Conditions;
            conditions |= grpc is null ? RetryConditions.None : RetryConditionList.ParseGrpc(grpc).Conditions;
            codes = [.. codes, .. Codes(map.FirstLine("x-envoy-retriable-status-codes"))];
            headers = [.. headers, .. Presences(map.FirstLine("x-envoy-retriable-header-names"))];
        }

        if (_retriableRequestHeaders.Length > 0 && !Array.Exists(_retriableRequestHeaders, m => m.Matches(map)))
        {
            conditions = RetryConditions.None;
        }

        if (isTrusted && conditions != RetryConditions.None
            && uint.TryParse(
                map.FirstLine("x-envoy-max-retries"), IntegerText, CultureInfo.InvariantCulture, out uint max))
        {
            numRetries = max;
        }

        return new CompiledRetryPolicy(Source, conditions, numRetries, codes, (headers, []))
        {
            IsActive = isActive,
        };
    }

    private const NumberStyles IntegerText =
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign;

    private static IEnumerable<int> Codes(string? text)
    {
        foreach (string part in (text ?? "").Split(','))
        {
            if (int.TryParse(part, IntegerText, CultureInfo.InvariantCulture, out int code))
            {
                yield return code;
            }
        }
    }

    private static IEnumerable<HeaderMatch> Presences(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(static name => HeaderMatch.Compile(
            new HeaderMatcher(name.ToLowerInvariant(), PresentMatch: true), RepeatedHeaderRule.Joined, default, null));
}

using System.Globalization;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Default retries and the translation of written ones.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/retry/retry.go.</remarks>
internal static class RetryPolicies
{
    private const string DefaultRetryOn =
        "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

    /// <summary>Built-in retries of outbound routes.</summary>
    public static RetryPolicy Default(IstioProfile profile, bool hasConsistentHash) => new()
    {
        RetryOn = DefaultRetryOn,
        NumRetries = 2,
        RetriableStatusCodes = profile == IstioProfile.V1_22 ? [503] : [],
        AvoidPreviousHosts = profile == IstioProfile.V1_22 || !hasConsistentHash,
        HostSelectionRetryMaxAttempts = 5,
    };

    /// <summary>Retries of a route; null = none.</summary>
    /// <param name="written">Retries of the rule; null = not stated.</param>
    /// <param name="hasConsistentHash">The route has one destination, balanced by hash.</param>
    /// <param name="push">Mesh settings and profile.</param>
    public static RetryPolicy? Convert(HttpRetry? written, bool hasConsistentHash, PushContext push)
    {
        HttpRetry? retry = written ?? push.Config.DefaultHttpRetryPolicy;
        RetryPolicy basis = Default(push.Profile, hasConsistentHash);
        return retry is null ? basis : Convert(retry, basis, push.Profile);
    }

    /// <summary>Written retries over default ones.</summary>
    public static RetryPolicy? Convert(HttpRetry retry, RetryPolicy basis, IstioProfile profile)
    {
        if (retry.Attempts <= 0)
        {
            return null;
        }

        RetryPolicy result = basis with
        {
            NumRetries = (uint)retry.Attempts,
            PerTryTimeoutNs = retry.PerTryTimeoutNs ?? 0,
            PreviousPrioritiesFrequency = retry.RetryRemoteLocalities ? 2 : 0,
            Origin = retry.Origin,
        };
        if (profile != IstioProfile.V1_22)
        {
            result = result with
            {
                AvoidPreviousHosts = retry.RetryIgnorePreviousHosts ?? basis.AvoidPreviousHosts,
                BackoffBaseNs = retry.BackoffNs ?? basis.BackoffBaseNs,
            };
        }

        return retry.RetryOn.Length == 0 ? result : WithConditions(result, retry.RetryOn);
    }

    /// <summary>Retries of inbound routes; null = none. Of the mesh's setting only number and conditions
    /// count.</summary>
    public static RetryPolicy? Inbound(PushContext push, Protocol protocol)
    {
        if (push.Profile == IstioProfile.V1_22 || protocol.IsGrpc())
        {
            return null;
        }

        var basis = new RetryPolicy { RetryOn = "reset-before-request", NumRetries = 2 };
        if (push.Config.DefaultInboundHttpRetryPolicy is not { } mesh)
        {
            return basis;
        }

        var stated = new HttpRetry { Attempts = mesh.Attempts, RetryOn = mesh.RetryOn, Origin = mesh.Origin };
        return Convert(stated, basis, push.Profile);
    }

    private static RetryPolicy WithConditions(RetryPolicy policy, string retryOn)
    {
        var conditions = new List<string>();
        var codes = new List<int>();
        foreach (string part in retryOn.Split(','))
        {
            string condition = part.Trim();
            if (int.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
                && code is >= 100 and < 600)
            {
                codes.Add(code);
            }
            else if (condition.Length > 0)
            {
                conditions.Add(condition);
            }
        }

        string text = string.Join(',', conditions);
        if (codes.Count > 0 && !text.Contains("retriable-status-codes", StringComparison.Ordinal))
        {
            text += ",retriable-status-codes";
        }

        return policy with { RetryOn = text, RetriableStatusCodes = codes };
    }
}

using System.Globalization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What the fault filter does to a request before the router sees it.</summary>
/// <param name="HttpStatus">Status of the abort; 0 = none.</param>
/// <param name="GrpcStatus">gRPC status of the abort; null = none.</param>
public readonly record struct FaultAbortDecision(int HttpStatus, int? GrpcStatus)
{
    /// <summary>Whether the request ends here.</summary>
    public bool IsAbort => HttpStatus != 0 || GrpcStatus is not null;

    /// <summary>The answer to the caller.</summary>
    public LocalReply Reply() => HttpStatus != 0 ? LocalReply.FaultAbort(HttpStatus)
        : LocalReply.FaultAbort(200, GrpcStatus);
}

/// <summary>Fault injection of a route.</summary>
/// <remarks>
/// Envoy: source/extensions/filters/http/fault/fault_filter.cc. The delay is asked for first; the abort when the delay
/// is over, with a draw of its own. <c>max_active_faults</c> compares with one gauge of the whole connection manager,
/// which the caller keeps. The response rate limit is not modelled. Allocates nothing.
/// </remarks>
public sealed class FaultFilter
{
    private readonly FaultConfig _config;
    private readonly HeaderMatch[] _headers;

    /// <summary>A filter.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="rule">How repeated header lines are compared.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="diagnostics">Takes refused regular expressions.</param>
    public FaultFilter(
        FaultConfig config, RepeatedHeaderRule rule, SourceSpan span = default, DiagnosticBag? diagnostics = null)
    {
        _config = config;
        _headers = [.. config.Headers.Select(m => HeaderMatch.Compile(m, rule, span, diagnostics))];
    }

    /// <summary>Faults not injected because too many were active (<c>faults_overflow</c>).</summary>
    public long FaultsOverflow { get; private set; }

    /// <summary>Delays injected.</summary>
    public long DelaysInjected { get; private set; }

    /// <summary>Aborts injected.</summary>
    public long AbortsInjected { get; private set; }

    /// <summary>Whether the filter concerns a request at all.</summary>
    /// <param name="request">Request.</param>
    /// <param name="cluster">Cluster of its route.</param>
    public bool Applies(RequestHeaders request, string cluster)
    {
        if (_config.UpstreamCluster.Length > 0 && _config.UpstreamCluster != cluster)
        {
            return false;
        }

        if (_config.DownstreamNodes.Count > 0
            && !IsListed(request.Headers.FirstLine("x-envoy-downstream-service-node")))
        {
            return false;
        }

        return HeaderMatch.AllMatch(_headers, request.Headers);
    }

    /// <summary>Delay in nanoseconds; 0 = none. An injected delay takes one active fault until the request goes
    /// on.</summary>
    /// <param name="request">Request.</param>
    /// <param name="random">Draw for the percentage.</param>
    /// <param name="activeFaults">Active faults of the connection manager.</param>
    public long Delay(RequestHeaders request, ulong random, uint activeFaults)
    {
        long delayNs = _config.DelayNs;
        FractionalPercent percentage = _config.DelayPercentage;
        if (_config.IsDelayHeaderControlled)
        {
            delayNs = Integer(request, "x-envoy-fault-delay-request") is long ms and > 0
                ? ms * SimDuration.Millisecond : 0;
            percentage = Lowered(percentage, request, "x-envoy-fault-delay-request-percentage");
        }

        if (delayNs <= 0 || !Includes(percentage, random))
        {
            return 0;
        }

        if (activeFaults >= _config.MaxActiveFaults)
        {
            FaultsOverflow++;
            return 0;
        }

        DelaysInjected++;
        return delayNs;
    }

    /// <summary>Decides about the abort, after the delay if there was one.</summary>
    /// <param name="request">Request.</param>
    /// <param name="random">Draw for the percentage.</param>
    /// <param name="activeFaults">Active faults of the connection manager.</param>
    /// <param name="isFaultActive">The request was delayed: it counts as one active fault already.</param>
    public FaultAbortDecision Abort(RequestHeaders request, ulong random, uint activeFaults, bool isFaultActive)
    {
        FaultAbortDecision abort = Status(request, out FractionalPercent percentage);
        if (!abort.IsAbort || !Includes(percentage, random))
        {
            return default;
        }

        if (!isFaultActive && activeFaults >= _config.MaxActiveFaults)
        {
            FaultsOverflow++;
            return default;
        }

        AbortsInjected++;
        return abort;
    }

    private static bool Includes(FractionalPercent percentage, ulong random) =>
        percentage.Denominator > 0 && percentage.Includes(random);

    private static long? Integer(RequestHeaders request, string name) =>
        long.TryParse(request.Headers.FirstLine(name), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value : null;

    // Envoy: source/extensions/filters/common/fault/fault_config.cc, the header percentage can only lower the
    // numerator.
    private static FractionalPercent Lowered(FractionalPercent percentage, RequestHeaders request, string name) =>
        Integer(request, name) is long value && value < percentage.Numerator
            ? percentage with { Numerator = (uint)value } : percentage;

    private FaultAbortDecision Status(RequestHeaders request, out FractionalPercent percentage)
    {
        percentage = _config.AbortPercentage;
        if (!_config.IsAbortHeaderControlled)
        {
            return _config.AbortHttpStatus != 0 ? new FaultAbortDecision(_config.AbortHttpStatus, null)
                : new FaultAbortDecision(0, _config.AbortGrpcStatus);
        }

        percentage = Lowered(percentage, request, "x-envoy-fault-abort-request-percentage");
        if (Integer(request, "x-envoy-fault-abort-request") is long status and >= 200 and < 600)
        {
            return new FaultAbortDecision((int)status, null);
        }

        return Integer(request, "x-envoy-fault-abort-grpc-request") is long grpc and >= 0 and <= int.MaxValue
            ? new FaultAbortDecision(0, (int)grpc) : default;
    }

    private bool IsListed(string? node)
    {
        for (int i = 0; node is not null && i < _config.DownstreamNodes.Count; i++)
        {
            if (_config.DownstreamNodes[i] == node)
            {
                return true;
            }
        }

        return false;
    }
}

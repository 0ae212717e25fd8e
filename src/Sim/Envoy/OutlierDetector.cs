using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Outlier detection of one Envoy cluster in one proxy, over all its priorities.</summary>
/// <remarks>
/// Envoy: source/common/upstream/outlier_detection_impl.cc#DetectorImpl. Runs of errors eject at once; returns and the
/// rate detectors happen in the sweep, which the caller runs at <see cref="NextSweepAtNs"/>. Simplified: the worker's
/// message to the main thread takes no time, so no error is lost between a threshold and its ejection; hosts are swept
/// in list order (Envoy: hash order). A report costs O(1) and allocates nothing; a sweep is O(hosts).
/// </remarks>
public sealed class OutlierDetector
{
    private readonly OutlierDetectionConfig _config;
    private readonly RngStream _rng;
    private readonly IHostHealthSink _sink;
    private readonly long _maxEjectionTimeNs;
    private readonly HashSet<int>? _errorCodes;
    private Host[] _hosts = [];

    /// <summary>A detector of the given hosts.</summary>
    /// <param name="config">Settings; what <see cref="OutlierMath.Refusal"/> refuses is an error here.</param>
    /// <param name="rng">Draws for enforcement percentages and jitter.</param>
    /// <param name="sink">Is told when a host is ejected or returns.</param>
    /// <param name="hosts">All hosts of the cluster.</param>
    /// <param name="firstSweepAtNs">Time of the first sweep: creation of the cluster plus the interval.</param>
    /// <param name="scratch">Lists to share with the other detectors of the run; null = lists of its own.</param>
    public OutlierDetector(
        OutlierDetectionConfig config, RngStream rng, IHostHealthSink sink, IReadOnlyList<Host> hosts,
        long firstSweepAtNs, OutlierScratch? scratch = null)
    {
        string? refusal = OutlierMath.Refusal(config);
        if (refusal is not null)
        {
            throw new ArgumentException(refusal, nameof(config));
        }

        _config = config;
        _rng = rng;
        _sink = sink;
        _maxEjectionTimeNs = OutlierMath.MaxEjectionTimeNs(config);
        _errorCodes = config.HttpErrorCodes is null ? null : [.. config.HttpErrorCodes];
        scratch ??= new OutlierScratch();
        External = new OutlierRateDetector(config, isLocalOrigin: false, scratch);
        LocalOrigin = new OutlierRateDetector(config, isLocalOrigin: true, scratch);
        NextSweepAtNs = firstSweepAtNs;
        HostsChanged(hosts);
    }

    /// <summary>When <see cref="Sweep"/> is due.</summary>
    public long NextSweepAtNs { get; private set; }

    /// <summary>The health of a host was changed since the caller last cleared this.</summary>
    public bool HasNews { get; set; }

    /// <summary>Counters.</summary>
    public OutlierCounters Counters { get; } = new();

    /// <summary>Follows the decisions; null = nobody.</summary>
    public IOutlierObserver? Observer { get; set; }

    /// <summary>What the last sweep made of the answers of servers.</summary>
    public OutlierRateDetector External { get; }

    /// <summary>What the last sweep made of connecting (split mode).</summary>
    public OutlierRateDetector LocalOrigin { get; }

    /// <summary>Response headers have arrived from a host.</summary>
    /// <remarks>
    /// Envoy: #DetectorHostMonitorImpl::putHttpResponseCode. For gRPC hand in the code that the status in the headers
    /// maps to (<see cref="LocalReply.GrpcToHttpCode"/>). With configured error codes an answer that is listed counts
    /// as its own code or 500, any other as 200 (router.cc, cluster error matcher).
    /// </remarks>
    public void PutHttpResponse(Host host, int code, long nowNs)
    {
        if (_errorCodes is not null)
        {
            code = !_errorCodes.Contains(code) ? 200 : code >= 500 ? code : 500;
        }

        PutCode(host, code, nowNs);
    }

    /// <summary>Something other than plain response headers has happened.</summary>
    /// <remarks>Envoy: #DetectorHostMonitorImpl::putResult. Overflow of a circuit breaker is never reported.</remarks>
    /// <param name="host">The host.</param>
    /// <param name="result">What happened.</param>
    /// <param name="code">Status that overrides the result's own unless errors are split; 0 = none.</param>
    /// <param name="nowNs">Time in nanoseconds.</param>
    public void PutResult(Host host, OutlierResult result, int code, long nowNs)
    {
        if (_config.SplitExternalLocalOriginErrors)
        {
            PutSplit(host, result, nowNs);
            return;
        }

        int reported = code != 0 ? code : result switch
        {
            OutlierResult.LocalOriginConnectSuccessFinal or OutlierResult.ExtOriginRequestSuccess => 200,
            OutlierResult.LocalOriginTimeout => 504,
            OutlierResult.LocalOriginConnectFailed => 503,
            OutlierResult.ExtOriginRequestFailed => 500,
            _ => 0,
        };
        if (reported != 0)
        {
            PutCode(host, reported, nowNs);
        }
    }

    /// <summary>A response says <c>x-envoy-degraded</c>. Nothing happens unless the configuration asks for
    /// it.</summary>
    /// <remarks>
    /// Envoy 1.38: <c>detect_degraded_hosts</c>. The host stays in rotation as degraded for the ejection time.
    /// Simplified: the length of a repeated degradation grows and decays by its own multiplier.
    /// </remarks>
    public void PutDegraded(Host host, long nowNs)
    {
        OutlierHostState? state = host.Outlier;
        if (!_config.DetectDegradedHosts || state is null || state.Detector != this
            || (host.Flags & HealthFlags.DegradedOutlierDetection) != 0)
        {
            return;
        }

        Counters.CountDetected(OutlierEjectionType.Degraded);
        host.Flags |= HealthFlags.DegradedOutlierDetection;
        state.DegradedAtNs = nowNs;
        state.DegradeTimeMultiplier = OutlierMath.NextMultiplier(
            state.DegradeTimeMultiplier, _config.BaseEjectionTimeNs, _maxEjectionTimeNs);
        Tell(host, nowNs);
        Observer?.Ejected(host, OutlierEjectionType.Degraded, true, state.NumEjections, nowNs);
    }

    /// <summary>An active health check has passed.</summary>
    /// <remarks>Envoy: #DetectorImpl::initialize, the health checker's callback.</remarks>
    public void ActiveHealthCheckPassed(Host host, long nowNs)
    {
        if (_config.SuccessfulActiveHealthCheckUnejectHost
            && (host.Flags & HealthFlags.FailedActiveHc) == 0 && IsEjected(host) && host.Outlier?.Detector == this)
        {
            Uneject(host, host.Outlier, nowNs);
        }
    }

    /// <summary>The members of the cluster have changed. A host that is gone loses all state.</summary>
    /// <remarks>Envoy: #DetectorImpl::initialize, the member update callback.</remarks>
    /// <param name="hosts">All hosts of all priorities.</param>
    public void HostsChanged(IReadOnlyList<Host> hosts)
    {
        var kept = new HashSet<Host>(hosts, ReferenceEqualityComparer.Instance);
        foreach (Host old in _hosts)
        {
            if (!kept.Contains(old))
            {
                Counters.EjectionsActive -= IsEjected(old) ? 1 : 0;
                old.Outlier = null;
            }
        }

        _hosts = [.. hosts];
        foreach (Host host in _hosts)
        {
            if (host.Outlier?.Detector != this)
            {
                host.Outlier = new OutlierHostState(this);
            }
        }
    }

    /// <summary>The periodic pass: returns, rate detectors, decay of multipliers.</summary>
    /// <remarks>
    /// Envoy: #DetectorImpl::onIntervalTimer. Envoy's timer is a millisecond early or late; here a host that returned
    /// exactly one interval ago has its multiplier decayed.
    /// </remarks>
    public void Sweep(long nowNs)
    {
        foreach (Host host in _hosts)
        {
            OutlierHostState state = host.Outlier!;
            ReturnIfDue(host, state, nowNs);
            state.External.Swap();
            state.LocalOrigin.Swap();
            state.ExternalSuccessRate = -1;
            state.LocalOriginSuccessRate = -1;
        }

        EjectRateOutliers(External, nowNs);
        EjectRateOutliers(LocalOrigin, nowNs);
        foreach (Host host in _hosts)
        {
            Decay(host, host.Outlier!, nowNs);
        }

        NextSweepAtNs = nowNs + _config.IntervalNs;
    }

    private void Tell(Host host, long nowNs)
    {
        HasNews = true;
        _sink.HostHealthChanged(host, nowNs);
    }

    private static bool IsEjected(Host host) => (host.Flags & HealthFlags.FailedOutlierCheck) != 0;

    private void PutCode(Host host, int code, long nowNs)
    {
        OutlierHostState? state = host.Outlier;
        if (state is null)
        {
            return;
        }

        state.External.Total++;
        if (code is < 500 or > 599)
        {
            state.External.Success++;
            state.Consecutive5xx = 0;
            state.ConsecutiveGatewayFailure = 0;
            return;
        }

        if (code is >= 502 and <= 504)
        {
            if (++state.ConsecutiveGatewayFailure == _config.ConsecutiveGatewayFailure)
            {
                ThresholdReached(host, state, OutlierEjectionType.ConsecutiveGatewayFailure, nowNs);
            }
        }
        else
        {
            state.ConsecutiveGatewayFailure = 0;
        }

        if (++state.Consecutive5xx == _config.Consecutive5xx)
        {
            ThresholdReached(host, state, OutlierEjectionType.Consecutive5xx, nowNs);
        }
    }

    private void PutSplit(Host host, OutlierResult result, long nowNs)
    {
        switch (result)
        {
            case OutlierResult.LocalOriginConnectSuccess:
            case OutlierResult.LocalOriginConnectSuccessFinal:
                LocalSuccess(host);
                break;
            case OutlierResult.LocalOriginTimeout:
            case OutlierResult.LocalOriginConnectFailed:
                LocalFailure(host, nowNs);
                break;
            case OutlierResult.ExtOriginRequestFailed:
                PutCode(host, 503, nowNs);
                break;
            default:
                PutCode(host, 200, nowNs);
                LocalSuccess(host);
                break;
        }
    }

    private static void LocalSuccess(Host host)
    {
        OutlierHostState? state = host.Outlier;
        if (state is not null)
        {
            state.LocalOrigin.Total++;
            state.LocalOrigin.Success++;
            state.ConsecutiveLocalOriginFailure = 0;
        }
    }

    private void LocalFailure(Host host, long nowNs)
    {
        OutlierHostState? state = host.Outlier;
        if (state is null)
        {
            return;
        }

        state.LocalOrigin.Total++;
        if (++state.ConsecutiveLocalOriginFailure == _config.ConsecutiveLocalOriginFailure)
        {
            ThresholdReached(host, state, OutlierEjectionType.ConsecutiveLocalOriginFailure, nowNs);
        }
    }

    private void ThresholdReached(Host host, OutlierHostState state, OutlierEjectionType type, long nowNs)
    {
        if (state.Detector != this || IsEjected(host))
        {
            return;
        }

        Counters.CountDetected(type);
        Eject(host, state, type, nowNs);
        switch (type)
        {
            case OutlierEjectionType.Consecutive5xx:
                Counters.EjectionsConsecutive5xx++;
                state.Consecutive5xx = 0;
                break;
            case OutlierEjectionType.ConsecutiveGatewayFailure:
                state.ConsecutiveGatewayFailure = 0;
                break;
            default:
                state.ConsecutiveLocalOriginFailure = 0;
                break;
        }
    }

    private void Eject(Host host, OutlierHostState state, OutlierEjectionType type, long nowNs)
    {
        if (!OutlierMath.MayEject(
                Counters.EjectionsActive, _hosts.Length, _config.MaxEjectionPercent, _config.AlwaysEjectOneHost))
        {
            Counters.EjectionsOverflow++;
            return;
        }

        bool isOld = type is OutlierEjectionType.Consecutive5xx or OutlierEjectionType.SuccessRate;
        Counters.EjectionsTotal += isOld ? 1 : 0;
        if (!IsEnforced(type))
        {
            Observer?.Ejected(host, type, false, state.NumEjections, nowNs);
            return;
        }

        Counters.EjectionsActive++;
        Counters.CountEnforced(type);
        host.Flags |= HealthFlags.FailedOutlierCheck;
        state.NumEjections++;
        state.EjectedAtNs = nowNs;
        state.EjectTimeMultiplier = OutlierMath.NextMultiplier(
            state.EjectTimeMultiplier, _config.BaseEjectionTimeNs, _maxEjectionTimeNs);
        state.JitterNs = _config.MaxEjectionTimeJitterNs < SimDuration.Millisecond ? 0
            : OutlierMath.JitterNs(_rng.NextUInt64(), _config.MaxEjectionTimeJitterNs);
        Tell(host, nowNs);
        Observer?.Ejected(host, type, true, state.NumEjections, nowNs);
    }

    private bool IsEnforced(OutlierEjectionType type)
    {
        uint percent = type switch
        {
            OutlierEjectionType.Consecutive5xx => _config.EnforcingConsecutive5xx,
            OutlierEjectionType.ConsecutiveGatewayFailure => _config.EnforcingConsecutiveGatewayFailure,
            OutlierEjectionType.SuccessRate => _config.EnforcingSuccessRate,
            OutlierEjectionType.ConsecutiveLocalOriginFailure => _config.EnforcingConsecutiveLocalOriginFailure,
            OutlierEjectionType.SuccessRateLocalOrigin => _config.EnforcingLocalOriginSuccessRate,
            OutlierEjectionType.FailurePercentage => _config.EnforcingFailurePercentage,
            OutlierEjectionType.FailurePercentageLocalOrigin => _config.EnforcingFailurePercentageLocalOrigin,
            _ => 100,
        };
        return percent >= 100 || (percent > 0 && _rng.NextUInt64() % 100 < percent);
    }

    private void ReturnIfDue(Host host, OutlierHostState state, long nowNs)
    {
        if (IsEjected(host))
        {
            long lengthNs = OutlierMath.EjectionTimeNs(
                state.EjectTimeMultiplier, _config.BaseEjectionTimeNs, _maxEjectionTimeNs) + state.JitterNs;
            if (lengthNs <= nowNs - state.EjectedAtNs)
            {
                Uneject(host, state, nowNs);
            }
        }

        if ((host.Flags & HealthFlags.DegradedOutlierDetection) != 0 && nowNs - state.DegradedAtNs
            >= OutlierMath.EjectionTimeNs(state.DegradeTimeMultiplier, _config.BaseEjectionTimeNs, _maxEjectionTimeNs))
        {
            host.Flags &= ~HealthFlags.DegradedOutlierDetection;
            state.UndegradedAtNs = nowNs;
            Tell(host, nowNs);
            Observer?.Unejected(host, nowNs);
        }
    }

    private void Uneject(Host host, OutlierHostState state, long nowNs)
    {
        Counters.EjectionsActive--;
        host.Flags &= ~HealthFlags.FailedOutlierCheck;
        state.ResetRuns();
        state.UnejectedAtNs = nowNs;
        Tell(host, nowNs);
        Observer?.Unejected(host, nowNs);
    }

    private void EjectRateOutliers(OutlierRateDetector detector, long nowNs)
    {
        foreach ((Host host, OutlierEjectionType type) in detector.Judge(_hosts))
        {
            Counters.CountDetected(type);
            Counters.EjectionsSuccessRate +=
                type is OutlierEjectionType.SuccessRate or OutlierEjectionType.SuccessRateLocalOrigin ? 1 : 0;
            Eject(host, host.Outlier!, type, nowNs);
        }
    }

    private void Decay(Host host, OutlierHostState state, long nowNs)
    {
        if (!IsEjected(host) && state.EjectTimeMultiplier > 0
            && nowNs - state.UnejectedAtNs >= _config.IntervalNs)
        {
            state.EjectTimeMultiplier--;
        }

        if ((host.Flags & HealthFlags.DegradedOutlierDetection) == 0 && state.DegradeTimeMultiplier > 0
            && nowNs - state.UndegradedAtNs >= _config.IntervalNs)
        {
            state.DegradeTimeMultiplier--;
        }
    }
}

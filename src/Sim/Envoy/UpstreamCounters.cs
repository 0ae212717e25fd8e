namespace Sim.Envoy;

/// <summary>Counters of an Envoy cluster about connections, requests and retries, under Envoy's names.</summary>
/// <remarks>Envoy: envoy/upstream/upstream.h#ALL_CLUSTER_TRAFFIC_STATS. Plain fields: the hot path adds to
/// them.</remarks>
public sealed class UpstreamCounters
{
    /// <summary><c>upstream_cx_total</c>: connections opened.</summary>
    public long CxTotal;

    /// <summary><c>upstream_cx_active</c>: connections that exist, connecting ones included (gauge).</summary>
    public long CxActive;

    /// <summary><c>upstream_cx_connect_fail</c>: connections that did not come to be.</summary>
    public long CxConnectFail;

    /// <summary><c>upstream_cx_connect_timeout</c>: those of them that ran into the connect timeout.</summary>
    public long CxConnectTimeout;

    /// <summary><c>upstream_cx_overflow</c>: times the limit of connections was met.</summary>
    public long CxOverflow;

    /// <summary><c>upstream_cx_destroy_with_active_rq</c>: connections lost with requests on them.</summary>
    public long CxDestroyWithActiveRq;

    /// <summary><c>upstream_cx_max_requests</c>: connections that served their last request.</summary>
    public long CxMaxRequests;

    /// <summary><c>upstream_cx_idle_timeout</c>: connections closed for idleness.</summary>
    public long CxIdleTimeout;

    /// <summary><c>upstream_cx_none_healthy</c>: picks that found no host.</summary>
    public long CxNoneHealthy;

    /// <summary><c>upstream_rq_total</c>: requests attached to connections, every attempt counted.</summary>
    public long RqTotal;

    /// <summary><c>upstream_rq_active</c>: requests on connections (gauge).</summary>
    public long RqActive;

    /// <summary><c>upstream_rq_pending_total</c>: requests that had to wait for a connection.</summary>
    public long RqPendingTotal;

    /// <summary><c>upstream_rq_pending_active</c>: requests that wait for a connection (gauge).</summary>
    public long RqPendingActive;

    /// <summary><c>upstream_rq_pending_overflow</c>: requests refused because too many waited.</summary>
    public long RqPendingOverflow;

    /// <summary><c>upstream_rq_active_overflow</c>: requests refused because too many were on connections. Releases
    /// before
    /// 1.39 count them as pending overflow.</summary>
    public long RqActiveOverflow;

    /// <summary><c>upstream_rq_pending_failure_eject</c>: waiting requests failed by a failed connection.</summary>
    public long RqPendingFailureEject;

    /// <summary><c>upstream_rq_cancelled</c>: requests given up while they waited.</summary>
    public long RqCancelled;

    /// <summary><c>upstream_rq_retry</c>: retries.</summary>
    public long RqRetry;

    /// <summary><c>upstream_rq_retry_success</c>: retries with a result that is not retried.</summary>
    public long RqRetrySuccess;

    /// <summary><c>upstream_rq_retry_limit_exceeded</c>: retries not made because the number was used up.</summary>
    public long RqRetryLimitExceeded;

    /// <summary><c>upstream_rq_retry_overflow</c>: retries not made because of the circuit breaker.</summary>
    public long RqRetryOverflow;

    /// <summary><c>upstream_rq_retry_backoff_exponential</c>: retries after an exponential back-off.</summary>
    public long RqRetryBackoffExponential;

    /// <summary><c>upstream_rq_retry_backoff_ratelimited</c>: retries after a back-off told by a header.</summary>
    public long RqRetryBackoffRatelimited;

    /// <summary><c>upstream_rq_timeout</c>: requests that ran into the route timeout.</summary>
    public long RqTimeout;

    /// <summary><c>upstream_rq_per_try_timeout</c>: attempts that ran into the per-try timeout.</summary>
    public long RqPerTryTimeout;

    /// <summary><c>upstream_rq_per_try_idle_timeout</c>: attempts that ran into the per-try idle timeout.</summary>
    public long RqPerTryIdleTimeout;

    /// <summary><c>upstream_rq_max_duration_reached</c>: attempts that ran into the maximum stream duration.</summary>
    public long RqMaxDurationReached;

    /// <summary><c>upstream_rq_rx_reset</c>: streams reset by the peer.</summary>
    public long RqRxReset;

    /// <summary><c>upstream_rq_tx_reset</c>: streams reset by this side.</summary>
    public long RqTxReset;

    /// <summary><c>upstream_rq_drop_overload</c>: requests dropped by <c>drop_overload</c>.</summary>
    public long RqDropOverload;

    /// <summary><c>retry_or_shadow_abandoned</c>: requests whose body was too long to keep it for a further try.
    /// </summary>
    public long RetryOrShadowAbandoned;

    /// <summary>All of them by name, zeros included.</summary>
    public IEnumerable<KeyValuePair<string, long>> All() =>
    [
        new("upstream_cx_total", CxTotal), new("upstream_cx_active", CxActive),
        new("upstream_cx_connect_fail", CxConnectFail), new("upstream_cx_connect_timeout", CxConnectTimeout),
        new("upstream_cx_overflow", CxOverflow), new("upstream_cx_destroy_with_active_rq", CxDestroyWithActiveRq),
        new("upstream_cx_max_requests", CxMaxRequests), new("upstream_cx_idle_timeout", CxIdleTimeout),
        new("upstream_cx_none_healthy", CxNoneHealthy), new("upstream_rq_total", RqTotal),
        new("upstream_rq_active", RqActive), new("upstream_rq_pending_total", RqPendingTotal),
        new("upstream_rq_pending_active", RqPendingActive), new("upstream_rq_pending_overflow", RqPendingOverflow),
        new("upstream_rq_active_overflow", RqActiveOverflow),
        new("upstream_rq_pending_failure_eject", RqPendingFailureEject), new("upstream_rq_cancelled", RqCancelled),
        new("upstream_rq_retry", RqRetry), new("upstream_rq_retry_success", RqRetrySuccess),
        new("upstream_rq_retry_limit_exceeded", RqRetryLimitExceeded),
        new("upstream_rq_retry_overflow", RqRetryOverflow),
        new("upstream_rq_retry_backoff_exponential", RqRetryBackoffExponential),
        new("upstream_rq_retry_backoff_ratelimited", RqRetryBackoffRatelimited),
        new("upstream_rq_timeout", RqTimeout), new("upstream_rq_per_try_timeout", RqPerTryTimeout),
        new("upstream_rq_per_try_idle_timeout", RqPerTryIdleTimeout),
        new("upstream_rq_max_duration_reached", RqMaxDurationReached), new("upstream_rq_rx_reset", RqRxReset),
        new("upstream_rq_tx_reset", RqTxReset), new("upstream_rq_drop_overload", RqDropOverload),
        new("retry_or_shadow_abandoned", RetryOrShadowAbandoned),
    ];
}

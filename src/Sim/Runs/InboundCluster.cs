using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>A sidecar's own cluster towards its application, <c>inbound|PORT||</c>: one host, its pool, limits and
/// retries. It outlives pushes that do not change it.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/cluster.go#buildInboundClusters, route retries of
/// pilot/pkg/networking/core/route/route.go#BuildDefaultHTTPInboundRoute. The connection is a loopback: made or
/// refused at once.</remarks>
internal sealed class InboundCluster
{
    /// <summary>A cluster as configured for a listener; a listener without one gets Istio's defaults.</summary>
    public InboundCluster(InboundListener? listener, int port)
    {
        Config = listener?.Cluster ?? new ClusterConfig { Name = "inbound" };
        RetrySource = listener?.RetryPolicy;
        Breakers = new CircuitBreakers(Config);
        IsUnlimited = Config.CircuitBreakers == CircuitBreakerThresholds.Unlimited;
        Host = new Host(new LbEndpoint { Address = "127.0.0.1", Port = port }, Locality.Empty, 0);
        Pool = new ConnectionPool(
            Host,
            ConnectionPoolOptions.Of(Config, Config.Protocol == UpstreamProtocol.Http2, false) with
            {
                TellsIdle = false,
            },
            Breakers);
        Retry = RetrySource is null ? CompiledRetryPolicy.None : CompiledRetryPolicy.Compile(RetrySource);
    }

    /// <summary>Configuration.</summary>
    public ClusterConfig Config { get; }

    /// <summary>No limit of the cluster can be met: every request has a connection at once, and no pool is asked.
    /// </summary>
    public bool IsUnlimited { get; }

    /// <summary>Retries as configured; null = none.</summary>
    public RetryPolicy? RetrySource { get; }

    /// <summary>Limits and counters.</summary>
    public CircuitBreakers Breakers { get; }

    /// <summary>The application.</summary>
    public Host Host { get; }

    /// <summary>Connections to it.</summary>
    public ConnectionPool Pool { get; }

    /// <summary>Retries.</summary>
    public CompiledRetryPolicy Retry { get; }

    /// <summary>What the pool asks for and nobody has done yet.</summary>
    public PoolActions Actions { get; } = new();

    /// <summary>Next of <see cref="Actions"/> to do; -1 = nobody is at it.</summary>
    public int ActionAt { get; set; } = -1;

    /// <summary>Whether a listener asks for the same.</summary>
    public bool Serves(InboundListener? listener) => ConfigEquality.Same(RetrySource, listener?.RetryPolicy)
        && (listener?.Cluster is null ? Config.Name == "inbound" : ConfigEquality.Same(Config, listener.Cluster));
}

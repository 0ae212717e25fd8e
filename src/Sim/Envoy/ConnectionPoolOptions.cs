using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Settings of a pool.</summary>
public sealed record ConnectionPoolOptions
{
    /// <summary>Streams a connection carries at a time: 1 for HTTP/1 and TCP.</summary>
    public int MaxConcurrentStreams { get; init; } = 1;

    /// <summary>Requests after which a connection is closed; 0 = unlimited.</summary>
    public uint MaxRequestsPerConnection { get; init; }

    /// <summary>Connections opened per stream in need of one, at least 1.</summary>
    public double PreconnectRatio { get; init; } = 1;

    /// <summary>The caller wants to hear when a connection has no streams, for <see
    /// cref="ConnectionPool.IdleTimeout"/>.</summary>
    public bool TellsIdle { get; init; } = true;

    /// <summary>The HIGH routing priority's limits apply.</summary>
    public bool IsHighPriority { get; init; }

    /// <summary>Options of a cluster for an HTTP version.</summary>
    /// <param name="config">Cluster.</param>
    /// <param name="isHttp2">HTTP/2 or gRPC.</param>
    /// <param name="isHighPriority">Routing priority.</param>
    public static ConnectionPoolOptions Of(ClusterConfig config, bool isHttp2, bool isHighPriority) => new()
    {
        MaxConcurrentStreams = !isHttp2 ? 1
            : config.MaxConcurrentStreams is 0 or > int.MaxValue ? int.MaxValue : (int)config.MaxConcurrentStreams,
        MaxRequestsPerConnection = config.MaxRequestsPerConnection,
        PreconnectRatio = config.PreconnectRatio,
        IsHighPriority = isHighPriority,
    };
}

using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <summary>An answer that needs no upstream.</summary>
internal sealed record ImmediateReply(
    int Code, ResponseFlags Flags, string Details, Disposition Disposition, SourceSpan Origin = default);

/// <summary>What a proxy does with one request template on one route to one cluster: found once per configuration.
/// </summary>
internal sealed class ResolvedRoute
{
    /// <summary>Answer at once; null = goes upstream.</summary>
    public ImmediateReply? Immediate { get; init; }

    /// <summary>Answer of the cross-origin filter, behind fault injection and before the router; null = none.</summary>
    public ImmediateReply? Preflight { get; init; }

    /// <summary>Where it goes; null with an immediate answer.</summary>
    public ClusterRuntime? Cluster { get; init; }

    /// <summary>The listener passes bytes on: one connection upstream for each of the caller's, and no answer of the
    /// proxy's own.</summary>
    public bool IsTcp { get; init; }

    /// <summary>Server name of its connections, where that is the host it is for (<c>auto_sni</c>); empty = the
    /// cluster's. Of bytes that are passed on: the server name of TLS inside them, not the proxy's own; empty =
    /// none.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Connections that serve it.</summary>
    public PoolKind Pool { get; init; }

    /// <summary>Route timeout in nanoseconds, 0 = none.</summary>
    public long TimeoutNs { get; init; }

    /// <summary>Per-try timeout in nanoseconds, 0 = none.</summary>
    public long PerTryTimeoutNs { get; init; }

    /// <summary>Longest silence of a try in nanoseconds, 0 = none. An answer arrives in one piece, so this is the time
    /// until it arrives.</summary>
    public long PerTryIdleNs { get; init; }

    /// <summary>Longest life of the request in nanoseconds, 0 = none.</summary>
    public long StreamDurationNs { get; init; }

    /// <summary>Longest time in which nothing moves, in nanoseconds, 0 = none.</summary>
    public long IdleNs { get; init; }

    /// <summary>Status of the answer to a request that runs into a timeout.</summary>
    public int TimeoutStatus { get; init; } = LocalReply.RouteTimeout.Code;

    /// <summary>The HIGH routing priority.</summary>
    public bool IsHighPriority { get; init; }

    /// <summary>The body is too long to be kept for a further try, though the policy asks for tries.</summary>
    public bool AbandonsRetries { get; init; }

    /// <summary>Retries.</summary>
    public CompiledRetryPolicy Retry { get; init; } = CompiledRetryPolicy.None;

    /// <summary>The route; null for answers without one.</summary>
    public CompiledRoute? Route { get; init; }

    /// <summary>Fault injection; null = none.</summary>
    public FaultFilter? Fault { get; init; }

    /// <summary>Hash of the route's hash policy for this template.</summary>
    public ulong? Hash { get; init; }

    /// <summary>Address the application connects to, where the cluster has no hosts but that; empty otherwise.
    /// </summary>
    public string Address { get; init; } = "";

    /// <summary>The host of a cluster without hosts of its own (ORIGINAL_DST); null = not such a cluster, or no
    /// address.</summary>
    public Sim.Xds.LbEndpoint? Original { get; init; }

    /// <summary>Objects that every request on this way reads, for <see cref="RequestLifecycle.Prepare"/>; null = not
    /// yet collected.</summary>
    public object[]? Parts { get; set; }

    /// <summary>What the server sees after rewrites.</summary>
    public required RequestTemplate UpstreamTemplate { get; init; }
}

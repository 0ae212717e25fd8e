using Sim.Core;

namespace Sim.Mesh;

/// <summary>Choice between localities.</summary>
public sealed record LocalityLbSetting
{
    /// <summary>False = off, and nothing below it applies either.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Fixed shares by the caller's locality.</summary>
    public IReadOnlyList<LocalityDistribute> Distribute { get; init; } = [];

    /// <summary>Region that takes over from a region.</summary>
    public IReadOnlyList<(string From, string To)> Failover { get; init; } = [];

    /// <summary>Labels, in order, whose equality makes an endpoint nearer.</summary>
    public IReadOnlyList<string> FailoverPriority { get; init; } = [];

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Shares of callers in one locality.</summary>
/// <param name="From">Locality of the caller, with stars.</param>
/// <param name="To">Shares in percent by locality pattern, in the order they are applied (byte order).</param>
public sealed record LocalityDistribute(string From, IReadOnlyList<(string Locality, uint Percent)> To);

/// <summary>Zone-aware routing (1.31).</summary>
public sealed record ZoneAwareLbSetting
{
    /// <summary>False = off.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Region that takes over from a region.</summary>
    public IReadOnlyList<(string From, string To)> Failover { get; init; } = [];

    /// <summary>Labels, in order, whose equality makes an endpoint nearer.</summary>
    public IReadOnlyList<string> FailoverPriority { get; init; } = [];

    /// <summary>Fewest healthy hosts for zone-aware routing; null = Envoy's 6.</summary>
    public ulong? MinClusterSize { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Simple policies of <c>loadBalancer.simple</c>.</summary>
public enum SimpleLb
{
    /// <summary>Nothing said.</summary>
    Unspecified,

    /// <summary>LEAST_REQUEST or its old name LEAST_CONN.</summary>
    LeastRequest,

    /// <summary>Round robin.</summary>
    RoundRobin,

    /// <summary>Random.</summary>
    Random,

    /// <summary>The address the caller asked for.</summary>
    Passthrough,
}

/// <summary>What a consistent hash is taken from, and how hosts are found by it.</summary>
public sealed record ConsistentHash
{
    /// <summary>Header; null = none.</summary>
    public string? HttpHeaderName { get; init; }

    /// <summary>Cookie; null = none.</summary>
    public string? CookieName { get; init; }

    /// <summary>Path of the cookie.</summary>
    public string CookiePath { get; init; } = "";

    /// <summary>Lifetime of a generated cookie in nanoseconds; null = none is generated.</summary>
    public long? CookieTtlNs { get; init; }

    /// <summary>Source address.</summary>
    public bool UseSourceIp { get; init; }

    /// <summary>Query parameter; null = none.</summary>
    public string? QueryParameterName { get; init; }

    /// <summary>Deprecated minimum ring size; null = not stated.</summary>
    public ulong? MinimumRingSize { get; init; }

    /// <summary>An explicit ring hash block.</summary>
    public bool HasRingHash { get; init; }

    /// <summary>Its minimum ring size; null = not stated.</summary>
    public ulong? RingHashMinimumRingSize { get; init; }

    /// <summary>An explicit Maglev block.</summary>
    public bool HasMaglev { get; init; }

    /// <summary>Its table size; null = not stated.</summary>
    public ulong? MaglevTableSize { get; init; }
}

/// <summary>Slow start of new hosts.</summary>
/// <param name="DurationNs">Length of the window.</param>
/// <param name="MinimumPercent">Floor in percent; null = not stated.</param>
/// <param name="Aggression">Exponent; null = not stated.</param>
public sealed record Warmup(long DurationNs, double? MinimumPercent, double? Aggression);

/// <summary>How a host is chosen.</summary>
public sealed record LoadBalancerSettings
{
    /// <summary>Simple policy.</summary>
    public SimpleLb Simple { get; init; }

    /// <summary>Consistent hash; overrides <see cref="Simple"/>.</summary>
    public ConsistentHash? ConsistentHash { get; init; }

    /// <summary>Locality setting; null = not stated.</summary>
    public LocalityLbSetting? LocalityLbSetting { get; init; }

    /// <summary>Zone-aware setting (1.31); null = not stated.</summary>
    public ZoneAwareLbSetting? ZoneAware { get; init; }

    /// <summary>Slow start; null = off.</summary>
    public Warmup? Warmup { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

namespace Sim.Xds;

/// <summary>Settings of a TCP proxy filter beside its clusters.</summary>
/// <remarks>Envoy: api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto.</remarks>
public sealed record TcpProxySettings
{
    /// <summary>Nothing stated.</summary>
    public static TcpProxySettings Default { get; } = new();

    /// <summary>Connections are spread by a hash of the caller's address (<c>hash_policy</c> with
    /// <c>source_ip</c>); otherwise hashing balancers take a host at random.</summary>
    public bool HashesSourceAddress { get; init; }

    /// <summary>Connections in which no byte moves for so long are closed, in nanoseconds; 0 = never; null = Envoy's
    /// hour.</summary>
    public long? IdleTimeoutNs { get; init; }

    /// <summary>The caller's connections are closed at this age, in nanoseconds; null = never.</summary>
    public long? MaxConnectionDurationNs { get; init; }

    /// <summary><c>host:port</c> that the upstream is asked to connect to; empty = no tunnel.</summary>
    public string TunnelHost { get; init; } = "";

    /// <summary>The tunnel is asked for by POST instead of CONNECT.</summary>
    public bool TunnelUsesPost { get; init; }
}

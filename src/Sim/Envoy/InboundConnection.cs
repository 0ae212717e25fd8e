namespace Sim.Envoy;

/// <summary>What a proxy knows of a connection that one of its filter chains took.</summary>
public sealed record InboundConnection
{
    /// <summary>Peer; null = plaintext, or TLS that is passed through.</summary>
    public RbacPeer? Peer { get; init; }

    /// <summary>Address the connection was made to.</summary>
    public IpAddress DestinationIp { get; init; }

    /// <summary>Workload port.</summary>
    public int DestinationPort { get; init; }

    /// <summary>Address of the TCP peer.</summary>
    public IpAddress PeerIp { get; init; }

    /// <summary>Source after the PROXY protocol; the TCP peer without it.</summary>
    public IpAddress SourceIp { get; init; }

    /// <summary>SNI; null = none.</summary>
    public string? ServerName { get; init; }

    /// <summary>Kubernetes cluster of the caller, for the extension <c>source.cluster</c>; null = unknown.</summary>
    public string? SourceCluster { get; init; }

    internal RbacRequest Question => new()
    {
        Peer = Peer, DestinationIp = DestinationIp, DestinationPort = DestinationPort, DirectRemoteIp = PeerIp,
        SourceIp = SourceIp, RemoteIp = SourceIp, ServerName = ServerName, SourceCluster = SourceCluster,
    };
}

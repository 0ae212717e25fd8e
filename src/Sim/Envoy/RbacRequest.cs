namespace Sim.Envoy;

/// <summary>The peer of a TLS connection.</summary>
/// <param name="UriSans">URI SANs of its certificate.</param>
/// <param name="DnsSans">DNS SANs of its certificate.</param>
/// <param name="Subject">Subject; empty without certificate.</param>
/// <param name="IsValidated">It presented a certificate that was validated.</param>
public sealed record RbacPeer(
    IReadOnlyList<string> UriSans, IReadOnlyList<string> DnsSans, string Subject, bool IsValidated)
{
    /// <summary>A peer that spoke TLS and presented no certificate.</summary>
    public static RbacPeer WithoutCertificate { get; } = new([], [], "", false);

    /// <summary>A workload of the mesh.</summary>
    /// <param name="identity">SPIFFE identity, <c>spiffe://TRUST/ns/NS/sa/SA</c>.</param>
    public static RbacPeer Of(string identity) => new([identity], [], "", true);
}

/// <summary>What an RBAC filter knows of a request or connection.</summary>
/// <remarks>
/// A verdict is remembered when <see cref="ConnectionId"/> and the template's id are both set: the caller promises that
/// equal numbers mean equal values of everything else here.
/// </remarks>
public struct RbacRequest
{
    /// <summary>Nothing known.</summary>
    public RbacRequest()
    {
    }

    /// <summary>Dense number of the connection's attributes, from 0; -1 = the verdict is not remembered.</summary>
    public int ConnectionId = -1;

    /// <summary>The request; null on a TCP chain.</summary>
    public RequestHeaders? Headers;

    /// <summary>The peer; null = plaintext.</summary>
    public RbacPeer? Peer;

    /// <summary>Address the connection was made to.</summary>
    public IpAddress DestinationIp;

    /// <summary>Port the connection was made to.</summary>
    public int DestinationPort;

    /// <summary>The connection's source, PROXY protocol taken in.</summary>
    public IpAddress SourceIp;

    /// <summary>The TCP peer.</summary>
    public IpAddress DirectRemoteIp;

    /// <summary>The client after <c>x-forwarded-for</c>.</summary>
    public IpAddress RemoteIp;

    /// <summary>SNI; null = none.</summary>
    public string? ServerName;

    /// <summary>Metadata and filter state; null = none.</summary>
    public RequestMetadata? Metadata;

    /// <summary>Kubernetes cluster of the caller, for the extension <c>source.cluster</c>; null = unknown.</summary>
    public string? SourceCluster;
}

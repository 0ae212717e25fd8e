using System.Globalization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>What callers outside the mesh have in place of a proxy: the address of a gateway's Service in each cluster
/// they may enter by, one connection for each request, no retries.</summary>
/// <remarks>
/// Simplified: names resolve to all those Services with equal chances and whatever state they are in (a plain round of
/// addresses, no health checks of a global load balancer); each request is a user of its own, who connects anew.
/// </remarks>
internal static class OutsideCallers
{
    /// <summary>Cluster that outside callers are said to be in.</summary>
    public const string Cluster = "outside";

    /// <summary>Address a caller shows when the scenario gives none: a block kept for documentation (RFC 5737).
    /// </summary>
    public const string DefaultAddress = "203.0.113.10";

    /// <summary>Address of a Service for <see cref="ServiceAddresses.Find"/>.</summary>
    public static string AddressOf(string cluster, string ns, string service) => $"{cluster}/{ns}/{service}";

    /// <summary>The one cluster of an outside caller.</summary>
    /// <param name="template">What it sends.</param>
    /// <param name="services">Addresses of the Services it may enter by.</param>
    /// <param name="locality">Where it is.</param>
    public static ProxySnapshot Snapshot(RequestTemplate template, IReadOnlyList<string> services, Locality locality)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"outside|{template.Port}|{template.Host}");
        var cluster = new ClusterConfig
        {
            Name = name,
            LbPolicy = LbPolicy.Random,
            ConnectTimeoutNs = 127 * SimDuration.Second,
            ServiceHost = template.Host,
            Tls = template.Headers.Scheme == "https"
                ? new UpstreamTls(UpstreamTlsMode.Simple, template.Host, []) : UpstreamTls.Plaintext,
            Origin = template.Span,
        };
        LbEndpoint[] endpoints =
            [.. services.Select(s => new LbEndpoint { Address = s, Port = template.Port })];
        return new ProxySnapshot
        {
            Version = 1,
            Clusters = new Dictionary<string, ClusterConfig>(StringComparer.Ordinal) { [name] = cluster },
            Endpoints = new Dictionary<string, ClusterLoadAssignment>(StringComparer.Ordinal)
            {
                [name] = new ClusterLoadAssignment
                {
                    ClusterName = name, Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, endpoints)],
                },
            },
            Routes = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal),
            Outbound =
            [
                new OutboundListener
                {
                    Address = "0.0.0.0", Port = template.Port, Protocol = PortProtocol.Tcp,
                    TcpClusters = [new WeightedCluster(name, 1)],
                },
            ],
            Locality = locality,
        };
    }
}

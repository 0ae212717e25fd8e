using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a listener of bytes sees first on a connection.</summary>
/// <param name="HasOuter">The proxy that connects speaks TLS of its own.</param>
/// <param name="IsMesh">With certificates of the mesh.</param>
/// <param name="OuterName">Server name of that TLS.</param>
/// <param name="InnerName">Server name of the TLS that an application speaks inside; empty = none.</param>
internal readonly record struct FirstBytes(bool HasOuter, bool IsMesh, string OuterName, string InnerName)
{
    /// <summary>The first bytes are a TLS hello.</summary>
    public bool IsTls => HasOuter || InnerName.Length > 0;

    /// <summary>Server name in it; empty = none.</summary>
    public string ServerName => HasOuter ? OuterName : InnerName;

    /// <summary>First bytes on the connections of a cluster.</summary>
    /// <param name="tls">TLS settings of the cluster.</param>
    /// <param name="endpointTlsMode">TLS mode of the endpoint, <c>istio</c> or empty.</param>
    /// <param name="client">Who connects.</param>
    /// <param name="name">Server name of the connection's requests (HTTP), or of TLS inside; empty = none.</param>
    /// <param name="isTcp">Bytes are passed on.</param>
    public static FirstBytes Of(
        UpstreamTls tls, string endpointTlsMode, PodRuntime client, string name, bool isTcp)
    {
        bool isOfFiles = tls.Mode is UpstreamTlsMode.Simple or UpstreamTlsMode.Mutual;
        bool isMesh = !isOfFiles && GatewayHandshake.SpeaksTls(tls, endpointTlsMode, client);
        return new FirstBytes(
            isOfFiles || isMesh, isMesh, !isTcp && name.Length > 0 ? name : tls.Sni, isTcp ? name : "");
    }
}

/// <summary>The filter chain of a gateway's port that passes a connection on without reading requests.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/gateway.go#buildGatewayTCPFilterChains; Envoy:
/// source/common/listener_manager/filter_chain_manager_impl.cc#findFilterChain.</remarks>
/// <param name="Listener">Listener.</param>
/// <param name="Chain">Filter chain; without server names where none is asked for.</param>
/// <param name="Key">Server name that chose it; empty = none did.</param>
/// <param name="ServerNameInside">Server name of the TLS that is passed on; empty = none is.</param>
internal sealed record ByteWay(OutboundListener Listener, TlsRoute Chain, string Key, string ServerNameInside)
{
    /// <summary>The chain in words.</summary>
    public string Text => (Chain.ServerNames.Count == 0 ? "any connection"
        : "server name " + Key) + (Chain.EndsTls ? ", TLS ends here" : "");

    /// <summary>The chain that takes a connection; null = none: it is closed.</summary>
    /// <param name="listener">Listener of a gateway.</param>
    /// <param name="bytes">First bytes.</param>
    public static ByteWay? Choose(OutboundListener listener, in FirstBytes bytes)
    {
        TlsRoute? chain = bytes.IsTls ? listener.ChainOf(bytes.ServerName) : null;
        if (chain is null && listener.TcpClusters.Count > 0)
        {
            chain = new TlsRoute([], listener.TcpClusters) { Settings = listener.TcpSettings };
        }

        if (chain is not { Clusters.Count: > 0 })
        {
            return null;
        }

        string inside = !chain.EndsTls ? bytes.ServerName : bytes.HasOuter ? bytes.InnerName : "";
        return new ByteWay(listener, chain, chain.ServerNames.Count == 0 ? "" : bytes.ServerName, inside);
    }

    /// <summary>Whether a gateway's port passes a connection on, or closes it, without reading requests.</summary>
    /// <param name="gateway">Gateway.</param>
    /// <param name="port">Its port.</param>
    /// <param name="bytes">First bytes.</param>
    public static bool Takes(PodRuntime gateway, int port, in FirstBytes bytes) =>
        gateway.Proxy?.ByteListener(port) is { } listener
        && (!listener.ReadsHttp || Choose(listener, bytes) is not null);
}

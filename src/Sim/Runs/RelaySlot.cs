using Sim.Envoy;

namespace Sim.Runs;

/// <summary>Where a connection through a gateway stands.</summary>
internal enum RelayPhase : byte
{
    /// <summary>The gateway connects to the pod it chose.</summary>
    Connecting,

    /// <summary>Bytes pass in both directions.</summary>
    Open,

    /// <summary>The gateway gave up: its close is on its way to the caller.</summary>
    Failed,
}

/// <summary>A caller's connection as the gateway in its middle sees it.</summary>
/// <remarks>Envoy: source/common/tcp_proxy/tcp_proxy.cc: one upstream connection for one downstream connection, chosen
/// once.</remarks>
internal struct RelaySlot
{
    public RelayPhase Phase;

    /// <summary>The host counts the connection as active.</summary>
    public bool IsCounted;

    /// <summary>The limit of connections of the gateway's cluster counts it.</summary>
    public bool HoldsLimit;

    public int Gateway;
    public int Client;
    public string Sni;

    /// <summary>The gateway's cluster of that name; null when there is none.</summary>
    public ClusterRuntime? Cluster;

    /// <summary>Host in the gateway's cluster; null when none was chosen.</summary>
    public Host? Host;

    /// <summary>Pod at the host's address; -1 = none.</summary>
    public int Server;

    public long StartNs;
    public ResponseFlags Flags;

    /// <summary>The gateway's way to the server is a call of its own (see <see cref="Call"/>), not a hop of the
    /// caller's handshake.</summary>
    public bool IsTunnel;

    /// <summary>The gateway's own call; -1 = none, or it is over.</summary>
    public int Call;

    /// <summary>Generation of <see cref="Call"/>.</summary>
    public uint CallGeneration;

    /// <summary>Filter chain that took the connection; null = none.</summary>
    public ByteWay? Way;

    /// <summary>What the caller's connection begins with.</summary>
    public FirstBytes Bytes;

    /// <summary>The caller is known to the gateway by its certificate.</summary>
    public bool IsCallerKnown;

    /// <summary>When the first bytes of a request reach the gateway, if nothing of the server is waited for.</summary>
    public long ReadyNs;

    /// <summary>Requests that are sent at this time wait at the gateway already.</summary>
    public long AheadNs;

    /// <summary>A further gateway between this one and the server; -1 = none.</summary>
    public int Second;

    /// <summary>Pod whose address the server sees.</summary>
    public int Source;

    /// <summary>Pod whose certificate the server sees, if any.</summary>
    public int Identity;

    /// <summary>Server name that the server sees; empty = none.</summary>
    public string SeenName;
}

/// <summary>One line of a gateway's log of connections. Passed by reference, never kept.</summary>
internal struct GatewayConnection
{
    /// <summary>When the caller's first bytes reached the gateway.</summary>
    public long StartNs;

    /// <summary>When it was over.</summary>
    public long EndNs;

    /// <summary>The gateway's pod.</summary>
    public int Gateway;

    /// <summary>The caller's pod.</summary>
    public int Client;

    /// <summary>Server name asked for; empty without TLS.</summary>
    public string Sni;

    /// <summary>A filter chain took the connection: its cluster bears the server name.</summary>
    public bool HasChain;

    /// <summary>Address of the chosen host; empty = none.</summary>
    public string Upstream;

    /// <summary>Response flags of the gateway.</summary>
    public ResponseFlags Flags;
}

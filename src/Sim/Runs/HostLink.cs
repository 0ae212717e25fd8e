using Sim.Envoy;

namespace Sim.Runs;

/// <summary>What a run adds to a connection of a pool: where it leads and what became of it.</summary>
internal struct ConnectionSlot
{
    /// <summary>When the connect began.</summary>
    public long StartNs;

    /// <summary>When it was last found without a request.</summary>
    public long IdleSinceNs;

    /// <summary>Pod at its other end: behind a gateway another one each time; -1 = none.</summary>
    public int Peer;

    /// <summary>Gateway in its middle; -1 = none.</summary>
    public int Via;

    /// <summary>The gateway's side of it; -1 = none.</summary>
    public int Relay;

    /// <summary>Pod that a Service's address led it to; -1 = the host is a pod itself, or nothing is chosen yet.
    /// </summary>
    public int Entry;

    /// <summary>Port at the pod that <see cref="Entry"/> or <see cref="Via"/> led to; 0 = the host's.</summary>
    public int Port;

    /// <summary>What became of the handshake, where the host is no pod.</summary>
    public HandshakeOutcome Outcome;

    /// <summary>Nothing comes back any more, and nobody noticed: the peer was frozen while it was open.</summary>
    public bool IsDead;

    /// <summary>Requests share it (HTTP/2): one can end without it.</summary>
    public bool IsShared;

    /// <summary>An event stands where its idle timeout may run out.</summary>
    public bool HasIdleTimer;
}

/// <summary>Requests that do not share connections.</summary>
internal enum PoolKind : byte
{
    /// <summary>HTTP/1.1: one request at a time.</summary>
    Http1,

    /// <summary>HTTP/2: many requests at a time.</summary>
    Http2,

    /// <summary>Bytes that are passed on: one connection each.</summary>
    Tcp,

    /// <summary>HTTP/1.1 for routes with priority HIGH.</summary>
    Http1High,

    /// <summary>HTTP/2 for routes with priority HIGH.</summary>
    Http2High,
}

/// <summary>What one proxy knows of one host: what lies behind its address, and its connections to it.</summary>
internal sealed class HostLink
{
    /// <summary>Pod at the address; -1 = none.</summary>
    public int Pod = -1;

    /// <summary>Number of pushes of configuration when <see cref="Outcome"/> was last looked at.</summary>
    public int SeenPushes = -1;

    /// <summary>Number of this caller in <see cref="CallerTable"/>.</summary>
    public int Caller;

    /// <summary>Way from the caller to <see cref="Pod"/> in the table of latencies.</summary>
    public int WayThere = -1;

    /// <summary>Way back.</summary>
    public int WayBack = -1;

    /// <summary>What becomes of connections.</summary>
    public HandshakeOutcome Outcome;

    /// <summary>They are gateways.</summary>
    public bool IsGateway;

    /// <summary>Kind of <see cref="Pool"/>.</summary>
    public PoolKind Kind;

    /// <summary>Server name of the connections of <see cref="Pool"/>; empty = the cluster's.</summary>
    public string ServerName = "";

    /// <summary>Connections of the kind that was asked for first, those of other kinds behind it; null = none was asked
    /// for.</summary>
    public ConnectionPool? Pool;

    /// <summary>Calls that ended in this phase, see <see cref="CallCounter"/>.</summary>
    public long Calls;

    /// <summary>Of these, without a status below 500.</summary>
    public long FailedCalls;

    /// <summary>Pods behind the address of a Service; null when it is a pod's or nobody's.</summary>
    public Backends? Backends;

    /// <summary>The filters that gave <see cref="Caller"/> its number; null = none did.</summary>
    public JudgeTable? CallerTable;

    /// <summary>A host of a cluster.</summary>
    /// <param name="index">Number of the link.</param>
    /// <param name="cluster">Cluster of a proxy.</param>
    /// <param name="host">Host.</param>
    public HostLink(int index, ClusterRuntime cluster, Host host)
    {
        Index = index;
        Cluster = cluster;
        Host = host;
        Port = host.Endpoint.Port;
    }

    public int Index { get; }

    /// <summary>Port of the host.</summary>
    public int Port { get; }

    public ClusterRuntime Cluster { get; }

    public Host Host { get; }


    /// <summary>Configurations of both sides under which <see cref="Outcome"/> was found.</summary>
    public (int Client, int Server) Epoch { get; set; } = (-1, -1);
}

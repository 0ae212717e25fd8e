using Sim.Envoy;

namespace Sim.Runs;

/// <summary>A connection of one proxy to one host.</summary>
internal struct ConnectionSlot
{
    /// <summary>Host it goes to.</summary>
    public int Link;

    /// <summary>Call that uses it; -1 = none.</summary>
    public int Call;

    /// <summary>Pod at its other end: behind a gateway another one each time; -1 = none.</summary>
    public int Peer;

    /// <summary>Requests it has carried.</summary>
    public uint Uses;

    /// <summary>When the connect began.</summary>
    public long StartNs;

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

    /// <summary>The handshake is not over.</summary>
    public bool IsConnecting;

    /// <summary>Nothing comes back any more, and nobody noticed: the peer was frozen while it was open.</summary>
    public bool IsDead;

    /// <summary>It closes after its present request.</summary>
    public bool IsDraining;
}

/// <summary>What one proxy knows of one host: what lies behind its address, and its HTTP/1.1 connections to it.
/// </summary>
/// <remarks>Envoy: source/common/conn_pool/conn_pool_base.cc: the connection used last is used first; a request that
/// finds none waits for one; a new one is opened while more requests wait than connections are on their way.</remarks>
internal sealed class HostLink
{
    public HostLink(int index, ClusterRuntime cluster, Host host)
    {
        Index = index;
        Cluster = cluster;
        Host = host;
    }

    /// <summary>Room that is there from the start, so that a host at work in its steady state never makes the run
    /// allocate: with four workers at 70 % load more than this is a matter of 10^-10.</summary>
    public const int ExpectedMost = 64;

    public int Index { get; }

    public ClusterRuntime Cluster { get; }

    public Host Host { get; }

    /// <summary>Pod at the address; -1 = none.</summary>
    public int Pod { get; set; } = -1;

    /// <summary>Pods behind the address of a Service; null when it is a pod's or nobody's.</summary>
    public Backends? Backends { get; set; }

    /// <summary>They are east-west gateways.</summary>
    public bool IsGateway { get; set; }

    /// <summary>What becomes of connections.</summary>
    public HandshakeOutcome Outcome { get; set; }

    /// <summary>Configurations of both sides under which <see cref="Outcome"/> was found.</summary>
    public (int Client, int Server) Epoch { get; set; } = (-1, -1);

    /// <summary>Open connections without request, the one used last at the end.</summary>
    public List<int> Idle { get; } = new(ExpectedMost);

    /// <summary>Calls waiting for a connection, in order, with the number of their try.</summary>
    public Queue<(int Call, uint Attempt)> Waiting { get; } = new();

    /// <summary>Waiting calls that have not left.</summary>
    public int WaitingCount { get; set; }

    /// <summary>Connections on their way.</summary>
    public int Connecting { get; set; }

    /// <summary>Open connections with a request.</summary>
    public int Busy { get; set; }

    /// <summary>The host left the cluster: connections close when they are free.</summary>
    public bool IsDraining { get; set; }
}

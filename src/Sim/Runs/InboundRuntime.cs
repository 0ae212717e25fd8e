using Sim.Xds;

namespace Sim.Runs;

/// <summary>The inbound side of one workload port of one proxy.</summary>
internal sealed class InboundRuntime
{
    /// <summary>A listener with its filters.</summary>
    /// <param name="listener">Configuration; null = the proxy has no listener for the port: everything passes.</param>
    /// <param name="tables">Verdicts found so far.</param>
    /// <param name="cluster">The way to the application.</param>
    public InboundRuntime(InboundListener? listener, JudgeTables tables, InboundCluster cluster)
    {
        Listener = listener;
        Cluster = cluster;
        IsTcp = listener?.Protocol is PortProtocol.Tcp or PortProtocol.Tls;
        IsUnlimited = cluster.IsUnlimited;
        Table = listener is null ? null : tables.Of(listener, IsTcp);
    }

    /// <summary>Configuration; null = the proxy has no listener for the port: everything passes.</summary>
    public InboundListener? Listener { get; }

    /// <summary>The way to the application.</summary>
    public InboundCluster Cluster { get; }

    /// <summary>Its filters; null = no policy is asked.</summary>
    public JudgeTable? Table { get; }

    /// <summary>The port passes bytes on.</summary>
    public bool IsTcp { get; }

    /// <summary>No limit of <see cref="Cluster"/> can be met.</summary>
    public bool IsUnlimited { get; }

    /// <summary>The listener of a port, or the one for all other ports; null = none.</summary>
    public static InboundListener? ListenerOf(ProxySnapshot? snapshot, int port)
    {
        InboundListener? any = null;
        foreach (InboundListener l in snapshot?.Inbound ?? [])
        {
            if (l.Port == port)
            {
                return l;
            }

            any = l.Port == 0 ? l : any;
        }

        return any;
    }
}

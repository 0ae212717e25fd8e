using System.Globalization;
using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>The way between two pods, directly or through a gateway, and what cuts it.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>One draw of the one-way delay between two pods, a gateway's pass included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long PathNs(PodRuntime from, int via, PodRuntime to, RngStream stream) =>
        via < 0 ? _latency.SampleNs(from, to, stream)
            : _latency.SampleNs(from, _pods[via], stream) + ProxyPassNs + _latency.SampleNs(_pods[via], to, stream);

    /// <summary>Pods of clusters with different networks do not reach each other's addresses.</summary>
    private static bool IsRouted(PodRuntime from, PodRuntime to) =>
        from.Network.Length == 0 || to.Network.Length == 0 || from.Network == to.Network;

    private bool IsPathCut(PodRuntime from, int via, PodRuntime to) =>
        via < 0 ? IsCut(from, to) : IsCut(from, _pods[via]) || IsCut(_pods[via], to);

    private bool IsPathRefused(in ConnectionSlot connection) => _pods[connection.Peer].Refuses
        || (connection.Via >= 0 && _pods[connection.Via].Refuses);

    /// <summary>The pod is at the other end of the connection or in its middle.</summary>
    private bool Touches(in ConnectionSlot connection, int pod) => connection.Peer == pod || connection.Via == pod
        || (connection.Relay >= 0 && _relays[connection.Relay].Second == pod);

    /// <summary>Some part of the way leads from one set of places to the other.</summary>
    private bool Crosses(
        PodRuntime client, in ConnectionSlot connection, IReadOnlyList<int> from, IReadOnlyList<int> to)
    {
        int last = _pods[connection.Peer].Place;
        if (connection.Via < 0)
        {
            return from.Contains(client.Place) && to.Contains(last);
        }

        int middle = _pods[connection.Via].Place;
        return (from.Contains(client.Place) && to.Contains(middle)) || (from.Contains(middle) && to.Contains(last));
    }

    /// <summary>Free connections of a host that touch a pod close.</summary>
    private void CloseIdleTo(HostLink link, int pod)
    {
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            int next;
            for (int i = pool.FirstConnection; i >= 0; i = next)
            {
                next = pool.ConnectionAfter(i);
                if (Touches(in _ends[i], pod))
                {
                    pool.CloseIfIdle(i, _poolActions);
                }
            }
        }

        FollowPools();
    }

    private void CloseIdleAcross(HostLink link, IReadOnlyList<int> from, IReadOnlyList<int> to)
    {
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            int next;
            for (int i = pool.FirstConnection; i >= 0; i = next)
            {
                next = pool.ConnectionAfter(i);
                if (_connections.StateOf(i) == PoolConnectionState.Ready
                    && Crosses(link.Cluster.Proxy.Pod, in _ends[i], from, to))
                {
                    pool.CloseIfIdle(i, _poolActions);
                }
            }
        }

        FollowPools();
    }

    /// <summary>The host was ejected: its free connections close now, the others after their request. Those on their
    /// way are given up when nobody waits for them.</summary>
    private void DrainExisting(HostLink link)
    {
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            pool.DrainExisting(_poolActions);
        }

        FollowPools();
    }

    /// <summary>The pod's own connections are gone with it: the free ones close now, those in use with their
    /// requests.</summary>
    private void CloseConnectionsOf(PodRuntime pod)
    {
        foreach (HostLink link in _links)
        {
            if (ReferenceEquals(link.Cluster.Proxy.Pod, pod))
            {
                DrainExisting(link);
            }
        }
    }

    /// <summary>Flags of a TCP proxy: it counts connect attempts, of which there is one.</summary>
    private static ResponseFlags TcpFlags(ResponseFlags flags, ResetReason reason) =>
        DispositionOf(reason) == Disposition.ConnectFailed
            ? flags.With(ResponseFlag.UpstreamConnectionFailure).With(ResponseFlag.UpstreamRetryLimitExceeded)
            : reason == ResetReason.ConnectionTermination ? flags : flags.With(reason.Flag());
}

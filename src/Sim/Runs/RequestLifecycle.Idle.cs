using Sim.Envoy;

namespace Sim.Runs;

/// <content>Connections that nobody uses.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>If the connection has no request, its idle time begins. One event stands where it may run out; it moves
    /// on when the connection was used since.</summary>
    private void BeginIdle(int connection)
    {
        if (_connections.StateOf(connection) != PoolConnectionState.Ready
            || _connections.ActiveStreamsOf(connection) > 0)
        {
            return;
        }

        ref ConnectionSlot slot = ref _ends[connection];
        slot.IdleSinceNs = Now;
        if (!slot.HasIdleTimer)
        {
            BeginIdleTimer(connection, ref slot);
        }
    }

    private void BeginIdleTimer(int connection, ref ConnectionSlot slot)
    {
        long timeout = LinkOfConnection(connection).Cluster.Config.IdleTimeoutNs;
        if (timeout > 0)
        {
            slot.HasIdleTimer = true;
            Schedule(EventKind.IdleTimeout, Now + timeout, connection, _connections.GenerationOf(connection));
        }
    }

    private void OnIdleTimeout(int connection, uint generation)
    {
        if (!_connections.Exists(connection) || _connections.GenerationOf(connection) != generation)
        {
            return;
        }

        ref ConnectionSlot slot = ref _ends[connection];
        slot.HasIdleTimer = false;
        if (_connections.ActiveStreamsOf(connection) > 0)
        {
            return; // The next idle time sets the timer anew.
        }

        long due = slot.IdleSinceNs + LinkOfConnection(connection).Cluster.Config.IdleTimeoutNs;
        if (due > Now)
        {
            slot.HasIdleTimer = true;
            Schedule(EventKind.IdleTimeout, due, connection, generation);
            return;
        }

        PoolOfConnection(connection).IdleTimeout(connection, _connections.IdleSequenceOf(connection), _poolActions);
        FollowPools();
    }
}

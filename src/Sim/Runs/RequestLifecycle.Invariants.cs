using System.Globalization;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>What must hold between any two events. Checked after every chunk of events and at the end of every run; a
/// breach is an error of this program and ends the run.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>Entry requests that have not ended.</summary>
    public long EntriesInFlight => Started - Ended;

    /// <summary>Checks the books.</summary>
    /// <exception cref="InvalidOperationException">They do not balance.</exception>
    public void CheckInvariants()
    {
        int calls = 0;
        long entries = 0;
        long streams = 0;
        for (int i = 0; i < _calls.Extent; i++)
        {
            if (_calls.IsRented(i))
            {
                calls++;
                entries += _calls[i].ParentJob < 0 ? 1 : 0;
                streams += _calls[i].HasStream ? 1 : 0;
            }
        }

        Must(calls == InFlight, "calls that are stored", calls, "calls that have not ended", InFlight);
        Must(entries == EntriesInFlight, "entry requests that are stored", entries, "started less ended",
            EntriesInFlight);
        long pooled = 0;
        foreach ((ConnectionPool pool, _, _, _) in _pools)
        {
            pooled += pool.ActiveCount + pool.PendingCount;
        }

        Must(streams == pooled, "calls with a stream", streams, "streams of all pools", pooled);
        foreach (ClusterRuntime cluster in _clusters)
        {
            if (cluster.IsLive)
            {
                CheckCluster(cluster);
            }
        }
    }

    private static void CheckCluster(ClusterRuntime cluster)
    {
        int ejected = 0;
        long active = 0;
        foreach (Host host in cluster.Upstream.Hosts)
        {
            ejected += (host.Flags & HealthFlags.FailedOutlierCheck) != 0 ? 1 : 0;
            active += host.RqActive;
        }

        Must(active <= cluster.Breakers.Count(BreakerResource.Requests, false),
            "requests active on the hosts of " + cluster.Config.Name, active, "requests of the cluster",
            cluster.Breakers.Count(BreakerResource.Requests, false));
        long load = 0;
        bool isNobody = true;
        foreach (PriorityExplanation p in cluster.Upstream.Explain().Priorities)
        {
            load += p.HealthyLoad + p.DegradedLoad;
            isNobody &= p.Healthy + p.Degraded == 0;
        }

        // With nobody available Envoy gives priority 0 everything and leaves the loads of the others as they were.
        Must(load is 0 or 100 || isNobody, "percent of " + cluster.Config.Name + " over its priorities", load,
            "wanted", 100);
        Must(ejected == 0 || cluster.Outlier is not null, "hosts ejected without a detector", ejected, "allowed", 0);
    }

    private static void Must(bool holds, string what, long first, string other, long second)
    {
        if (!holds)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"the books do not balance: {what} = {first}, {other} = {second}"));
        }
    }
}

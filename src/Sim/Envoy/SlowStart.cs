using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Scales the weight of hosts that became healthy less than a window ago.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc#applySlowStartFactor,
/// #recalculateHostsInSlowStart, #noHostsAreInSlowStart. Whole milliseconds, at least one. The factor is looked at only
/// when a host is inserted into a schedule; no timer exists.
/// </remarks>
internal sealed class SlowStart
{
    private readonly SlowStartConfig _config;
    private long _latestHostAddedNs;

    /// <summary>Slow start of a balancer created now.</summary>
    public SlowStart(SlowStartConfig config, long nowNs)
    {
        _config = config;
        _latestHostAddedNs = nowNs;
    }

    /// <summary>Notes since when the hosts of a list are healthy.</summary>
    public void Observe(Host[] hosts, long nowNs)
    {
        foreach (Host host in hosts)
        {
            if (HostHealth.Coarse(host.Flags) != CoarseHealth.Healthy)
            {
                continue;
            }

            if (host.HealthySinceNs == Host.NeverHealthy)
            {
                host.HealthySinceNs = nowNs;
            }

            if (host.HealthySinceNs > _latestHostAddedNs && ElapsedMs(host.HealthySinceNs, nowNs) <= _config.WindowMs)
            {
                _latestHostAddedNs = host.HealthySinceNs;
            }
        }
    }

    /// <summary>True while a host, or the balancer itself, is not older than the window.</summary>
    public bool IsActive(long nowNs) =>
        (nowNs / SimDuration.Millisecond) - (_latestHostAddedNs / SimDuration.Millisecond) <= _config.WindowMs;

    /// <summary>The weight of a host, scaled.</summary>
    public double Apply(double weight, Host host, long nowNs)
    {
        if (host.HealthySinceNs == Host.NeverHealthy || HostHealth.Coarse(host.Flags) != CoarseHealth.Healthy)
        {
            return weight;
        }

        return weight * Factor(ElapsedMs(host.HealthySinceNs, nowNs), _config);
    }

    /// <summary>Share of its weight a host gets so many milliseconds after it became healthy.</summary>
    public static double Factor(long elapsedMs, SlowStartConfig config)
    {
        if (elapsedMs >= config.WindowMs)
        {
            return 1.0;
        }

        double time = (double)Math.Max(1, elapsedMs) / config.WindowMs;
        double aggression = config.Aggression > 0 ? config.Aggression : 1.0;
        double factor = aggression == 1.0 || time == 1.0 ? time : LbMath.Pow(time, 1.0 / aggression);
        return Math.Max(factor, config.MinWeightPercent / 100.0);
    }

    private static long ElapsedMs(long sinceNs, long nowNs) => (nowNs - sinceNs) / SimDuration.Millisecond;
}

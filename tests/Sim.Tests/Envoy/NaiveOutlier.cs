using Sim.Core;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Outlier detection of a few hosts, written down from section 2 of the page on resilience.</summary>
internal sealed class NaiveOutlier(OutlierDetectionConfig config, int hosts, Func<ulong> draw)
{
    private readonly HostRecord[] _hosts = [.. Enumerable.Range(0, hosts).Select(static _ => new HostRecord())];
    private readonly Dictionary<string, long> _counters = [];

    /// <summary>Whether each host is ejected.</summary>
    public bool[] Ejected => [.. _hosts.Select(static h => h.IsEjected)];

    /// <summary>A counter by Envoy's name; 0 when nothing was counted.</summary>
    public long Counter(string name) => _counters.GetValueOrDefault(name);

    /// <summary>An answer of a server.</summary>
    public void Answer(int host, int code, long nowNs)
    {
        HostRecord h = _hosts[host];
        bool isError = code is >= 500 and < 600;
        bool isGateway = code is 502 or 503 or 504;
        h.Answers.Add(!isError);
        h.GatewayRun = isGateway ? h.GatewayRun + 1 : 0;
        if (isGateway && h.GatewayRun == config.ConsecutiveGatewayFailure && !h.IsEjected)
        {
            Found(h, "consecutive_gateway_failure", config.EnforcingConsecutiveGatewayFailure, nowNs);
            h.GatewayRun = 0;
        }

        h.ErrorRun = isError ? h.ErrorRun + 1 : 0;
        if (isError && h.ErrorRun == config.Consecutive5xx && !h.IsEjected)
        {
            Found(h, "consecutive_5xx", config.EnforcingConsecutive5xx, nowNs);
            h.ErrorRun = 0;
        }
    }

    /// <summary>A connection could not be made.</summary>
    public void ConnectFailed(int host, long nowNs)
    {
        if (!config.SplitExternalLocalOriginErrors)
        {
            Answer(host, 503, nowNs);
            return;
        }

        HostRecord h = _hosts[host];
        h.Connects.Add(false);
        if (++h.LocalRun == config.ConsecutiveLocalOriginFailure && !h.IsEjected)
        {
            Found(h, "consecutive_local_origin_failure", config.EnforcingConsecutiveLocalOriginFailure, nowNs);
            h.LocalRun = 0;
        }
    }

    /// <summary>A request was attached to a connection.</summary>
    public void Connected(int host)
    {
        if (config.SplitExternalLocalOriginErrors)
        {
            _hosts[host].Connects.Add(true);
            _hosts[host].LocalRun = 0;
        }
    }

    /// <summary>The sweep.</summary>
    public void Sweep(long nowNs)
    {
        foreach (HostRecord h in _hosts)
        {
            if (h.IsEjected && nowNs - h.EjectedAtNs >= Length(h) + h.JitterNs)
            {
                h.IsEjected = false;
                h.ErrorRun = 0;
                h.GatewayRun = 0;
                h.LocalRun = 0;
                h.ReturnedAtNs = nowNs;
                Count("ejections_active", -1);
            }
        }

        Rates(static h => h.Answers, "success_rate", config.EnforcingSuccessRate, "failure_percentage",
            config.EnforcingFailurePercentage, nowNs);
        Rates(static h => h.Connects, "local_origin_success_rate", config.EnforcingLocalOriginSuccessRate,
            "local_origin_failure_percentage", config.EnforcingFailurePercentageLocalOrigin, nowNs);
        foreach (HostRecord h in _hosts)
        {
            h.Answers.Clear();
            h.Connects.Clear();
            if (!h.IsEjected && h.Multiplier > 0 && nowNs - h.ReturnedAtNs >= config.IntervalNs)
            {
                h.Multiplier--;
            }
        }
    }

    private void Rates(
        Func<HostRecord, List<bool>> results, string byRate, uint enforcingRate, string byPercentage,
        uint enforcingPercentage, long nowNs)
    {
        if (_hosts.Length < config.SuccessRateMinimumHosts && _hosts.Length < config.FailurePercentageMinimumHosts)
        {
            return;
        }

        HostRecord[] judged = [.. _hosts.Where(h => !h.IsEjected && results(h).Count > 0)];
        double Rate(HostRecord h) => 100.0 * results(h).Count(static ok => ok) / results(h).Count;
        HostRecord[] rated = [.. judged.Where(h => results(h).Count >= config.SuccessRateRequestVolume)];
        HostRecord[] shares = [.. judged.Where(h => results(h).Count >= config.FailurePercentageRequestVolume)];
        HostRecord[] slow = [];
        if (rated.Length > 0 && rated.Length >= config.SuccessRateMinimumHosts)
        {
            double mean = rated.Average(Rate);
            double stdev = Math.Sqrt(rated.Average(h => (Rate(h) - mean) * (Rate(h) - mean)));
            slow = [.. rated.Where(h => Rate(h) < mean - (stdev * (config.SuccessRateStdevFactor / 1000.0)))];
        }

        HostRecord[] failing = shares.Length > 0 && shares.Length >= config.FailurePercentageMinimumHosts
            ? [.. shares.Where(h => 100.0 - Rate(h) >= config.FailurePercentageThreshold)] : [];
        foreach (HostRecord h in slow)
        {
            Found(h, byRate, enforcingRate, nowNs);
        }

        foreach (HostRecord h in failing)
        {
            Found(h, byPercentage, enforcingPercentage, nowNs);
        }
    }

    private long MaxNs => config.MaxEjectionTimeNs ?? Math.Max(300 * SimDuration.Second, config.BaseEjectionTimeNs);

    private long Length(HostRecord h) => Math.Min(h.Multiplier * config.BaseEjectionTimeNs, MaxNs);

    private void Found(HostRecord h, string detector, uint percent, long nowNs)
    {
        Count("ejections_detected_" + detector, 1);
        if (detector == "consecutive_5xx")
        {
            Count("ejections_consecutive_5xx", 1);
        }
        else if (detector.Contains("success_rate", StringComparison.Ordinal))
        {
            Count("ejections_success_rate", 1);
        }

        double share = 100.0 * (Counter("ejections_active") + 1) / _hosts.Length;
        if (share > config.MaxEjectionPercent && !(config.AlwaysEjectOneHost && Counter("ejections_active") == 0))
        {
            Count("ejections_overflow", 1);
            return;
        }

        if (detector is "consecutive_5xx" or "success_rate")
        {
            Count("ejections_total", 1);
        }

        if (percent < 100 && (percent == 0 || draw() % 100 >= percent))
        {
            return;
        }

        Count("ejections_active", 1);
        Count("ejections_enforced_total", 1);
        Count("ejections_enforced_" + detector, 1);
        h.IsEjected = true;
        h.EjectedAtNs = nowNs;
        h.Multiplier += h.Multiplier * config.BaseEjectionTimeNs < MaxNs + config.BaseEjectionTimeNs ? 1 : 0;
        ulong jitterMs = (ulong)(config.MaxEjectionTimeJitterNs / SimDuration.Millisecond);
        h.JitterNs = jitterMs == 0 ? 0 : (long)(draw() % (jitterMs + 1)) * SimDuration.Millisecond;
    }

    private void Count(string name, long change) => _counters[name] = Counter(name) + change;

    private sealed class HostRecord
    {
        public List<bool> Answers { get; } = [];

        public List<bool> Connects { get; } = [];

        public int ErrorRun { get; set; }

        public int GatewayRun { get; set; }

        public int LocalRun { get; set; }

        public int Multiplier { get; set; }

        public bool IsEjected { get; set; }

        public long EjectedAtNs { get; set; }

        public long JitterNs { get; set; }

        /// <summary>Of a host that never returned the multiplier is 0 or it is ejected.</summary>
        public long ReturnedAtNs { get; set; } = long.MaxValue;
    }
}

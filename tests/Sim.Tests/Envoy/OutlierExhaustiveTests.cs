using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Every short history of two or three hosts under outlier detection equals a naive reference.</summary>
internal sealed class OutlierExhaustiveTests
{
    private const ulong Seed = 0x0D;

    /// <summary>Settings under which short histories reach every branch.</summary>
    private static readonly Dictionary<string, OutlierDetectionConfig> s_configs = new()
    {
        ["runs of 5xx"] = Base with { Consecutive5xx = 2 },
        ["both runs"] = Base with
        {
            Consecutive5xx = 3, ConsecutiveGatewayFailure = 2, EnforcingConsecutiveGatewayFailure = 100,
        },
        ["cap of half"] = Base with { Consecutive5xx = 1, MaxEjectionPercent = 50 },
        ["cap of nothing"] = Base with { Consecutive5xx = 1, MaxEjectionPercent = 10 },
        ["cap of nothing, one always"] = Base with
        {
            Consecutive5xx = 1, MaxEjectionPercent = 10, AlwaysEjectOneHost = true,
        },
        ["half enforced"] = Base with { Consecutive5xx = 1, EnforcingConsecutive5xx = 50 },
        ["not enforced"] = Base with { Consecutive5xx = 2, EnforcingConsecutive5xx = 0 },
        ["split"] = Base with
        {
            SplitExternalLocalOriginErrors = true, Consecutive5xx = 2, ConsecutiveLocalOriginFailure = 2,
        },
        ["jitter and a short maximum"] = Base with
        {
            Consecutive5xx = 1, MaxEjectionTimeNs = 12 * SimDuration.Second,
            MaxEjectionTimeJitterNs = 3 * SimDuration.Second,
        },
        ["rates"] = Rates with { EnforcingSuccessRate = 100 },
        ["percentages"] = Rates with { EnforcingFailurePercentage = 100, FailurePercentageThreshold = 50 },
        ["rates and percentages"] = Rates with
        {
            EnforcingSuccessRate = 100, EnforcingFailurePercentage = 50, FailurePercentageThreshold = 100,
            MaxEjectionPercent = 50,
        },
        ["local rates"] = Rates with
        {
            SplitExternalLocalOriginErrors = true, EnforcingLocalOriginSuccessRate = 100,
            EnforcingFailurePercentageLocalOrigin = 100, FailurePercentageThreshold = 100,
        },
    };

    private static IEnumerable<string> Names => s_configs.Keys;

    private static OutlierDetectionConfig Base => new()
    {
        IntervalNs = 5 * SimDuration.Second, BaseEjectionTimeNs = 10 * SimDuration.Second, MaxEjectionPercent = 100,
        EnforcingSuccessRate = 0,
    };

    private static OutlierDetectionConfig Rates => Base with
    {
        Consecutive5xx = 0, SuccessRateMinimumHosts = 2, SuccessRateRequestVolume = 1, SuccessRateStdevFactor = 500,
        FailurePercentageMinimumHosts = 1, FailurePercentageRequestVolume = 1, EnforcingLocalOriginSuccessRate = 0,
    };

    [TestCaseSource(nameof(Names))]
    public void Histories_OfFourEventsAtTwoHosts_EqualTheNaiveReference(string name) =>
        Assert.That(Compare(name, hosts: 2, length: 4), Is.EqualTo(10 * 10 * 10 * 10));

    [TestCaseSource(nameof(Names))]
    public void Histories_OfFiveEventsAtOneHost_EqualTheNaiveReference(string name) =>
        Assert.That(Compare(name, hosts: 1, length: 5), Is.EqualTo(6 * 6 * 6 * 6 * 6));

    [TestCaseSource(nameof(Names))]
    [Category("Long")]
    public void Histories_OfEightEventsAtOneHost_EqualTheNaiveReference(string name) =>
        Assert.That(Compare(name, hosts: 1, length: 8), Is.EqualTo(1_679_616));

    [TestCaseSource(nameof(Names))]
    [Category("Long")]
    public void Histories_OfSixEventsAtTwoHosts_EqualTheNaiveReference(string name) =>
        Assert.That(Compare(name, hosts: 2, length: 6), Is.EqualTo(1_000_000));

    [TestCaseSource(nameof(Names))]
    [Category("Long")]
    public void Histories_OfFiveEventsAtThreeHosts_EqualTheNaiveReference(string name) =>
        Assert.That(Compare(name, hosts: 3, length: 5), Is.EqualTo(14 * 14 * 14 * 14 * 14));

    /// <summary>
    /// Runs every history of events: per host an answer 200, 500 or 503 or a failed connect; a sweep one interval
    /// later; seven seconds without anything.
    /// </summary>
    private static int Compare(string name, int hosts, int length)
    {
        OutlierDetectionConfig config = s_configs[name];
        int kinds = (4 * hosts) + 2;
        int histories = (int)Math.Pow(kinds, length);
        var events = new int[length];
        for (int i = 0; i < histories; i++)
        {
            for (int k = 0, rest = i; k < length; k++, rest /= kinds)
            {
                events[k] = rest % kinds;
            }

            string? difference = Difference(config, hosts, events);
            if (difference is not null)
            {
                Assert.Fail($"{name}, history {string.Join(' ', events)}: {difference}");
            }
        }

        return histories;
    }

    private static string? Difference(OutlierDetectionConfig config, int hosts, int[] events)
    {
        var draws = new RngStream(Seed);
        var naive = new NaiveOutlier(config, hosts, draws.NextUInt64);
        Host[] members = [.. Enumerable.Range(0, hosts).Select(static i => TestHosts.Make(i))];
        var detector = new OutlierDetector(config, new RngStream(Seed), new NoSink(), members, config.IntervalNs);
        long nowNs = 0;
        for (int k = 0; k < events.Length; k++)
        {
            Do(events[k], naive, detector, members, config, ref nowNs);
            for (int h = 0; h < hosts; h++)
            {
                if (naive.Ejected[h] != members[h].Flags.HasFlag(HealthFlags.FailedOutlierCheck))
                {
                    return $"after event {k} host {h} should be {(naive.Ejected[h] ? "ejected" : "in")}";
                }
            }
        }

        foreach ((string counter, long value) in detector.Counters.All())
        {
            if (value != naive.Counter(counter))
            {
                return $"{counter}: expected {naive.Counter(counter)}, got {value}";
            }
        }

        return null;
    }

    private static void Do(
        int e, NaiveOutlier naive, OutlierDetector detector, Host[] hosts, OutlierDetectionConfig config,
        ref long nowNs)
    {
        if (e == 4 * hosts.Length)
        {
            nowNs += config.IntervalNs;
            naive.Sweep(nowNs);
            detector.Sweep(nowNs);
            return;
        }

        if (e > 4 * hosts.Length)
        {
            nowNs += 7 * SimDuration.Second;
            return;
        }

        int host = e / 4;
        if (e % 4 == 3)
        {
            naive.ConnectFailed(host, nowNs);
            detector.PutResult(hosts[host], OutlierResult.LocalOriginConnectFailed, 0, nowNs);
            return;
        }

        // A stream on a connection is a success of connecting, before anything is answered.
        int code = e % 4 == 0 ? 200 : e % 4 == 1 ? 500 : 503;
        naive.Connected(host);
        detector.PutResult(hosts[host], OutlierResult.LocalOriginConnectSuccess, 0, nowNs);
        naive.Answer(host, code, nowNs);
        detector.PutHttpResponse(hosts[host], code, nowNs);
    }

    private sealed class NoSink : IHostHealthSink
    {
        public void HostHealthChanged(Host host, long nowNs)
        {
        }
    }
}

using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Runs one script of the kind endpoint-update on a simulated cluster.</summary>
internal sealed class LbScript
{
    private const long PauseNs = 1300 * SimDuration.Millisecond;

    private readonly UpstreamCluster _cluster;
    private readonly ClusterConfig _config;
    private readonly RngStream _drops = new(77);
    private readonly List<Host> _held = [];
    private readonly string _run;
    private readonly bool _isExact;
    private long _now = 60 * SimDuration.Second;

    /// <summary>A script on a fresh cluster; its first assignment is update 1.</summary>
    /// <param name="cluster">Cluster object.</param>
    /// <param name="rng">Random numbers of the balancer.</param>
    /// <param name="run">Member that holds the expectation of the run.</param>
    /// <param name="isExact">Compare sequences of answers one by one instead of their shares.</param>
    public LbScript(JsonElement cluster, RngStream rng, string run, bool isExact)
    {
        ClusterConfig read = LbClusterReader.Read(cluster);
        _config = read with { InlineEndpoints = null, Type = DiscoveryType.Eds };
        _cluster = new UpstreamCluster(_config, Locality.Empty, rng, 0);
        _run = run;
        _isExact = isExact;
        _cluster.Update(read.InlineEndpoints!, 0);
        if (read.OutlierDetection is not null)
        {
            _cluster.Outlier = new OutlierDetector(
                read.OutlierDetection, new RngStream(78), _cluster, _cluster.Hosts, read.OutlierDetection.IntervalNs);
        }

        // Clusters with health checks start when every first check has passed.
        PassHealthChecks();
    }

    /// <summary>First sequence of answers that differs; null when all agree.</summary>
    public string? Mismatch { get; private set; }

    /// <summary>Runs the steps until a sequence differs.</summary>
    public void Run(IEnumerable<JsonElement> steps)
    {
        foreach (JsonElement step in steps)
        {
            Step(step);
            if (Mismatch is not null)
            {
                return;
            }
        }
    }

    private static string[] FlagNames(HealthFlags flags)
    {
        (HealthFlags Flag, string Name)[] names =
        [
            (HealthFlags.FailedActiveHc, "failed_active_health_check"),
            (HealthFlags.FailedOutlierCheck, "failed_outlier_check"),
            (HealthFlags.DegradedActiveHc, "failed_active_degraded_check"),
            (HealthFlags.PendingDynamicRemoval, "pending_dynamic_removal"),
            (HealthFlags.PendingActiveHc, "pending_active_hc"),
        ];
        return [.. names.Where(n => (flags & n.Flag) != 0).Select(static n => n.Name)];
    }

    private void Step(JsonElement step)
    {
        switch (step.Text("op"))
        {
            case "endpoints":
                _cluster.Update(LbClusterReader.Assignment(step), _now);
                Pass(PauseNs);
                break;
            case "empty_response":
                _cluster.UpdateEmpty();
                Pass(PauseNs);
                break;
            case "requests":
                Requests(step);
                break;
            case "counts":
                Counts(step);
                break;
            case "keys":
                Keys(step);
                break;
            case "hold":
                Host host = Find(step.Text("address"));
                host.RqActive += step.Int("n");
                _held.AddRange(Enumerable.Repeat(host, step.Int("n")));
                break;
            case "release":
                Assert.That(_held.Select(static h => h.Address), Is.EqualTo(step.Texts("expect")));
                _held.ForEach(static h => h.RqActive--);
                _held.Clear();
                break;
            case "fail":
                Fail(Find(step.Text("address")), step.Int("n"));
                break;
            case "wait":
                Pass(step.Int("ms") * SimDuration.Millisecond);
                PassHealthChecks();
                break;
            case "show":
                Show(step.GetProperty("expect"));
                break;
            default:
                throw new InvalidDataException(step.ToString());
        }
    }

    private JsonElement Expect(JsonElement step) => step.Get(_run) ?? step.GetProperty("expect");

    private Host Find(string address) => _cluster.Hosts.Single(h => h.Address == address);

    private void Pass(long ns)
    {
        _now += ns;
        while (_cluster.NextMergeFlushAtNs <= _now)
        {
            _cluster.FlushMerge(_cluster.NextMergeFlushAtNs);
        }
    }

    private void PassHealthChecks()
    {
        if (_config.ActiveHealthCheck is null)
        {
            return;
        }

        foreach (Host host in _cluster.Hosts.Where(static h => (h.Flags & HealthFlags.FailedActiveHc) != 0))
        {
            host.Flags &= ~(HealthFlags.FailedActiveHc | HealthFlags.PendingActiveHc);
            _cluster.HostHealthChanged(host, _now);
        }

        Pass(PauseNs);
    }

    private string Answer(LbContext context)
    {
        if (_cluster.DropOverloadPercent > 0 && _drops.NextDouble() * 100 < _cluster.DropOverloadPercent)
        {
            return "503 DO";
        }

        return _cluster.ChooseHost(ref context, _now)?.Address ?? "503 UH";
    }

    private void Requests(JsonElement step)
    {
        string[] expected = [.. Expect(step).EnumerateArray().Select(static a => a.GetString()!)];
        string[] answers = [.. expected.Select(_ => Answer(default))];
        if (!_isExact)
        {
            CheckShares(expected, answers);
        }
        else if (!answers.SequenceEqual(expected))
        {
            Mismatch = string.Join(' ', answers) + " instead of " + string.Join(' ', expected);
        }
    }

    private void CheckShares(string[] expected, string[] answers)
    {
        Assert.That(answers.Distinct(), Is.EquivalentTo(expected.Distinct()));
        foreach (IGrouping<Locality, Host> locality in _cluster.Hosts.GroupBy(static h => h.Locality))
        {
            HashSet<string> addresses = [.. locality.Select(static h => h.Address)];
            int simulated = answers.Count(addresses.Contains);
            Assert.That(simulated, Is.EqualTo(expected.Count(addresses.Contains)).Within(3), locality.Key.ToString());
        }
    }

    private void Counts(JsonElement step)
    {
        Dictionary<string, int> expected = Expect(step).EnumerateObject()
            .ToDictionary(static p => p.Name, static p => p.Value.GetInt32());
        int n = step.Int("n");
        Dictionary<string, int> simulated = Enumerable.Range(0, n).Select(_ => Answer(default))
            .GroupBy(static a => a).ToDictionary(static g => g.Key, static g => g.Count());
        LbStatistics.AssertSameCounts(expected, null, simulated);
    }

    private void Keys(JsonElement step)
    {
        string[] answers = [.. step.Texts("keys").Select(
            k => Answer(new LbContext { HasHash = true, Hash = XxHash64.Of(k) }))];
        Assert.That(answers, Is.EqualTo(Expect(step).EnumerateArray().Select(static a => a.GetString())));
    }

    private void Fail(Host host, int n)
    {
        for (int i = 0; i < n; i++)
        {
            _cluster.Outlier!.PutHttpResponse(host, 500, _now);
        }
    }

    private void Show(JsonElement expect)
    {
        JsonElement[] hosts = [.. expect.Items("hosts")];
        Assert.That(_cluster.Hosts.Select(static h => h.Address),
            Is.EqualTo(hosts.Select(static h => h.Text("address"))));
        for (int i = 0; i < hosts.Length; i++)
        {
            Host host = _cluster.Hosts[i];
            JsonElement e = hosts[i];
            Assert.That(host.Weight, Is.EqualTo(e.GetProperty("weight").GetUInt32()), "weight");
            Assert.That(host.Priority, Is.EqualTo(e.Int("priority")), "priority");
            Assert.That(host.Locality, Is.EqualTo(Locality.Parse(e.Text("locality"))), "locality");
            Assert.That(host.RqActive, Is.EqualTo(e.Int("rq_active")), "rq_active");
            Assert.That(host.Endpoint.HealthStatus.ToString(), Is.EqualTo(e.Text("eds_health_status")).IgnoreCase);
            Assert.That(FlagNames(host.Flags), Is.EquivalentTo(e.Texts("flags")), "flags");
        }

        LbDriver.AssertMembership(expect.Get("stats"), _cluster);
        JsonElement stats = expect.GetProperty("stats");
        LbCounters counters = _cluster.Counters;
        Assert.That(counters.MembershipChange, Is.EqualTo(stats.Int("membership_change")), "membership_change");
        Assert.That(counters.UpdateSuccess, Is.EqualTo(stats.Int("update_success")), "update_success");
        Assert.That(counters.UpdateNoRebuild, Is.EqualTo(stats.Int("update_no_rebuild")), "update_no_rebuild");
        Assert.That(counters.UpdateEmpty, Is.EqualTo(stats.Int("update_empty")), "update_empty");
    }
}

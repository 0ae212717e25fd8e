using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>One recording of family envoy-outlier, run step by step on a detector and a balancer.</summary>
internal sealed class OutlierScript : IOutlierObserver
{
    private const long SettleNs = 60 * SimDuration.Millisecond;
    private const long SettleAfterEndpointsNs = 250 * SimDuration.Millisecond;

    private readonly JsonElement _case;
    private readonly string[] _order;
    private readonly Dictionary<string, int> _priorities = [];
    private readonly UpstreamCluster _cluster;
    private readonly OutlierDetector _detector;
    private readonly OutlierScriptUpstream _upstream;
    private readonly List<OutlierScriptEvent> _events = [];
    private readonly long _intervalNs;
    private readonly bool _hasHealthChecks;
    private long _nowNs;
    private long _nextHealthCheckNs;
    private int? _sweep;
    private bool _isLate;

    public OutlierScript(JsonElement recording)
    {
        _case = recording;
        _order = [.. recording.Items("hosts").Select(static h => h.Text("id"))];
        foreach (JsonElement host in recording.Items("hosts"))
        {
            _priorities[host.Text("id")] = host.Int("priority");
        }

        OutlierDetectionConfig detection = OutlierJson.Config(recording.GetProperty("outlier_detection"));
        var config = new ClusterConfig
        {
            Name = "main",
            CommonLb = new CommonLbConfig
            {
                HealthyPanicThreshold = recording.Number("panic_threshold", 50),
                UpdateMergeWindowNs = recording.DurationNs("update_merge_window", SimDuration.Second),
            },
        };
        _cluster = new UpstreamCluster(config, Locality.Empty, RngStream.Create(7, 0, Id, "lb"), -SimDuration.Minute);
        _cluster.Update(Assignment(_order), -SimDuration.Minute);
        _intervalNs = detection.IntervalNs;
        _detector = new OutlierDetector(
            detection, RngStream.Create(7, 0, Id, "outlier"), _cluster, _cluster.Hosts, _intervalNs)
        {
            Observer = this,
        };
        _upstream = new OutlierScriptUpstream(recording, _detector);
        _hasHealthChecks = recording.Items("health_checks").Any();
        _nextHealthCheckNs = 100 * SimDuration.Millisecond;
    }

    private string Id => _case.Text("id");

    void IOutlierObserver.Ejected(Host host, OutlierEjectionType type, bool enforced, int timesEjected, long nowNs) =>
        _events.Add(new OutlierScriptEvent(Name(host), "EJECT", type.Text(), enforced, timesEjected, _sweep, nowNs,
            _isLate));

    void IOutlierObserver.Unejected(Host host, long nowNs) =>
        _events.Add(new OutlierScriptEvent(Name(host), "UNEJECT", "", true, 0, _sweep, nowNs, _isLate));

    public void Run()
    {
        foreach (JsonElement step in _case.Items("steps"))
        {
            long dueNs = step.GetProperty("t_ms").GetInt64() * SimDuration.Millisecond;
            _isLate = _nowNs > dueNs;
            AdvanceTo(Math.Max(_nowNs, dueNs));
            var codes = new Dictionary<string, int>();
            var served = new Dictionary<string, int>();
            long settleNs = SettleNs;
            if (step.Get("endpoints") is not null)
            {
                _cluster.Update(Assignment(step.Texts("endpoints")), _nowNs);
                _detector.HostsChanged(_cluster.Hosts);
                settleNs = SettleAfterEndpointsNs;
            }
            else if (step.Get("to") is JsonElement to)
            {
                Send(step, to, codes, served);
            }

            AdvanceTo(_nowNs + settleNs);
            Compare(step, codes, served);
        }

        long untilNs = _case.GetProperty("observe_until_ms").GetInt64() * SimDuration.Millisecond;
        AdvanceTo(Math.Max(_nowNs, untilNs));
        OutlierScriptCompare.Events(_case, [.. _events.Where(e => e.AtNs <= untilNs)]);
    }

    private static string Name(Host host) => host.Endpoint.Hostname;

    private static void Count(Dictionary<string, int> counts, string key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;

    private void Send(
        JsonElement step, JsonElement to, Dictionary<string, int> codes, Dictionary<string, int> served)
    {
        string[] targets = to.ValueKind == JsonValueKind.Array
            ? [.. to.EnumerateArray().Select(static x => x.GetString()!)] : [to.GetString()!];
        long startNs = step.GetProperty("t_ms").GetInt64() * SimDuration.Millisecond;
        long gapNs = step.Int("gap_ms") * SimDuration.Millisecond;
        for (int i = 0; i < step.Int("count"); i++)
        {
            if (gapNs > 0)
            {
                AdvanceTo(Math.Max(_nowNs, startNs + (i * gapNs)));
            }

            foreach (string target in targets)
            {
                int code = target == "lb" ? SendBalanced(step, served) : SendTo(target, step);
                Count(codes, code.ToString(CultureInfo.InvariantCulture));
                if (step.Get("until_code") is JsonElement until && until.GetInt32() == code)
                {
                    return;
                }
            }
        }
    }

    private int SendBalanced(JsonElement step, Dictionary<string, int> served)
    {
        var context = default(LbContext);
        Host? host = _cluster.ChooseHost(ref context, _nowNs);
        Count(served, host is null ? "-" : Name(host));
        if (host is null)
        {
            AdvanceTo(_nowNs + SimDuration.Millisecond);
            return 503;
        }

        JsonElement answers = step.GetProperty("answers");
        string answer = answers.Text(Name(host), answers.Text("*", "200"));
        (int code, long tookNs) = _upstream.Request(host, answer, step, _nowNs);
        AdvanceTo(_nowNs + tookNs);
        return code;
    }

    private int SendTo(string target, JsonElement step)
    {
        Host host = _cluster.Hosts.Single(h => Name(h) == target);
        (int code, long tookNs) = _upstream.Request(host, step.Text("answer"), step, _nowNs);
        AdvanceTo(_nowNs + tookNs);
        return code;
    }

    private void AdvanceTo(long nowNs)
    {
        while (true)
        {
            long healthNs = _hasHealthChecks ? _nextHealthCheckNs : long.MaxValue;
            long nextNs = Math.Min(Math.Min(_detector.NextSweepAtNs, _cluster.NextMergeFlushAtNs), healthNs);
            if (nextNs > nowNs)
            {
                break;
            }

            _nowNs = Math.Max(_nowNs, nextNs);
            if (nextNs == _cluster.NextMergeFlushAtNs)
            {
                _cluster.FlushMerge(nextNs);
            }
            else if (nextNs == _detector.NextSweepAtNs)
            {
                _sweep = (int)(nextNs / _intervalNs);
                _detector.Sweep(nextNs);
                _sweep = null;
            }
            else
            {
                _nextHealthCheckNs += 500 * SimDuration.Millisecond;
                foreach (Host host in _cluster.Hosts)
                {
                    _detector.ActiveHealthCheckPassed(host, nextNs);
                }
            }
        }

        _nowNs = nowNs;
    }

    private void Compare(JsonElement step, Dictionary<string, int> codes, Dictionary<string, int> served)
    {
        JsonElement expected = step.GetProperty("expected");
        string where = "step at " + step.GetProperty("t_ms") + " ms: ";
        string[] ejected =
        [
            .. _cluster.Hosts.Where(static h =>
                    (h.Flags & (HealthFlags.FailedOutlierCheck | HealthFlags.DegradedOutlierDetection)) != 0)
                .Select(Name).Order(StringComparer.Ordinal),
        ];
        OutlierScriptCompare.Ejected(expected, ejected, _case.Text("random"), where);
        OutlierScriptCompare.Stats(expected, _detector.Counters, _cluster, where);
        OutlierScriptCompare.Codes(step, expected, codes, where);
        OutlierScriptCompare.Served(step, expected, served, where);
    }

    private ClusterLoadAssignment Assignment(IReadOnlyCollection<string> names) => new()
    {
        ClusterName = "main",
        Endpoints =
        [
            .. _order.Where(names.Contains).GroupBy(n => _priorities[n]).OrderBy(static g => g.Key)
                .Select(g => new LocalityLbEndpoints(
                    Locality.Empty, g.Key, null,
                    [.. g.Select(n =>
                        new LbEndpoint { Address = "10.0.0." + Array.IndexOf(_order, n), Port = 80, Hostname = n })])),
        ],
    };
}

/// <summary>One entry of the event log. Late: the step could not begin at its time, so only its order is
/// known.</summary>
internal sealed record OutlierScriptEvent(
    string Host, string Action, string Type, bool Enforced, int NumEjections, int? Sweep, long AtNs,
    bool IsLate);

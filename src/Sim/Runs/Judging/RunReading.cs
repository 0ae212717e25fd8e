using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Reads one run by selectors. Everything belongs to the bin in which it started.</summary>
internal sealed class RunReading
{
    private static readonly string[] ScopeLabels = ["service", "traffic", "client_region", "client_cluster"];

    private readonly JudgedRun _run;
    private readonly HashSet<string> _probes;
    private readonly Dictionary<SelectorOperand, (long[] Numerator, long[] Denominator)> _counts = [];
    private readonly Dictionary<SelectorOperand, List<long>[]> _latencies = [];

    public RunReading(JudgedRun run, ScenarioDocument document)
    {
        _run = run;
        _probes = document.Probes.Select(static p => p.Name.Value).ToHashSet(StringComparer.Ordinal);
        BinCount = (int)((run.DurationNs + run.BinNs - 1) / run.BinNs);
    }

    public JudgedRun Run => _run;

    public int BinCount { get; }

    /// <summary>First bin that starts at or after a time.</summary>
    public int BinAtOrAfter(long ns) =>
        (int)Math.Clamp((ns + _run.BinNs - 1) / _run.BinNs, 0, BinCount);

    /// <summary>The value over bins [from, to).</summary>
    public Measurement Measure(SelectorOperand selector, int from, int to)
    {
        if (selector.Function is AssertionFunction.Findings or AssertionFunction.Pods)
        {
            return new Measurement(CountTimeless(selector), selector.Unit);
        }

        from = Math.Max(from, 0);
        to = Math.Min(to, BinCount);
        if (selector.Function == AssertionFunction.Quantile)
        {
            return Quantile(selector, from, to);
        }

        (long[] above, long[] below) = Counts(selector);
        long numerator = 0;
        long denominator = 0;
        for (int i = from; i < to; i++)
        {
            numerator += above[i];
            denominator += below[i];
        }

        bool isRatio = selector.Function is AssertionFunction.Availability or AssertionFunction.Share;
        return !isRatio ? new Measurement(numerator, selector.Unit)
            : denominator == 0 ? Measurement.Nothing(selector.Unit)
            : new Measurement((double)numerator / denominator, selector.Unit);
    }

    /// <summary>Whether entry requests are meant: those of probes only count when their traffic is named.</summary>
    public bool IsEntry(string traffic, bool isTrafficNamed) => isTrafficNamed || !_probes.Contains(traffic);

    private Measurement Quantile(SelectorOperand selector, int from, int to)
    {
        if (!_latencies.TryGetValue(selector, out List<long>[]? bins))
        {
            bins = LatencyBins(selector);
            _latencies.Add(selector, bins);
        }

        var all = new List<long>();
        for (int i = from; i < to; i++)
        {
            if (bins[i] is { } some)
            {
                all.AddRange(some);
            }
        }

        if (all.Count == 0)
        {
            return Measurement.Nothing(selector.Unit);
        }

        all.Sort();
        int rank = (int)Math.Ceiling((decimal)selector.Quantile * all.Count);
        return new Measurement(all[Math.Clamp(rank - 1, 0, all.Count - 1)], selector.Unit);
    }

    private List<long>[] LatencyBins(SelectorOperand selector)
    {
        var bins = new List<long>[BinCount];
        bool isNamed = IsTrafficNamed(selector);
        foreach (RequestRecord r in _run.Requests)
        {
            int bin = (int)(r.StartNs / _run.BinNs);
            if (r.Code != 0 && bin < BinCount && IsEntry(r.Traffic, isNamed)
                && Matches(selector.Matchers, label => LabelOf(r, label)))
            {
                (bins[bin] ??= []).Add(r.EndNs - r.StartNs);
            }
        }

        return bins;
    }

    private (long[] Numerator, long[] Denominator) Counts(SelectorOperand selector)
    {
        if (_counts.TryGetValue(selector, out (long[], long[]) known))
        {
            return known;
        }

        (long[] Numerator, long[] Denominator) counts = (new long[BinCount], new long[BinCount]);
        if (selector.Function == AssertionFunction.Ejections)
        {
            CountEjections(selector, counts.Numerator);
        }
        else
        {
            CountRequests(selector, counts.Numerator, counts.Denominator);
        }

        _counts.Add(selector, counts);
        return counts;
    }

    private int CountTimeless(SelectorOperand selector) => selector.Function == AssertionFunction.Findings
        ? _run.Findings.Count(d => Matches(selector.Matchers, label => LabelOf(d, label)))
        : _run.Pods.Count(p => Matches(selector.Matchers, label => LabelOf(p, label)));

    private void CountEjections(SelectorOperand selector, long[] numerator)
    {
        foreach (EjectionRecord e in _run.Ejections)
        {
            int bin = (int)(e.AtNs / _run.BinNs);
            if (bin < BinCount && Matches(selector.Matchers, label => LabelOf(e, label)))
            {
                numerator[bin]++;
            }
        }
    }

    private void CountRequests(SelectorOperand selector, long[] numerator, long[] denominator)
    {
        bool isNamed = IsTrafficNamed(selector);
        LabelMatcher[] scope = selector.Matchers.Where(static m => ScopeLabels.Contains(m.Label)).ToArray();
        bool isShare = selector.Function == AssertionFunction.Share;
        foreach (SeriesPoint p in _run.Series)
        {
            int bin = (int)(p.BinStartNs / _run.BinNs);
            if (bin >= BinCount || !IsEntry(p.Key.Traffic, isNamed))
            {
                continue;
            }

            bool isMatch = Matches(selector.Matchers, label => LabelOf(p, label));
            if (isShare ? Matches(scope, label => LabelOf(p, label)) : isMatch)
            {
                denominator[bin] += p.Count;
            }

            bool counts = selector.Function switch
            {
                AssertionFunction.Availability => p.Good,
                AssertionFunction.Errors => !p.Good,
                _ => true,
            };
            numerator[bin] += isMatch && counts ? p.Count : 0;
        }
    }

    private static bool IsTrafficNamed(SelectorOperand selector) =>
        selector.Matchers.Any(static m => m.Label == "traffic");

    private static bool Matches(IReadOnlyList<LabelMatcher> matchers, Func<string, string> labelOf)
    {
        foreach (LabelMatcher m in matchers)
        {
            string value = labelOf(m.Label);
            bool isMatch = m.Matches(value);
            if (m.Label == "service" && ShortName(value) is { } shortName)
            {
                bool isNegative = m.Operator is MatchOperator.NotEqual or MatchOperator.NotRegex;
                isMatch = isNegative ? isMatch && m.Matches(shortName) : isMatch || m.Matches(shortName);
            }

            if (!isMatch)
            {
                return false;
            }
        }

        return true;
    }

    private static string? ShortName(string service)
    {
        int dot = service.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? null : service[..dot];
    }

    private static string LabelOf(SeriesPoint p, string label) => label switch
    {
        "service" => p.Key.Service,
        "traffic" => p.Key.Traffic,
        "client_region" => p.Key.ClientRegion,
        "client_cluster" => p.Key.ClientCluster,
        "served_region" => p.Key.ServedRegion,
        "served_cluster" => p.Key.ServedCluster,
        "code" => p.Code.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "flags" => p.Flags,
        "disposition" => p.Disposition,
        _ => throw new InvalidOperationException("requests have no label " + label),
    };

    private static string LabelOf(RequestRecord r, string label) => label switch
    {
        "service" => r.Service,
        "traffic" => r.Traffic,
        "client_region" => r.ClientRegion,
        "client_cluster" => r.Client.Split('/')[0],
        "served_region" => r.ServedRegion,
        "served_cluster" => r.ServedCluster,
        "code" => r.Code.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "flags" => r.Flags,
        "disposition" => r.Disposition,
        _ => throw new InvalidOperationException("requests have no label " + label),
    };

    private static string LabelOf(Diagnostic d, string label) => label switch
    {
        "code" => d.Code,
        "severity" => d.Severity.ToString().ToLowerInvariant(),
        "message" => d.Message,
        "resource" => d.Resource,
        "file" => d.Span.File ?? "",
        _ => throw new InvalidOperationException("findings have no label " + label),
    };

    private static string LabelOf(PodRecord p, string label) => label switch
    {
        "cluster" => p.Cluster,
        "namespace" => p.Namespace,
        "workload" => p.Workload,
        "region" => p.Region,
        "zone" => p.Zone,
        "sidecar" => p.HasSidecar ? "true" : "false",
        "ready" => p.IsReady ? "true" : "false",
        _ => throw new InvalidOperationException("pods have no label " + label),
    };

    private static string LabelOf(EjectionRecord e, string label) => label switch
    {
        "client" => e.Client,
        "upstream" => e.UpstreamCluster,
        "host" => e.Host,
        "pod" => e.HostPod,
        "type" => e.Type,
        _ => throw new InvalidOperationException("ejections have no label " + label),
    };
}

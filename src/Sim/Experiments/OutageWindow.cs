using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>Outages that belong together, as one simulation: a timeline in which every stretch between two changes is
/// at most so long.</summary>
internal sealed class OutageWindow
{
    /// <summary>Time before the first outage that belongs to the window: requests under way when it begins.</summary>
    public const long LeadNs = 5 * SimDuration.Second;

    private readonly IReadOnlyList<Outage> _outages;
    private readonly List<long> _bounds;
    private readonly List<long> _simulated = [];
    private readonly long _beginNs;

    /// <summary>A window.</summary>
    /// <param name="outages">Its outages, by begin.</param>
    /// <param name="warmupNs">Time before the lead.</param>
    /// <param name="longestNs">Longest stretch that is simulated.</param>
    /// <param name="settleNs">Time after the last outage.</param>
    public OutageWindow(IReadOnlyList<Outage> outages, long warmupNs, long longestNs, long settleNs)
    {
        _outages = outages;
        _bounds = outages.SelectMany(static o => (long[])[o.FromNs, o.ToNs]).Distinct().Order().ToList();
        _beginNs = warmupNs + LeadNs;
        long at = _beginNs;
        _simulated.Add(at);
        for (int i = 1; i < _bounds.Count; i++)
        {
            at += Math.Min(_bounds[i] - _bounds[i - 1], longestNs);
            _simulated.Add(at);
        }

        DurationNs = at + settleNs;
        LengthNs = _bounds[^1] - _bounds[0] + LeadNs + settleNs;
    }

    /// <summary>Simulated time, warm-up included.</summary>
    public long DurationNs { get; }

    /// <summary>Length of the window in the year.</summary>
    public long LengthNs { get; }

    /// <summary>The scenario with the window's outages in place of its own timeline, checks left out.</summary>
    public ScenarioDocument Document(ScenarioDocument document, IReadOnlyList<FailingComponent> components)
    {
        var steps = new List<TimelineStep>();
        foreach (Outage o in _outages.Where(static o => o.Component >= 0))
        {
            ComponentSpec spec = components[o.Component].Spec;
            long from = At(o.FromNs);
            long length = At(o.ToNs) - from;
            Sourced<string> name = new(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{spec.Title} {steps.Count}"), spec.Span);
            steps.Add(spec.Down with
            {
                AtNs = new(from, spec.Span),
                As = name,
                Fault = spec.Down.Fault is { } f ? f with { ForNs = new(length, spec.Span) } : null,
            });
            if (spec.Up is { } up)
            {
                steps.Add(up with { AtNs = new(from + length, spec.Span), Ends = name });
            }
        }

        return document with
        {
            Timeline = steps.OrderBy(static s => s.AtNs.Value).ToList(),
            DurationNs = new(DurationNs, SourceSpan.None),
            Assertions = [],
            Slos = [],
            Probes = [],
            Invariants = [],
        };
    }

    /// <summary>Failed requests of a group in the window, long stretches continued at the rate of their last half.
    /// </summary>
    public double Failed(WindowCounts counts, int group)
    {
        double failed = counts.Failed(group, _beginNs - LeadNs, DurationNs);
        for (int i = 1; i < _bounds.Count; i++)
        {
            long simulated = _simulated[i] - _simulated[i - 1];
            long rest = _bounds[i] - _bounds[i - 1] - simulated;
            if (rest > 0)
            {
                failed += counts.Failed(group, _simulated[i] - (simulated / 2), _simulated[i])
                    * ((double)rest / (simulated / 2));
            }
        }

        return failed;
    }

    private long At(long ns) => _simulated[_bounds.IndexOf(ns)];
}

/// <summary>Counts of a simulated window by group and bin.</summary>
internal sealed class WindowCounts
{
    private readonly double[][] _failed;
    private readonly double[][] _total;
    private readonly long _binNs;

    /// <summary>Requests of the whole result, warm-up included.</summary>
    public long Requests { get; }

    /// <summary>Counts of a result. Group 0 = all callers, then one for each caller's region in order.</summary>
    public WindowCounts(RunResult result, IReadOnlyList<string> regions)
    {
        _binNs = result.BinNs;
        Requests = result.RequestsTotal;
        int bins = (int)((result.DurationNs + _binNs - 1) / _binNs);
        _failed = Enumerable.Range(0, regions.Count + 1).Select(_ => new double[bins]).ToArray();
        _total = Enumerable.Range(0, regions.Count + 1).Select(_ => new double[bins]).ToArray();
        foreach (SeriesPoint p in result.Series)
        {
            int bin = (int)(p.BinStartNs / _binNs);
            int region = 0;
            while (region < regions.Count && regions[region] != p.Key.ClientRegion)
            {
                region++;
            }

            if (bin < bins)
            {
                _total[0][bin] += p.Count;
                _failed[0][bin] += p.Good ? 0 : p.Count;
                if (region < regions.Count)
                {
                    _total[region + 1][bin] += p.Count;
                    _failed[region + 1][bin] += p.Good ? 0 : p.Count;
                }
            }
        }
    }

    /// <summary>Failed requests that started in [from, to); parts of bins count in proportion.</summary>
    public double Failed(int group, long fromNs, long toNs) => Sum(_failed[group], fromNs, toNs);

    /// <summary>Requests that started in [from, to).</summary>
    public double Total(int group, long fromNs, long toNs) => Sum(_total[group], fromNs, toNs);

    private double Sum(double[] counts, long fromNs, long toNs)
    {
        double sum = 0;
        for (long bin = fromNs / _binNs; bin * _binNs < toNs && bin < counts.Length; bin++)
        {
            long from = Math.Max(fromNs, bin * _binNs);
            long to = Math.Min(toNs, (bin + 1) * _binNs);
            sum += counts[bin] * ((double)(to - from) / _binNs);
        }

        return sum;
    }
}

using MathNet.Numerics.Statistics;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>Puts years together from sampled outages and the counts of simulated windows.</summary>
internal sealed class IncidentAssembly
{
    private const double NsPerMinute = SimDuration.Minute;

    private readonly PreparedScenario _prepared;
    private readonly IncidentSpec _spec;
    private readonly IReadOnlyList<FailingComponent> _components;
    private readonly IReadOnlyList<string> _names;
    private readonly OutageWindow[] _pool;
    private readonly long _beginNs;
    private double[] _rate = [];
    private double[] _always = [];
    private WindowCounts[] _pools = [];

    public IncidentAssembly(
        PreparedScenario prepared, IncidentSpec spec, IReadOnlyList<FailingComponent> components,
        IReadOnlyList<string> regions)
    {
        _prepared = prepared;
        _spec = spec;
        _components = components;
        _names = [YearGroupNames.All, .. regions];
        long warmup = prepared.Document.WarmupNs;
        _beginNs = warmup + OutageWindow.LeadNs;
        _pool = components.Select((_, c) => new OutageWindow(
            [new Outage(c, 0, spec.LongestNs)], warmup, spec.LongestNs, spec.SettleNs)).ToArray();
    }

    /// <summary>Puts the years together.</summary>
    /// <param name="years">Outages of each year, those that belong together in one group.</param>
    /// <param name="calm">Windows without outages.</param>
    /// <param name="pools">Windows of each component, one component after another.</param>
    /// <param name="own">Windows of groups of several outages, in the order of the years.</param>
    public IncidentResult Put(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<Outage>>> years, WindowCounts[] calm, WindowCounts[] pools,
        WindowCounts[] own)
    {
        _pools = pools;
        long calmEnd = _beginNs + _spec.LongestNs;
        double seconds = (double)(calmEnd - _beginNs) / SimDuration.Second * calm.Length;
        _rate = _names.Select((_, g) => calm.Sum(c => c.Total(g, _beginNs, calmEnd)) / seconds).ToArray();
        _always = _names.Select((_, g) => calm.Sum(c => c.Failed(g, _beginNs, calmEnd)) / seconds).ToArray();
        var sampled = new List<SampledYear>();
        var alone = new double[_components.Count, _spec.Windows];
        var failures = new int[_components.Count];
        var down = new double[_components.Count];
        double together = 0;
        int ownAt = 0;
        for (int y = 0; y < years.Count; y++)
        {
            int k = y % _spec.Windows;
            var lost = new double[_names.Count];
            int outages = 0;
            var incidents = new List<YearIncident>();
            foreach (IReadOnlyList<Outage> group in years[y])
            {
                OutageWindow? window = group.Count == 1 ? null
                    : new OutageWindow(group, _prepared.Document.WarmupNs, _spec.LongestNs, _spec.SettleNs);
                WindowCounts? counts = window is null ? null : own[ownAt++];
                double[] requests = _names.Select((_, g) => window is null ? Lost(group[0], k, g)
                    : window.Failed(counts!, g) - (_always[g] * Seconds(window.LengthNs))).ToArray();
                for (int g = 0; g < _names.Count; g++)
                {
                    lost[g] += requests[g];
                }

                incidents.Add(Incident(group, requests));
                double minutes = requests[0] / _rate[0] / 60;
                together += window is null ? 0 : minutes;
                foreach (Outage o in group)
                {
                    outages++;
                    failures[o.Component]++;
                    down[o.Component] += (o.ToNs - o.FromNs) / NsPerMinute;
                }

                if (window is null)
                {
                    alone[group[0].Component, k] += minutes;
                }
            }

            sampled.Add(new SampledYear(outages, _names.Select((_, g) => Availability(lost[g], g)).ToList(),
                [.. incidents.OrderBy(static i => i.FromNs)]));
        }

        return Result(sampled, alone, failures, down, together / years.Count,
            calm.Length + pools.Length + own.Length, calm.Concat(pools).Concat(own).Sum(static c => c.Requests));
    }

    private YearIncident Incident(IReadOnlyList<Outage> group, double[] requests) => new(
        group.Min(static o => o.FromNs), group.Max(static o => o.ToNs),
        [.. group.Select(o => _components[o.Component].Spec.Title).Distinct(StringComparer.Ordinal)],
        [.. requests.Select((r, g) => _rate[g] > 0 ? r / _rate[g] / 60 : 0)]);

    /// <summary>Requests lost to one outage beyond what always fails.</summary>
    private double Lost(Outage outage, int replication, int group)
    {
        WindowCounts counts = _pools[(outage.Component * _spec.Windows) + replication];
        long length = outage.ToNs - outage.FromNs;
        long end = _beginNs + _spec.LongestNs;
        long simulated = Math.Min(length, _spec.LongestNs);
        double failed = counts.Failed(group, _beginNs - OutageWindow.LeadNs, _beginNs + simulated)
            + counts.Failed(group, end, end + _spec.SettleNs)
            + (Steady(counts, group) * Seconds(length - simulated));
        return failed - (_always[group] * Seconds(OutageWindow.LeadNs + length + _spec.SettleNs));
    }

    /// <summary>Failed requests a second in the last half of the longest outage.</summary>
    private double Steady(WindowCounts counts, int group)
    {
        long end = _beginNs + _spec.LongestNs;
        long half = _spec.LongestNs / 2;
        return counts.Failed(group, end - half, end) / Seconds(half);
    }

    private double Availability(double lost, int group)
    {
        double all = _rate[group] * Seconds(_spec.HorizonNs);
        return all == 0 ? double.NaN : 1 - ((_always[group] * Seconds(_spec.HorizonNs) + lost) / all);
    }

    private IncidentResult Result(
        List<SampledYear> years, double[,] alone, int[] failures, double[] down, double together, int windows,
        long requests)
    {
        double confidence = _prepared.Document.Sweep.Confidence;
        var costs = new List<ComponentCost>();
        double closed = _always[0] / _rate[0];
        for (int c = 0; c < _components.Count; c++)
        {
            FailingComponent component = _components[c];
            double mean = component.Repair.MeanNs;
            var steady = new List<double>();
            var transient = new List<double>();
            var lost = new List<double>();
            for (int k = 0; k < _spec.Windows; k++)
            {
                WindowCounts counts = _pools[(c * _spec.Windows) + k];
                double rate = Steady(counts, 0) - _always[0];
                double longest = Lost(new Outage(c, 0, _spec.LongestNs), k, 0);
                steady.Add(rate / _rate[0]);
                transient.Add((longest - (rate * Seconds(_spec.LongestNs))) / _rate[0]);
                lost.Add(alone[c, k] / YearsOf(k, years.Count));
            }

            closed += component.FailuresIn(_spec.HorizonNs) / Seconds(_spec.HorizonNs)
                * (transient.Average() + (steady.Average() * mean / SimDuration.Second));
            costs.Add(new ComponentCost(component.Spec, (double)failures[c] / years.Count, down[c] / years.Count,
                MeanInterval.Of(steady, confidence), MeanInterval.Of(transient, confidence),
                MeanInterval.Of(lost.Where(static v => !double.IsNaN(v)), confidence)));
        }

        ScenarioDocument d = _prepared.Document;
        return new IncidentResult
        {
            Scenario = d.Name,
            Variant = d.Variant,
            Seed = d.Seed,
            InputHash = _prepared.InputHash,
            Istio = d.Istio,
            Spec = _spec,
            Groups = _names.Select((n, g) => Group(n, g, years, confidence)).ToList(),
            Components = costs,
            TogetherMinutes = together,
            ClosedForm = closed,
            FailedAlways = _always[0] / _rate[0],
            Years = years,
            Windows = windows,
            Requests = requests,
        };
    }

    private YearGroup Group(string name, int group, List<SampledYear> years, double confidence)
    {
        double[] all = years.Select(y => y.Availability[group]).ToArray();
        IEnumerable<double> means = Enumerable.Range(0, Math.Min(_spec.Windows, years.Count)).Select(k =>
            ArrayStatistics.Mean(all.Where((_, y) => y % _spec.Windows == k).ToArray()));
        double target = _spec.Target;
        return new YearGroup(name, MeanInterval.Of(means, confidence), all.Quantile(0.05), all.Median(),
            (double)all.Count(a => a >= target) / all.Length);
    }

    private double YearsOf(int window, int years) =>
        window >= years ? double.NaN : ((years - 1 - window) / _spec.Windows) + 1;

    private static double Seconds(long ns) => (double)ns / SimDuration.Second;
}

/// <summary>Names of groups of callers.</summary>
internal static class YearGroupNames
{
    /// <summary>Everybody.</summary>
    public const string All = "all";
}

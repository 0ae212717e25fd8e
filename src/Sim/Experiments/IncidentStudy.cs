using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>A year with outages: sampled from the components' laws, simulated request by request in windows around
/// them, put together with a confidence interval.</summary>
/// <remarks>
/// Year y draws its windows from replication y mod windows of each component's pool, so the means over the years of one
/// remainder are independent of those of another, and their Student interval holds both sources of chance: which
/// outages come, and what happens in them. Windows in which several outages meet are simulated one by one as sampled.
/// Between windows nothing is lost but what fails without any outage.
/// Simplified: a stretch longer than <c>longest</c> goes on at the rate of its last half; the window of a shorter
/// single outage is cut out of one of length <c>longest</c>; traffic is the same at all hours.
/// </remarks>
public sealed class IncidentStudy
{
    private const int FirstOwnReplication = 1_000_000;

    private readonly PreparedScenario _prepared;
    private readonly IncidentSpec _spec;
    private readonly List<FailingComponent> _components;
    private readonly List<string> _regions;
    private readonly long _warmupNs;

    private IncidentStudy(PreparedScenario prepared, IncidentSpec spec)
    {
        _prepared = prepared;
        _spec = spec;
        ScenarioDocument d = prepared.Document;
        var laws = new Workloads(d);
        _components = spec.Components.Select(c =>
            new FailingComponent(c, laws.TimeOf(c.Between), laws.TimeOf(c.Repair))).ToList();
        _regions = d.Traffic.Select(t => d.RegionOf(t.From))
            .Where(static r => r.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        _warmupNs = d.WarmupNs;
    }

    /// <summary>Prepares a study.</summary>
    /// <param name="request">Scenario, variant, seed and overrides.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <returns>Null when there are errors.</returns>
    public static IncidentStudy? Open(ScenarioRequest request, DiagnosticBag diagnostics)
    {
        if (PreparedScenario.Open(request, diagnostics) is not { } prepared)
        {
            return null;
        }

        ScenarioDocument d = prepared.Document;
        if (d.Incidents is not { } spec)
        {
            diagnostics.Error(ScenarioCodes.Conflict, "the scenario has no method of type incidents", d.Method.Span,
                "method: {type: incidents, components: [...]}; or a variant that has one");
            return null;
        }

        foreach (TrafficSpec t in d.Traffic)
        {
            bool isSteady = t.Stages.Count == 0 && t.Diurnal is null && string.IsNullOrEmpty(t.Trace.Value)
                && t.StartNs == 0 && t.StopNs == long.MaxValue;
            if (!isSteady)
            {
                diagnostics.Error(ScenarioCodes.NotModelled, $"traffic {t.Name}: a year needs a steady rate", t.Span,
                    "rate: 20/s, without stages, diurnal, trace, start and stop");
            }
        }

        return diagnostics.HasErrors ? null : new IncidentStudy(prepared, spec);
    }

    /// <summary>Samples, simulates and puts together.</summary>
    /// <param name="threads">Windows at a time, at least 1; never changes a result.</param>
    /// <param name="progress">Hears of progress, one call at a time; null = nobody.</param>
    /// <param name="cancellation">Stops: there is no result then.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IncidentResult Run(int threads, Action<SweepProgress>? progress, CancellationToken cancellation)
    {
        var years = new List<List<IReadOnlyList<Outage>>>();
        var own = new List<IReadOnlyList<Outage>>();
        for (int y = 0; y < _spec.Years; y++)
        {
            List<Outage> outages = OutageSampler.Sample(_components, _spec.HorizonNs, _prepared.Document.Seed, y);
            years.Add(OutageSampler.Join(outages, _spec.SettleNs + OutageWindow.LeadNs));
            own.AddRange(years[y].Where(static g => g.Count > 1));
        }

        int windows = _spec.Windows;
        int pools = _components.Count * windows;
        WindowCounts[] counts = OrderedWork.Run(windows + pools + own.Count, threads,
            i => i < windows ? Simulate(Calm(), i, cancellation)
                : i < windows + pools ? Simulate(Pool((i - windows) / windows), (i - windows) % windows, cancellation)
                : Simulate(Own(own[i - windows - pools]), FirstOwnReplication + i - windows - pools, cancellation),
            progress, cancellation);
        return new IncidentAssembly(_prepared, _spec, _components, _regions).Put(
            years, counts[..windows], counts[windows..(windows + pools)], counts[(windows + pools)..]);
    }

    /// <summary>Failed requests of everybody when the whole of a short horizon is one simulation, for comparison.
    /// </summary>
    internal double WholeYear(int year)
    {
        List<Outage> outages = OutageSampler.Sample(_components, _spec.HorizonNs, _prepared.Document.Seed, year);
        if (outages.Count == 0)
        {
            return 0;
        }

        var window = new OutageWindow(outages, _warmupNs, long.MaxValue, _spec.SettleNs);
        return window.Failed(Simulate(window, FirstOwnReplication * 2 + year, default), 0);
    }

    /// <summary>A stretch without any outage.</summary>
    private OutageWindow Calm() => new([new Outage(Outage.None, 0, _spec.LongestNs)], _warmupNs, _spec.LongestNs, 0);

    private OutageWindow Pool(int component) => new(
        [new Outage(component, 0, _spec.LongestNs)], _warmupNs, _spec.LongestNs, _spec.SettleNs);

    private OutageWindow Own(IReadOnlyList<Outage> outages) =>
        new(outages, _warmupNs, _spec.LongestNs, _spec.SettleNs);

    private WindowCounts Simulate(OutageWindow window, int replication, CancellationToken cancellation)
    {
        RunResult result = _prepared.Simulate(window.Document(_prepared.Document, _components), replication,
            _spec.Windows, null, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return new WindowCounts(result, _regions);
    }
}

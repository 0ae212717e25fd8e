using System.Globalization;
using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Tells of traffic and faults that find nobody.</summary>
internal sealed partial class ScenarioSimulation
{
    private readonly HashSet<int> _absent = [];

    /// <summary>Warns of traffic and probes whose workload has no pods, up or not, unless the timeline may yet make
    /// them.</summary>
    private void FindAbsentSenders()
    {
        if (_document.Timeline.All(static s => s.Fault is not null))
        {
            foreach ((TrafficSource source, SourceSpec from) in _from)
            {
                WarnIfAbsent(source, from);
            }
        }
    }

    /// <summary>Tells how many requests were not sent because nobody was up to send them.</summary>
    private void FindUnsent()
    {
        foreach ((TrafficSource source, SourceSpec from) in _from)
        {
            if (source is { Unsent: > 0, HadSenders: false } && WarnIfAbsent(source, from))
            {
                continue;
            }

            if (source.Unsent > 0)
            {
                _findings.Info(ScenarioCodes.NoEffect, string.Create(CultureInfo.InvariantCulture,
                    $"{_traffic[source.Index].Name}: {source.Unsent} requests were not sent, because no pod of "
                    + $"{Whom(from)} was up to send them: they are in no figure"), from.Span);
            }
        }
    }

    /// <returns>Whether there was something to warn of, now or before.</returns>
    private bool WarnIfAbsent(TrafficSource source, SourceSpec from)
    {
        bool isAbsent = !from.IsOutside && !WorkloadsOf(from.Cluster, from.Namespace).Contains(from.Workload.Value);
        if (isAbsent && _absent.Add(source.Index))
        {
            _findings.Warn(ScenarioCodes.NoEffect,
                $"{_traffic[source.Index].Name}: {Whom(from)} has no pods: nobody sends its requests", from.Span,
                PlacesOf(from));
        }

        return isAbsent;
    }

    /// <summary>Warns of a fault that hits no pod.</summary>
    private void FindAbsentVictims(TimelineStep step, FaultSpec fault, int pods)
    {
        bool isOfPods = !fault.IsOfClusters && fault.Kind.Value is not (FaultKind.NodeDown or FaultKind.Drain);
        if (isOfPods && pods == 0)
        {
            _findings.Warn(ScenarioCodes.NoEffect,
                $"{step.Title}: the fault at {SimDuration.Format(_lifecycle.Now)} selects no pod", fault.Span,
                "see meshsim proxy-config or the manifests for clusters, namespaces and workloads");
        }
    }

    private static string Whom(SourceSpec from) =>
        string.Join('/', new[] { from.Cluster.Value, from.Namespace.Value, from.Workload.Value }
            .Where(static t => !string.IsNullOrEmpty(t)));

    /// <summary>Where the workload is instead, or which workloads are there.</summary>
    private string PlacesOf(SourceSpec from)
    {
        List<string> places =
        [
            .. _control.Clusters.SelectMany(static c => c.Pods)
                .Where(p => p.Workload == from.Workload.Value && !p.IsGone)
                .Select(static p => $"context: {p.Cluster}, namespace: {p.Namespace}").Distinct(),
        ];
        if (places.Count > 0)
        {
            return from.Workload.Value + " has pods at " + string.Join("; ", places);
        }

        SortedSet<string> there = WorkloadsOf(from.Cluster, from.Namespace);
        return there.Count == 0 ? "no workload has pods there" : Names.Hint(from.Workload, there);
    }

    private SortedSet<string> WorkloadsOf(string cluster, string ns) => new(
        _control.Clusters.Where(c => cluster.Length == 0 || c.Name == cluster).SelectMany(static c => c.Pods)
            .Where(p => (ns.Length == 0 || p.Namespace == ns) && !p.IsGone).Select(static p => p.Workload),
        StringComparer.Ordinal);
}

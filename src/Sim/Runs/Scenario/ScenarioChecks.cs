using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Checks what no single value shows: names that refer to each other, order, files.</summary>
internal static class ScenarioChecks
{
    public static void Check(ScenarioDocument d, DiagnosticBag bag)
    {
        CheckSettings(d, bag);
        CheckClusters(d, bag);
        CheckPlaces(d, bag);
        CheckTimeline(d, bag);
        CheckJudged(d, bag);
        CheckFiles(d, bag);
        ObservationChecks.Check(d, bag);
        Unique(d.Traffic.Select(static t => t.Name).Concat(d.Probes.Select(static p => p.Name)),
            "traffic source or probe", bag);
        Unique(d.Clusters.Select(static c => c.Name), "cluster", bag);
        Unique(d.Timeline.Select(static s => s.As).Where(static a => a.IsWritten), "step", bag);
        Unique(d.Slos.Select(static s => s.Name), "SLO", bag);
        Unique(d.Invariants.Select(static s => s.Name), "invariant", bag);
    }

    private static void CheckSettings(ScenarioDocument d, DiagnosticBag bag)
    {
        if (d.DurationNs <= 0)
        {
            bag.Error(ScenarioCodes.BadValue, "spec.duration must be above 0", d.DurationNs.Span);
        }

        if (d.WarmupNs >= d.DurationNs)
        {
            bag.Error(ScenarioCodes.BadValue, "spec.warmup leaves nothing of spec.duration", d.WarmupNs.Span,
                "make the duration longer than the warm-up");
        }

        if (d.BinNs < SimDuration.Millisecond)
        {
            bag.Error(ScenarioCodes.BadValue, "spec.bin must be at least 1ms", d.BinNs.Span);
        }

        foreach (Sourced<string> e in d.Extensions)
        {
            Known(e, KnownExtensions.All, "extension", bag);
        }
    }

    private static void CheckClusters(ScenarioDocument d, DiagnosticBag bag)
    {
        List<string> names = ClusterNames(d);
        if (d.Clusters.Count == 0)
        {
            bag.Error(ScenarioCodes.MissingKey, "the scenario has no cluster", d.Root.Span,
                "spec.clusters: [{name: us-east, manifests: [clusters/us-east/]}]");
        }

        foreach (ClusterSpec c in d.Clusters)
        {
            foreach (Sourced<string> remote in c.RemoteSecrets)
            {
                Known(remote, names, "cluster", bag);
                if (remote.Value == c.Name.Value)
                {
                    bag.Warn(ScenarioCodes.NoEffect, $"cluster {c.Name} reads its own API server anyway", remote.Span);
                }
            }

            if (c.ControlPlane.Value == ControlPlaneMode.Remote)
            {
                if (c.ControlPlaneOf.Value.Length == 0)
                {
                    bag.Error(ScenarioCodes.MissingKey, $"the remote cluster {c.Name} does not say whose istiod it has",
                        c.ControlPlane.Span, "controlPlane: {mode: remote, of: NAME}");
                }
                else
                {
                    Known(c.ControlPlaneOf, names, "cluster", bag);
                    CheckRemote(d, c, bag);
                }
            }
            else if (c.ControlPlaneOf.IsWritten)
            {
                bag.Error(ScenarioCodes.Conflict, "controlPlane.of belongs to mode remote", c.ControlPlaneOf.Span);
            }
        }
    }

    /// <summary>An istiod that cannot read a remote cluster's API server knows neither its pods nor its tokens.
    /// </summary>
    private static void CheckRemote(ScenarioDocument d, ClusterSpec remote, DiagnosticBag bag)
    {
        ClusterSpec? primary = d.FindCluster(remote.ControlPlaneOf);
        if (primary is not null && !primary.RemoteSecrets.Any(s => s.Value == remote.Name.Value))
        {
            bag.Warn(ScenarioCodes.NoEffect, $"{primary.Name} has no remote secret for {remote.Name}: "
                + "sidecars there get no configuration", remote.ControlPlane.Span,
                $"{primary.Name}: remoteSecrets: [{remote.Name}]");
        }
    }

    private static void CheckPlaces(ScenarioDocument d, DiagnosticBag bag)
    {
        List<string> places = d.Clusters.SelectMany(static c =>
            c.Zones.Select(static z => z.Value).Append(c.Name.Value).Append(c.Region.Value))
            .Concat(d.Traffic.Select(static t => t.From.Region.Value))
            .Concat(d.Traffic.Any(static t => t.From.IsOutside) ? [OutsideCallers.Cluster] : [])
            .Where(static p => !string.IsNullOrEmpty(p)).Distinct(StringComparer.Ordinal).ToList();
        foreach (LinkSpec link in d.Topology.Links)
        {
            Known(link.A, places, "region, zone or cluster", bag);
            Known(link.B, places, "region, zone or cluster", bag);
        }

        foreach (SourceSpec from in d.Traffic.Select(static t => t.From).Concat(d.Probes.Select(static p => p.From)))
        {
            if (from.IsOutside && from.Cluster.Value.Length == 0)
            {
                Known(from.Region, [.. d.Clusters.Select(static c => c.Region.Value)
                    .Where(static r => !string.IsNullOrEmpty(r)).Distinct(StringComparer.Ordinal)], "region", bag);
            }
        }

        List<string> contexts = ClusterNames(d);
        IEnumerable<Sourced<string>> used = d.Workloads.Select(static w => w.Match.Cluster)
            .Concat(d.Traffic.Select(static t => t.From.Cluster))
            .Concat(d.Probes.Select(static p => p.From.Cluster))
            .Concat(d.Timeline.Select(static s => s.Change?.Cluster ?? Sourced.None<string>()))
            .Concat(FaultsOf(d).Select(static f => f.Select.Cluster))
            .Concat(FaultsOf(d).Select(static f => f.Target?.Cluster ?? Sourced.None<string>()));
        foreach (Sourced<string> context in used.Where(static c => c.IsWritten))
        {
            Known(context, contexts, "cluster", bag);
        }
    }

    private static void CheckTimeline(ScenarioDocument d, DiagnosticBag bag)
    {
        List<string> names = StepNames(d);
        foreach (TimelineStep s in d.Timeline)
        {
            if (s.AtNs >= d.DurationNs)
            {
                bag.Warn(ScenarioCodes.NoEffect,
                    $"{s.Title} at {SimDuration.Format(s.AtNs)} comes after the end of the run", s.AtNs.Span,
                    $"the run ends at {SimDuration.Format(d.DurationNs)}");
            }

            if (s.Ends.IsWritten)
            {
                Known(s.Ends, names, "step", bag);
                if (d.FindStep(s.Ends) is { } begun && begun.AtNs.Value > s.AtNs.Value)
                {
                    bag.Error(ScenarioCodes.Conflict, $"{s.Title} ends {s.Ends} before it begins", s.Ends.Span);
                }
            }
        }
    }

    private static void CheckJudged(ScenarioDocument d, DiagnosticBag bag)
    {
        List<string> names = StepNames(d);
        foreach (Sourced<string> name in d.Assertions.SelectMany(static a => new[] { a.During, a.Recover })
                     .Concat(d.Probes.SelectMany(static p => p.During.Select(static e => e.Key)))
                     .Where(static n => n.IsWritten && n.Value.Length > 0))
        {
            Known(name, names, "step", bag);
        }

        List<string> traffic = d.Traffic.Select(static t => t.Name.Value).ToList();
        foreach (SloSpec slo in d.Slos.Where(static s => s.Traffic.IsWritten))
        {
            Known(slo.Traffic, traffic, "traffic source", bag);
        }

        List<string> classes = d.Workloads.Select(static w => w.DataClass.Value)
            .Where(static c => !string.IsNullOrEmpty(c)).Distinct(StringComparer.Ordinal).ToList();
        List<string> places = d.Clusters.Select(c => d.GeoOf(c.Region.Value ?? "")).Distinct().ToList();
        foreach (FlowSpec flow in d.Invariants.Where(static i => i.Never is not null).Select(static i => i.Never!))
        {
            CheckFlow(flow, classes, places, ClusterNames(d), bag);
        }

        foreach (Sourced<string> text in d.Assertions.Select(static a => a.Expression)
                     .Concat(d.Invariants.Where(static i => i.Never is null).Select(static i => i.Expression)))
        {
            CheckWindow(d, text, bag);
        }
    }

    private static void CheckFlow(
        FlowSpec flow, List<string> classes, List<string> places, List<string> clusters, DiagnosticBag bag)
    {
        (Sourced<string> Name, List<string> Known, string What)[] all =
        [
            (flow.DataClass, classes, "workload with the data class"), (flow.Leaves, places, "geography"),
            (flow.From, clusters, "cluster"), (flow.To, clusters, "cluster"),
        ];
        foreach ((Sourced<string> name, List<string> known, string what) in all)
        {
            if (name.IsWritten)
            {
                Known(name, known, what, bag);
            }
        }
    }

    private static void CheckWindow(ScenarioDocument d, Sourced<string> text, DiagnosticBag bag)
    {
        try
        {
            foreach (AssertionComparison c in AssertionParser.Parse(text).All)
            {
                if (c.Left.WindowNs > 0 && d.BinNs > 0 && c.Left.WindowNs % d.BinNs != 0)
                {
                    bag.Error(ScenarioCodes.BadValue, $"the window of \"{text}\" is no multiple of spec.bin "
                        + $"({SimDuration.Format(d.BinNs)})", text.Span);
                }
            }
        }
        catch (AssertionSyntaxException)
        {
            // Reported where the expression was read.
        }
    }

    private static IEnumerable<FaultSpec> FaultsOf(ScenarioDocument d) =>
        d.Timeline.SelectMany(static s => s.Fault?.All ?? []);

    private static void CheckFiles(ScenarioDocument d, DiagnosticBag bag)
    {
        foreach (Sourced<string> path in d.Clusters.SelectMany(static c => c.Manifests)
                     .Concat(d.Timeline.SelectMany(static s => s.Change?.Files ?? []))
                     .Concat(FaultsOf(d).SelectMany(static f => f.Files)))
        {
            if (!System.IO.File.Exists(ScenarioFiles.Resolve(d, path))
                && !Directory.Exists(ScenarioFiles.Resolve(d, path)))
            {
                bag.Error(ScenarioCodes.MissingFile, $"there is no file or folder {path}", path.Span,
                    $"paths are relative to {d.Directory}");
            }
        }

        IEnumerable<(string Path, SourceSpan Span)> data = d.Traffic.Where(static t => t.Trace.IsWritten)
            .Select(static t => (t.Trace.Value, t.Trace.Span))
            .Concat(d.Workloads.Where(static w => w.ServiceTime.File.Length > 0)
                .Select(static w => (w.ServiceTime.File, w.ServiceTime.Span)));
        foreach ((string path, SourceSpan span) in data)
        {
            if (!System.IO.File.Exists(ScenarioFiles.Resolve(d, path)))
            {
                bag.Error(ScenarioCodes.MissingFile, $"there is no file {path}", span,
                    $"paths are relative to {d.Directory}");
            }
        }
    }

    private static List<string> ClusterNames(ScenarioDocument d) =>
        d.Clusters.Select(static c => c.Name.Value).ToList();

    private static List<string> StepNames(ScenarioDocument d) =>
        d.Timeline.Select(static s => s.As.Value).Where(static n => n.Length > 0).ToList();

    private static void Known(Sourced<string> name, IReadOnlyList<string> known, string what, DiagnosticBag bag)
    {
        if (!known.Contains(name.Value))
        {
            bag.Error(ScenarioCodes.UnknownName, $"there is no {what} \"{name}\"", name.Span,
                Names.Hint(name.Value, known.ToList()));
        }
    }

    private static void Unique(IEnumerable<Sourced<string>> names, string what, DiagnosticBag bag)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Sourced<string> name in names)
        {
            if (name.Value.Length > 0 && !seen.Add(name.Value))
            {
                bag.Error(ScenarioCodes.DuplicateName, $"the name {what} \"{name}\" is borne twice", name.Span,
                    "names are unique");
            }
        }
    }
}

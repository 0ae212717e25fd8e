using System.Globalization;
using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.World;

namespace Sim.Runs;

/// <content>Traffic, probes, timeline and faults.</content>
internal sealed partial class ScenarioSimulation
{
    private readonly List<(TrafficSource Source, SourceSpec From)> _from = [];

    private void AddTraffic(TrafficSpec spec)
    {
        RequestTemplate template = _workloads.TemplateOf(spec.Request, spec.TimeoutNs);
        var arrivals = (ArrivalPattern)(int)spec.Arrivals.Value;
        RngStream gaps = _lifecycle.NewStream("traffic/" + spec.Name.Value, "arrivals");
        bool rotates = arrivals == ArrivalPattern.Constant;
        if (spec.Model.Value == TrafficModel.Closed)
        {
            var users = new ThinkingUsers(spec.Users, spec.ThinkNs, !rotates, spec.StartNs,
                Math.Min(spec.StopNs, _document.DurationNs), gaps);
            AddSource(spec.Name, template, spec.From, isProbe: false, (index, turns) =>
                new TrafficSource(index, template, users, rotates, turns, _loop));
            return;
        }

        ArrivalProcess process = spec.Trace.Value is { Length: > 0 } file
            ? new ArrivalProcess(_workloads.Samples(file), gaps)
            : new ArrivalProcess(RateCurve.Of(spec, _document.DurationNs), arrivals, gaps);
        AddSource(spec.Name, template, spec.From, isProbe: false, (index, turns) =>
            new TrafficSource(index, template, process, rotates, turns, _loop));
    }

    private void AddProbe(ProbeSpec probe)
    {
        RequestTemplate template = _workloads.TemplateOf(probe.Request, 0);
        var times = probe.AtNs.Select(static t => t.Value).ToList();
        if (probe.EveryNs > 0)
        {
            for (long at = _document.WarmupNs; at < _document.DurationNs; at += probe.EveryNs)
            {
                times.Add(at);
            }
        }

        times.Sort();
        RngStream gaps = _lifecycle.NewStream("probe/" + probe.Name.Value, "arrivals");
        var process = new ArrivalProcess(times, gaps);
        AddSource(probe.Name, template, probe.From, isProbe: true, (index, turns) =>
            new TrafficSource(index, template, process, true, turns, _loop));
    }

    private void AddSource(
        string name, RequestTemplate template, SourceSpec from, bool isProbe, Func<int, RngStream, TrafficSource> make)
    {
        TrafficSource source = make(_sources.Count, _lifecycle.NewStream("traffic/" + name, "sender"));
        _sources.Add(source);
        _from.Add((source, from));
        if (from.IsOutside)
        {
            source.SetSenders([OutsidePod(from, name, template)]);
        }

        _traffic.Add(new TrafficInfo(name, template.Service, isProbe));
    }

    private void FollowSenders()
    {
        foreach ((TrafficSource source, SourceSpec from) in _from)
        {
            if (!from.IsOutside)
            {
                source.SetSenders(SendersOf(from, ""));
            }
        }
    }

    /// <summary>Carries out one step of the timeline.</summary>
    private void Take(TimelineStep step)
    {
        (long FromNs, long ToNs)? band = step.As.Value is { Length: > 0 } name ? _document.BandOf(name) : null;
        if (step.Fault is { } fault)
        {
            if (fault.Kind.Value == FaultKind.Random)
            {
                BeginRandom(step, fault);
                return;
            }

            long end = EndOf(fault, step.AtNs);
            _bands.Add(new FaultBand(step.Title, fault.Kind.Value.ToString(), step.AtNs, band?.ToNs ?? end));
            Begin(step, fault);
            return;
        }

        if (band is { } b)
        {
            _bands.Add(new FaultBand(step.Title, "outage", b.FromNs, b.ToNs));
        }

        var bag = new DiagnosticBag();
        KubectlCommand? command = TimelineChanges.Of(_document, step, bag);
        LiveCluster? cluster = command is null ? null
            : _control.Clusters.FirstOrDefault(c => c.Name == command.Cluster);
        string text = step.Run.Value is { Length: > 0 } line ? line : step.Kind.ToString().ToLowerInvariant();
        _recorder.Note(_lifecycle.Now, "timeline", step.Title, text, step.Span);
        if (command is null || cluster is null)
        {
            return;
        }

        CarryOut(step, cluster, command.Changes);
    }

    /// <summary>Makes changes in a cluster, if its API server answers.</summary>
    private void CarryOut(TimelineStep step, LiveCluster cluster, IReadOnlyList<KubeChange> changes)
    {
        if (_control.IsApiDown(cluster.Name))
        {
            string refused = $"The connection to the server {cluster.Name}:6443 was refused - did you specify the "
                + "right host or port?";
            _recorder.Note(_lifecycle.Now, "timeline", cluster.Name, refused, step.Span);
            _findings.Warn(ScenarioCodes.StepFailed, refused, step.Run.IsWritten ? step.Run.Span : step.Span, "",
                step.Title);
            return;
        }

        foreach (KubeChange change in changes)
        {
            KubeOutcome outcome = _control.Apply(cluster, change, _lifecycle.Now);
            foreach (string message in outcome.Messages)
            {
                _recorder.Note(_lifecycle.Now, "timeline", cluster.Name, message, step.Span);
                if (!outcome.Held)
                {
                    _findings.Warn(ScenarioCodes.StepFailed, message, step.Run.IsWritten ? step.Run.Span : step.Span,
                        "", step.Title);
                }
            }
        }
    }

    /// <summary>Applies files to clusters.</summary>
    /// <returns>Takes them back: every object that they name becomes what it was.</returns>
    private Action PushFiles(TimelineStep step, FaultSpec fault)
    {
        ApplyManifests[] applied = [.. ScenarioFiles.Read(_document, fault.Files)
            .Select(static f => new ApplyManifests(f.Shown, f.Text))];
        List<string> names = ClustersOf(fault.Select);
        LiveCluster[] clusters = [.. _control.Clusters.Where(c => names.Contains(c.Name))];
        List<(LiveCluster Cluster, RestoreObjects Change)> back = [];
        foreach (LiveCluster cluster in clusters)
        {
            back.Add((cluster, new RestoreObjects([.. applied.SelectMany(cluster.Remember)])));
            CarryOut(step, cluster, applied);
        }

        return () => back.ForEach(b => CarryOut(step, b.Cluster, [b.Change]));
    }

    /// <summary>Draws pods.</summary>
    /// <param name="fault">How many.</param>
    /// <param name="match">Of which.</param>
    /// <param name="turn">Counts the turns of a fault that comes again and again: each draws anew.</param>
    private List<PodRuntime> Select(FaultSpec fault, MatchSpec match, int turn = 0)
    {
        var list = new List<PodRuntime>();
        foreach (LiveCluster cluster in _control.Clusters)
        {
            foreach (PodState s in cluster.Pods)
            {
                if (!s.IsGone && match.Matches(
                        s.Cluster, s.Namespace, s.Workload, s.Region, s.Zone, s.Name, s.Labels))
                {
                    list.Add(_pods[(cluster, s.Id)]);
                }
            }
        }

        int count = fault.Mode.Value switch
        {
            FaultMode.One => 1,
            FaultMode.Fixed => (int)fault.Value.Value,
            FaultMode.Percent => Math.Max(1, (int)(list.Count * fault.Value.Value)),
            _ => list.Count,
        };
        string name = "fault/" + PlaceOf(fault) + (turn == 0 ? "" : "/" + turn.ToString(CultureInfo.InvariantCulture));
        RngStream stream = _lifecycle.NewStream(name, "select");
        while (list.Count > count)
        {
            list.RemoveAt((int)stream.NextBelow((uint)list.Count));
        }

        return list;
    }

    private void Begin(TimelineStep step, FaultSpec fault, int turn = 0)
    {
        List<PodRuntime> pods = Select(fault, fault.Select, turn);
        FindAbsentVictims(step, fault, pods.Count);
        Action end = Inject(step, fault, pods);
        string whom = fault.IsOfClusters ? string.Join(", ", ClustersOf(fault.Select))
            : string.Create(CultureInfo.InvariantCulture, $"{pods.Count} pods");
        _recorder.Note(_lifecycle.Now, "fault", step.Title, $"{fault.Kind.Value} begins for {whom}", step.Span);
        if (fault.ForNs > 0)
        {
            _lifecycle.At(_lifecycle.Now + fault.ForNs, () =>
            {
                end();
                _recorder.Note(_lifecycle.Now, "fault", step.Title, $"{fault.Kind.Value} ends", step.Span);
            });
        }
    }

    private Action Inject(TimelineStep step, FaultSpec fault, List<PodRuntime> pods)
    {
        switch (fault.Kind.Value)
        {
            case FaultKind.Errors:
                var errors = new StatusFault(fault.Status, fault.Rate, step.Title, step.Span);
                return Each(pods, p => p.StatusFaults.Insert(0, errors), p => p.StatusFaults.Remove(errors));
            case FaultKind.Slow:
                var slow = new SlowFault(fault.Factor, fault.AddNs, step.Title, step.Span);
                return Each(pods, p => p.SlowFaults.Insert(0, slow), p => p.SlowFaults.Remove(slow));
            case FaultKind.AppDown:
                return Each(pods, p => _lifecycle.StopApplication(p), _lifecycle.StartApplication);
            case FaultKind.Partition:
                return Partition(fault, pods);
            case FaultKind.IstiodDown or FaultKind.KubeApiDown or FaultKind.DnsFailure:
                return OfClusters(fault);
            case FaultKind.CertExpiry:
                return Each(pods, p => _lifecycle.EndCertificate(p, 1),
                    p => _lifecycle.EndCertificate(p, -1));
            case FaultKind.PodKill:
                Kill(pods);
                return static () => { };
            case FaultKind.PodFailure or FaultKind.RegionOutage or FaultKind.ZoneOutage:
                return Lose(fault, pods);
            case FaultKind.GatewayDown:
                return Lose(fault, [.. pods.Where(static p => p.IsGateway)]);
            case FaultKind.NodeDown:
                return LoseNodes(fault, pods);
            case FaultKind.Drain:
                return Drain(fault, pods);
            case FaultKind.Latency or FaultKind.PacketLoss:
                return Burden(fault, pods);
            case FaultKind.CpuSaturation:
                var share = new SlowFault(1 / (1 - fault.Rate.Value), 0, step.Title, step.Span);
                return Each(pods, p => p.SlowFaults.Insert(0, share), p => p.SlowFaults.Remove(share));
            case FaultKind.ConfigPush:
                return PushFiles(step, fault);
            case FaultKind.CaMismatch:
                return Each(pods, p => _lifecycle.ChangeRoot(p, 1), p => _lifecycle.ChangeRoot(p, -1));
            default:
                _recorder.Note(_lifecycle.Now, "note", step.Title, $"fault {fault.Kind.Value} is not modelled",
                    step.Span);
                return static () => { };
        }
    }

    private static Action Each(List<PodRuntime> pods, Action<PodRuntime> begin, Action<PodRuntime> end)
    {
        pods.ForEach(begin);
        return () => pods.ForEach(end);
    }

    private void Kill(List<PodRuntime> pods)
    {
        foreach (LiveCluster cluster in _control.Clusters)
        {
            foreach (PodState state in cluster.Pods.ToList())
            {
                if (_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod) && pods.Contains(pod) && !state.IsGone)
                {
                    _control.Apply(cluster, new KillPod(state.Id), _lifecycle.Now);
                }
            }
        }
    }
}

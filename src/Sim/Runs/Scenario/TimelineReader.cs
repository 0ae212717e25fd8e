using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads the timeline.</summary>
internal sealed class TimelineReader(DiagnosticBag diagnostics)
{
    private static readonly string[] Actions = ["run", "apply", "delete", "patch", "fault"];

    private static readonly string[] Special =
        ["status", "rate", "factor", "add", "silent", "region", "target", "action", "direction", "host",
            "answer", "zone", "node", "files", "revertAfter", "faults", "mtbf", "mttr"];

    private static readonly string[] Selecting = ["select", "mode", "value"];

    public IReadOnlyList<TimelineStep> Read(ScenarioObject spec)
    {
        var steps = new List<TimelineStep>();
        foreach (ScenarioObject o in spec.Objects("timeline"))
        {
            steps.Add(ReadStep(o, steps.Count));
        }

        return steps.OrderBy(static s => s.AtNs.Value).ThenBy(static s => s.Index).ToList();
    }

    /// <summary>Keys beyond the common ones that a kind of fault takes.</summary>
    public static IReadOnlyList<string> KeysOf(FaultKind kind) => kind switch
    {
        FaultKind.Errors => ["status", "rate"],
        FaultKind.Slow => ["rate", "factor", "add"],
        FaultKind.Partition => ["target", "action", "direction"],
        FaultKind.PodKill or FaultKind.AppDown => [],
        FaultKind.PodFailure or FaultKind.GatewayDown => ["silent"],
        FaultKind.RegionOutage => ["silent", "region"],
        FaultKind.ZoneOutage => ["silent", "zone"],
        FaultKind.NodeDown => ["silent", "node"],
        FaultKind.Drain => ["node"],
        FaultKind.Latency => ["add", "target", "direction"],
        FaultKind.PacketLoss => ["rate", "target", "direction"],
        FaultKind.CpuSaturation => ["rate"],
        FaultKind.CaMismatch => [],
        FaultKind.IstiodDown or FaultKind.CertExpiry => [],
        FaultKind.KubeApiDown => ["target"],
        FaultKind.DnsFailure => ["host", "answer"],
        FaultKind.ConfigPush => ["files", "revertAfter"],
        FaultKind.Random => ["faults", "mtbf", "mttr"],
        _ => [],
    };

    private TimelineStep ReadStep(ScenarioObject o, int index)
    {
        List<string> given = Actions.Where(o.Has).ToList();
        if (given.Count != 1 && o.IsPresent)
        {
            diagnostics.Error(given.Count == 0 ? ScenarioCodes.MissingKey : ScenarioCodes.Conflict,
                $"{o.Path} needs one of run, apply, delete, patch, fault, and has "
                + (given.Count == 0 ? "none" : string.Join(" and ", given)), o.Span);
        }

        ScenarioObject apply = o.Object("apply");
        ScenarioObject delete = o.Object("delete");
        ScenarioObject patch = o.Object("patch");
        ScenarioObject fault = o.Object("fault");
        StepKind kind = given.Count == 0 ? StepKind.Run : Enum.GetValues<StepKind>()[Array.IndexOf(Actions, given[0])];
        ObjectChange applied = ReadFiles(apply);
        ObjectChange deleted = ReadObjects(delete);
        ObjectChange patched = ReadPatch(patch);
        FaultSpec read = ReadFault(fault);
        var step = new TimelineStep
        {
            AtNs = o.Duration("at", 0),
            As = o.Text("as"),
            Ends = o.Text("ends"),
            Kind = kind,
            Run = o.Text("run"),
            Change = kind switch
            {
                StepKind.Apply => applied,
                StepKind.Delete => deleted,
                StepKind.Patch => patched,
                _ => null,
            },
            Fault = kind == StepKind.Fault ? read : null,
            Span = o.Span,
            Index = index,
        };
        o.Close();
        return step;
    }

    private static ObjectChange ReadFiles(ScenarioObject o)
    {
        Sourced<string> none = new("", SourceSpan.None);
        var change = new ObjectChange(
            o.Text("context"), o.TextList("files"), none, none, o.Text("namespace", "default"), null);
        o.Close();
        return change;
    }

    private ObjectChange ReadObjects(ScenarioObject o)
    {
        var change = new ObjectChange(o.Text("context"), o.TextList("files"), o.Text("kind"), o.Text("name"),
            o.Text("namespace", "default"), null);
        bool isNamed = change.Kind.Value.Length > 0 && change.Name.Value.Length > 0;
        bool isPartlyNamed = change.Kind.Value.Length + change.Name.Value.Length > 0;
        if (o.IsPresent && (change.Files.Count > 0 ? isPartlyNamed : !isNamed))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path} needs files, or a kind and a name", o.Span);
        }

        o.Close();
        return change;
    }

    private static ObjectChange ReadPatch(ScenarioObject o)
    {
        var change = new ObjectChange(o.Text("context"), [], o.Text("kind"), o.Text("name"),
            o.Text("namespace", "default"), o.Free("patch"));
        o.Close();
        return change;
    }

    /// <summary>Reads a fault.</summary>
    public FaultSpec ReadFault(ScenarioObject o)
    {
        Sourced<FaultKind> kind = o.Choice("type", FaultKind.Errors);
        Sourced<FaultMode> mode = o.Choice("mode", FaultMode.All);
        Sourced<string> region = o.Text("region");
        MatchSpec select = LoadReader.ReadMatch(o.Object("select"));
        ScenarioObject target = o.Object("target");
        MatchSpec other = LoadReader.ReadMatch(target);
        Sourced<string> zone = o.Text("zone");
        if (region.Value.Length > 0)
        {
            select = select with { Region = region };
        }

        if (zone.Value.Length > 0)
        {
            select = select with { Zone = zone };
        }

        var laws = new DistributionReader(diagnostics);
        Sourced<long> lasts = o.Duration("for", 0);
        Sourced<long> reverted = o.Duration("revertAfter", 0);
        var fault = new FaultSpec
        {
            Kind = kind,
            Select = select,
            Mode = mode,
            Value = ReadValue(o, mode),
            ForNs = reverted.IsWritten ? reverted : lasts,
            Files = o.TextList("files"),
            Status = o.Integer("status", 503, 200, 599),
            Rate = o.Share("rate", 1),
            Factor = o.OptionalNumber("factor") ?? new(1, SourceSpan.None),
            AddNs = o.Duration("add", 0),
            Silent = o.Boolean("silent", kind.Value == FaultKind.NodeDown),
            Node = o.Text("node"),
            Target = target.IsPresent ? other : null,
            Action = o.Choice("action", PartitionAction.Drop),
            Direction = o.Choice("direction", PartitionDirection.Both),
            Host = o.Text("host"),
            Answer = o.Choice("answer", DnsFailureAnswer.Servfail),
            Faults = [.. o.Objects("faults").Select(ReadInnerFault)],
            Mtbf = o.Has("mtbf") ? laws.ReadLaw(o, "mtbf") : null,
            Mttr = o.Has("mttr") ? laws.ReadLaw(o, "mttr") : null,
            Span = o.Span,
        };
        o.Close();
        if (o.Has("type"))
        {
            CheckFault(o, fault);
        }

        return fault;
    }

    /// <summary>Reads a fault that begins and ends as something else says.</summary>
    public FaultSpec ReadInnerFault(ScenarioObject o)
    {
        FaultSpec fault = ReadFault(o);
        if (fault.Kind.Value == FaultKind.Random)
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: a fault random cannot stand in another", o.Span,
                "list its faults here");
        }

        return fault;
    }

    /// <summary>A fault random says which faults, how often and how long, and leaves whom to each of them.</summary>
    private void CheckRandom(ScenarioObject o, FaultSpec fault)
    {
        foreach (string key in Selecting)
        {
            if (o.Node(key) is { } node)
            {
                diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: the fault random has no \"{key}\"", node.Span,
                    "each of its faults has its own");
            }
        }

        string missing = fault.Faults.Count == 0 ? "faults" : fault.Mtbf is null ? "mtbf"
            : fault.Mttr is null ? "mttr" : "";
        if (missing.Length > 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault random needs {missing}", o.Span,
                "mtbf: 10m, mttr: 30s, faults: [{type: app-down, select: {workload: web}, mode: one}]");
        }

        foreach (FaultSpec inner in fault.Faults.Where(static f => f.ForNs.IsWritten))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: each fault lasts as long as mttr says",
                inner.ForNs.Span, "leave out for");
        }
    }

    private Sourced<double> ReadValue(ScenarioObject o, Sourced<FaultMode> mode)
    {
        if (mode.Value is FaultMode.All or FaultMode.One)
        {
            if (o.Node("value") is { } node)
            {
                diagnostics.Error(ScenarioCodes.Conflict,
                    $"{o.Path}: mode {Names.Kebab(mode.Value.ToString())} has no value", node.Span,
                    "use mode fixed or percent");
            }

            return new(0, SourceSpan.None);
        }

        if (o.Node("value") is null)
        {
            diagnostics.Error(ScenarioCodes.MissingKey,
                $"{o.Path}: mode {Names.Kebab(mode.Value.ToString())} needs a value", mode.Span);
            return new(0, SourceSpan.None);
        }

        if (mode.Value == FaultMode.Percent)
        {
            return o.Share("value", 0);
        }

        Sourced<int> number = o.Integer("value", 1, 1, 1_000_000);
        return new(number.Value, number.Span);
    }

    private void CheckFault(ScenarioObject o, FaultSpec fault)
    {
        string name = Names.Kebab(fault.Kind.Value.ToString());
        IReadOnlyList<string> allowed = KeysOf(fault.Kind);
        foreach (string key in Special)
        {
            if (!allowed.Contains(key) && o.Node(key) is { } node)
            {
                diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: the fault {name} has no \"{key}\"", node.Span,
                    allowed.Count == 0 ? "" : "it takes " + string.Join(", ", allowed));
            }
        }

        if (fault.Kind.Value == FaultKind.Random)
        {
            CheckRandom(o, fault);
            return;
        }

        if (fault.Kind.Value == FaultKind.Slow && fault.Factor.Value == 1 && fault.AddNs.Value == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault slow needs factor or add", o.Span);
        }

        if (o.Has("for") && o.Has("revertAfter"))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: for and revertAfter say the same", o.Span,
                "leave one of them out");
        }

        CheckMeasure(o, fault, name);
        MatchSpec s = fault.Select;
        if (fault.IsOfClusters && (s.Namespace.Value.Length + s.Workload.Value.Length + s.Zone.Value.Length
            + s.Pod.Value.Length > 0 || s.Labels.Count > 0))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: the fault {name} concerns whole clusters", s.Span,
                "select them by context or region");
        }

        if (fault.Kind.Value == FaultKind.RegionOutage && fault.Select.Region.Value.Length == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault region-outage needs a region", o.Span);
        }
        else if (fault.Kind.Value == FaultKind.ZoneOutage && fault.Select.Zone.Value.Length == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault zone-outage needs a zone", o.Span);
        }
        else if (fault.Kind.Value is not (FaultKind.RegionOutage or FaultKind.ZoneOutage) && !o.Has("select")
            && fault.Node.Value.Length == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault {name} needs select", o.Span,
                "such as select: {context: us-east, workload: transaction-service}");
        }
    }

    private void CheckMeasure(ScenarioObject o, FaultSpec fault, string name)
    {
        string missing = fault.Kind.Value switch
        {
            FaultKind.Latency when fault.AddNs.Value == 0 => "add",
            FaultKind.PacketLoss or FaultKind.CpuSaturation when !o.Has("rate") => "rate",
            FaultKind.ConfigPush when fault.Files.Count == 0 => "files",
            _ => "",
        };
        if (missing.Length > 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: the fault {name} needs {missing}", o.Span,
                missing switch { "add" => "add: 100ms", "rate" => "rate: 30%", _ => "files: [bad/rule.yaml]" });
        }

        if (fault.Kind.Value is FaultKind.PacketLoss or FaultKind.CpuSaturation && fault.Rate.Value >= 1)
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}: the fault {name} leaves nothing at a rate of 100 %",
                fault.Rate.Span, fault.Kind.Value == FaultKind.PacketLoss ? "use a partition" : "use app-down");
        }
    }
}

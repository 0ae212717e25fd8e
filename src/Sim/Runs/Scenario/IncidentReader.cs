using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads <c>spec.method</c> of type incidents.</summary>
internal sealed class IncidentReader(DiagnosticBag diagnostics)
{
    private const string Instance = "{}";

    public IncidentSpec? Read(ScenarioObject o, bool isAsked)
    {
        var components = new List<ComponentSpec>();
        int index = 0;
        foreach (YamlNode item in o.Items("components"))
        {
            ReadComponent(item, o.Indexed("components", index++), components);
        }

        var spec = new IncidentSpec
        {
            HorizonNs = o.Duration("horizon", 365 * SimDuration.Day),
            Years = o.Integer("years", 1000, 1, 1_000_000),
            Windows = o.Integer("windows", 20, 2, 10_000),
            LongestNs = o.Duration("longest", 6 * SimDuration.Minute),
            SettleNs = o.Duration("settle", 2 * SimDuration.Minute),
            Target = o.Share("target", 0.9999),
            Components = components,
        };
        if (isAsked && components.Count == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} needs components that fail", o.Span,
                "components: [{name: region, mtbf: 180d, mttr: 45m, fault: {...}}]");
        }

        Unique(components);
        return isAsked ? spec : null;
    }

    private void ReadComponent(YamlNode node, string path, List<ComponentSpec> components)
    {
        var template = new ScenarioObject("component", node, path, new DiagnosticBag());
        List<string> instances = template.TextList("of").Select(static i => i.Value).ToList();
        foreach (string instance in instances.Count == 0 ? [""] : instances)
        {
            // Findings of several instances are the same: those of the first one are enough.
            DiagnosticBag bag = instance == instances.FirstOrDefault("") ? diagnostics : new DiagnosticBag();
            var o = new ScenarioObject("component", Filled(node, instance), path, bag);
            if (ReadInstance(o, instance, bag) is { } component)
            {
                components.Add(component);
            }
        }
    }

    private static ComponentSpec? ReadInstance(ScenarioObject o, string instance, DiagnosticBag bag)
    {
        var distributions = new DistributionReader(bag);
        Sourced<string> down = o.Text("down");
        Sourced<string> up = o.Text("up");
        ScenarioObject fault = o.Object("fault");
        FaultSpec read = new TimelineReader(bag).ReadInnerFault(fault);
        if (o.IsPresent && (fault.IsPresent ? down.IsWritten || up.IsWritten : !down.IsWritten || !up.IsWritten))
        {
            bag.Error(ScenarioCodes.Conflict, $"{o.Path} needs a fault, or down and up", o.Span,
                "fault: {...}, or kubectl lines for both");
        }

        TimelineStep Step(Sourced<string> line) =>
            new() { AtNs = new(0, o.Span), Kind = StepKind.Run, Run = line, Span = line.Span };
        var component = new ComponentSpec(
            o.Text("name"), instance, distributions.ReadLaw(o, "mtbf"), distributions.ReadLaw(o, "mttr"),
            fault.IsPresent ? new() { AtNs = new(0, o.Span), Kind = StepKind.Fault, Fault = read, Span = fault.Span }
                : Step(down),
            fault.IsPresent ? null : Step(up), o.Span);
        o.TextList("of");
        o.Close();
        if (read.ForNs.IsWritten)
        {
            bag.Error(ScenarioCodes.Conflict, $"{o.Path}: the fault lasts as long as mttr says", read.ForNs.Span,
                "leave out for");
        }

        return o.IsPresent ? component : null;
    }

    private static YamlNode Filled(YamlNode node, string instance) => node switch
    {
        YamlMapping m => new YamlMapping(
            m.Entries.Select(e => e with { Value = Filled(e.Value, instance) }).ToList(), m.Span),
        YamlSequence s => new YamlSequence(s.Items.Select(i => Filled(i, instance)).ToList(), s.Span),
        YamlScalar t when t.Value.Contains(Instance, StringComparison.Ordinal) =>
            new YamlScalar(t.Value.Replace(Instance, instance, StringComparison.Ordinal), t.IsPlain, t.Span),
        _ => node,
    };

    private void Unique(List<ComponentSpec> components)
    {
        foreach (ComponentSpec c in components.GroupBy(static c => c.Title).Where(static g => g.Count() > 1)
                     .Select(static g => g.Last()))
        {
            diagnostics.Error(ScenarioCodes.DuplicateName, $"two components are called \"{c.Title}\"", c.Span);
        }
    }
}

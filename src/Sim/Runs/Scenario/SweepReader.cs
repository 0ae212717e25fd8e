using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads <c>spec.sweep</c>.</summary>
internal sealed class SweepReader(DiagnosticBag diagnostics)
{
    private const int ReplicationsMost = 100_000;

    public SweepSpec Read(ScenarioObject o)
    {
        ScenarioObject stop = o.Object("stop");
        var sweep = new SweepSpec
        {
            Variants = o.TextList("variants"),
            Grid = o.Objects("grid").Select(ReadAxis).ToList(),
            Where = o.Text("where"),
            Measures = ReadMeasures(o),
            Baseline = o.TextMap("baseline"),
            Confidence = o.Share("confidence", 0.95),
            Stop = ReadStop(stop),
            Span = o.Span,
        };
        if (sweep.Confidence is { IsWritten: true, Value: < 0.5 or > 0.9999 })
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.PathOf("confidence")} must lie between 50% and 99.99%",
                sweep.Confidence.Span);
        }

        o.Close();
        return sweep;
    }

    private SweepAxis ReadAxis(ScenarioObject o)
    {
        var axis = new SweepAxis(
            o.Text("name"), o.TextList("set"), o.TextList("values"), o.Text("template", "{}"), o.Span);
        o.Close();
        Need(o, "set", axis.Set.Count);
        Need(o, "values", axis.Values.Count);
        if (!axis.Template.Value.Contains("{}", StringComparison.Ordinal))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.PathOf("template")} has no place for the value",
                axis.Template.Span, "{} stands for it: kubectl ... --replicas={}");
        }

        return axis;
    }

    private void Need(ScenarioObject o, string key, int count)
    {
        if (count == 0 && o.Has(key))
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.PathOf(key)} is an empty list", o.Span);
        }
    }

    private List<SweepMeasure> ReadMeasures(ScenarioObject o)
    {
        var list = new List<SweepMeasure>();
        foreach (YamlNode item in o.Items("measure"))
        {
            if (item is YamlScalar text)
            {
                list.Add(new(new("", SourceSpan.None), new(text.Value, text.Span)));
                continue;
            }

            var m = new ScenarioObject("sweepMeasure", item, o.Indexed("measure", list.Count), diagnostics);
            list.Add(new(m.Text("name"), m.Text("expr")));
            m.Close();
        }

        return list;
    }

    private StopSpec? ReadStop(ScenarioObject o)
    {
        var stop = new StopSpec(
            o.Text("measure"), o.Text("halfWidth"), o.Integer("min", 5, 2, ReplicationsMost),
            o.Integer("max", 100, 2, ReplicationsMost), o.Integer("batch", 5, 1, ReplicationsMost), o.Span);
        o.Close();
        if (stop.Most < stop.Least)
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}: max is below min", stop.Most.Span);
        }

        return o.IsPresent ? stop : null;
    }
}

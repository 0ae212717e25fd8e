using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Judging;

namespace Sim.Runs.Scenario;

/// <summary>Reads probes, SLOs, invariants and assertions.</summary>
internal sealed class JudgedReader(LoadReader loads, DiagnosticBag diagnostics)
{
    private readonly List<QuerySpec> _queries = [];

    /// <summary>Assertions in PromQL, found among the others.</summary>
    public IReadOnlyList<QuerySpec> Queries => _queries;

    public ProbeSpec ReadProbe(ScenarioObject o)
    {
        ScenarioObject expect = o.Object("expect");
        ExpectSpec expected = ReadExpect(expect);
        var during = new List<KeyValuePair<Sourced<string>, ExpectSpec>>();
        foreach (YamlEntry e in o.Entries("during"))
        {
            var item = new ScenarioObject("expect", e.Value, o.PathOf("during") + "." + e.Key, diagnostics);
            during.Add(new(new(e.Key, e.KeySpan), ReadExpect(item)));
        }

        var probe = new ProbeSpec(
            o.Text("name"), loads.ReadSource(o.Object("from")), loads.ReadCurl(o.Text("curl")),
            o.Duration("every", 0), o.DurationList("at"), expect.IsPresent ? expected : null, during, o.Span);
        if (o.IsPresent && probe.EveryNs == 0 && probe.AtNs.Count == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} needs every or at", o.Span,
                "every: 5s, or at: [4m, 6m]");
        }

        o.Close();
        return probe;
    }

    public SloSpec ReadSlo(ScenarioObject o)
    {
        var slo = new SloSpec(
            o.Text("name"), o.Share("target", 1), o.Duration("window", 0), o.Text("good", "response_code < 500"),
            o.Text("service"), o.Text("traffic"), o.Span);
        var burn = new List<BurnRule>();
        foreach (ScenarioObject b in o.Objects("burn"))
        {
            burn.Add(new BurnRule(b.OptionalNumber("rate")?.Value ?? 1, b.Duration("long", SimDuration.Hour),
                b.Duration("short", 5 * SimDuration.Minute)));
            b.Close();
        }

        slo = burn.Count > 0 ? slo with { Burn = burn } : slo;
        o.Close();
        Try(() => AssertionParser.ParseGood(slo.Good), slo.Good);
        return slo;
    }

    public InvariantSpec ReadInvariant(ScenarioObject o)
    {
        bool isAlways = o.Has("always");
        bool isSometimes = o.Has("sometimes");
        ScenarioObject flow = o.Object("never");
        int count = (isAlways ? 1 : 0) + (isSometimes ? 1 : 0) + (flow.IsPresent ? 1 : 0);
        if (count != 1 && o.IsPresent)
        {
            diagnostics.Error(count > 1 ? ScenarioCodes.Conflict : ScenarioCodes.MissingKey,
                $"{o.Path} needs one of always, sometimes and never", o.Span);
        }

        Sourced<string> expression = isAlways ? o.Text("always") : o.Text("sometimes");
        FlowSpec never = ReadFlow(flow);
        var invariant = new InvariantSpec(o.Text("name"), isAlways, expression, o.Span)
        {
            Never = flow.IsPresent ? never : null,
        };
        o.Close();
        CheckExpression(expression);
        return invariant;
    }

    private static FlowSpec ReadFlow(ScenarioObject o)
    {
        var flow = new FlowSpec(
            o.Text("dataClass"), o.Text("leaves"), o.Text("from"), o.Text("to"), o.Word("path", ""), o.Span);
        o.Close();
        return flow;
    }

    public IReadOnlyList<AssertSpec> ReadAssertions(ScenarioObject spec)
    {
        var list = new List<AssertSpec>();
        Sourced<string> none = new("", SourceSpan.None);
        foreach (YamlNode item in spec.Items("assert"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.assert[{list.Count + _queries.Count}]");
            if (item is YamlScalar scalar)
            {
                var text = new Sourced<string>(scalar.Value, scalar.Span);
                CheckExpression(text);
                list.Add(new AssertSpec(scalar.Value, text, none, none, new(0, SourceSpan.None), scalar.Span));
            }
            else if (item is YamlMapping map && map.Find("query") is not null)
            {
                _queries.Add(ReadQuery(new ScenarioObject("assertion", item, path, diagnostics)));
            }
            else
            {
                list.Add(ReadAssertion(new ScenarioObject("assertion", item, path, diagnostics)));
            }
        }

        return list;
    }

    private QuerySpec ReadQuery(ScenarioObject o)
    {
        if (o.Has("expr") | o.Has("during") | o.Has("recover") | o.Has("within") | o.Has("to"))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: a query stands alone", o.Span,
                "{query, cluster, at, expect}");
        }

        Sourced<long>? at = o.Has("at") ? o.Duration("at", 0) : null;
        var query = new QuerySpec(
            o.Text("query"), o.Text("cluster"), at, o.Word("expect", "some").Value == "none", o.Span);
        o.Close();
        return query;
    }

    private AssertSpec ReadAssertion(ScenarioObject o)
    {
        Sourced<string> expr = o.Text("expr");
        Sourced<string> during = o.Text("during");
        Sourced<string> recover = o.Text("recover");
        Sourced<long> within = o.Duration("within", 0);
        Sourced<string> to = o.Text("to");
        bool isRecovery = recover.Value.Length > 0;
        bool isComplete = isRecovery ? within.IsWritten && to.IsWritten && !expr.IsWritten && !during.IsWritten
            : expr.IsWritten && !within.IsWritten && !to.IsWritten;
        if (!isComplete && o.IsPresent)
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path} is neither an expression nor a recovery", o.Span,
                "{expr, during} or {recover, within, to}");
        }

        if (o.Has("query") | o.Has("cluster") | o.Has("at") | o.Has("expect"))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: cluster, at and expect belong to a query", o.Span,
                "{query, cluster, at, expect}");
        }

        Sourced<string> expression = isRecovery ? to : expr;
        string text = isRecovery
            ? $"recover from {recover} within {SimDuration.Format(within)} to {to}"
            : during.Value.Length > 0 ? $"{expr} during {during}" : expr.Value;
        o.Close();
        CheckExpression(expression);
        return new AssertSpec(text, expression, during, recover, within, o.Span);
    }

    private static ExpectSpec ReadExpect(ScenarioObject o)
    {
        ScenarioObject servedBy = o.Object("servedBy");
        var expect = new ExpectSpec(o.OptionalInteger("code", 0, 599), o.OptionalInteger("exit", 0, 255),
            servedBy.Text("cluster"), servedBy.Text("region"), o.Span);
        servedBy.Close();
        o.Close();
        return expect;
    }

    private void CheckExpression(Sourced<string> expression)
    {
        if (expression.IsWritten)
        {
            Try(() => AssertionParser.Parse(expression), expression);
        }
    }

    private void Try(Func<object> parse, Sourced<string> expression)
    {
        try
        {
            parse();
        }
        catch (AssertionSyntaxException e)
        {
            diagnostics.Error(ScenarioCodes.Expression,
                string.Create(CultureInfo.InvariantCulture,
                    $"\"{expression}\", character {e.Position + 1}: {e.Message}"),
                expression.Span, e.Hint);
        }
    }
}

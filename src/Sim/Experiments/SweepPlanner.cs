using System.Globalization;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>Makes the plan of a sweep: every finding, never only the first.</summary>
public sealed class SweepPlanner
{
    private const int PointsMost = 100_000;

    private static readonly string[] DefaultMeasures = ["availability", "errors", "p50", "p99"];

    private readonly SweepRequest _request;
    private readonly PreparedScenario _base;
    private readonly DiagnosticBag _bag;
    private readonly SweepSpec _spec;
    private readonly List<SweepAxis> _axes = [];

    private SweepPlanner(SweepRequest request, PreparedScenario prepared, DiagnosticBag bag)
    {
        _request = request;
        _base = prepared;
        _bag = bag;
        _spec = prepared.Document.Sweep;
    }

    /// <summary>Columns of <c>runs.csv</c> that are always there; axes and measures may not bear their names.</summary>
    public static IReadOnlyList<string> ReservedColumns { get; } =
    [
        "run", "plan", "point", SweepPlan.VariantName, "replication", "seed", "verdict", "requests", "good",
        "failed_checks", "events_fingerprint", "results_fingerprint",
    ];

    /// <summary>Makes a plan.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <returns>Null when there are errors.</returns>
    public static SweepPlan? Plan(SweepRequest request, DiagnosticBag diagnostics)
    {
        PreparedScenario? prepared = PreparedScenario.Open(request.Scenario with { Variant = "" }, diagnostics);
        return prepared is null ? null : new SweepPlanner(request, prepared, diagnostics).Make();
    }

    private SweepPlan? Make()
    {
        _axes.AddRange(_spec.Grid);
        foreach (string vary in _request.Vary ?? [])
        {
            AddAxis(vary);
        }

        List<PlannedMeasure> measures = Measures();
        CheckNames(measures);
        List<string> variants = Variants();
        StopRule? stop = Stop(measures);
        List<SweepPoint> points = _bag.HasErrors ? [] : Points(variants);
        points = _bag.HasErrors ? [] : WithBaselines(points, variants);
        if (_bag.HasErrors)
        {
            return null;
        }

        int most = _request.Scenario.Replications
            ?? (stop is null ? _base.Document.Replications.Value : _spec.Stop!.Most.Value);
        return new SweepPlan
        {
            Request = _request,
            Scenario = _base.Document.Name,
            Seed = _base.Document.Seed,
            Axes = _axes,
            Points = points,
            Measures = measures,
            Confidence = _spec.Confidence,
            Stop = stop,
            ReplicationsMost = most,
            Hash = SweepPlan.HashOf(Parts(points, measures, stop, most)),
        };
    }

    private IEnumerable<string> Parts(
        List<SweepPoint> points, List<PlannedMeasure> measures, StopRule? stop, int most)
    {
        yield return ScenarioRunner.Version;
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{most} {_spec.Confidence.Value:R} {stop?.ToString() ?? "all"} {_base.Document.Seed}");
        foreach (PlannedMeasure m in measures)
        {
            yield return m.Column + " " + m.Expression;
        }

        foreach (SweepPoint p in points)
        {
            yield return p.Prepared.InputHash;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{p.Variant} {string.Join('\n', p.Values)} {p.Baseline}");
        }
    }

    private void AddAxis(string vary)
    {
        var span = new SourceSpan("--vary " + vary, 1, 1);
        int equals = vary.LastIndexOf('=');
        string path = equals > 0 ? vary[..equals] : "";
        List<Sourced<string>> values = vary[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries)
            .Where(static v => v.Length > 0).Select(v => new Sourced<string>(v, span)).ToList();
        if (path.Length == 0 || values.Count == 0)
        {
            _bag.Error(ScenarioCodes.Override, $"--vary needs path=value,value,..., not \"{vary}\"", span,
                "such as --vary traffic[payments].rate=20/s,40/s");
            return;
        }

        string name = path[(path.LastIndexOf('.') + 1)..];
        _axes.Add(new SweepAxis(new(name, span), [new(path, span)], values, new("{}", span), span));
    }

    private List<PlannedMeasure> Measures()
    {
        IEnumerable<SweepMeasure> wanted = _spec.Measures.Count > 0 ? _spec.Measures
            : DefaultMeasures.Select(static m => new SweepMeasure(Sourced.None<string>(), new(m, SourceSpan.None)));
        var list = new List<PlannedMeasure>();
        foreach (SweepMeasure m in wanted)
        {
            try
            {
                SelectorOperand selector = AssertionParser.ParseMeasure(m.Expression);
                string name = string.IsNullOrEmpty(m.Name.Value) ? NameOf(m.Expression) : m.Name.Value;
                string suffix = selector.Unit switch
                {
                    AssertionUnit.Share => "_ratio",
                    AssertionUnit.Time => "_ms",
                    _ => "",
                };
                list.Add(new PlannedMeasure(name, name + suffix, m.Expression, selector));
            }
            catch (AssertionSyntaxException e)
            {
                _bag.Error(ScenarioCodes.Expression,
                    string.Create(CultureInfo.InvariantCulture,
                        $"\"{m.Expression}\", character {e.Position + 1}: {e.Message}"),
                    m.Expression.Span, e.Hint);
            }
        }

        return list;
    }

    /// <summary><c>p99{service="a-b"}</c> -> <c>p99_service_a_b</c>.</summary>
    private static string NameOf(string expression)
    {
        string words = string.Concat(expression.Select(static c =>
            char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' '));
        return string.Join('_', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private void CheckNames(List<PlannedMeasure> measures)
    {
        var seen = new HashSet<string>(ReservedColumns, StringComparer.Ordinal);
        IEnumerable<(string Name, SourceSpan Span)> names =
            _axes.Select(static a => (a.Name.Value, a.Name.Span)).Concat(measures.Select(m => (m.Column, _spec.Span)));
        foreach ((string name, SourceSpan span) in names)
        {
            if (name.Length > 0 && !seen.Add(name))
            {
                _bag.Error(ScenarioCodes.DuplicateName, $"the tables have a column \"{name}\" already", span,
                    "give the axis or the measure another name");
            }
        }
    }

    private List<string> Variants()
    {
        List<string> known = _base.Document.Variants.Select(static v => v.Name.Value).ToList();
        if (_spec.Variants.Count == 0)
        {
            return [.. (string[])[""], .. known];
        }

        var list = new List<string>();
        foreach (Sourced<string> v in _spec.Variants)
        {
            bool isBase = v.Value == SweepPlan.Base && !known.Contains(v.Value);
            if (!isBase && !known.Contains(v.Value))
            {
                _bag.Error(ScenarioCodes.UnknownName, $"the scenario has no variant \"{v}\"", v.Span,
                    "one of: " + string.Join(", ", known.Prepend(SweepPlan.Base)));
            }

            list.Add(isBase ? "" : v.Value);
        }

        return list.Distinct(StringComparer.Ordinal).ToList();
    }

    private StopRule? Stop(List<PlannedMeasure> measures)
    {
        if (_spec.Stop is not { } stop || _request.Scenario.Replications is not null)
        {
            return null;
        }

        int measure = stop.Measure.Value.Length == 0 ? 0
            : measures.FindIndex(m => m.Name == stop.Measure.Value || m.Expression == stop.Measure.Value);
        if (measure < 0 || measure >= measures.Count)
        {
            _bag.Error(ScenarioCodes.UnknownName, $"the sweep has no measure \"{stop.Measure}\"", stop.Measure.Span,
                "one of: " + string.Join(", ", measures.Select(static m => m.Name)));
            return null;
        }

        if (HalfWidth(stop.HalfWidth, measures[measure].Selector.Unit) is not { } half || half <= 0)
        {
            _bag.Error(ScenarioCodes.BadValue,
                $"spec.sweep.stop.halfWidth: \"{stop.HalfWidth}\" is no width of {measures[measure].Name}",
                stop.HalfWidth.Span, measures[measure].Selector.Unit switch
                {
                    AssertionUnit.Share => "a share such as 0.05%",
                    AssertionUnit.Time => "a time such as 5ms",
                    _ => "a number such as 3",
                });
            return null;
        }

        return new StopRule(measure, half, stop.Least, stop.Batch);
    }

    private static double? HalfWidth(string text, AssertionUnit unit) => unit switch
    {
        AssertionUnit.Share => Quantities.TryShare(text, out double share) ? share : null,
        AssertionUnit.Time => SimDuration.TryParse(text, out long ns) ? (double)ns / SimDuration.Millisecond : null,
        _ => Quantities.TryNumber(text, out double number) ? number : null,
    };

    private List<SweepPoint> Points(List<string> variants)
    {
        var points = new List<SweepPoint>();
        long size = _axes.Aggregate((long)variants.Count, static (n, a) => Math.Min(n * a.Values.Count, int.MaxValue));
        if (size > PointsMost || Constraint() is not { } isMet)
        {
            if (size > PointsMost)
            {
                _bag.Error(ScenarioCodes.BadValue, string.Create(CultureInfo.InvariantCulture,
                    $"the grid has more than {PointsMost} points"), _spec.Span, "take values or axes away");
            }

            return points;
        }

        int[] at = new int[_axes.Count];
        foreach (string variant in variants)
        {
            do
            {
                List<string> values = _axes.Select((a, i) => a.Values[at[i]].Value).ToList();
                if (Meets(isMet, variant, values) && Open(variant, values) is { } prepared)
                {
                    points.Add(new SweepPoint(points.Count, variant, values, prepared, -1));
                }
            }
            while (Advance(at) && !_bag.HasErrors);
        }

        if (points.Count == 0 && !_bag.HasErrors)
        {
            _bag.Error(ScenarioCodes.Conflict, $"no point meets \"{_spec.Where}\"", _spec.Where.Span,
                "loosen the condition or add values");
        }

        return points;
    }

    private bool Advance(int[] at)
    {
        for (int i = at.Length - 1; i >= 0; i--)
        {
            if (++at[i] < _axes[i].Values.Count)
            {
                return true;
            }

            at[i] = 0;
        }

        return false;
    }

    private Func<IReadOnlyList<string>, bool>? Constraint()
    {
        if (string.IsNullOrEmpty(_spec.Where.Value))
        {
            return static _ => true;
        }

        try
        {
            return GridConstraint.Parse(_spec.Where,
                _axes.Select(static a => a.Name.Value).Prepend(SweepPlan.VariantName).ToList());
        }
        catch (FormatException e)
        {
            _bag.Error(ScenarioCodes.Expression, $"\"{_spec.Where}\", {e.Message}", _spec.Where.Span);
            return null;
        }
    }

    private bool Meets(Func<IReadOnlyList<string>, bool> isMet, string variant, List<string> values)
    {
        try
        {
            return isMet([variant.Length == 0 ? SweepPlan.Base : variant, .. values]);
        }
        catch (FormatException e)
        {
            _bag.Error(ScenarioCodes.Expression, $"\"{_spec.Where}\": {e.Message}", _spec.Where.Span);
            return false;
        }
    }

    private PreparedScenario? Open(string variant, List<string> values)
    {
        var set = (_request.Scenario.Set ?? []).ToList();
        for (int i = 0; i < values.Count; i++)
        {
            string text = _axes[i].Template.Value.Replace("{}", values[i], StringComparison.Ordinal);
            set.AddRange(_axes[i].Set.Select(path => path + "=" + text));
        }

        var own = new DiagnosticBag();
        PreparedScenario? prepared = PreparedScenario.Open(
            _request.Scenario with { Variant = variant, Set = set.Count == 0 ? null : set }, own);
        _bag.AddRange(own.Items.Where(d => d.Severity == Severity.Error && !_bag.Items.Contains(d)));
        return prepared;
    }

    private List<SweepPoint> WithBaselines(List<SweepPoint> points, List<string> variants)
    {
        List<string> names = _axes.Select(static a => a.Name.Value).Prepend(SweepPlan.VariantName).ToList();
        var wanted = new string?[names.Count];
        if (_spec.Baseline.Count > 0)
        {
            foreach ((string name, string value) in _spec.Baseline)
            {
                int at = names.IndexOf(name);
                string own = at == 0 && value == SweepPlan.Base && !variants.Contains(value) ? "" : value;
                if (at < 0 || !points.Exists(p => ValueOf(p, at) == own))
                {
                    _bag.Error(ScenarioCodes.UnknownName, $"no point of the sweep has {name}: {value}", _spec.Span,
                        "spec.sweep.baseline names axes (or variant) and one of their values");
                    continue;
                }

                wanted[at] = own;
            }
        }
        else if (variants.Count > 1)
        {
            wanted[0] = variants[0];
        }
        else
        {
            for (int i = 0; i < names.Count; i++)
            {
                wanted[i] = ValueOf(points[0], i);
            }
        }

        return points.Select(p => p with
        {
            Baseline = points.Count == 1 ? -1 : points.FindIndex(q =>
                Enumerable.Range(0, names.Count).All(i => ValueOf(q, i) == (wanted[i] ?? ValueOf(p, i)))),
        }).ToList();
    }

    private static string ValueOf(SweepPoint p, int at) => at == 0 ? p.Variant : p.Values[at - 1];
}

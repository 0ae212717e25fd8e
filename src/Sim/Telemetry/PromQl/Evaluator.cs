namespace Sim.Telemetry.PromQl;

/// <summary>A range vector at one time, with the window it was taken from.</summary>
/// <param name="Series">The series that have points in it, in the order of their labels.</param>
/// <param name="StartMs">Left end of the window.</param>
/// <param name="EndMs">Right end of the window.</param>
internal readonly record struct RangeVector(List<Series> Series, long StartMs, long EndMs);

/// <summary>Evaluates checked expressions, one time after the other.</summary>
/// <remarks>
/// Prometheus: promql/engine.go. There a range query is evaluated node by node over all times, here time by time over
/// all nodes: the values are the same. Only a check that spans all times, that two series must not get the same labels,
/// needs a memory, and that is <see cref="_sources"/>.
/// </remarks>
internal sealed partial class Evaluator
{
    private const string SameLabels = "vector cannot contain metrics with the same labelset";
    private readonly SeriesStore _store;
    private readonly PromQlDialect _dialect;
    private readonly PromQlRange _range;
    private readonly PromQlOptions _options;
    private readonly Dictionary<VectorSelector, List<StoredSeries>> _selected = [];
    private readonly Dictionary<Expression, Dictionary<LabelSet, LabelSet>> _sources = [];

    public Evaluator(SeriesStore store, PromQlDialect dialect, PromQlRange range, PromQlOptions options)
    {
        _store = store;
        _dialect = dialect;
        _range = range;
        _options = options;
    }

    /// <summary>The value of a scalar expression.</summary>
    public double Scalar(Expression expression, long timeMs) => expression switch
    {
        NumberLiteral n => n.Value,
        Parenthesized p => Scalar(p.Inner, timeMs),
        UnaryExpression u => u.IsMinus ? -Scalar(u.Inner, timeMs) : Scalar(u.Inner, timeMs),
        BinaryExpression b => ScalarOperation(b, timeMs),
        Call { Function.Name: "time" } => timeMs / 1000.0,
        Call { Function.Name: "pi" } => Math.PI,
        Call { Function.Name: "scalar" } c =>
            Vector(c.Arguments[0], timeMs) is { Count: 1 } v ? v[0].Value : double.NaN,
        _ => throw new InvalidOperationException(expression.GetType().Name + " is no scalar"),
    };

    /// <summary>The value of an instant vector expression.</summary>
    public List<Sample> Vector(Expression expression, long timeMs) => expression switch
    {
        Parenthesized p => Vector(p.Inner, timeMs),
        VectorSelector v => Select(v, timeMs),
        UnaryExpression u => Unary(u, timeMs),
        BinaryExpression b => Binary(b, timeMs),
        Aggregation a => Aggregate(a, timeMs),
        Call c => Call(c, timeMs),
        _ => throw new InvalidOperationException(expression.GetType().Name + " is no vector"),
    };

    /// <summary>The value of a range vector expression.</summary>
    public RangeVector Matrix(Expression expression, long timeMs) => expression.Bare switch
    {
        MatrixSelector m => Window(m, timeMs),
        Subquery s => Steps(s, timeMs),
        _ => throw new InvalidOperationException(expression.GetType().Name + " is no range vector"),
    };

    private static string Text(Expression expression) => ((StringLiteral)expression.Bare).Value;

    private static void RefuseEqualLabels(List<Sample> vector)
    {
        if (vector.Count < 2)
        {
            return;
        }

        var seen = new HashSet<LabelSet>();
        foreach (Sample s in vector)
        {
            if (!seen.Add(s.Labels))
            {
                throw new EvaluationException(SameLabels);
            }
        }
    }

    /// <summary>Refuses labels that another series got from the same node, be it at another time.</summary>
    private void RefuseEqualLabels(Expression node, LabelSet labels, LabelSet source)
    {
        if (!_sources.TryGetValue(node, out Dictionary<LabelSet, LabelSet>? sources))
        {
            _sources.Add(node, sources = []);
        }

        if (!sources.TryAdd(labels, source) && !sources[labels].Equals(source))
        {
            throw new EvaluationException(SameLabels);
        }
    }

    /// <summary>The time that a selector or subquery looks back from.</summary>
    private long ReferenceOf(TimedExpression e, long timeMs) => e.At switch
    {
        AtKind.Timestamp => e.AtMs,
        AtKind.Start => _range.StartMs,
        AtKind.End => _range.EndMs,
        _ => timeMs,
    } - e.OffsetMs;

    private List<StoredSeries> SeriesOf(VectorSelector selector)
    {
        if (!_selected.TryGetValue(selector, out List<StoredSeries>? series))
        {
            series = _store.Select(selector.Matchers);
            _selected.Add(selector, series);
        }

        return series;
    }

    private List<Sample> Select(VectorSelector selector, long timeMs, bool returnsTime = false)
    {
        long reference = ReferenceOf(selector, timeMs);
        var vector = new List<Sample>();
        foreach (StoredSeries series in SeriesOf(selector))
        {
            if (Latest(series, reference) is { } point)
            {
                vector.Add(returnsTime
                    ? new Sample(series.Labels.WithoutName(), point.TimestampMs / 1000.0)
                    : new Sample(series.Labels, point.Value));
            }
        }

        return vector;
    }

    private Point? Latest(StoredSeries series, long reference)
    {
        int at = series.IndexAfter(reference) - 1;
        if (at < 0)
        {
            return null;
        }

        Point point = series.Points[at];
        long oldest = reference - _options.LookbackMs + (_dialect.IsOpenOnTheLeft ? 1 : 0);
        return point.TimestampMs < oldest || StaleMarker.Is(point.Value) ? null : point;
    }

    private RangeVector Window(MatrixSelector matrix, long timeMs)
    {
        long end = ReferenceOf(matrix.Selector, timeMs);
        long start = end - matrix.WindowMs;
        var result = new List<Series>();
        foreach (StoredSeries series in SeriesOf(matrix.Selector))
        {
            int from = series.IndexAfter(_dialect.IsOpenOnTheLeft ? start : start - 1);
            int until = series.IndexAfter(end);
            var points = new List<Point>(until - from);
            for (int i = from; i < until; i++)
            {
                if (!StaleMarker.Is(series.Points[i].Value))
                {
                    points.Add(series.Points[i]);
                }
            }

            if (points.Count > 0)
            {
                result.Add(new Series(series.Labels, points));
            }
        }

        return new RangeVector(result, start, end);
    }

    private RangeVector Steps(Subquery subquery, long timeMs)
    {
        long end = ReferenceOf(subquery, timeMs);
        long start = end - subquery.WindowMs;
        long step = subquery.StepMs > 0 ? subquery.StepMs : _options.SubqueryStepMs;
        long first = start / step * step;
        if (first < start || (first == start && _dialect.IsOpenOnTheLeft))
        {
            first += step;
        }

        var points = new Dictionary<LabelSet, List<Point>>();
        var order = new List<LabelSet>();
        for (long t = first; t <= end; t += step)
        {
            foreach (Sample s in Vector(subquery.Inner, t))
            {
                if (!points.TryGetValue(s.Labels, out List<Point>? list))
                {
                    points.Add(s.Labels, list = []);
                    order.Add(s.Labels);
                }

                list.Add(new Point(t, s.Value));
            }
        }

        order.Sort();
        return new RangeVector([.. order.Select(l => new Series(l, points[l]))], start, end);
    }

    private List<Sample> Unary(UnaryExpression unary, long timeMs)
    {
        List<Sample> inner = Vector(unary.Inner, timeMs);
        if (!unary.IsMinus)
        {
            return inner;
        }

        var vector = new List<Sample>(inner.Count);
        foreach (Sample s in inner)
        {
            LabelSet labels = s.Labels.WithoutName();
            RefuseEqualLabels(unary, labels, s.Labels);
            vector.Add(new Sample(labels, -s.Value));
        }

        return vector;
    }
}

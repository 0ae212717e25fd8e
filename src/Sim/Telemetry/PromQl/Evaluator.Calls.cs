using Sim.Core.RegularExpressions;


namespace Sim.Telemetry.PromQl;

/// <summary>Calls of functions.</summary>
/// <remarks>Prometheus: promql/functions.go.</remarks>
internal sealed partial class Evaluator
{
    private readonly Dictionary<Call, Re2> _expressions = [];

    private List<Sample> Call(Call call, long timeMs)
    {
        IReadOnlyList<Expression> arguments = call.Arguments;
        switch (call.Function.Name)
        {
            case "absent":
                return Vector(arguments[0], timeMs).Count > 0 ? [] : [new Sample(AbsentLabels(arguments[0]), 1)];
            case "absent_over_time":
                return Matrix(arguments[0], timeMs).Series.Count > 0
                    ? [] : [new Sample(AbsentLabels(arguments[0]), 1)];
            case "vector":
                return [new Sample(LabelSet.Empty, Scalar(arguments[0], timeMs))];
            case "sort":
                return [.. SortedByValue(Vector(arguments[0], timeMs), false)];
            case "sort_desc":
                return [.. SortedByValue(Vector(arguments[0], timeMs), true)];
            case "label_replace":
                return LabelReplace(call, timeMs);
            case "label_join":
                return LabelJoin(call, timeMs);
            case "histogram_quantile":
                return HistogramQuantile.Of(Scalar(arguments[0], timeMs), Vector(arguments[1], timeMs));
            case "histogram_count" or "histogram_sum" or "histogram_avg" or "histogram_stddev" or "histogram_stdvar":
                Vector(arguments[0], timeMs);
                return [];
            default:
                return call.Function.Arguments.Contains(ExpressionType.Matrix)
                    ? OverTime(call, timeMs) : Each(call, timeMs);
        }
    }

    /// <summary>The labels that equality matchers of a selector fix.</summary>
    private static LabelSet AbsentLabels(Expression argument)
    {
        IReadOnlyList<LabelMatcher> matchers = argument switch
        {
            VectorSelector v => v.Matchers,
            MatrixSelector m => m.Selector.Matchers,
            _ => [],
        };
        LabelSet labels = LabelSet.Empty;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (LabelMatcher m in matchers)
        {
            if (m.Name != LabelSet.MetricName)
            {
                bool isFirst = m.Kind == MatchKind.Equal && seen.Add(m.Name);
                labels = labels.With(m.Name, isFirst ? m.Value : "");
            }
        }

        return labels;
    }

    private List<Sample> OverTime(Call call, long timeMs)
    {
        int matrixAt = call.Function.Name == "quantile_over_time" ? 1 : 0;
        RangeVector window = Matrix(call.Arguments[matrixAt], timeMs);
        var result = new List<Sample>(window.Series.Count);
        if (window.Series.Count == 0)
        {
            return result;
        }

        var arguments = new RangeArguments(
            _dialect, timeMs, window.StartMs, window.EndMs,
            call.Arguments.Count > 1 ? Scalar(call.Arguments[1 - matrixAt], timeMs) : 0,
            call.Arguments.Count > 2 ? Scalar(call.Arguments[2], timeMs) : 0);
        bool keepsName = call.Function.Name == "last_over_time";
        foreach (Series s in window.Series)
        {
            if (RangeFunctions.Apply(call.Function.Name, s.Points, arguments) is { } value)
            {
                LabelSet labels = keepsName ? s.Labels : s.Labels.WithoutName();
                RefuseEqualLabels(call, labels, s.Labels);
                result.Add(new Sample(labels, value));
            }
        }

        return result;
    }

    /// <summary>Functions that turn each element into one without name.</summary>
    private List<Sample> Each(Call call, long timeMs)
    {
        IReadOnlyList<Expression> arguments = call.Arguments;
        string name = call.Function.Name;
        if (name == "timestamp" && arguments[0].Bare is VectorSelector selector)
        {
            List<Sample> times = Select(selector, timeMs, true);
            RefuseEqualLabels(times);
            return times;
        }

        if (arguments.Count == 0)
        {
            return [new Sample(LabelSet.Empty, TimeFunctions.Apply(name, timeMs / 1000.0))];
        }

        List<Sample> vector = Vector(arguments[0], timeMs);
        double first = arguments.Count > 1 ? Scalar(arguments[1], timeMs) : 1;
        double second = arguments.Count > 2 ? Scalar(arguments[2], timeMs) : 0;
        var result = new List<Sample>(vector.Count);
        if (name == "clamp" && second < first)
        {
            return result;
        }

        foreach (Sample s in vector)
        {
            double value = name switch
            {
                "timestamp" => timeMs / 1000.0,
                "clamp" => GoMath.Max(first, GoMath.Min(second, s.Value)),
                "clamp_max" => GoMath.Max(double.NegativeInfinity, GoMath.Min(first, s.Value)),
                "clamp_min" => GoMath.Max(first, GoMath.Min(double.PositiveInfinity, s.Value)),
                "round" => Math.Floor((s.Value * (1 / first)) + 0.5) / (1 / first),
                _ when call.Function.Variadic == 1 => TimeFunctions.Apply(name, s.Value),
                _ => ElementFunctions.Apply(name, s.Value),
            };
            result.Add(new Sample(s.Labels.WithoutName(), value));
        }

        RefuseEqualLabels(result);
        return result;
    }

    private List<Sample> LabelReplace(Call call, long timeMs)
    {
        string target = Text(call.Arguments[1]);
        string replacement = Text(call.Arguments[2]);
        string source = Text(call.Arguments[3]);
        string expression = Text(call.Arguments[4]);
        if (!_expressions.TryGetValue(call, out Re2? regex))
        {
            regex = GoRegexp.CompileAnchored(expression, _dialect.DotMatchesNewline, out _)
                ?? throw new EvaluationException("invalid regular expression in label_replace(): " + expression);
            _expressions.Add(call, regex);
        }

        if (!IsLabelName(target))
        {
            throw new EvaluationException("invalid destination label name in label_replace(): " + target);
        }

        var result = new List<Sample>();
        foreach (Sample s in Vector(call.Arguments[0], timeMs))
        {
            LabelSet labels = regex.TryMatch(s.Labels[source], out Re2Match? match)
                ? s.Labels.With(target, match.ExpandGo(replacement)) : s.Labels;
            Collide(call, labels, s.Labels);
            result.Add(new Sample(labels, s.Value));
        }

        RefuseEqualLabels(result);
        return result;
    }

    private List<Sample> LabelJoin(Call call, long timeMs)
    {
        string target = Text(call.Arguments[1]);
        string separator = Text(call.Arguments[2]);
        string[] sources = [.. call.Arguments.Skip(3).Select(Text)];
        string? badSource = Array.Find(sources, s => !IsLabelName(s));
        if (badSource is not null)
        {
            throw new EvaluationException("invalid source label name in label_join(): " + badSource);
        }

        if (!IsLabelName(target))
        {
            throw new EvaluationException("invalid destination label name in label_join(): " + target);
        }

        var result = new List<Sample>();
        foreach (Sample s in Vector(call.Arguments[0], timeMs))
        {
            LabelSet labels = s.Labels.With(target, string.Join(separator, sources.Select(n => s.Labels[n])));
            if (_dialect.ChecksJoinedLabels)
            {
                Collide(call, labels, s.Labels);
            }

            result.Add(new Sample(labels, s.Value));
        }

        if (_dialect.ChecksJoinedLabels)
        {
            RefuseEqualLabels(result);
        }

        return result;
    }

    /// <summary>From 2.51 on label functions see a whole range query at once; before, each time by itself.</summary>
    private void Collide(Call call, LabelSet labels, LabelSet source)
    {
        if (_dialect != PromQlDialect.V2_42)
        {
            RefuseEqualLabels(call, labels, source);
        }
    }

    private bool IsLabelName(string name) =>
        _dialect.TakesAnyLabelName ? name.Length > 0 : Literals.IsLabelName(name);
}

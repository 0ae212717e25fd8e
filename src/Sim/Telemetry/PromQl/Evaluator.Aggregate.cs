namespace Sim.Telemetry.PromQl;

/// <summary>Aggregations.</summary>
/// <remarks>Prometheus: promql/engine.go#aggregation, promql/quantile.go#quantile.</remarks>
internal sealed partial class Evaluator
{
    private List<Sample> Aggregate(Aggregation a, long timeMs)
    {
        switch (a.Operator)
        {
            case TokenKind.TopK or TokenKind.BottomK:
                return Extremes(a, Scalar(a.Parameter!, timeMs), timeMs);
            case TokenKind.CountValues:
                return CountValues(a, Text(a.Parameter!), timeMs);
            default:
                break;
        }

        double parameter = a.Operator == TokenKind.Quantile ? Scalar(a.Parameter!, timeMs) : 0;
        var result = new List<Sample>();
        foreach ((LabelSet labels, List<double> values) in Groups(a, Vector(a.Inner, timeMs)))
        {
            result.Add(new Sample(labels, a.Operator switch
            {
                TokenKind.Sum => Sum(values),
                TokenKind.Average => Average(values),
                TokenKind.Count => values.Count,
                TokenKind.Group => 1,
                TokenKind.Min => Extreme(values, false),
                TokenKind.Max => Extreme(values, true),
                TokenKind.StdVar => Variance(values),
                TokenKind.StdDev => Math.Sqrt(Variance(values)),
                TokenKind.Quantile => Quantile(parameter, values),
                _ => throw new InvalidOperationException("no aggregation: " + a.Operator),
            }));
        }

        return result;
    }

    /// <summary>The weighted mean of the two values around a rank; NaN counts as the least value.</summary>
    internal static double Quantile(double q, List<double> values)
    {
        if (values.Count == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        List<double> sorted = [.. values];
        sorted.Sort();
        double rank = q * (sorted.Count - 1);
        int lower = (int)Math.Max(0, Math.Floor(rank));
        int upper = Math.Min(sorted.Count - 1, lower + 1);
        double weight = rank - Math.Floor(rank);
        return (sorted[lower] * (1 - weight)) + (sorted[upper] * weight);
    }

    private static LabelSet GroupOf(Aggregation a, LabelSet labels) =>
        a.IsWithout ? labels.Except(a.Grouping) : labels.Only(a.Grouping);

    private static List<(LabelSet Labels, List<double> Values)> Groups(Aggregation a, List<Sample> vector)
    {
        var groups = new List<(LabelSet Labels, List<double> Values)>();
        var index = new Dictionary<LabelSet, int>();
        foreach (Sample s in vector)
        {
            LabelSet labels = GroupOf(a, s.Labels);
            if (!index.TryGetValue(labels, out int at))
            {
                index.Add(labels, at = groups.Count);
                groups.Add((labels, []));
            }

            groups[at].Values.Add(s.Value);
        }

        return groups;
    }

    private static double Sum(List<double> values)
    {
        double sum = 0;
        foreach (double v in values)
        {
            sum += v;
        }

        return sum;
    }

    /// <summary>The mean, kept running so that it does not overflow.</summary>
    private static double Average(List<double> values)
    {
        double mean = values[0];
        for (int i = 1; i < values.Count; i++)
        {
            double v = values[i];
            bool staysInfinite = double.IsInfinity(mean)
                && ((double.IsInfinity(v) && (mean > 0) == (v > 0)) || double.IsFinite(v));
            if (!staysInfinite)
            {
                mean += (v / (i + 1)) - (mean / (i + 1));
            }
        }

        return mean;
    }

    private static double Extreme(List<double> values, bool isMax)
    {
        double extreme = values[0];
        foreach (double v in values)
        {
            if (double.IsNaN(extreme) || (isMax ? v > extreme : v < extreme))
            {
                extreme = v;
            }
        }

        return extreme;
    }

    private static double Variance(List<double> values)
    {
        double mean = values[0];
        double sum = 0;
        for (int i = 1; i < values.Count; i++)
        {
            double delta = values[i] - mean;
            mean += delta / (i + 1);
            sum += delta * (values[i] - mean);
        }

        return sum / values.Count;
    }

    private List<Sample> CountValues(Aggregation a, string label, long timeMs)
    {
        if (!(_dialect.TakesAnyLabelName ? label.Length > 0 : Literals.IsLabelName(label)))
        {
            throw new EvaluationException("invalid label name " + GoText.Quote(label));
        }

        IReadOnlyList<string> grouping = a.IsWithout ? a.Grouping : [.. a.Grouping, label];
        var groups = new List<LabelSet>();
        var counts = new Dictionary<LabelSet, double>();
        foreach (Sample s in Vector(a.Inner, timeMs))
        {
            LabelSet labels = s.Labels.With(label, GoText.Plain(s.Value));
            labels = a.IsWithout ? labels.Except(grouping) : labels.Only(grouping);
            if (counts.TryAdd(labels, 0))
            {
                groups.Add(labels);
            }

            counts[labels]++;
        }

        return [.. groups.Select(l => new Sample(l, counts[l]))];
    }

    private List<Sample> Extremes(Aggregation a, double parameter, long timeMs)
    {
        if (!(parameter is >= long.MinValue and < long.MaxValue))
        {
            throw new EvaluationException("Scalar value " + GoText.Shortest(parameter) + " overflows int64");
        }

        long k = (long)parameter;
        if (k < 1)
        {
            return [];
        }

        bool isTop = a.Operator == TokenKind.TopK;
        var groups = new List<List<Sample>>();
        var index = new Dictionary<LabelSet, int>();
        foreach (Sample s in Vector(a.Inner, timeMs))
        {
            LabelSet group = GroupOf(a, s.Labels);
            if (!index.TryGetValue(group, out int at))
            {
                index.Add(group, at = groups.Count);
                groups.Add([]);
            }

            groups[at].Add(s);
        }

        return [.. groups.SelectMany(g => SortedByValue(g, isTop).Take((int)Math.Min(k, int.MaxValue)))];
    }

    /// <summary>Samples by value, NaN last in both directions; equal values stay in their order.</summary>
    private static IEnumerable<Sample> SortedByValue(IEnumerable<Sample> samples, bool isDescending)
    {
        IOrderedEnumerable<Sample> numbersFirst = samples.OrderBy(static s => double.IsNaN(s.Value));
        return isDescending ? numbersFirst.ThenByDescending(static s => s.Value)
            : numbersFirst.ThenBy(static s => s.Value);
    }
}

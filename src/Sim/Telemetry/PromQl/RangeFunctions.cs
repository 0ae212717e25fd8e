namespace Sim.Telemetry.PromQl;

/// <summary>What a function of a window is given beside the points.</summary>
/// <param name="Dialect">The dialect.</param>
/// <param name="TimeMs">The time of the evaluation.</param>
/// <param name="StartMs">Left end of the window.</param>
/// <param name="EndMs">Right end of the window.</param>
/// <param name="First">The first scalar argument.</param>
/// <param name="Second">The second scalar argument.</param>
internal readonly record struct RangeArguments(
    PromQlDialect Dialect, long TimeMs, long StartMs, long EndMs, double First, double Second);

/// <summary>Functions of the points of one series in a window; null where a function has no value.</summary>
/// <remarks>Prometheus: promql/functions.go.</remarks>
internal static class RangeFunctions
{
    /// <summary>The value of a function. There is at least one point.</summary>
    public static double? Apply(string name, IReadOnlyList<Point> points, RangeArguments arguments) => name switch
    {
        "rate" => Extrapolated(points, arguments, true, true),
        "increase" => Extrapolated(points, arguments, true, false),
        "delta" => Extrapolated(points, arguments, false, false),
        "irate" => Instant(points, true),
        "idelta" => Instant(points, false),
        "changes" => CountSteps(points, static (before, now) =>
            now != before && !(double.IsNaN(now) && double.IsNaN(before))),
        "resets" => CountSteps(points, static (before, now) => now < before),
        "deriv" => points.Count < 2 ? null
            : Line(points, points[0].TimestampMs, arguments.Dialect.ForgetsErrorAtInfinity).Slope,
        "predict_linear" => Predict(points, arguments),
        "holt_winters" => HoltWinters(points, arguments.First, arguments.Second),
        "avg_over_time" => Average(points, arguments.Dialect.ForgetsErrorAtInfinity),
        "sum_over_time" => Sum(points, arguments.Dialect.ForgetsErrorAtInfinity),
        "count_over_time" => points.Count,
        "present_over_time" => 1,
        "last_over_time" => points[^1].Value,
        "min_over_time" => Extreme(points, false),
        "max_over_time" => Extreme(points, true),
        "stdvar_over_time" => Variance(points, arguments.Dialect.ForgetsErrorAtInfinity),
        "stddev_over_time" => Math.Sqrt(Variance(points, arguments.Dialect.ForgetsErrorAtInfinity)),
        "quantile_over_time" => Evaluator.Quantile(arguments.First, [.. points.Select(static p => p.Value)]),
        _ => throw new InvalidOperationException("no function of a window: " + name),
    };

    /// <summary>The growth of a series, stretched to the ends of the window where its samples come near them.</summary>
    private static double? Extrapolated(
        IReadOnlyList<Point> points, RangeArguments arguments, bool isCounter, bool isRate)
    {
        if (points.Count < 2)
        {
            return null;
        }

        Point first = points[0];
        Point last = points[^1];
        double growth = last.Value - first.Value;
        for (int i = 1; isCounter && i < points.Count; i++)
        {
            growth += points[i].Value < points[i - 1].Value ? points[i - 1].Value : 0;
        }

        double toStart = (first.TimestampMs - arguments.StartMs) / 1000.0;
        double toEnd = (arguments.EndMs - last.TimestampMs) / 1000.0;
        double sampled = (last.TimestampMs - first.TimestampMs) / 1000.0;
        double interval = sampled / (points.Count - 1);
        double threshold = interval * 1.1;
        bool hasZero = isCounter && growth > 0 && first.Value >= 0;
        double toZero = hasZero ? sampled * (first.Value / growth) : double.PositiveInfinity;
        if (arguments.Dialect.CapsAtZeroFirst && toZero < toStart)
        {
            toStart = toZero;
        }

        toStart = toStart >= threshold ? interval / 2 : toStart;
        toStart = toZero < toStart && !arguments.Dialect.CapsAtZeroFirst ? toZero : toStart;
        toEnd = toEnd >= threshold ? interval / 2 : toEnd;
        double factor = (sampled + toStart + toEnd) / sampled;
        return growth * (isRate ? factor / ((arguments.EndMs - arguments.StartMs) / 1000.0) : factor);
    }

    private static double? Instant(IReadOnlyList<Point> points, bool isRate)
    {
        if (points.Count < 2)
        {
            return null;
        }

        Point last = points[^1];
        Point before = points[^2];
        bool wasReset = isRate && last.Value < before.Value;
        double growth = wasReset ? last.Value : last.Value - before.Value;
        return isRate ? growth / ((last.TimestampMs - before.TimestampMs) / 1000.0) : growth;
    }

    private static double CountSteps(IReadOnlyList<Point> points, Func<double, double, bool> counts)
    {
        int count = 0;
        for (int i = 1; i < points.Count; i++)
        {
            count += counts(points[i - 1].Value, points[i].Value) ? 1 : 0;
        }

        return count;
    }

    private static double? Predict(IReadOnlyList<Point> points, RangeArguments arguments)
    {
        if (points.Count < 2)
        {
            return null;
        }

        (double slope, double intercept) = Line(points, arguments.TimeMs, arguments.Dialect.ForgetsErrorAtInfinity);
        return (slope * arguments.First) + intercept;
    }

    /// <summary>The least-squares line; its intercept is the value at a time.</summary>
    private static (double Slope, double Intercept) Line(
        IReadOnlyList<Point> points, long interceptMs, bool forgets)
    {
        double n = points.Count;
        double x = 0, cx = 0, y = 0, cy = 0, xy = 0, cxy = 0, xx = 0, cxx = 0;
        bool isConstant = true;
        foreach (Point p in points)
        {
            isConstant = isConstant && p.Value == points[0].Value;
            double at = (p.TimestampMs - interceptMs) / 1e3;
            GoMath.Add(at, ref x, ref cx, forgets);
            GoMath.Add(p.Value, ref y, ref cy, forgets);
            GoMath.Add(at * p.Value, ref xy, ref cxy, forgets);
            GoMath.Add(at * at, ref xx, ref cxx, forgets);
        }

        if (isConstant)
        {
            return double.IsInfinity(points[0].Value) ? (double.NaN, double.NaN) : (0, points[0].Value);
        }

        x += cx;
        y += cy;
        xy += cxy;
        xx += cxx;
        double slope = (xy - (x * y / n)) / (xx - (x * x / n));
        return (slope, (y / n) - (slope * x / n));
    }

    /// <summary>Double exponential smoothing.</summary>
    private static double? HoltWinters(IReadOnlyList<Point> points, double smoothing, double trend)
    {
        if (smoothing is <= 0 or >= 1)
        {
            throw new EvaluationException("invalid smoothing factor. Expected: 0 < sf < 1, got: "
                + GoText.Fixed(smoothing, 6));
        }

        if (trend is <= 0 or >= 1)
        {
            throw new EvaluationException("invalid trend factor. Expected: 0 < tf < 1, got: "
                + GoText.Fixed(trend, 6));
        }

        if (points.Count < 2)
        {
            return null;
        }

        double before = 0;
        double level = points[0].Value;
        double slope = points[1].Value - points[0].Value;
        for (int i = 1; i < points.Count; i++)
        {
            slope = i == 1 ? slope : (trend * (level - before)) + ((1 - trend) * slope);
            double next = (smoothing * points[i].Value) + ((1 - smoothing) * (level + slope));
            before = level;
            level = next;
        }

        return level;
    }

    private static double Average(IReadOnlyList<Point> points, bool forgets)
    {
        double mean = 0;
        double compensation = 0;
        double count = 0;
        foreach (Point p in points)
        {
            count++;
            bool staysInfinite = double.IsInfinity(mean) && (double.IsFinite(p.Value)
                || (double.IsInfinity(p.Value) && (mean > 0) == (p.Value > 0)));
            if (!staysInfinite)
            {
                GoMath.Add((p.Value / count) - (mean / count), ref mean, ref compensation, forgets);
            }
        }

        return double.IsInfinity(mean) ? mean : mean + compensation;
    }

    private static double Sum(IReadOnlyList<Point> points, bool forgets)
    {
        double sum = 0;
        double compensation = 0;
        foreach (Point p in points)
        {
            GoMath.Add(p.Value, ref sum, ref compensation, forgets);
        }

        return double.IsInfinity(sum) ? sum : sum + compensation;
    }

    private static double Extreme(IReadOnlyList<Point> points, bool isMax)
    {
        double extreme = points[0].Value;
        foreach (Point p in points)
        {
            if (double.IsNaN(extreme) || (isMax ? p.Value > extreme : p.Value < extreme))
            {
                extreme = p.Value;
            }
        }

        return extreme;
    }

    private static double Variance(IReadOnlyList<Point> points, bool forgets)
    {
        double count = 0, mean = 0, cMean = 0, sum = 0, cSum = 0;
        foreach (Point p in points)
        {
            count++;
            double delta = p.Value - (mean + cMean);
            GoMath.Add(delta / count, ref mean, ref cMean, forgets);
            GoMath.Add(delta * (p.Value - (mean + cMean)), ref sum, ref cSum, forgets);
        }

        return (sum + cSum) / count;
    }
}

namespace Sim.Telemetry.PromQl;

/// <summary>The signature of a function.</summary>
/// <param name="Name">Its name; case counts.</param>
/// <param name="Returns">What it returns.</param>
/// <param name="Arguments">Types of its arguments.</param>
/// <param name="Variadic">How many of the last argument there may be beyond the others; -1 for any number, 0 when
/// the count is fixed.</param>
internal sealed record Function(
    string Name, ExpressionType Returns, IReadOnlyList<ExpressionType> Arguments, int Variadic = 0);

/// <summary>The functions of each dialect.</summary>
/// <remarks>
/// Prometheus: promql/parser/functions.go. Functions that are experimental in a version are refused, as a server
/// without their feature flag does; <c>histogram_fraction</c>, which reads native histograms alone in 2.x, is refused
/// in every dialect.
/// </remarks>
internal static class Functions
{
    private const ExpressionType S = ExpressionType.Scalar;
    private const ExpressionType T = ExpressionType.String;
    private const ExpressionType V = ExpressionType.Vector;
    private const ExpressionType M = ExpressionType.Matrix;

    private static readonly Dictionary<string, Function> All = Table();

    /// <summary>A function by name, or null when the dialect has none.</summary>
    public static Function? Find(string name, PromQlDialect dialect)
    {
        bool isKnown = name switch
        {
            "holt_winters" => dialect.HasHoltWinters,
            "histogram_stddev" or "histogram_stdvar" or "histogram_avg" => dialect.HasHistogramDeviation,
            _ => true,
        };
        return isKnown ? All.GetValueOrDefault(name) : null;
    }

    private static Dictionary<string, Function> Table()
    {
        var table = new Dictionary<string, Function>(StringComparer.Ordinal);
        void Add(ExpressionType returns, ExpressionType[] arguments, int variadic, string names)
        {
            foreach (string name in names.Split(' '))
            {
                table.Add(name, new Function(name, returns, arguments, variadic));
            }
        }

        Add(V, [V], 0, "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg "
            + "histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort "
            + "sort_desc sqrt tan tanh timestamp");
        Add(V, [M], 0, "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate "
            + "last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time "
            + "stdvar_over_time sum_over_time");
        Add(V, [V], 1, "days_in_month day_of_month day_of_week day_of_year hour minute month year");
        Add(V, [V, S, S], 0, "clamp");
        Add(V, [V, S], 0, "clamp_max clamp_min");
        Add(V, [V, S], 1, "round");
        Add(V, [S, V], 0, "histogram_quantile");
        Add(V, [M, S, S], 0, "holt_winters");
        Add(V, [M, S], 0, "predict_linear");
        Add(V, [S, M], 0, "quantile_over_time");
        Add(V, [V, T, T, T, T], 0, "label_replace");
        Add(V, [V, T, T, T], -1, "label_join");
        Add(S, [V], 0, "scalar");
        Add(S, [], 0, "pi time");
        Add(V, [S], 0, "vector");
        return table;
    }
}

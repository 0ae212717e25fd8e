using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Telemetry.PromQl;

namespace Sim.Telemetry.Rules;

/// <summary>promtool's short notation of series: <c>0+10x5 _ stale 3</c>.</summary>
/// <remarks>Prometheus: promql/parser#ParseSeriesDesc. Histograms in double braces are refused.</remarks>
public static partial class SeriesNotation
{
    /// <summary>Writes a series into a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="series">Name and labels: <c>up{job="a"}</c>.</param>
    /// <param name="values">The values, separated by blanks.</param>
    /// <param name="startMs">Time of the first value, milliseconds since the epoch.</param>
    /// <param name="intervalMs">Time between two values, milliseconds.</param>
    /// <returns>What is wrong; empty when nothing is, and only then was anything written.</returns>
    public static string Write(SeriesStore store, string series, string values, long startMs, long intervalMs)
    {
        IReadOnlyList<LabelMatcher>? matchers =
            PromQlQuery.ParseSelector(series, PromQlDialect.V2_42, out PromQlError? error);
        if (matchers is null)
        {
            return error!.ToString();
        }

        if (matchers.Any(static m => m.Kind != MatchKind.Equal))
        {
            return "labels of a series are set with =: " + series;
        }

        if (Read(values, out string problem) is not { } points)
        {
            return problem;
        }

        LabelSet labels = LabelSet.Of(matchers.Select(static m => new Label(m.Name, m.Value)));
        for (int i = 0; i < points.Count; i++)
        {
            if (points[i] is { } value)
            {
                store.Append(labels, startMs + (i * intervalMs), value);
            }
        }

        return "";
    }

    /// <summary>The values of a notation; null for a time without sample.</summary>
    /// <param name="values">The notation.</param>
    /// <param name="problem">What is wrong; empty when nothing is.</param>
    public static IReadOnlyList<double?>? Read(string values, out string problem)
    {
        const int Most = 10_000_000;
        problem = "";
        var points = new List<double?>();
        foreach (string item in values.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Match m = Item().Match(item);
            if (!m.Success)
            {
                problem = "series values: unexpected " + GoText.Quote(item);
                return null;
            }

            bool repeats = m.Groups["n"].Success;
            int count = repeats && !int.TryParse(m.Groups["n"].Value, CultureInfo.InvariantCulture, out _) ? Most
                : repeats ? int.Parse(m.Groups["n"].Value, CultureInfo.InvariantCulture) : 0;
            if (count + points.Count >= Most)
            {
                problem = "invalid repetition in series values: " + item;
                return null;
            }

            if (m.Groups["blank"].Success)
            {
                points.AddRange(Enumerable.Repeat<double?>(null, repeats ? count : 1));
                continue;
            }

            double value = Number(m.Groups["v"].Value);
            double step = m.Groups["d"].Success ? Number(m.Groups["d"].Value) : 0;
            for (int i = 0; i <= count; i++)
            {
                points.Add(value);
                value = StaleMarker.Is(value) || step == 0 ? value : value + step;
            }
        }

        return points;
    }

    private static double Number(string text)
    {
        if (text == "stale")
        {
            return StaleMarker.Value;
        }

        bool isMinus = text[0] == '-';
        Literals.TryNumber(text.TrimStart('+', '-'), out double value, out _);
        return isMinus ? -value : value;
    }

    [GeneratedRegex(@"^(?:(?<blank>_)|(?<v>stale|[+-]?(?:(?i:inf|nan)|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?))"
        + @"(?<d>[+-](?:(?i:inf|nan)|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?))?)(?:x(?<n>[0-9]+))?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Item();
}

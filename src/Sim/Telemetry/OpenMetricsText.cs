using System.Globalization;
using System.Text;

namespace Sim.Telemetry;

/// <summary>The words that an OpenMetrics TYPE line may bear.</summary>
public enum MetricType
{
    /// <summary>Not stated.</summary>
    Unknown,

    /// <summary>Grows, or starts again at 0.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Cumulative buckets with a sum and a count.</summary>
    Histogram,
}

/// <summary>What is said of a family of metrics.</summary>
/// <param name="Family">Its name, without the suffixes of its samples.</param>
/// <param name="Type">Its type.</param>
/// <param name="Help">What it counts; empty for no HELP line.</param>
public sealed record MetricFamily(string Family, MetricType Type, string Help = "");

/// <summary>A sample of a text.</summary>
/// <param name="Labels">Its labels as written; null where a name stands twice.</param>
/// <param name="TimestampMs">Its time, milliseconds since the epoch; null when none is written.</param>
/// <param name="Value">Its value.</param>
public readonly record struct TextSample(LabelSet? Labels, long? TimestampMs, double Value);

/// <summary>Writes series as OpenMetrics text.</summary>
/// <remarks>
/// For <c>promtool tsdb create-blocks-from openmetrics</c>: ascending times for each series, three decimals of a
/// second, one blank between fields, no empty line, <c># EOF</c> last. The format has no word for the end of a series:
/// staleness markers are left out, and whoever loads the text sees such a series for the look-back of 5 minutes longer.
/// </remarks>
public static class OpenMetricsText
{
    private static readonly string[] CounterSuffixes = ["_total", "_created"];
    private static readonly string[] HistogramSuffixes = ["_bucket", "_count", "_sum", "_created"];

    /// <summary>Writes all series of a store, family by family.</summary>
    /// <param name="store">The series.</param>
    /// <param name="families">What is said of families; those not named are written as unknown.</param>
    public static string Write(SeriesStore store, IReadOnlyList<MetricFamily>? families = null)
    {
        var text = new StringBuilder();
        Dictionary<string, MetricFamily> byName = [];
        foreach (MetricFamily f in families ?? [])
        {
            byName[f.Family] = f;
        }

        IEnumerable<IGrouping<string, StoredSeries>> groups = store.Series
            .GroupBy(s => FamilyOf(s.Labels.Name, byName)).OrderBy(static g => g.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, StoredSeries> group in groups)
        {
            MetricFamily family = byName.GetValueOrDefault(group.Key, new MetricFamily(group.Key, MetricType.Unknown));
            text.Append("# TYPE ").Append(group.Key).Append(' ')
                .Append(family.Type.ToString().ToLowerInvariant()).Append('\n');
            if (family.Help.Length > 0)
            {
                text.Append("# HELP ").Append(group.Key).Append(' ').Append(Escape(family.Help)).Append('\n');
            }

            foreach (StoredSeries series in group)
            {
                WriteSeries(text, series);
            }
        }

        return text.Append("# EOF\n").ToString();
    }

    /// <summary>Name and labels as both text formats write them.</summary>
    internal static void AppendLabels(StringBuilder text, string name, IEnumerable<Label> labels)
    {
        text.Append(name);
        char before = '{';
        foreach (Label l in labels)
        {
            text.Append(before).Append(l.Name).Append("=\"").Append(Escape(l.Value)).Append('"');
            before = ',';
        }

        text.Append(before == ',' ? "}" : "");
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string FamilyOf(string name, Dictionary<string, MetricFamily> families)
    {
        foreach (string suffix in (string[])[.. CounterSuffixes, .. HistogramSuffixes])
        {
            string family = name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
            bool fits = family != name && families.TryGetValue(family, out MetricFamily? f)
                && (f.Type == MetricType.Counter ? CounterSuffixes : f.Type == MetricType.Histogram
                    ? HistogramSuffixes : []).Contains(suffix);
            if (fits)
            {
                return family;
            }
        }

        return name;
    }

    private static void WriteSeries(StringBuilder text, StoredSeries series)
    {
        var head = new StringBuilder();
        AppendLabels(head, series.Labels.Name,
            series.Labels.Labels.Where(static l => l.Name != LabelSet.MetricName));
        foreach (Point p in series.Points)
        {
            if (StaleMarker.Is(p.Value))
            {
                continue;
            }

            text.Append(head).Append(' ').Append(GoText.Shortest(p.Value)).Append(' ');
            AppendSeconds(text, p.TimestampMs);
            text.Append('\n');
        }
    }

    private static void AppendSeconds(StringBuilder text, long ms)
    {
        text.Append(ms < 0 ? "-" : "").Append(CultureInfo.InvariantCulture, $"{Math.Abs(ms) / 1000}");
        if (ms % 1000 != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".{Math.Abs(ms) % 1000:000}");
        }
    }
}

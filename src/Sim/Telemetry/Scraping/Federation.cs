using System.Globalization;
using System.Text;
using Sim.Telemetry.PromQl;

namespace Sim.Telemetry.Scraping;

/// <summary>A line of an exposition.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Labels">Labels in the order they are written, empty ones among them.</param>
/// <param name="Value">The value.</param>
/// <param name="TimestampMs">Time of the sample; null when the line has none.</param>
public sealed record ExposedSample(string Name, IReadOnlyList<Label> Labels, double Value, long? TimestampMs);

/// <summary>What a server answers to a scrape.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Samples">The samples in order; none when the status is not 200.</param>
/// <param name="Error">The body when the status is not 200.</param>
public sealed record Exposition(int Status, IReadOnlyList<ExposedSample> Samples, string Error = "")
{
    /// <summary>The media type of the body.</summary>
    public string ContentType => Status == 200
        ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8";

    /// <summary>The body, line by line: the old text format, families in order of name, no HELP.</summary>
    public IEnumerable<string> Lines()
    {
        if (Status != 200)
        {
            yield return Error;
        }

        string family = "";
        foreach (ExposedSample s in Samples)
        {
            if (s.Name != family)
            {
                family = s.Name;
                yield return "# TYPE " + family + " untyped";
            }

            var line = new StringBuilder();
            OpenMetricsText.AppendLabels(line, s.Name, s.Labels);
            line.Append(' ').Append(GoText.Shortest(s.Value));
            if (s.TimestampMs is { } time)
            {
                line.Append(CultureInfo.InvariantCulture, $" {time}");
            }

            yield return line.ToString();
        }
    }
}

/// <summary>The page <c>/federate</c> of a Prometheus.</summary>
/// <remarks>Prometheus: web/federate.go.</remarks>
public static class Federation
{
    private const string Instance = "instance";

    /// <summary>Answers a federating server.</summary>
    /// <param name="store">What the server has stored.</param>
    /// <param name="matches">The selectors of <c>match[]</c>; none selects nothing.</param>
    /// <param name="externalLabels">The server's labels: added where a series has none of that name.</param>
    /// <param name="nowMs">Time of the request, milliseconds since the epoch.</param>
    /// <param name="dialect">The server's version; null for 2.42.</param>
    public static Exposition Expose(SeriesStore store, IReadOnlyList<string> matches, LabelSet externalLabels,
        long nowMs, PromQlDialect? dialect = null)
    {
        dialect ??= PromQlDialect.V2_42;
        var found = new SortedDictionary<LabelSet, StoredSeries>();
        foreach (string match in matches)
        {
            IReadOnlyList<LabelMatcher>? matchers =
                PromQlQuery.ParseSelector(match, dialect, out PromQlError? error);
            if (matchers is null)
            {
                return new Exposition(400, [], error!.ToString());
            }

            foreach (StoredSeries series in matchers.Count > 0 ? store.Select(matchers) : [])
            {
                found.TryAdd(series.Labels, series);
            }
        }

        var samples = new List<ExposedSample>();
        foreach (StoredSeries series in found.Values
            .Where(static s => s.Labels.Name.Length > 0).OrderBy(static s => s.Labels.Name, StringComparer.Ordinal))
        {
            int at = series.IndexAfter(nowMs) - 1;
            long oldest = nowMs - PromQlOptions.Default.LookbackMs + (dialect.IsOpenOnTheLeft ? 1 : 0);
            if (at >= 0 && series.Points[at] is var point && point.TimestampMs >= oldest
                && !StaleMarker.Is(point.Value))
            {
                samples.Add(new ExposedSample(series.Labels.Name, LabelsOf(series.Labels, externalLabels),
                    point.Value, point.TimestampMs));
            }
        }

        return new Exposition(200, samples);
    }

    private static List<Label> LabelsOf(LabelSet labels, LabelSet external)
    {
        List<Label> result = [.. labels.Labels.Where(static l => l.Name != LabelSet.MetricName)];
        IEnumerable<Label> added = external[Instance].Length > 0 ? external.Labels
            : external.Labels.Append(new Label(Instance, "")).OrderBy(static l => l.Name, StringComparer.Ordinal);
        result.AddRange(added.Where(e => labels[e.Name].Length == 0));
        return result;
    }
}

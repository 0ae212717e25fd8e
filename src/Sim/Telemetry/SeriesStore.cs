namespace Sim.Telemetry;

/// <summary>One sample of a series.</summary>
/// <param name="TimestampMs">Milliseconds since the epoch.</param>
/// <param name="Value">The value; <see cref="StaleMarker"/> ends the series.</param>
public readonly record struct Point(long TimestampMs, double Value);

/// <summary>The value by which Prometheus says that a series has ended.</summary>
/// <remarks>Prometheus: model/value#StaleNaN.</remarks>
public static class StaleMarker
{
    private const long Bits = 0x7ff0000000000002;

    /// <summary>The marker: a NaN of its own.</summary>
    public static double Value { get; } = BitConverter.Int64BitsToDouble(Bits);

    /// <summary>True for the marker and for no other NaN.</summary>
    public static bool Is(double value) => BitConverter.DoubleToInt64Bits(value) == Bits;
}

/// <summary>One series with its samples in strictly ascending time.</summary>
public sealed class StoredSeries
{
    private readonly List<Point> _points = [];

    internal StoredSeries(LabelSet labels) => Labels = labels;

    /// <summary>Its identity.</summary>
    public LabelSet Labels { get; }

    /// <summary>Its samples, markers included.</summary>
    public IReadOnlyList<Point> Points => _points;

    /// <summary>Adds a sample; false when it is not later than the last one, and then it is lost.</summary>
    internal bool Append(long timestampMs, double value)
    {
        if (_points.Count > 0 && timestampMs <= _points[^1].TimestampMs)
        {
            return false;
        }

        _points.Add(new Point(timestampMs, value));
        return true;
    }

    /// <summary>Index of the first sample later than a time.</summary>
    internal int IndexAfter(long timestampMs)
    {
        int low = 0;
        int high = _points.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_points[middle].TimestampMs <= timestampMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

/// <summary>Series in memory: what one Prometheus has stored.</summary>
/// <remarks>
/// Samples come in order of time for each series; one that is not later than the last of its series is lost, as the
/// head of Prometheus' database does with it. Series are listed in the order of their labels.
/// </remarks>
public sealed class SeriesStore
{
    private readonly Dictionary<LabelSet, StoredSeries> _byLabels = [];
    private readonly Dictionary<string, List<StoredSeries>> _byName = new(StringComparer.Ordinal);
    private List<StoredSeries>? _sorted;

    /// <summary>All series in the order of their labels.</summary>
    public IReadOnlyList<StoredSeries> Series =>
        _sorted ??= [.. _byLabels.Values.OrderBy(static s => s.Labels)];

    /// <summary>Adds a sample.</summary>
    /// <param name="labels">The series; it is made when it is new.</param>
    /// <param name="timestampMs">Milliseconds since the epoch.</param>
    /// <param name="value">The value, or <see cref="StaleMarker"/>.</param>
    /// <returns>False when the series has a sample as late or later: the new one is lost.</returns>
    public bool Append(LabelSet labels, long timestampMs, double value) =>
        GetOrAdd(labels).Append(timestampMs, value);

    /// <summary>A series that may be asked for many appends; it is made when it is new.</summary>
    public StoredSeries GetOrAdd(LabelSet labels)
    {
        if (!_byLabels.TryGetValue(labels, out StoredSeries? series))
        {
            series = new StoredSeries(labels);
            _byLabels.Add(labels, series);
            _sorted = null;
            if (!_byName.TryGetValue(labels.Name, out List<StoredSeries>? named))
            {
                _byName.Add(labels.Name, named = []);
            }

            int at = named.BinarySearch(series, SeriesOrder.Instance);
            named.Insert(~at, series);
        }

        return series;
    }

    /// <summary>The series with these labels, or null.</summary>
    public StoredSeries? Find(LabelSet labels) => _byLabels.GetValueOrDefault(labels);

    /// <summary>The series that meet all matchers, in the order of their labels.</summary>
    internal List<StoredSeries> Select(IReadOnlyList<PromQl.LabelMatcher> matchers)
    {
        IReadOnlyList<StoredSeries> candidates = Series;
        foreach (PromQl.LabelMatcher m in matchers)
        {
            if (m is { Kind: PromQl.MatchKind.Equal, Name: LabelSet.MetricName, Value.Length: > 0 })
            {
                candidates = _byName.TryGetValue(m.Value, out List<StoredSeries>? named) ? named : [];
                break;
            }
        }

        var found = new List<StoredSeries>();
        foreach (StoredSeries s in candidates)
        {
            bool meetsAll = true;
            for (int i = 0; i < matchers.Count && meetsAll; i++)
            {
                meetsAll = matchers[i].Matches(s.Labels[matchers[i].Name]);
            }

            if (meetsAll)
            {
                found.Add(s);
            }
        }

        return found;
    }

    private sealed class SeriesOrder : IComparer<StoredSeries>
    {
        public static SeriesOrder Instance { get; } = new();

        public int Compare(StoredSeries? x, StoredSeries? y) => x!.Labels.CompareTo(y!.Labels);
    }
}

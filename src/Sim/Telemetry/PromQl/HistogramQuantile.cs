namespace Sim.Telemetry.PromQl;

/// <summary>Quantiles from the cumulative buckets of classic histograms.</summary>
/// <remarks>Prometheus: promql/quantile.go#bucketQuantile.</remarks>
internal static class HistogramQuantile
{
    private const string BoundLabel = "le";

    /// <summary>The quantile of every histogram in a vector; samples without a bound are left out.</summary>
    public static List<Sample> Of(double q, List<Sample> vector)
    {
        var order = new List<LabelSet>();
        var buckets = new Dictionary<LabelSet, List<Bucket>>();
        foreach (Sample s in vector)
        {
            if (!GoText.TryParseFloat(s.Labels[BoundLabel], out double bound))
            {
                continue;
            }

            LabelSet labels = s.Labels.Except([BoundLabel]);
            if (!buckets.TryGetValue(labels, out List<Bucket>? list))
            {
                buckets.Add(labels, list = []);
                order.Add(labels);
            }

            list.Add(new Bucket(bound, s.Value));
        }

        return [.. order.Select(l => new Sample(l, Of(q, buckets[l])))];
    }

    private static double Of(double q, List<Bucket> unsorted)
    {
        if (double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        List<Bucket> buckets = Merge([.. unsorted.OrderBy(static b => b.Bound)]);
        int last = buckets.Count - 1;
        if (!double.IsPositiveInfinity(buckets[last].Bound) || last < 1 || !(buckets[last].Count != 0))
        {
            return double.NaN;
        }

        double rank = q * buckets[last].Count;
        int at = FirstWith(buckets, last, rank);
        if (at == last)
        {
            return buckets[last - 1].Bound;
        }

        if (at == 0 && buckets[0].Bound <= 0)
        {
            return buckets[0].Bound;
        }

        double start = at > 0 ? buckets[at - 1].Bound : 0;
        double below = at > 0 ? buckets[at - 1].Count : 0;
        return start + ((buckets[at].Bound - start) * ((rank - below) / (buckets[at].Count - below)));
    }

    /// <summary>Index of the first bucket that holds a rank, found by halving, which tells with a count of NaN.
    /// </summary>
    private static int FirstWith(List<Bucket> buckets, int last, double rank)
    {
        int low = 0;
        int high = last;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = buckets[middle].Count >= rank ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>Adds up buckets of one bound and lets no count fall below the one before it.</summary>
    private static List<Bucket> Merge(List<Bucket> sorted)
    {
        var merged = new List<Bucket>();
        foreach (Bucket b in sorted)
        {
            if (merged.Count > 0 && merged[^1].Bound == b.Bound)
            {
                merged[^1] = new Bucket(b.Bound, merged[^1].Count + b.Count);
            }
            else
            {
                merged.Add(b);
            }
        }

        double most = double.NegativeInfinity;
        for (int i = 0; i < merged.Count; i++)
        {
            if (merged[i].Count > most)
            {
                most = merged[i].Count;
            }
            else if (merged[i].Count < most)
            {
                merged[i] = merged[i] with { Count = most };
            }
        }

        return merged;
    }

    private readonly record struct Bucket(double Bound, double Count);
}

using Sim.Telemetry;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>The counters of one proxy for one set of labels.</summary>
/// <remarks>Simplified: Envoy keeps a histogram in log-linear bins of two digits and estimates from them what its
/// buckets and its sum show; here both are exact, and a value on a bound belongs below it.</remarks>
internal sealed class MetricCell
{
    private readonly int _durationBuckets = IstioMetrics.DurationBuckets.Count;
    private readonly List<PageLine> _lines = [];
    private readonly long[] _durations;
    private readonly long[] _requestSizes;
    private readonly long[] _responseSizes;
    private readonly bool _isTcp;
    private long _count;
    private long _durationSum;
    private long _requestBytes;
    private long _responseBytes;

    /// <summary>Counters of nothing yet; their lines are added to the page.</summary>
    /// <param name="changes">What one request changes, with its labels.</param>
    /// <param name="isTcp">Connections of bytes instead of requests.</param>
    /// <param name="page">The proxy's page.</param>
    public MetricCell(IReadOnlyList<MetricChange> changes, bool isTcp, MetricsPage page)
    {
        _isTcp = isTcp;
        _durations = new long[_durationBuckets];
        _requestSizes = new long[_durationBuckets];
        _responseSizes = new long[_durationBuckets];
        foreach (MetricChange change in changes)
        {
            if (change.Type == MetricType.Counter)
            {
                _lines.Add(page.Add(change.Name, change.Labels));
                continue;
            }

            foreach (double bound in IstioMetrics.DurationBuckets)
            {
                _lines.Add(page.Add(change.Name + "_bucket", change.Labels.With("le", GoText.Shortest(bound))));
            }

            _lines.Add(page.Add(change.Name + "_sum", change.Labels));
            _lines.Add(page.Add(change.Name + "_count", change.Labels));
        }
    }

    /// <summary>Counts a request, or a connection of bytes.</summary>
    public void Add(long durationMs, long requestBytes, long responseBytes)
    {
        _count++;
        _durationSum += durationMs;
        _requestBytes += requestBytes;
        _responseBytes += responseBytes;
        if (!_isTcp)
        {
            _durations[BucketOf(durationMs)]++;
            _requestSizes[BucketOf(requestBytes)]++;
            _responseSizes[BucketOf(responseBytes)]++;
        }
    }

    /// <summary>Puts the counts on the page.</summary>
    public void Show()
    {
        int at = 0;
        _lines[at++].Value = _count;
        if (_isTcp)
        {
            _lines[at++].Value = _count;
            _lines[at++].Value = _requestBytes;
            _lines[at].Value = _responseBytes;
            return;
        }

        at = Show(_durations, _durationSum, at);
        at = Show(_requestSizes, _requestBytes, at);
        Show(_responseSizes, _responseBytes, at);
    }

    private static int BucketOf(long value)
    {
        IReadOnlyList<double> bounds = IstioMetrics.DurationBuckets;
        int i = 0;
        while (value > bounds[i])
        {
            i++;
        }

        return i;
    }

    private int Show(long[] buckets, long sum, int at)
    {
        long below = 0;
        foreach (long count in buckets)
        {
            below += count;
            _lines[at++].Value = below;
        }

        _lines[at++].Value = sum;
        _lines[at++].Value = _count;
        return at;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Sim.Core;
using Sim.Tests.Envoy;

namespace Sim.Tests.Runs.Timeline;

/// <summary>A named piece of a recorded run.</summary>
internal sealed record TimelineWindow(string Name, long FromNs, long ToNs);

/// <summary>Counts and latencies of simulated runs under the names of a recording's summary, and the comparison.
/// </summary>
internal sealed class TimelineMetrics
{
    private readonly Dictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (double Sum, int Seen)> _means = new(StringComparer.Ordinal);
    private readonly List<TimelineWindow> _windows;
    private int _runs;

    public TimelineMetrics(JsonElement recording)
    {
        _windows = [.. recording.GetProperty("windows").EnumerateArray().Select(static w => new TimelineWindow(
            w.GetProperty("name").GetString()!,
            w.GetProperty("from_ms").GetInt64() * SimDuration.Millisecond,
            w.GetProperty("to_ms").GetInt64() * SimDuration.Millisecond))];
    }

    public IReadOnlyList<TimelineWindow> Windows => _windows;

    /// <summary>Name of the window of a time; what comes later belongs to the last one.</summary>
    public string WindowOf(long ns)
    {
        foreach (TimelineWindow window in _windows)
        {
            if (ns < window.ToNs)
            {
                return window.Name;
            }
        }

        return _windows[^1].Name;
    }

    /// <summary>A run is complete.</summary>
    public void RunEnded() => _runs++;

    /// <summary>Adds to a count that is zero in runs without it.</summary>
    public void Count(string name, double number = 1) => _sums[name] = _sums.GetValueOrDefault(name) + number;

    /// <summary>Adds a value that a run may lack.</summary>
    public void Value(string name, double value)
    {
        (double sum, int seen) = _means.GetValueOrDefault(name);
        _means[name] = (sum + value, seen + 1);
    }

    /// <summary>Value at a share of the sorted list, an element of it as in the recordings.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];

    /// <summary>Simulated mean of a metric; null when no run has it.</summary>
    public double? MeanOf(string name) => Mean(name, static _ => 0);

    /// <summary>Metrics outside their tolerance, a line each; metrics that a filter leaves out are not looked at.
    /// </summary>
    /// <param name="summary">Recorded summary.</param>
    /// <param name="latencyShift">Added to simulated latencies before they are compared, by their size.</param>
    /// <param name="isCompared">Which recorded metrics count.</param>
    public string Differences(
        JsonElement summary, Func<double, double> latencyShift, Func<string, bool> isCompared)
    {
        var text = new StringBuilder();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty metric in summary.EnumerateObject())
        {
            known.Add(metric.Name);
            if (!isCompared(metric.Name))
            {
                continue;
            }

            double mean = metric.Value.GetProperty("mean").GetDouble();
            double tolerance = metric.Value.GetProperty("tolerance").GetDouble();

            // A value that not every repetition has is a mean over those that have it; for a count the others are 0.
            double present = metric.Value.Get("seen") is JsonElement seen && !IsTime(metric.Name)
                ? seen.GetInt32() / 5.0 : 1;
            double? simulated = Mean(metric.Name, latencyShift);
            if (simulated is null && metric.Value.Get("seen") is not null)
            {
                continue;
            }

            if (IsNear(metric.Name, mean * present, tolerance))
            {
                continue;
            }

            if (!(Math.Abs((simulated ?? 0) - (mean * present)) <= tolerance + 1e-9))
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{metric.Name}: recorded {mean * present:F1} +- {tolerance:F1}, "
                    + $"simulated {simulated ?? double.NaN:F1}\n");
            }
        }

        foreach ((string name, double sum) in _sums.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            if (!known.Contains(name) && name.Contains(".code.", StringComparison.Ordinal)
                && !(sum / _runs <= Unrecorded(name)))
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}: never recorded, simulated {sum / _runs:F1}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A median that sits on a jump between fast and slow answers says little: it is compared with the range
    /// from the 40th to the 60th percentile.</summary>
    private bool IsNear(string name, double recorded, double tolerance) =>
        name.EndsWith(".p50_ms", StringComparison.Ordinal)
        && Mean(name[..^6] + "p40_ms", static _ => 0) is double low
            && Mean(name[..^6] + "p60_ms", static _ => 0) is double high
        && recorded >= low - tolerance && recorded <= high + tolerance;

    /// <summary>What a count that was never recorded may come to: the recordings' own smallest tolerance.</summary>
    private double Unrecorded(string name) =>
        3 + (0.03 * _sums.Where(s => s.Key.StartsWith(
            name[..(name.IndexOf(".code.", StringComparison.Ordinal) + 6)], StringComparison.Ordinal))
            .Sum(static s => s.Value) / _runs);

    private static bool IsTime(string name) => name.EndsWith("_ms", StringComparison.Ordinal)
        || name.StartsWith("first_ejection_ms", StringComparison.Ordinal);

    private double? Mean(string name, Func<double, double> latencyShift)
    {
        if (_means.TryGetValue(name, out (double Sum, int Seen) value))
        {
            bool isLatency = name.EndsWith("_ms", StringComparison.Ordinal)
                && !name.StartsWith("first_ejection", StringComparison.Ordinal);
            double mean = value.Sum / value.Seen;
            return mean + (isLatency ? latencyShift(mean) : 0);
        }

        return IsTime(name) ? null : _sums.GetValueOrDefault(name) / _runs;
    }
}

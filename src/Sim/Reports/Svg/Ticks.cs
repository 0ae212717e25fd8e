using System.Globalization;
using Sim.Core;

namespace Sim.Reports.Svg;

/// <summary>A tick of an axis.</summary>
/// <param name="Value">Value, in the unit of the axis (nanoseconds on a time axis).</param>
/// <param name="Label">Text.</param>
/// <param name="IsMinor">Left out on narrow screens.</param>
internal readonly record struct Tick(double Value, string Label, bool IsMinor);

/// <summary>Round ticks for time and value axes.</summary>
internal static class Ticks
{
    private const int Intervals = 5;

    private static readonly long[] TimeSteps =
    [
        SimDuration.Millisecond, 2 * SimDuration.Millisecond, 5 * SimDuration.Millisecond, 10 * SimDuration.Millisecond,
        20 * SimDuration.Millisecond, 50 * SimDuration.Millisecond, 100 * SimDuration.Millisecond,
        200 * SimDuration.Millisecond, 500 * SimDuration.Millisecond, SimDuration.Second, 2 * SimDuration.Second,
        5 * SimDuration.Second, 10 * SimDuration.Second, 15 * SimDuration.Second, 30 * SimDuration.Second,
        SimDuration.Minute, 2 * SimDuration.Minute, 5 * SimDuration.Minute, 10 * SimDuration.Minute,
        15 * SimDuration.Minute, 30 * SimDuration.Minute, SimDuration.Hour, 2 * SimDuration.Hour, 3 * SimDuration.Hour,
        6 * SimDuration.Hour, 12 * SimDuration.Hour, SimDuration.Day, 2 * SimDuration.Day, 7 * SimDuration.Day,
        14 * SimDuration.Day, 30 * SimDuration.Day, 90 * SimDuration.Day, 365 * SimDuration.Day,
    ];

    /// <summary>Ticks of a time axis: at most 12, of which at most 5 stay on a narrow screen.</summary>
    public static List<Tick> Time(long fromNs, long toNs)
    {
        long step = TimeSteps[^1];
        foreach (long candidate in TimeSteps)
        {
            if ((toNs - fromNs) / candidate <= 12)
            {
                step = candidate;
                break;
            }
        }

        List<Tick> ticks = [];
        long first = (fromNs + step - 1) / step;
        long count = toNs / step - first + 1;
        long keep = Math.Max(1, (count + 4) / 5);
        for (long i = first; i * step <= toNs; i++)
        {
            ticks.Add(new Tick(i * step, TimeLabel(i * step), (i - first) % keep != 0));
        }

        return ticks;
    }

    /// <summary>Ticks of a value axis, from its smallest to its largest value.</summary>
    public static List<Tick> Values(ValueAxis axis) => axis.IsLogarithmic ? Logarithmic(axis) : Linear(axis);

    /// <summary>The smallest tick of a linear axis from 0 that is not below a value.</summary>
    public static double RoundUp(double value)
    {
        if (!(value > 0))
        {
            return 1;
        }

        double step = RoundStep(value / Intervals);
        return step * Math.Ceiling(value / step - 1e-9);
    }

    /// <summary>A value in as few characters as tell it apart from its neighbours on the axis.</summary>
    public static string Number(double value) => value switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 10_000 => (value / 1_000).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        >= 1 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.#########", CultureInfo.InvariantCulture),
    };

    private static List<Tick> Linear(ValueAxis axis)
    {
        double step = RoundStep((axis.Max - axis.Min) / Intervals);
        List<Tick> ticks = [];
        for (int i = 0; axis.Min + i * step <= axis.Max * (1 + 1e-9); i++)
        {
            double value = axis.Min + i * step;
            ticks.Add(new Tick(value, Number(value), false));
        }

        return ticks;
    }

    private static double RoundStep(double raw)
    {
        decimal power = Power(raw);
        foreach (decimal factor in (decimal[])[1, 2, 2.5m, 5])
        {
            if ((double)(factor * power) >= raw * (1 - 1e-12))
            {
                return (double)(factor * power);
            }
        }

        return (double)(10 * power);
    }

    private static List<Tick> Logarithmic(ValueAxis axis)
    {
        bool fine = axis.Max / axis.Min <= 300;
        List<Tick> ticks = [];
        for (decimal power = Power(axis.Min); (double)power <= axis.Max * (1 + 1e-9); power *= 10)
        {
            foreach (decimal factor in fine ? (decimal[])[1, 2, 5] : [1])
            {
                double value = (double)(factor * power);
                if (value >= axis.Min * (1 - 1e-9) && value <= axis.Max * (1 + 1e-9))
                {
                    ticks.Add(new Tick(value, Number(value), false));
                }
            }
        }

        return ticks;
    }

    private static decimal Power(double value)
    {
        decimal power = 1;
        while ((double)power > value && power > 0.000000001m)
        {
            power /= 10;
        }

        while ((double)(power * 10) <= value * (1 + 1e-12) && power < 1_000_000_000_000_000m)
        {
            power *= 10;
        }

        return power;
    }

    private static string TimeLabel(long ns) => ns == 0 ? "0" : SimDuration.Format(ns);
}

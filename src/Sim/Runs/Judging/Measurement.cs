using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>A measured value; NaN = there was nothing to measure.</summary>
internal readonly record struct Measurement(double Value, AssertionUnit Unit)
{
    public bool IsNothing => double.IsNaN(Value);

    public static Measurement Nothing(AssertionUnit unit) => new(double.NaN, unit);

    /// <summary>Text with unit. A share below 1 never rounds up to 100%.</summary>
    public override string ToString()
    {
        if (IsNothing)
        {
            return "no requests";
        }

        return Unit switch
        {
            AssertionUnit.Share => Percent(Value),
            AssertionUnit.Time => SimDuration.Format(RoundTime((long)Value)),
            _ => Value.ToString("0.###", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Whether the comparison holds; nothing never does.</summary>
    public bool Is(ComparisonOperator op, double limit) => !IsNothing && !double.IsNaN(limit) && op switch
    {
        ComparisonOperator.Less => Value < limit,
        ComparisonOperator.LessOrEqual => Value <= limit,
        ComparisonOperator.Greater => Value > limit,
        ComparisonOperator.GreaterOrEqual => Value >= limit,
        ComparisonOperator.Equal => Value == limit,
        _ => Value != limit,
    };

    /// <summary>How far from failing, positive = holds; nothing is farthest on the wrong side.</summary>
    public double Margin(ComparisonOperator op, double limit)
    {
        if (IsNothing || double.IsNaN(limit))
        {
            return double.NegativeInfinity;
        }

        return op switch
        {
            ComparisonOperator.Less or ComparisonOperator.LessOrEqual => limit - Value,
            ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual => Value - limit,
            ComparisonOperator.Equal => -Math.Abs(Value - limit),
            _ => Math.Abs(Value - limit),
        };
    }

    /// <summary>A share as a percentage with up to four decimals, cut off below 100 %.</summary>
    public static string Percent(double share)
    {
        decimal percent = (decimal)Math.Clamp(share, -1e6, 1e6) * 100;
        if (percent is < 100 and > 0)
        {
            percent = Math.Truncate(percent * 10_000) / 10_000;
            if (percent == 0)
            {
                return "<0.0001%";
            }
        }

        return percent.ToString("0.####", CultureInfo.InvariantCulture) + "%";
    }

    private static long RoundTime(long ns)
    {
        long unit = ns >= SimDuration.Second ? SimDuration.Millisecond : SimDuration.Microsecond;
        return ns < unit ? ns : (ns + unit / 2) / unit * unit;
    }
}

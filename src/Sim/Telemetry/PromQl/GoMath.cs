using Sim.Core;

namespace Sim.Telemetry.PromQl;

/// <summary>Go's arithmetic where .NET's differs in special cases, and without functions that differ in their last
/// bit between platforms.</summary>
internal static class GoMath
{
    /// <summary>Go: math.Max. An infinity wins over NaN.</summary>
    public static double Max(double x, double y) =>
        double.IsPositiveInfinity(x) || double.IsPositiveInfinity(y) ? double.PositiveInfinity : Math.Max(x, y);

    /// <summary>Go: math.Min. An infinity wins over NaN.</summary>
    public static double Min(double x, double y) =>
        double.IsNegativeInfinity(x) || double.IsNegativeInfinity(y) ? double.NegativeInfinity : Math.Min(x, y);

    /// <summary>Natural logarithm; NaN below 0.</summary>
    public static double Log(double x) => PortableMath.Log(x);

    /// <summary>e to the power of x.</summary>
    public static double Exp(double x) => PortableMath.Exp(x);

    /// <summary>Go: math.Pow with all its special cases.</summary>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        bool isOdd = Math.Abs(y) < 9007199254740992 && Math.Truncate(y) == y && (long)y % 2 != 0;
        double size = Math.Abs(x);
        if (double.IsInfinity(y))
        {
            return size == 1 ? 1 : (size > 1) == (y > 0) ? double.PositiveInfinity : 0;
        }

        if (x < 0 && Math.Truncate(y) != y && !double.IsInfinity(x))
        {
            return double.NaN;
        }

        bool isNegative = isOdd && double.IsNegative(x);
        double result = size == 0 ? (y > 0 ? 0 : double.PositiveInfinity)
            : double.IsInfinity(size) ? (y > 0 ? double.PositiveInfinity : 0)
            : Math.Truncate(y) == y && Math.Abs(y) <= 1024 ? IntegerPower(size, (int)y)
            : y == 0.5 ? Math.Sqrt(size) : PortableMath.Pow(size, y);
        return isNegative ? -result : result;
    }

    /// <summary>Adds with Neumaier's compensation: as exact as if the sum were kept in twice the digits.</summary>
    /// <param name="value">What to add.</param>
    /// <param name="sum">The sum so far.</param>
    /// <param name="compensation">What rounding took from it so far.</param>
    /// <param name="forgetsAtInfinity">An infinite sum has no compensation; else that turns it into NaN.</param>
    public static void Add(double value, ref double sum, ref double compensation, bool forgetsAtInfinity)
    {
        double total = sum + value;
        if (forgetsAtInfinity && double.IsInfinity(total))
        {
            compensation = 0;
        }
        else if (Math.Abs(sum) >= Math.Abs(value))
        {
            compensation += sum - total + value;
        }
        else
        {
            compensation += value - total + sum;
        }

        sum = total;
    }

    private static double IntegerPower(double x, int y)
    {
        double result = 1;
        double factor = x;
        for (int n = Math.Abs(y); n > 0; n >>= 1)
        {
            result = (n & 1) != 0 ? result * factor : result;
            factor *= factor;
        }

        return y >= 0 ? result : 1 / result;
    }
}

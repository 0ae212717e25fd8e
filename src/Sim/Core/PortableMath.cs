namespace Sim.Core;

/// <summary>Elementary functions with the same bits on every platform: only IEEE addition, multiplication and division.
/// </summary>
/// <remarks>
/// Argument reduction and minimax polynomials after Sun's fdlibm (e_exp.c, e_log.c): error below 1 ulp. The framework's
/// own functions call the C library of the platform, whose last bit differs.
/// </remarks>
public static class PortableMath
{
    private const double Ln2Hi = 6.93147180369123816490e-01;
    private const double Ln2Lo = 1.90821492927058770002e-10;
    private const double InvLn2 = 1.44269504088896338700e+00;

    /// <summary>e to the power of x.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        if (x > 709.782712893383973096)
        {
            return double.PositiveInfinity;
        }

        if (x < -745.13321910194110842)
        {
            return 0;
        }

        int k = (int)((InvLn2 * x) + (x < 0 ? -0.5 : 0.5));
        double hi = x - (k * Ln2Hi);
        double lo = k * Ln2Lo;
        double r = hi - lo;
        double t = r * r;
        double c = r - (t * (1.66666666666666019037e-01 + (t * (-2.77777777770155933842e-03
            + (t * (6.61375632143793436117e-05 + (t * (-1.65339022054652515390e-06
            + (t * 4.13813679705723846039e-08)))))))));
        double y = 1 - (lo - (r * c / (2 - c)) - hi);
        return ScaleB(y, k);
    }

    /// <summary>Natural logarithm. Negative arguments give NaN, 0 gives negative infinity.</summary>
    public static double Log(double x)
    {
        if (!(x > 0))
        {
            return x == 0 ? double.NegativeInfinity : double.NaN;
        }

        if (double.IsPositiveInfinity(x))
        {
            return x;
        }

        int k = 0;
        if (x < 2.2250738585072014e-308)
        {
            k -= 54;
            x *= 18014398509481984.0;
        }

        long bits = BitConverter.DoubleToInt64Bits(x);
        k += (int)(bits >> 52) - 1023;
        long mantissa = bits & 0xFFFFFFFFFFFFF;
        if (mantissa >= 0x6A09E667F3BCD)
        {
            k++;
            x = BitConverter.Int64BitsToDouble(mantissa | (1022L << 52));
        }
        else
        {
            x = BitConverter.Int64BitsToDouble(mantissa | (1023L << 52));
        }

        double f = x - 1;
        double s = f / (2 + f);
        double z = s * s;
        double w = z * z;
        double t1 = w * (3.999999999940941908e-01 + (w * (2.222219843214978396e-01 + (w * 1.531383769920937332e-01))));
        double t2 = z * (6.666666666666735130e-01 + (w * (2.857142874366239149e-01
            + (w * (1.818357216161805012e-01 + (w * 1.479819860511658591e-01))))));
        double r = t1 + t2;
        double half = 0.5 * f * f;
        return (k * Ln2Hi) - (half - ((s * (half + r)) + (k * Ln2Lo)) - f);
    }

    /// <summary>x to the power of y, for x of at least 0. Error grows with |y log x|.</summary>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (x == 0)
        {
            return y > 0 ? 0 : double.PositiveInfinity;
        }

        return y == 1 ? x : Exp(y * Log(x));
    }

    private static double ScaleB(double y, int k)
    {
        if (k < -1021)
        {
            return y * BitConverter.Int64BitsToDouble((long)(k + 1023 + 54) << 52) * 5.5511151231257827e-17;
        }

        return k > 1023
            ? y * 2 * BitConverter.Int64BitsToDouble((long)(k - 1 + 1023) << 52)
            : y * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
    }
}

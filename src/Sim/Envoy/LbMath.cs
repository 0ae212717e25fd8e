using Sim.Core;

namespace Sim.Envoy;

/// <summary>Powers of weights.</summary>
/// <remarks>
/// Envoy uses the C library's pow, which is exact where the result is representable. Schedules break ties by equal
/// deadlines, so the usual exponents must be exact here, too; for others the last bit may differ.
/// </remarks>
internal static class LbMath
{
    private const int ExactExponentMax = 16;

    /// <summary>x to the power y, for x above 0 and y of at least 0.</summary>
    public static double Pow(double x, double y)
    {
        if (y == 0.5)
        {
            return Math.Sqrt(x);
        }

        if (y > ExactExponentMax || y != Math.Floor(y))
        {
            return PortableMath.Pow(x, y);
        }

        double product = 1;
        for (int i = 0; i < (int)y; i++)
        {
            product *= x;
        }

        return product;
    }
}

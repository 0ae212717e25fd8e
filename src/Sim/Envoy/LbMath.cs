namespace Sim.Envoy;

/// <summary>Powers of weights.</summary>
internal static class LbMath
{
    /// <summary>x to the power y, for x above 0.</summary>
    public static double Pow(double x, double y)
    {
#pragma warning disable RS0030
        return Math.Pow(x, y);
#pragma warning restore RS0030
    }
}

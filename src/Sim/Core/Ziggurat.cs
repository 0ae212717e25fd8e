namespace Sim.Core;

/// <summary>Standard exponential and standard normal numbers by the ziggurat method with 256 layers.</summary>
/// <remarks>Marsaglia and Tsang, "The Ziggurat Method for Generating Random Variables", J. Statistical Software 5
/// (2000). Layer and position use different bits of one 64-bit draw (Doornik, "An Improved Ziggurat Method", 2005).
/// </remarks>
public static class Ziggurat
{
    private const int Layers = 256;
    private const double ExponentialR = 7.69711747013104972;
    private const double ExponentialV = 0.0039496598225815571993;
    private const double NormalR = 3.6541528853610088;
    private const double NormalV = 0.00492867323399140;
    private const double Unit = 1.0 / (1UL << 53);
    private static readonly double[] ExponentialX = new double[Layers + 1];
    private static readonly double[] ExponentialF = new double[Layers + 1];
    private static readonly double[] NormalX = new double[Layers + 1];
    private static readonly double[] NormalF = new double[Layers + 1];

    static Ziggurat()
    {
        ExponentialX[0] = ExponentialV / PortableMath.Exp(-ExponentialR);
        NormalX[0] = NormalV / PortableMath.Exp(-0.5 * NormalR * NormalR);
        ExponentialX[1] = ExponentialR;
        NormalX[1] = NormalR;
        for (int i = 2; i < Layers; i++)
        {
            double e = ExponentialX[i - 1];
            ExponentialX[i] = -PortableMath.Log((ExponentialV / e) + PortableMath.Exp(-e));
            double n = NormalX[i - 1];
            NormalX[i] = Math.Sqrt(-2 * PortableMath.Log((NormalV / n) + PortableMath.Exp(-0.5 * n * n)));
        }

        for (int i = 0; i <= Layers; i++)
        {
            ExponentialF[i] = PortableMath.Exp(-ExponentialX[i]);
            NormalF[i] = PortableMath.Exp(-0.5 * NormalX[i] * NormalX[i]);
        }
    }

    /// <summary>An exponential number with mean 1.</summary>
    public static double Exponential(RngStream stream)
    {
        while (true)
        {
            ulong bits = stream.NextUInt64();
            int layer = (int)(bits & 255);
            double x = (bits >> 11) * Unit * ExponentialX[layer];
            if (x < ExponentialX[layer + 1])
            {
                return x;
            }

            if (layer == 0)
            {
                return ExponentialR - PortableMath.Log(1 - stream.NextDouble());
            }

            double y = ExponentialF[layer] + (stream.NextDouble() * (ExponentialF[layer + 1] - ExponentialF[layer]));
            if (y < PortableMath.Exp(-x))
            {
                return x;
            }
        }
    }

    /// <summary>A normal number with mean 0 and variance 1.</summary>
    public static double Normal(RngStream stream)
    {
        while (true)
        {
            ulong bits = stream.NextUInt64();
            int layer = (int)(bits & 255);
            double x = (bits >> 11) * Unit * NormalX[layer];
            bool isNegative = (bits & 256) != 0;
            if (x < NormalX[layer + 1])
            {
                return isNegative ? -x : x;
            }

            if (layer == 0)
            {
                x = Tail(stream);
                return isNegative ? -x : x;
            }

            double y = NormalF[layer] + (stream.NextDouble() * (NormalF[layer + 1] - NormalF[layer]));
            if (y < PortableMath.Exp(-0.5 * x * x))
            {
                return isNegative ? -x : x;
            }
        }
    }

    private static double Tail(RngStream stream)
    {
        while (true)
        {
            double x = -PortableMath.Log(1 - stream.NextDouble()) / NormalR;
            double y = -PortableMath.Log(1 - stream.NextDouble());
            if (y + y > x * x)
            {
                return NormalR + x;
            }
        }
    }
}

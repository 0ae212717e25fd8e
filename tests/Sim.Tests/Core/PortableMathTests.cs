using Sim.Core;

namespace Sim.Tests.Core;

/// <summary>Against the C library's functions. Both claim less than 1 ulp, so they differ by at most 2.</summary>
internal sealed class PortableMathTests
{
    private const int N = 1_000_000;

    private static long Ulps(double a, double b) =>
        Math.Abs(BitConverter.DoubleToInt64Bits(a) - BitConverter.DoubleToInt64Bits(b));

    [TestCase(-745.0, 709.0)]
    [TestCase(-40.0, 40.0)]
    [TestCase(-1e-3, 1e-3)]
    public void Exp_is_within_two_ulps(double low, double high)
    {
        RngStream stream = new(1);
        long worst = 0;
        for (int i = 0; i < N; i++)
        {
            double x = low + ((high - low) * stream.NextDouble());
            worst = Math.Max(worst, Ulps(PortableMath.Exp(x), Math.Exp(x)));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Log_any_positive_number_is_within_two_ulps()
    {
        RngStream stream = new(2);
        long worst = 0;
        for (int i = 0; i < N; i++)
        {
            double x = BitConverter.Int64BitsToDouble((long)(stream.NextUInt64() >> 1));
            double near = 0.5 + (1.5 * stream.NextDouble());
            if (double.IsFinite(x))
            {
                worst = Math.Max(worst, Ulps(PortableMath.Log(x), Math.Log(x)));
            }

            worst = Math.Max(worst, Ulps(PortableMath.Log(near), Math.Log(near)));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(2));
    }

    /// <summary>The product y log x carries an error of |y log x| half ulps into the exponent.</summary>
    [Test]
    public void Pow_is_within_its_stated_growth()
    {
        RngStream stream = new(3);
        double worst = 0;
        for (int i = 0; i < N; i++)
        {
            double x = 1000 * stream.NextDouble();
            double y = 20 * (stream.NextDouble() - 0.5);
            double error = Ulps(PortableMath.Pow(x, y), Math.Pow(x, y)) / (4 + (4 * Math.Abs(y * Math.Log(x))));
            worst = Math.Max(worst, error);
        }

        Assert.That(worst, Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void Exp_special_values()
    {
        Assert.That(PortableMath.Exp(0), Is.EqualTo(1));
        Assert.That(PortableMath.Exp(-0.0), Is.EqualTo(1));
        Assert.That(PortableMath.Exp(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(PortableMath.Exp(double.NegativeInfinity), Is.Zero);
        Assert.That(PortableMath.Exp(double.NaN), Is.NaN);
        Assert.That(PortableMath.Exp(709.78), Is.EqualTo(Math.Exp(709.78)).Within(2).Ulps);
        Assert.That(PortableMath.Exp(-745.1), Is.EqualTo(double.Epsilon));
        Assert.That(PortableMath.Exp(-709.5), Is.EqualTo(Math.Exp(-709.5)).Within(2).Ulps);
    }

    [Test]
    public void Log_special_values()
    {
        Assert.That(PortableMath.Log(1), Is.Zero);
        Assert.That(PortableMath.Log(0), Is.EqualTo(double.NegativeInfinity));
        Assert.That(PortableMath.Log(-1), Is.NaN);
        Assert.That(PortableMath.Log(double.NaN), Is.NaN);
        Assert.That(PortableMath.Log(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(PortableMath.Log(double.Epsilon), Is.EqualTo(Math.Log(double.Epsilon)).Within(2).Ulps);
    }

    [TestCase(2.0, 0.0, 1.0)]
    [TestCase(0.0, 2.0, 0.0)]
    [TestCase(0.0, -2.0, double.PositiveInfinity)]
    [TestCase(7.5, 1.0, 7.5)]
    [TestCase(1.0, 1e300, 1.0)]
    public void Pow_special_values(double x, double y, double expected) =>
        Assert.That(PortableMath.Pow(x, y), Is.EqualTo(expected));

    /// <summary>The bits themselves, so that another platform, compiler or contraction of multiply and add is noticed.
    /// </summary>
    [Test]
    public void Bits_are_the_same_on_every_platform()
    {
        RngStream stream = new(4);
        Fingerprint bits = default;
        for (int i = 0; i < 10_000; i++)
        {
            double u = stream.NextDouble();
            bits.Add(BitConverter.DoubleToInt64Bits(PortableMath.Exp((u * 100) - 50)));
            bits.Add(BitConverter.DoubleToInt64Bits(PortableMath.Log(u * 1e6)));
            bits.Add(BitConverter.DoubleToInt64Bits(Ziggurat.Normal(stream)));
            bits.Add(BitConverter.DoubleToInt64Bits(Ziggurat.Exponential(stream)));
        }

        Assert.That(bits.ToString(), Is.EqualTo("73a71cf7fc4611fb"));
    }
}

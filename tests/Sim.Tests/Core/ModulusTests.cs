using Sim.Core;

namespace Sim.Tests.Core;

[TestFixture]
internal sealed class ModulusTests
{
    private static readonly ulong[] Edges = [0, 1, 2, 3, 99, 1UL << 32, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue];

    [Test]
    public void Of_AnyNumberAndDivisor_IsTheRemainder()
    {
        var stream = new RngStream(11);
        for (uint divisor = 1; divisor <= 3_000; divisor++)
        {
            Check(divisor, stream);
        }

        foreach (uint divisor in new[] { 65_535U, 65_536U, 1U << 31, uint.MaxValue - 1, uint.MaxValue })
        {
            Check(divisor, stream);
        }
    }

    [Test]
    public void Constructor_Zero_Throws() =>
        Assert.That(static () => new Modulus(0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static void Check(uint divisor, RngStream stream)
    {
        var modulus = new Modulus(divisor);
        foreach (ulong edge in Edges)
        {
            Same(modulus, edge, divisor);
            Same(modulus, (ulong.MaxValue / divisor * divisor) + (edge % divisor) - 1, divisor);
        }

        for (int i = 0; i < 100; i++)
        {
            Same(modulus, stream.NextUInt64(), divisor);
        }
    }

    private static void Same(Modulus modulus, ulong value, uint divisor)
    {
        if (modulus.Of(value) != value % divisor)
        {
            Assert.Fail(FormattableString.Invariant($"{value} mod {divisor} is not {modulus.Of(value)}"));
        }
    }
}

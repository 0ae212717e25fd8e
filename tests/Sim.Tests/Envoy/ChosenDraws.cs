using System.Numerics;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Random streams whose first numbers a test chooses.</summary>
internal static class ChosenDraws
{
    private const ulong InverseOf5 = 0xCCCCCCCCCCCCCCCDUL;
    private const ulong InverseOf9 = 0x8E38E38E38E38E39UL;

    /// <summary>A stream that yields up to four given numbers first; what follows is arbitrary.</summary>
    /// <remarks>
    /// xoshiro256** scrambles one word of its state by an invertible function, and its state has as many words as
    /// numbers are chosen, so the state follows from the numbers by solving the linear step for each word.
    /// </remarks>
    public static RngStream First(params ulong[] numbers)
    {
        ulong a = Unscramble(numbers.Length > 0 ? numbers[0] : 1);
        ulong b = Unscramble(numbers.Length > 1 ? numbers[1] : 2);
        ulong c = Unscramble(numbers.Length > 2 ? numbers[2] : 3);
        ulong d = Unscramble(numbers.Length > 3 ? numbers[3] : 4);

        // Word 1 after each step: s1' = s1 ^ s2 ^ s0, with s2' = s2 ^ s0 ^ (s1 << 17), s0' = s0 ^ s3 ^ s1 and
        // s3' = rotl(s3 ^ s1, 45).
        ulong s2Next = a ^ b ^ (a << 17);
        ulong s0Next = c ^ b ^ s2Next;
        ulong s2After = s2Next ^ s0Next ^ (b << 17);
        ulong s0After = d ^ c ^ s2After;
        ulong s3Next = s0After ^ s0Next ^ b;
        ulong s3 = BitOperations.RotateRight(s3Next, 45) ^ a;
        ulong s0 = s0Next ^ s3 ^ a;
        ulong s2 = a ^ b ^ s0;
        return new RngStream(s0, a, s2, s3);
    }

    private static ulong Unscramble(ulong output) => BitOperations.RotateRight(output * InverseOf9, 7) * InverseOf5;
}

/// <summary>Draws from a list; counts how many were taken.</summary>
internal struct ScriptedDraws(ulong[] numbers) : IDrawSource
{
    /// <summary>Numbers taken so far.</summary>
    public int Used { get; private set; }

    /// <inheritdoc/>
    public ulong Next() => numbers[Used++];
}

/// <summary>Tests of <see cref="ChosenDraws"/> itself.</summary>
internal sealed class ChosenDrawsTests
{
    [Test]
    public void First_FourNumbers_AreTheFirstOfTheStream()
    {
        ulong[] numbers = [0, 1, ulong.MaxValue, 429496729];
        RngStream stream = ChosenDraws.First(numbers);
        Assert.That(numbers.Select(_ => stream.NextUInt64()), Is.EqualTo(numbers));
    }
}

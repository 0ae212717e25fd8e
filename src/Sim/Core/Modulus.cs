using System.Runtime.CompilerServices;

namespace Sim.Core;

/// <summary>Remainders of 64-bit numbers by one divisor, without division.</summary>
/// <remarks>With m = floor(2^64 / n) the high word of x m is the quotient or one less, for every x, because
/// x (2^64 mod n) / (n 2^64) is below 1; one correction makes the remainder exact.</remarks>
public readonly struct Modulus
{
    private readonly ulong _divisor;
    private readonly ulong _reciprocal;

    /// <summary>Remainders by a divisor.</summary>
    /// <param name="divisor">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is 0.</exception>
    public Modulus(uint divisor)
    {
        ArgumentOutOfRangeException.ThrowIfZero(divisor);
        _divisor = divisor;

        // By 1 the reciprocal is 2^64 - 1: the quotient is x - 1 and the correction takes off 1.
        _reciprocal = divisor == 1 ? ulong.MaxValue : (ulong)((UInt128.One << 64) / divisor);
    }

    /// <summary><paramref name="value"/> mod the divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Of(ulong value)
    {
        ulong rest = value - (Math.BigMul(value, _reciprocal, out _) * _divisor);
        // A quarter of all values is one divisor too large: no branch predicts which.
        ulong over = rest - _divisor;
        return (uint)(over + (_divisor & (ulong)((long)over >> 63)));
    }
}

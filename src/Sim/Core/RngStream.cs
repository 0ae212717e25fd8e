using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sim.Core;

/// <summary>One named stream of random numbers: xoshiro256**.</summary>
/// <remarks>
/// Streams are keyed by (seed, replication, component, purpose), so adding a component shifts nobody else's draws and
/// variants of one scenario share common random numbers. Blackman and Vigna, "Scrambled linear pseudorandom number
/// generators", ACM TOMS 47 (2021), algorithm xoshiro256**; the state is filled by SplitMix64 from the key's hash.
/// A stream belongs to one component and one thread.
/// </remarks>
public sealed class RngStream
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A stream whose state is expanded from one 64-bit key.</summary>
    public RngStream(ulong key)
    {
        _s0 = SplitMix64(ref key);
        _s1 = SplitMix64(ref key);
        _s2 = SplitMix64(ref key);
        _s3 = SplitMix64(ref key);
    }

    /// <summary>A stream with a given state, so that a test can choose its first numbers. Not all words may be
    /// 0.</summary>
    internal RngStream(ulong s0, ulong s1, ulong s2, ulong s3)
    {
        _s0 = s0;
        _s1 = s1;
        _s2 = s2;
        _s3 = s3;
    }

    /// <summary>The stream of a component's purpose in one replication of a seeded run.</summary>
    /// <param name="seed">The scenario's seed.</param>
    /// <param name="replication">Index of the replication, from 0.</param>
    /// <param name="component">Stable path of the component, such as <c>us-east/default/account-service-0</c>.</param>
    /// <param name="purpose">What the numbers decide, such as <c>lb</c> or <c>service-time</c>.</param>
    public static RngStream Create(ulong seed, int replication, string component, string purpose)
    {
        ulong key = StableHash.Combine(seed, (ulong)(uint)replication);
        key = StableHash.Combine(key, StableHash.Of(component));
        key = StableHash.Combine(key, StableHash.Of(purpose));
        return new RngStream(key);
    }

    /// <summary>What <see cref="NextUInt64"/> will return; the stream stays where it is.</summary>
    internal ulong Peek() => BitOperations.RotateLeft(_s1 * 5, 7) * 9;

    /// <summary>What <see cref="NextUInt64"/> will return the next times; the stream stays where it is.</summary>
    internal void Peek(Span<ulong> next)
    {
        (ulong s0, ulong s1, ulong s2, ulong s3) = (_s0, _s1, _s2, _s3);
        for (int i = 0; i < next.Length; i++)
        {
            next[i] = BitOperations.RotateLeft(s1 * 5, 7) * 9;
            Step(ref s0, ref s1, ref s2, ref s3);
        }
    }

    /// <summary>The next 64 uniform bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Leaves out one draw and takes two: what three calls of <see cref="NextUInt64"/> would give, at less
    /// than their cost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SkipAndDraw(out ulong first, out ulong second)
    {
        (ulong s0, ulong s1, ulong s2, ulong s3) = (_s0, _s1, _s2, _s3);
        Step(ref s0, ref s1, ref s2, ref s3);
        first = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        Step(ref s0, ref s1, ref s2, ref s3);
        second = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        Step(ref s0, ref s1, ref s2, ref s3);
        (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref ulong s0, ref ulong s1, ref ulong s2, ref ulong s3)
    {
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
    }

    /// <summary>A double in [0, 1) with 53 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An unbiased integer in [0, bound). Lemire's multiply-shift with rejection.</summary>
    /// <param name="bound">At least 1.</param>
    public uint NextBelow(uint bound)
    {
        ulong m = (NextUInt64() >> 32) * bound;
        if ((uint)m < bound)
        {
            uint threshold = unchecked(0u - bound) % bound;
            while ((uint)m < threshold)
            {
                m = (NextUInt64() >> 32) * bound;
            }
        }

        return (uint)(m >> 32);
    }

    private static ulong SplitMix64(ref ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        ulong z = x;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}

using System.Text;

namespace Sim.Core;

/// <summary>Hashes that are the same in every process, on every platform and in every release of the runtime.</summary>
public static class StableHash
{
    private const ulong Offset = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    /// <summary>64-bit FNV-1a of the text's UTF-8 bytes, finished by a SplitMix64 mix.</summary>
    public static ulong Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>64-bit FNV-1a of bytes, finished by a SplitMix64 mix.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong h = Offset;
        foreach (byte b in bytes)
        {
            h = (h ^ b) * Prime;
        }

        return Mix(h);
    }

    /// <summary>Order-sensitive combination of two hashes.</summary>
    public static ulong Combine(ulong a, ulong b) => Mix(a * 0x9E3779B97F4A7C15UL ^ Mix(b + 0x632BE59BD9B4E019UL));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}

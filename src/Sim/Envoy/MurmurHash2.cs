using System.Buffers.Binary;
using System.Text;

namespace Sim.Envoy;

/// <summary>MurmurHash2, 64 bits, as the GNU C++ library's std::hash computes it.</summary>
/// <remarks>Envoy: source/common/common/hash.h#MurmurHash::murmurHash2. Appleby's public-domain algorithm.</remarks>
public static class MurmurHash2
{
    /// <summary>The seed std::hash uses.</summary>
    public const ulong StdHashSeed = 0xc70f6907UL;

    private const ulong Multiplier = 0xc6a4a7935bd1e995UL;

    /// <summary>Hash of a text's UTF-8 bytes.</summary>
    public static ulong Of(string text, ulong seed = StdHashSeed) => Of(Encoding.UTF8.GetBytes(text), seed);

    /// <summary>Hash of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data, ulong seed = StdHashSeed)
    {
        ulong hash = seed ^ ((ulong)data.Length * Multiplier);
        for (; data.Length >= 8; data = data[8..])
        {
            ulong lane = ShiftMix(BinaryPrimitives.ReadUInt64LittleEndian(data) * Multiplier) * Multiplier;
            hash = (hash ^ lane) * Multiplier;
        }

        if (data.Length > 0)
        {
            ulong lane = 0;
            for (int i = data.Length - 1; i >= 0; i--)
            {
                lane = (lane << 8) | data[i];
            }

            hash = (hash ^ lane) * Multiplier;
        }

        return ShiftMix(ShiftMix(hash) * Multiplier);
    }

    private static ulong ShiftMix(ulong value) => value ^ (value >> 47);
}

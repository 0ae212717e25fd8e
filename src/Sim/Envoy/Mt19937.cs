namespace Sim.Envoy;

/// <summary>The 32-bit Mersenne twister, for sequences that must equal those of std::mt19937.</summary>
/// <remarks>
/// Matsumoto and Nishimura, "Mersenne twister", ACM TOMACS 8 (1998). Not a source of chance here: it is seeded by a
/// request's hash and gives the same order for the same hash.
/// </remarks>
internal sealed class Mt19937
{
    private const int Length = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Length];
    private int _index;

    /// <summary>Starts the sequence of a seed.</summary>
    public void Seed(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Length; i++)
        {
            uint previous = _state[i - 1];
            _state[i] = (1812433253u * (previous ^ (previous >> 30))) + i;
        }

        _index = Length;
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (_index == Length)
        {
            Twist();
        }

        uint y = _state[_index++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (int i = 0; i < Length; i++)
        {
            uint y = (_state[i] & 0x80000000u) | (_state[(i + 1) % Length] & 0x7fffffffu);
            _state[i] = _state[(i + Middle) % Length] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0dfu);
        }

        _index = 0;
    }
}

using System.Globalization;

namespace Sim.Core;

/// <summary>An order-sensitive 64-bit hash of everything added: equal histories have equal fingerprints.</summary>
public struct Fingerprint : IEquatable<Fingerprint>
{
    private ulong _state;

    /// <summary>The hash so far.</summary>
    public readonly ulong Value => _state;

    /// <summary>True when both are equal.</summary>
    public static bool operator ==(Fingerprint a, Fingerprint b) => a._state == b._state;

    /// <summary>True when they differ.</summary>
    public static bool operator !=(Fingerprint a, Fingerprint b) => a._state != b._state;

    /// <summary>Adds a number.</summary>
    public void Add(long value)
    {
        ulong z = _state ^ ((ulong)value + 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93UL;
        _state = z ^ (z >> 29);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string text) => Add((long)StableHash.Of(text));

    /// <summary>16 hexadecimal digits.</summary>
    public override readonly string ToString() => _state.ToString("x16", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public readonly bool Equals(Fingerprint other) => _state == other._state;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Fingerprint f && Equals(f);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => (int)_state;
}

using System.Globalization;

namespace Sim.Runs.Scenario;

/// <summary>A range of IPv4 addresses.</summary>
/// <param name="Base">First address, most significant byte first.</param>
/// <param name="PrefixLength">From 0 to 32.</param>
public readonly record struct Ipv4Range(uint Base, int PrefixLength)
{
    /// <summary>Number of addresses.</summary>
    public long Count => 1L << (32 - PrefixLength);

    /// <summary>Reads <c>10.244.0.0/16</c>.</summary>
    public static bool TryParse(string text, out Ipv4Range range)
    {
        range = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !TryAddress(text[..slash], out uint address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int prefix)
            || prefix > 32)
        {
            return false;
        }

        uint mask = prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
        range = new Ipv4Range(address & mask, prefix);
        return true;
    }

    /// <summary>The address at an index.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> less 1.</param>
    public string At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        uint a = Base + (uint)index;
        return string.Create(CultureInfo.InvariantCulture, $"{a >> 24}.{(a >> 16) & 255}.{(a >> 8) & 255}.{a & 255}");
    }

    private static bool TryAddress(string text, out uint address)
    {
        address = 0;
        string[] parts = text.Split('.');
        if (parts.Length != 4)
        {
            return false;
        }

        foreach (string part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte b))
            {
                return false;
            }

            address = (address << 8) | b;
        }

        return true;
    }
}

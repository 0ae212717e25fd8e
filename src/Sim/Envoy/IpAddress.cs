using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sim.Envoy;

/// <summary>An IP address as a number, or none (a pipe, an internal listener, not known).</summary>
/// <param name="Bits">The address; IPv4 in the lowest 32 bits.</param>
/// <param name="Family">4, 6, or 0 for none.</param>
public readonly record struct IpAddress(UInt128 Bits, byte Family)
{
    /// <summary>No address: no IP condition matches it.</summary>
    public static IpAddress None => default;

    /// <summary>Reads an address; <see cref="None"/> when the text is none. A port after IPv4 is not
    /// accepted.</summary>
    public static IpAddress Parse(string? text)
    {
        if (text is null || !IPAddress.TryParse(text, out IPAddress? address))
        {
            return None;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? new IpAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes), 4)
            : new IpAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes[..written]), 6);
    }
}

/// <summary>A range of addresses.</summary>
/// <remarks>Envoy: source/common/network/cidr_range.cc#CidrRange::isInRange: families never mix.</remarks>
/// <param name="Start">First address, host bits cleared.</param>
/// <param name="Mask">Bits that count.</param>
public readonly record struct CidrRange(IpAddress Start, UInt128 Mask)
{
    /// <summary>Reads <c>10.0.0.0/8</c>, <c>fd00::/8</c> or a single address; null when the text is neither.</summary>
    public static CidrRange? Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        IpAddress address = IpAddress.Parse(slash < 0 ? text : text[..slash]);
        int width = address.Family == 4 ? 32 : 128;
        int length = width;
        if (address.Family == 0 || (slash >= 0 && !int.TryParse(
                text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length)))
        {
            return null;
        }

        length = Math.Min(length, width);
        UInt128 all = width == 32 ? uint.MaxValue : UInt128.MaxValue;
        UInt128 mask = length == 0 ? 0 : all << (width - length) & all;
        return new CidrRange(address with { Bits = address.Bits & mask }, mask);
    }

    /// <summary>Whether an address lies in the range.</summary>
    public bool Contains(IpAddress address) =>
        address.Family == Start.Family && address.Family != 0 && (address.Bits & Mask) == Start.Bits;
}

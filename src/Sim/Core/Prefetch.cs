using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Sim.Core;

/// <summary>Asks the processor to fetch memory that will be read soon. Changes no value and never fails.</summary>
/// <remarks>A processor without the instruction does nothing.</remarks>
internal static unsafe class Prefetch
{
    private const int Line = 64;

    /// <summary>The line of a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Place<T>(ref readonly T place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
        }
    }

    /// <summary>The lines of a place and of the bytes behind it.</summary>
    /// <param name="place">First byte.</param>
    /// <param name="bytes">Number of bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Range<T>(ref readonly T place, int bytes)
    {
        if (Sse.IsSupported)
        {
            byte* at = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in place));
            for (int i = 0; i < bytes; i += Line)
            {
                Sse.Prefetch0(at + i);
            }

            Sse.Prefetch0(at + bytes - 1);
        }
    }

    /// <summary>The lines of an object's fields.</summary>
    /// <param name="item">The object; null is passed over.</param>
    /// <param name="bytes">Bytes of its fields.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fields(object? item, int bytes)
    {
        if (item is not null)
        {
            Range(in Unsafe.As<StrongBox<byte>>(item).Value, bytes); // Every object's fields begin at one place.
        }
    }
}

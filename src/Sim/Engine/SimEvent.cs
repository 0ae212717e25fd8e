namespace Sim.Engine;

/// <summary>One future event: 24 bytes, no reference.</summary>
/// <remarks>
/// Order is (time, lane, sequence). The key packs lane (8 bits), sequence (48 bits) and kind (8 bits), so one integer
/// comparison breaks ties: lane first, then the order in which the events were scheduled. The kind never decides, since
/// sequences are unique.
/// </remarks>
public readonly struct SimEvent
{
    /// <summary>Largest sequence number.</summary>
    public const ulong SequenceMax = (1UL << 48) - 1;

    /// <summary>When, in simulated nanoseconds.</summary>
    public readonly long TimeNs;

    /// <summary>Lane, sequence and kind.</summary>
    public readonly ulong Key;

    /// <summary>What it concerns: an index the handler knows.</summary>
    public readonly int Target;

    /// <summary>Generation of the target when the event was scheduled; the handler ignores events of older ones.
    /// </summary>
    public readonly uint Generation;

    /// <summary>An event.</summary>
    /// <param name="timeNs">When.</param>
    /// <param name="lane">0..255; smaller lanes come first at equal times.</param>
    /// <param name="sequence">Order of scheduling.</param>
    /// <param name="kind">0..255.</param>
    /// <param name="target">Index of what it concerns.</param>
    /// <param name="generation">Generation of the target.</param>
    public SimEvent(long timeNs, int lane, ulong sequence, int kind, int target, uint generation)
    {
        TimeNs = timeNs;
        Key = ((ulong)(byte)lane << 56) | (sequence << 8) | (byte)kind;
        Target = target;
        Generation = generation;
    }

    /// <summary>Kind, 0..255.</summary>
    public int Kind => (byte)Key;

    /// <summary>Lane, 0..255.</summary>
    public int Lane => (int)(Key >> 56);

    /// <summary>Order of scheduling.</summary>
    public ulong Sequence => (Key >> 8) & SequenceMax;

    /// <summary>True when this event comes before the other.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public bool IsBefore(in SimEvent other) =>
        TimeNs < other.TimeNs || (TimeNs == other.TimeNs && Key < other.Key);
}

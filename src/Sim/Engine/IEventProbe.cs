using Sim.Core;

namespace Sim.Engine;

/// <summary>Looks at every event before it is handled. A struct, so that <see cref="NoProbe"/> costs nothing.</summary>
public interface IEventProbe
{
    /// <summary>An event is about to be handled.</summary>
    void Observe(in SimEvent item);
}

/// <summary>Looks at nothing.</summary>
public struct NoProbe : IEventProbe
{
    /// <inheritdoc/>
    public readonly void Observe(in SimEvent item)
    {
    }
}

/// <summary>Hashes time, kind and target of every event in order: equal runs have equal fingerprints.</summary>
public struct FingerprintProbe : IEventProbe
{
    private Fingerprint _value;

    /// <summary>Fingerprint so far.</summary>
    public readonly Fingerprint Value => _value;

    /// <inheritdoc/>
    public void Observe(in SimEvent item)
    {
        _value.Add(item.TimeNs);
        _value.Add(((long)item.Kind << 32) | (uint)item.Target);
    }
}

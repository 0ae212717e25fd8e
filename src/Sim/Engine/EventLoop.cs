using System.Runtime.CompilerServices;

namespace Sim.Engine;

/// <summary>Handles events. A struct around the simulation, so that dispatch is a direct call.</summary>
public interface IEventHandler
{
    /// <summary>Handles one event; the loop's time is the event's.</summary>
    void Handle(in SimEvent item);

    /// <summary>These events are due next, in any order, as far as nothing is scheduled before them. Must change
    /// nothing: it is the place to ask for memory.</summary>
    void Prepare(ReadOnlySpan<SimEvent> due);
}

/// <summary>Takes events in order and hands them to a handler.</summary>
/// <typeparam name="THandler">Handler.</typeparam>
/// <typeparam name="TProbe">Probe; <see cref="NoProbe"/> costs nothing.</typeparam>
/// <typeparam name="TSet">Set of future events.</typeparam>
/// <remarks>One run is one thread. Time never goes back: scheduling into the past throws.</remarks>
public sealed class EventLoop<THandler, TProbe, TSet> : IEventQueue
    where THandler : struct, IEventHandler
    where TProbe : struct, IEventProbe
    where TSet : struct, IPendingSet
{
    /// <summary>Events per chunk: between chunks the caller can report progress or stop, and precompiled code is
    /// replaced by optimised code.</summary>
    public const int ChunkSize = 65_536;

    private TSet _pending;
    private TProbe _probe;
    private THandler _handler;
    private ulong _sequence;

    /// <summary>A loop at time 0.</summary>
    public EventLoop(TSet pending, TProbe probe)
    {
        _pending = pending;
        _probe = probe;
    }

    /// <inheritdoc/>
    public long NowNs { get; private set; }

    /// <summary>Events handled so far.</summary>
    public long Handled { get; private set; }

    /// <summary>Events pending.</summary>
    public int Pending => _pending.Count;

    /// <summary>The handler is told of events that are due together before it gets them. It pays where what events
    /// concern is more than the processor keeps near.</summary>
    public bool Prepares
    {
        get => _pending.Gathers;
        set => _pending.Gathers = value;
    }

    /// <summary>The probe.</summary>
    public ref TProbe Probe => ref _probe;

    /// <summary>Sets the handler, which usually holds a reference to what holds the loop.</summary>
    public void SetHandler(THandler handler) => _handler = handler;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Schedule(long timeNs, int lane, int kind, int target, uint generation)
    {
        if (timeNs < NowNs)
        {
            ThrowPast(timeNs);
        }

        _pending.Push(new SimEvent(timeNs, lane, _sequence++, kind, target, generation));
    }

    /// <inheritdoc/>
    public ulong TakePlace() => _sequence++;

    /// <inheritdoc/>
    public void ScheduleAt(long timeNs, int lane, int kind, int target, uint generation, ulong place)
    {
        if (timeNs < NowNs)
        {
            ThrowPast(timeNs);
        }

        _pending.Push(new SimEvent(timeNs, lane, place, kind, target, generation));
    }

    /// <summary>Handles events up to and including a time, at most a number of them.</summary>
    /// <returns>True when no event up to that time is left; the loop's time is then that time.</returns>
    public bool RunUntil(long timeNs, int maxEvents = ChunkSize)
    {
        int budget = maxEvents;
        while (_pending.NextTimeNs <= timeNs && _pending.Count > 0)
        {
            if (budget-- == 0)
            {
                return false;
            }

            if (_pending.IsFresh)
            {
                _handler.Prepare(_pending.TakeFresh());
            }

            SimEvent item = _pending.Pop();
            NowNs = item.TimeNs;
            Handled++;
            _probe.Observe(in item);
            _handler.Handle(in item);
        }

        NowNs = Math.Max(NowNs, timeNs);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowPast(long timeNs) => throw new InvalidOperationException(
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"an event at {timeNs} ns cannot be scheduled at {NowNs} ns"));
}

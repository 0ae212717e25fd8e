using System.Runtime.CompilerServices;
using Sim.Engine;

namespace Sim.Runs;

/// <summary>Hands events of the loop to a <see cref="RequestLifecycle"/>; arrivals go to the traffic.</summary>
internal readonly struct LifecycleHandler(RequestLifecycle lifecycle, TrafficSource[] sources) : IEventHandler
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Prepare(ReadOnlySpan<SimEvent> due) => lifecycle.Prepare(due, sources);

    public void Handle(in SimEvent item)
    {
        if (item.Kind == (int)EventKind.Arrival)
        {
            sources[item.Target].Arrive(lifecycle);
            return;
        }

        lifecycle.Handle((EventKind)item.Kind, item.Target, item.Generation);
    }
}

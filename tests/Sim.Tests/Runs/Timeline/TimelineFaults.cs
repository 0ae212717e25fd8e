using System.Text.Json;
using Sim.Core;
using Sim.Runs;
using Sim.Tests.Envoy;

namespace Sim.Tests.Runs.Timeline;

/// <summary>Begins and ends the scripted faults of a pod.</summary>
internal static class TimelineFaults
{
    public static void Schedule(
        RequestLifecycle lifecycle, PodRuntime pod, JsonElement faults, long serviceNs)
    {
        foreach (JsonElement fault in faults.EnumerateArray())
        {
            long from = TimelineScript.Ms(fault, "from_ms");
            long to = TimelineScript.Ms(fault, "to_ms");
            long period = TimelineScript.Ms(fault, "period_ms");
            long on = TimelineScript.Ms(fault, "on_ms");
            for (long begin = from; begin < to; begin += period > 0 ? period : to - from)
            {
                long end = period > 0 ? Math.Min(begin + on, to) : to;
                (Action start, Action stop) = Actions(lifecycle, pod, fault, serviceNs);
                lifecycle.At(begin, start);
                lifecycle.At(end, stop);
            }
        }
    }

    private static (Action Start, Action Stop) Actions(
        RequestLifecycle lifecycle, PodRuntime pod, JsonElement fault, long serviceNs)
    {
        string kind = fault.GetProperty("kind").GetString()!;
        switch (kind)
        {
            case "status":
                var status = new StatusFault(fault.GetProperty("status").GetInt32(), fault.Number("rate", 1),
                    kind, default);
                return (() => pod.StatusFaults.Insert(0, status), () => pod.StatusFaults.Remove(status));
            case "slow":
                var slow = new SlowFault(1, TimelineScript.Ms(fault, "service_ms") - serviceNs, kind, default);
                return (() => pod.SlowFaults.Insert(0, slow), () => pod.SlowFaults.Remove(slow));
            case "reset":
                return (() => pod.ResetFaults++, () => pod.ResetFaults--);
            case "refuse":
                return (() => lifecycle.Refuse(pod, keepsWork: true), () => lifecycle.Accept(pod));
            case "blackhole":
                return (() => lifecycle.Freeze(pod), () => lifecycle.Thaw(pod));
            case "app_refuse":
                return (() => lifecycle.StopApplication(pod, keepsWork: true), () => lifecycle.StartApplication(pod));
            default:
                throw new InvalidDataException("fault " + kind);
        }
    }
}

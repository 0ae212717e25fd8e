using System.Text.Json;
using Sim.Core;
using Sim.Tests.Envoy;
using Sim.World;

namespace Sim.Tests.Runs.Timeline;

/// <summary>Arrival times of a recording's open-loop clients.</summary>
internal static class TimelineArrivals
{
    /// <summary>Request n of client i of C starts at (n + (i + 0.5) / C) gaps; Poisson arrivals share the
    /// first.</summary>
    public static List<long> Times(
        JsonElement client, double rate, string pattern, (int Index, int Count) place, long endNs, RngStream stream)
    {
        double first = (place.Index + 0.5) / place.Count;
        var times = new List<long>();
        double now = first * SimDuration.Second / RateAt(client, rate, 0);
        while (now < endNs)
        {
            times.Add((long)now);
            double gap = pattern == "poisson" ? -Math.Log(1 - stream.NextDouble()) : 1;
            now += gap * SimDuration.Second / RateAt(client, rate, now);
        }

        return times;
    }

    private static double RateAt(JsonElement client, double rate, double ns)
    {
        foreach (JsonElement surge in client.Items("surges"))
        {
            if (ns >= TimelineScript.Ms(surge, "from_ms") && ns < TimelineScript.Ms(surge, "to_ms"))
            {
                return surge.GetProperty("rate").GetDouble();
            }
        }

        return rate;
    }
}

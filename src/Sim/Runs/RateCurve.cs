using Sim.Core;
using Sim.Runs.Scenario;
using Sim.World;

namespace Sim.Runs;

/// <summary>The rate of a traffic source over the run.</summary>
internal static class RateCurve
{
    private const long DiurnalStepNs = 5 * SimDuration.Minute;

    /// <summary>Pieces of the curve from the source's start to its stop.</summary>
    public static List<RatePiece> Of(TrafficSpec spec, long durationNs)
    {
        long start = spec.StartNs;
        long stop = Math.Min(spec.StopNs, durationNs);
        var pieces = new List<RatePiece>();
        if (spec.Diurnal is { } diurnal)
        {
            for (long at = start; at < stop; at += DiurnalStepNs)
            {
                long end = Math.Min(stop, at + DiurnalStepNs);
                pieces.Add(new RatePiece(at, end, RateAt(diurnal, at), RateAt(diurnal, end)));
            }

            return pieces;
        }

        double rate = spec.RatePerSecond;
        long now = start;
        foreach (StageSpec stage in spec.Stages)
        {
            Add(pieces, ref now, now + stage.OverNs, rate, stage.ToPerSecond, stop);
            rate = stage.ToPerSecond;
            Add(pieces, ref now, now + stage.HoldNs, rate, rate, stop);
        }

        Add(pieces, ref now, stop, rate, rate, stop);
        return pieces;
    }

    private static void Add(List<RatePiece> pieces, ref long now, long to, double from, double rate, long stop)
    {
        if (to > now && now < stop)
        {
            pieces.Add(new RatePiece(now, to, from, rate));
            if (to > stop)
            {
                double share = (stop - now) / (double)(to - now);
                pieces[^1] = new RatePiece(now, stop, from, from + (share * (rate - from)));
            }
        }

        now = Math.Max(now, to);
    }

    /// <summary>A sine over the day between the two rates, sampled every five minutes.</summary>
    private static double RateAt(DiurnalSpec d, long atNs)
    {
        double turn = (atNs - d.PeakAtNs) / (double)SimDuration.Day;
        double wave = (1 + Math.Cos(2 * Math.PI * turn)) / 2;
        return d.LowPerSecond + ((d.HighPerSecond - d.LowPerSecond) * wave);
    }
}

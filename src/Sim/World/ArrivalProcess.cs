using Sim.Core;

namespace Sim.World;

/// <summary>Distances between arrivals.</summary>
public enum ArrivalPattern
{
    /// <summary>Exponential: independent users.</summary>
    Poisson,

    /// <summary>Equal.</summary>
    Constant,

    /// <summary>Hyper-exponential with squared coefficient of variation 4: bursts.</summary>
    Bursty,
}

/// <summary>A piece of a rate curve: linear from one rate to another.</summary>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End, after the begin.</param>
/// <param name="FromRate">Rate at the begin, requests per second.</param>
/// <param name="ToRate">Rate at the end.</param>
public readonly record struct RatePiece(long FromNs, long ToNs, double FromRate, double ToRate);

/// <summary>Arrival times of one source of open traffic.</summary>
/// <remarks>
/// The n-th arrival is where the integral of the rate passes the sum of n unit gaps (Çinlar's inversion; Lewis and
/// Shedler 1979): with exponential gaps a non-homogeneous Poisson process, with unit gaps an even stream. Simplified:
/// Bursty mixes two exponentials with means 0.1127 and 0.8873 times 2 (balanced means, squared coefficient 4).
/// </remarks>
public sealed class ArrivalProcess
{
    private const double BurstyShare = 0.88729833462074168;
    private readonly RatePiece[] _pieces;
    private readonly long[]? _trace;
    private readonly ArrivalPattern _pattern;
    private readonly RngStream _stream;
    private int _piece;
    private long _atNs;
    private long _index;

    /// <summary>Arrivals by a rate curve.</summary>
    /// <param name="pieces">Pieces in order of time, without overlap; nothing arrives between and after them.</param>
    /// <param name="pattern">Distances.</param>
    /// <param name="stream">Draws of the gaps.</param>
    public ArrivalProcess(IReadOnlyList<RatePiece> pieces, ArrivalPattern pattern, RngStream stream)
    {
        _pieces = [.. pieces];
        _pattern = pattern;
        _stream = stream;
        _atNs = _pieces.Length > 0 ? _pieces[0].FromNs : 0;
    }

    /// <summary>Arrivals at given times.</summary>
    /// <param name="timesNs">Times, ascending.</param>
    /// <param name="stream">Not drawn from.</param>
    public ArrivalProcess(IReadOnlyList<long> timesNs, RngStream stream)
    {
        _pieces = [];
        _trace = [.. timesNs];
        _stream = stream;
    }

    /// <summary>The next arrival; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextNs()
    {
        if (_trace is not null)
        {
            return _index < _trace.Length ? _trace[_index++] : long.MaxValue;
        }

        double gap = _pattern switch
        {
            ArrivalPattern.Constant => _index == 0 ? 0.5 : 1,
            ArrivalPattern.Bursty => Ziggurat.Exponential(_stream)
                / (2 * (_stream.NextDouble() < BurstyShare ? BurstyShare : 1 - BurstyShare)),
            _ => Ziggurat.Exponential(_stream),
        };
        _index++;
        return Advance(gap);
    }

    private long Advance(double gap)
    {
        double left = gap * SimDuration.Second;
        while (_piece < _pieces.Length)
        {
            RatePiece p = _pieces[_piece];
            double start = Math.Max(_atNs, p.FromNs);
            double length = p.ToNs - p.FromNs;
            double slope = (p.ToRate - p.FromRate) / length;
            double rate = p.FromRate + (slope * (start - p.FromNs));
            double rest = p.ToNs - start;
            double area = rest * (rate + (slope * rest / 2));
            if (area > left)
            {
                double step = Math.Abs(slope) < 1e-30 ? left / rate
                    : 2 * left / (rate + Math.Sqrt((rate * rate) + (2 * slope * left)));
                _atNs = (long)(start + step);
                return _atNs;
            }

            left -= area;
            _piece++;
            _atNs = p.ToNs;
        }

        return long.MaxValue;
    }
}

using Sim.Core;

namespace Sim.World;

/// <summary>Round-trip times between places, from a preset and overrides.</summary>
/// <remarks>
/// The preset public-cloud: 0.05 ms inside a node, 0.3 ms inside a zone, 1 ms between zones of a region, and between
/// regions the table of docs/scenario.md (medians of published inter-region measurements; AWS tables of 2017 lean
/// slightly higher). Jitter is log-normal; between regions its 99th percentile is 1.15 times the median.
/// </remarks>
public sealed class RoundTripTimes
{
    /// <summary>Assumed between two regions that no table and no link names.</summary>
    public const long UnknownRegionsNs = 100 * SimDuration.Millisecond;

    private static readonly (string A, string B, double Ms)[] Table =
    [
        ("us-east", "us-west", 70), ("us-east", "eu-west", 80), ("us-west", "eu-west", 137), ("us-east", "asia", 215),
        ("us-west", "asia", 161), ("eu-west", "asia", 230), ("us-east", "tokyo", 145), ("us-west", "tokyo", 89),
        ("eu-west", "tokyo", 212), ("asia", "tokyo", 74),
    ];

    private readonly List<LinkOverride> _overrides = [];
    private readonly bool _isZero;

    /// <summary>A table.</summary>
    /// <param name="isZero">No delay anywhere but where a link says so.</param>
    public RoundTripTimes(bool isZero) => _isZero = isZero;

    /// <summary>Round trip inside a node.</summary>
    public long SameNodeNs { get; init; } = 50 * SimDuration.Microsecond;

    /// <summary>Round trip inside a zone.</summary>
    public long SameZoneNs { get; init; } = 300 * SimDuration.Microsecond;

    /// <summary>Round trip between zones of a region.</summary>
    public long CrossZoneNs { get; init; } = SimDuration.Millisecond;

    /// <summary>99th percentile over the median, less 1, between regions.</summary>
    public double JitterRatio { get; init; } = 0.15;

    /// <summary>Overrides the link between two places, each a region, zone or cluster. The last one that fits wins.
    /// </summary>
    public void Override(LinkOverride link) => _overrides.Add(link);

    /// <summary>The link between two places.</summary>
    public LinkEstimate Between(LinkPlace a, LinkPlace b)
    {
        LinkEstimate found = Preset(a, b);
        foreach (LinkOverride o in _overrides)
        {
            if ((a.Is(o.A) && b.Is(o.B)) || (a.Is(o.B) && b.Is(o.A)))
            {
                long median = o.RttNs ?? found.MedianNs;
                double ratio = o.JitterNs is { } jitter && median > 0 ? jitter / (double)median
                    : SigmaToRatio(found.JitterSigma);
                found = new LinkEstimate(median, Sigma(ratio), o.Loss, true);
            }
        }

        return found;
    }

    private static double Sigma(double ratio) =>
        ratio <= 0 ? 0 : PortableMath.Log(1 + ratio) / Distribution.NormalP99;

    private static double SigmaToRatio(double sigma) => PortableMath.Exp(sigma * Distribution.NormalP99) - 1;

    private LinkEstimate Preset(LinkPlace a, LinkPlace b)
    {
        if (_isZero)
        {
            return new LinkEstimate(0, 0, 0, true);
        }

        if (a.Region == b.Region)
        {
            return new LinkEstimate(a.Zone == b.Zone ? SameZoneNs : CrossZoneNs, 0, 0, true);
        }

        foreach ((string x, string y, double ms) in Table)
        {
            if ((IsOf(a.Region, x) && IsOf(b.Region, y)) || (IsOf(a.Region, y) && IsOf(b.Region, x)))
            {
                return new LinkEstimate((long)(ms * SimDuration.Millisecond), Sigma(JitterRatio), 0, true);
            }
        }

        return new LinkEstimate(UnknownRegionsNs, Sigma(JitterRatio), 0, false);
    }

    /// <summary><c>us-east-1</c> is a region of <c>us-east</c>.</summary>
    private static bool IsOf(string region, string name) =>
        region == name || region.StartsWith(name + "-", StringComparison.Ordinal);
}

/// <summary>An end of a link.</summary>
/// <param name="Cluster">Cluster.</param>
/// <param name="Region">Region; empty = unknown.</param>
/// <param name="Zone">Zone; empty = unknown.</param>
public readonly record struct LinkPlace(string Cluster, string Region, string Zone)
{
    /// <summary>Whether a name means this place.</summary>
    public bool Is(string name) => name == Region || name == Zone || name == Cluster;
}

/// <summary>What a scenario says about a link.</summary>
/// <param name="A">One end: region, zone or cluster.</param>
/// <param name="B">Other end.</param>
/// <param name="RttNs">Median round trip; null = the preset's.</param>
/// <param name="JitterNs">99th percentile less the median; null = the preset's.</param>
/// <param name="Loss">Share of packets lost, 0..1.</param>
public sealed record LinkOverride(string A, string B, long? RttNs, long? JitterNs, double Loss);

/// <summary>A link as found.</summary>
/// <param name="MedianNs">Median round trip.</param>
/// <param name="JitterSigma">Standard deviation of its logarithm.</param>
/// <param name="Loss">Share of packets lost, 0..1.</param>
/// <param name="IsKnown">False when nothing names the pair: a stated assumption was used.</param>
public readonly record struct LinkEstimate(long MedianNs, double JitterSigma, double Loss, bool IsKnown);

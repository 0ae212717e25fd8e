using Sim.Core;

namespace Sim.Runs;

/// <summary>Settings of a run that belong to no pod.</summary>
internal sealed record LifecycleOptions
{
    /// <summary>Seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Replication, from 0.</summary>
    public int Replication { get; init; }

    /// <summary>Time of one pass through one proxy, nanoseconds.</summary>
    public long ProxyPassNs { get; init; } = 500 * SimDuration.Microsecond;

    /// <summary>Phase of outlier sweeps; null = each proxy's own, drawn from the seed.</summary>
    public long? SweepPhaseNs { get; init; }

    /// <summary>Release of Istio, and with it of Envoy.</summary>
    public IstioProfile Profile { get; init; } = IstioProfile.V1_29;

    /// <summary>Some workload serves data of a declared class.</summary>
    public bool MovesData { get; init; } = true;

    /// <summary>Latencies between places.</summary>
    public required LatencyTable Latency { get; init; }

    /// <summary>What is configured at time 0 has been there for long: its hosts have warmed up.</summary>
    public bool IsSettled { get; init; }
}

/// <summary>One-way delays between places, with jitter and loss.</summary>
internal sealed class LatencyTable
{
    /// <summary>Linux gives a connection up after so many resends (<c>tcp_retries2</c>).</summary>
    private const int ResendsMost = 15;

    private readonly PlaceLink[] _links;
    private readonly int _places;
    private readonly long _sameNodeNs;

    /// <summary>A table over a fixed number of places.</summary>
    /// <param name="places">Number of places.</param>
    /// <param name="sameNodeNs">One-way delay inside a node, nanoseconds.</param>
    public LatencyTable(int places, long sameNodeNs)
    {
        _places = places;
        _links = new PlaceLink[places * places];
        _sameNodeNs = sameNodeNs;
    }

    /// <summary>Sets the link between two places, both ways.</summary>
    public void Set(int a, int b, PlaceLink link)
    {
        _links[(a * _places) + b] = link;
        _links[(b * _places) + a] = link;
    }

    /// <summary>Changes the link one way: partitions and added delay.</summary>
    public ref PlaceLink Between(int from, int to) => ref _links[(from * _places) + to];

    /// <summary>Median one-way delay between two pods, nanoseconds.</summary>
    public long MedianNs(PodRuntime a, PodRuntime b) =>
        a.Node >= 0 && a.Node == b.Node ? _sameNodeNs
            : _links[(a.Place * _places) + b.Place].MedianNs + _links[(a.Place * _places) + b.Place].AddedNs;

    /// <summary>Number of the way from one pod to another; -1 = inside a node.</summary>
    public int WayOf(PodRuntime from, PodRuntime to) =>
        from.Node >= 0 && from.Node == to.Node ? -1 : (from.Place * _places) + to.Place;

    /// <summary>One draw of the one-way delay.</summary>
    public long SampleNs(PodRuntime from, PodRuntime to, RngStream stream) => SampleNs(WayOf(from, to), stream);

    /// <summary>One draw of the delay of a way.</summary>
    /// <param name="way">Number from <see cref="WayOf"/>.</param>
    /// <param name="stream">Draws.</param>
    public long SampleNs(int way, RngStream stream)
    {
        if (way < 0)
        {
            return _sameNodeNs;
        }

        ref readonly PlaceLink link = ref _links[way];
        long delay = link.AddedNs + (link.JitterSigma <= 0 ? link.MedianNs
            : (long)(link.MedianNs * PortableMath.Exp(link.JitterSigma * Ziggurat.Normal(stream))));
        return link.Loss > 0 ? delay + ResentNs(link.Loss, stream) : delay;
    }

    /// <summary>What lost packets cost a message: Linux' shortest retransmission time-out, doubled each time.</summary>
    /// <remarks>Simplified: a message is one packet and its time-out is always the shortest; the first packet of a
    /// connection, which Linux sends again after 1 s, is no exception.</remarks>
    private static long ResentNs(double loss, RngStream stream)
    {
        long total = 0;
        long wait = 200 * SimDuration.Millisecond;
        for (int i = 0; i < ResendsMost && stream.NextDouble() < loss; i++)
        {
            total += wait;
            wait = Math.Min(2 * wait, 120 * SimDuration.Second);
        }

        return total;
    }
}

/// <summary>The way from one place to another.</summary>
internal struct PlaceLink
{
    /// <summary>Median one-way delay, nanoseconds.</summary>
    public long MedianNs;

    /// <summary>What faults add to every delay, nanoseconds.</summary>
    public long AddedNs;

    /// <summary>Standard deviation of the delay's logarithm.</summary>
    public double JitterSigma;

    /// <summary>Share of packets lost, 0..1: each costs a retransmission time-out.</summary>
    public double Loss;

    /// <summary>Packets vanish.</summary>
    public int Drops;

    /// <summary>Connections are refused and open ones reset.</summary>
    public int Rejects;
}

using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>LEAST_REQUEST: best of N random hosts, or a schedule weighted by active requests.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/least_request/least_request_lb.cc. Active requests are the host's
/// <see cref="Host.RqActive"/>, those of this proxy only, before the request at hand is counted.
/// </remarks>
internal sealed class LeastRequestLoadBalancer : EdfLoadBalancer
{
    private readonly uint _choiceCount;
    private readonly bool _isFullScan;
    private readonly bool _drawsTwo;
    private readonly double _bias;

    /// <summary>Balancer of a cluster.</summary>
    public LeastRequestLoadBalancer(LbEnvironment environment, HostSet[] sets, long nowNs)
        : base(environment, sets, nowNs)
    {
        LeastRequestConfig config = environment.Config.LeastRequest;
        _choiceCount = config.ChoiceCount;
        _isFullScan = config.FullScan;
        _drawsTwo = !_isFullScan && _choiceCount == 2;
        _bias = config.ActiveRequestBias >= 0 ? config.ActiveRequestBias : 1.0;
        Initialize(nowNs);
    }

    /// <summary>Weight of a host under load: weight / (active + 1)^bias.</summary>
    public static double EffectiveWeight(uint weight, int active, double bias) =>
        bias == 1.0 ? weight / (active + 1.0) : bias == 0.0 ? weight : weight / LbMath.Pow(active + 1.0, bias);

    /// <summary>The least loaded of a number of hosts drawn with replacement; the first drawn wins ties.</summary>
    /// <param name="hosts">At least one host.</param>
    /// <param name="modulus">Remainders by the number of hosts.</param>
    /// <param name="choiceCount">Hosts drawn.</param>
    /// <param name="draws">Random numbers.</param>
    /// <typeparam name="TDraws">Where they come from.</typeparam>
    public static Host PickOfChoices<TDraws>(Host[] hosts, Modulus modulus, uint choiceCount, ref TDraws draws)
        where TDraws : struct, IDrawSource
    {
        Host best = hosts[modulus.Of(draws.Next())];
        for (uint i = 1; i < choiceCount; i++)
        {
            Host candidate = hosts[modulus.Of(draws.Next())];
            if (candidate.RqActive < best.RqActive)
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>The least loaded of all hosts; one draw for each tie met on the way.</summary>
    public static Host PickByFullScan<TDraws>(Host[] hosts, ref TDraws draws)
        where TDraws : struct, IDrawSource
    {
        Host best = hosts[0];
        ulong ties = 1;
        for (int i = 1; i < hosts.Length; i++)
        {
            Host candidate = hosts[i];
            if (candidate.RqActive < best.RqActive)
            {
                best = candidate;
                ties = 1;
            }
            else if (candidate.RqActive == best.RqActive)
            {
                ties++;
                best = draws.Next() % ties == 0 ? candidate : best;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    public override Host? Expected => TryExpect(out Host[] hosts, out uint first, out uint second)
        ? hosts[second].RqActive < hosts[first].RqActive ? hosts[second] : hosts[first] : null;

    /// <inheritdoc/>
    public override void Prefetch(bool isFirst)
    {
        if (!TryExpect(out Host[] hosts, out uint first, out uint second))
        {
            return;
        }

        if (isFirst)
        {
            Core.Prefetch.Place(in hosts[first]);
            Core.Prefetch.Place(in hosts[second]);
        }
        else
        {
            hosts[first].Prefetch();
            hosts[second].Prefetch();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Two of one list, the usual case, draw the same numbers in fewer steps.</remarks>
    protected override Host? ChooseHostOnce(ref LbContext context, long nowNs)
    {
        if (!_drawsTwo || OnlySource(in context) is not { } source)
        {
            return base.ChooseHostOnce(ref context, nowNs);
        }

        Rng.SkipAndDraw(out ulong a, out ulong b);
        Host[] hosts = source.Hosts;
        Host first = hosts[source.Modulus.Of(a)];
        Host second = hosts[source.Modulus.Of(b)];
        return second.RqActive < first.RqActive ? second : first;
    }

    /// <inheritdoc/>
    protected override double BaseWeight(Host host) => EffectiveWeight(host.Weight, host.RqActive, _bias);

    /// <inheritdoc/>
    protected override Host PickUnweighted(HostSource source)
    {
        var draws = new StreamDraws(Rng);
        return _isFullScan ? PickByFullScan(source.Hosts, ref draws)
            : PickOfChoices(source.Hosts, source.Modulus, _choiceCount, ref draws);
    }

    private bool TryExpect(out Host[] hosts, out uint first, out uint second)
    {
        Span<ulong> draws = stackalloc ulong[3];
        Rng.Peek(draws);
        HostSource? source = ExpectedSource(draws[0]);
        hosts = source?.Hosts ?? [];
        first = source is null ? 0 : source.Modulus.Of(draws[1]);
        second = source is null ? 0 : source.Modulus.Of(draws[2]);
        return hosts.Length > 0;
    }
}

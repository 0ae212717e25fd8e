using Sim.Core;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a DNS server says: addresses, no such name (no addresses), or no answer at all.</summary>
/// <param name="Addresses">Addresses.</param>
/// <param name="IsFailure">There was no answer.</param>
internal readonly record struct DnsAnswer(IReadOnlyList<string> Addresses, bool IsFailure);

/// <summary>The resolutions of one STRICT_DNS or LOGICAL_DNS cluster in one proxy.</summary>
/// <remarks>
/// Envoy: source/extensions/clusters/strict_dns/strict_dns_cluster.cc#startResolve, logical_dns/logical_dns_cluster.cc.
/// An answer with addresses is asked for again after its time to live, one without addresses and a failure after the
/// refresh rate. A failure changes nothing; no such name empties a STRICT_DNS cluster and leaves a LOGICAL_DNS cluster
/// as it is. Asking is simulated only while the answer may have changed; the instants are those at which it would be
/// asked. Simplified: no jitter, all names of a cluster are asked together, an answer takes no time.
/// </remarks>
internal sealed class DnsResolution
{
    private readonly ClusterConfig _told;
    private readonly long _refreshNs;
    private readonly long _timeToLiveNs;
    private IReadOnlyList<string> _applied = [];
    private long _lastNs;
    private long _intervalNs;

    /// <summary>A cluster as it is told, with names.</summary>
    /// <param name="cluster">The proxy's cluster.</param>
    /// <param name="told">Its configuration.</param>
    /// <param name="refreshNs">Refresh rate.</param>
    /// <param name="timeToLiveNs">Time to live of answers.</param>
    public DnsResolution(ClusterRuntime cluster, ClusterConfig told, long refreshNs, long timeToLiveNs)
    {
        Cluster = cluster;
        _told = told;
        _refreshNs = refreshNs;
        _timeToLiveNs = timeToLiveNs;
    }

    public ClusterRuntime Cluster { get; }

    /// <summary>A tick is scheduled.</summary>
    public bool IsAwake { get; private set; }

    /// <summary>Whether asking now would give something else than what is applied.</summary>
    public bool WouldChange(Func<string, DnsAnswer> ask) => HasFailed(ask, out List<string> now)
        || !now.SequenceEqual(_applied, StringComparer.Ordinal);

    /// <summary>The first answer, some time before now.</summary>
    public void Begin(Func<string, DnsAnswer> ask, long askedNs)
    {
        bool failed = HasFailed(ask, out List<string> now);
        _applied = failed ? [] : now;
        _lastNs = askedNs;
        _intervalNs = failed || now.Count == 0 ? _refreshNs : _timeToLiveNs;
    }

    /// <summary>When it is asked next; it is awake from now on.</summary>
    public long Wake(long nowNs)
    {
        IsAwake = true;
        long passed = Math.Max(0, nowNs - _lastNs) / _intervalNs;
        return _lastNs + ((passed + 1) * _intervalNs);
    }

    /// <summary>Asks.</summary>
    /// <returns>New endpoints; null = nothing changes.</returns>
    public ClusterLoadAssignment? Ask(Func<string, DnsAnswer> ask, long nowNs)
    {
        IsAwake = false;
        _lastNs = nowNs;
        bool failed = HasFailed(ask, out List<string> now);
        _intervalNs = failed || now.Count == 0 ? _refreshNs : _timeToLiveNs;
        bool isKept = failed || (now.Count == 0 && _told.Type == DiscoveryType.LogicalDns)
            || now.SequenceEqual(_applied, StringComparer.Ordinal);
        if (isKept)
        {
            return null;
        }

        _applied = now;
        return Resolve(_told, ask).InlineEndpoints;
    }

    /// <summary>A configuration with addresses in place of names; of LOGICAL_DNS the first address only.</summary>
    public static ClusterConfig Resolve(ClusterConfig told, Func<string, DnsAnswer> ask)
    {
        int most = told.Type == DiscoveryType.LogicalDns ? 1 : int.MaxValue;
        return told with
        {
            InlineEndpoints = told.InlineEndpoints! with
            {
                Endpoints = [.. told.InlineEndpoints.Endpoints.Select(g => g with
                {
                    Endpoints = [.. g.Endpoints.SelectMany(
                        e => ask(e.Address).Addresses.Take(most).Select(a => e with { Address = a }))],
                })],
            },
        };
    }

    private bool HasFailed(Func<string, DnsAnswer> ask, out List<string> addresses)
    {
        addresses = [];
        bool failed = false;
        foreach (LbEndpoint e in _told.InlineEndpoints!.Endpoints.SelectMany(static g => g.Endpoints))
        {
            DnsAnswer answer = ask(e.Address);
            failed |= answer.IsFailure;
            addresses.AddRange(answer.Addresses);
        }

        return failed;
    }
}

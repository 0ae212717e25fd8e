using Sim.Core;
using Sim.Runs;
using Sim.Xds;

namespace Sim.Tests.Runs.Outages;

/// <summary>When a DNS cluster asks, and what it makes of an answer.</summary>
internal sealed class DnsResolutionTests
{
    private const long S = SimDuration.Second;

    [Test]
    public void Answer_with_addresses_is_asked_for_after_its_time_to_live_others_after_the_refresh_rate()
    {
        DnsAnswer answer = new(["10.0.0.1"], false);
        DnsResolution r = Of(DiscoveryType.StrictDns);
        r.Begin(_ => answer, 0);
        Assert.That(r.WouldChange(_ => answer), Is.False);
        Assert.That(r.Wake(95 * S), Is.EqualTo(120 * S));
        answer = new([], false);
        Assert.That(r.WouldChange(_ => answer), Is.True);
        Assert.That(r.Ask(_ => answer, 120 * S)!.Endpoints[0].Endpoints, Is.Empty);
        Assert.That(r.Wake(125 * S), Is.EqualTo(180 * S));
        answer = new(["10.0.0.2", "10.0.0.3"], false);
        Assert.That(r.Ask(_ => answer, 180 * S)!.Endpoints[0].Endpoints.Select(static e => e.Address),
            Is.EqualTo((string[])["10.0.0.2", "10.0.0.3"]));
        Assert.That(r.Wake(181 * S), Is.EqualTo(210 * S));
    }

    [Test]
    public void Failure_keeps_what_is_known()
    {
        DnsResolution r = Of(DiscoveryType.StrictDns);
        r.Begin(static _ => new DnsAnswer(["10.0.0.1"], false), 0);
        Assert.That(r.WouldChange(static _ => new DnsAnswer([], true)), Is.True, "it must ask to notice");
        Assert.That(r.Ask(static _ => new DnsAnswer([], true), 30 * S), Is.Null);
        Assert.That(r.Wake(40 * S), Is.EqualTo(90 * S));
        Assert.That(r.Ask(static _ => new DnsAnswer(["10.0.0.1"], false), 90 * S), Is.Null);
        Assert.That(r.Wake(91 * S), Is.EqualTo(120 * S));
    }

    [Test]
    public void Logical_cluster_keeps_its_address_and_takes_the_first_only()
    {
        DnsResolution r = Of(DiscoveryType.LogicalDns);
        r.Begin(static _ => new DnsAnswer(["10.0.0.1"], false), 0);
        Assert.That(r.Ask(static _ => new DnsAnswer([], false), 30 * S), Is.Null);
        Assert.That(r.Ask(static _ => new DnsAnswer(["10.0.0.2", "10.0.0.3"], false), 90 * S)!
            .Endpoints[0].Endpoints.Select(static e => e.Address), Is.EqualTo((string[])["10.0.0.2"]));
    }

    private static DnsResolution Of(DiscoveryType type)
    {
        var told = new ClusterConfig
        {
            Name = "c",
            Type = type,
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [new LocalityLbEndpoints(
                    Locality.Empty, 0, null, [new LbEndpoint { Address = "pay.example", Port = 80 }])],
            },
        };
        return new DnsResolution(null!, told, 60 * S, 30 * S);
    }
}

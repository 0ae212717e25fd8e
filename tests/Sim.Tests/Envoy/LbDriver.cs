using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>A simulated cluster whose picks are named as the recordings name them.</summary>
internal sealed class LbDriver
{
    private readonly Dictionary<string, int> _indexes;

    /// <summary>A cluster of a recording.</summary>
    public LbDriver(JsonElement cluster, string nodeLocality, RngStream rng, JsonElement? policy = null,
        UpstreamCluster? local = null)
    {
        _indexes = LbClusterReader.Indexes(cluster);
        Cluster = new UpstreamCluster(
            LbClusterReader.Read(cluster, policy), Locality.Parse(nodeLocality), rng, 0, local);
    }

    /// <summary>The cluster.</summary>
    public UpstreamCluster Cluster { get; }

    /// <summary>Host index of a host.</summary>
    public int IndexOf(Host host) => _indexes[host.Address];

    /// <summary>Host index of the next pick; -1 = none.</summary>
    public int Pick(ref LbContext context) => Cluster.ChooseHost(ref context, 0) is Host h ? IndexOf(h) : -1;

    /// <summary>Host index for a request hash.</summary>
    public int PickByHash(ulong hash)
    {
        var context = new LbContext { HasHash = true, Hash = hash };
        return Pick(ref context);
    }

    /// <summary>Answers of a number of requests, counted.</summary>
    public Dictionary<string, int> Counts(int requests, SubsetCriteria? criteria = null)
    {
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < requests; i++)
        {
            var context = new LbContext { SubsetCriteria = criteria };
            int host = Pick(ref context);
            string answer = host < 0 ? "503 UH" : host.ToString(CultureInfo.InvariantCulture);
            counts[answer] = counts.GetValueOrDefault(answer) + 1;
        }

        return counts;
    }

    /// <summary>Recorded counts.</summary>
    public static Dictionary<string, int> Recorded(JsonElement c, string name) =>
        c.Get(name) is not JsonElement e ? []
            : e.EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetInt32());

    /// <summary>Compares the gauges of membership.</summary>
    public static void AssertMembership(JsonElement? stats, UpstreamCluster cluster)
    {
        foreach (JsonProperty p in stats?.EnumerateObject() ?? Enumerable.Empty<JsonProperty>())
        {
            int? actual = p.Name switch
            {
                "membership_total" => cluster.MembershipTotal,
                "membership_healthy" => cluster.MembershipHealthy,
                "membership_degraded" => cluster.MembershipDegraded,
                "membership_excluded" => cluster.MembershipExcluded,
                _ => null,
            };
            if (actual is int value)
            {
                Assert.That(value, Is.EqualTo(p.Value.GetInt32()), p.Name);
            }
        }
    }
}

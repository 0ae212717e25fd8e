using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of locality weights, zones and earliest-deadline-first schedules.</summary>
internal sealed class LocalityVectorTests
{
    private static IEnumerable<TestCaseData> LocalityCases() => VectorFiles.Cases("envoy-locality-weighted");

    private static IEnumerable<TestCaseData> ZoneCases() => VectorFiles.Cases("envoy-zone-aware");

    private static IEnumerable<TestCaseData> EdfCases() => VectorFiles.Cases("envoy-edf");

    [TestCaseSource(nameof(LocalityCases))]
    public void Locality_weighted(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        bool isDegraded = input.Text("availability", "healthy") == "degraded";
        uint factor = (uint)input.Int("overprovisioning_factor", 140);
        JsonElement[] localities = [.. input.Items("localities")];
        double[] weights = [.. localities.Select(l => LocalityScheduler.EffectiveWeight(
            (uint)l.Int("weight"), l.Int(isDegraded ? "degraded" : "healthy"), l.Int("hosts") - l.Int("excluded"),
                factor))];
        if (expect.Get("effective_weights") is not null)
        {
            Assert.That(weights, Is.EqualTo(expect.Doubles("effective_weights")).Within(1e-12), "effective weights");
        }

        if (expect.Get("share_percent_exact") is not null)
        {
            Assert.That(
                weights.Select(w => 100 * w / weights.Sum()),
                    Is.EqualTo(expect.Doubles("share_percent_exact")).Within(1e-9));
            Assert.That(
                weights.Select(w => 100 * w / weights.Sum()),
                Is.EqualTo(expect.Doubles("share_percent_documented")).Within(1.0));
            return;
        }

        LocalityScheduler? scheduler = LocalityScheduler.Build(
            SetOf(localities, factor), isDegraded, input.Get("seed")?.U64() ?? 0);
        if (expect.TryGetProperty("locality", out JsonElement none) && none.ValueKind == JsonValueKind.Null)
        {
            Assert.That(scheduler, Is.Null);
            return;
        }

        int[] sequence = [.. Enumerable.Range(0, input.Int("picks")).Select(_ => scheduler!.Pick())];
        CheckPicks(expect, sequence, localities.Length);
    }

    [TestCaseSource(nameof(ZoneCases))]
    public void Zone_aware(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        var config = new ZoneAwareConfig(
            MinClusterSize: (ulong)input.Int("min_cluster_size", 6),
            ForceLocalZoneMinSize: input.Get("force_local_zone_min_size") is JsonElement f ? f.GetUInt32() : null,
            BasisIsHostWeight: input.Text("locality_basis") == "HEALTHY_HOSTS_WEIGHT");
        HostSet upstream = ZoneSet(input, "upstream", "upstream_has_local_locality");
        HostSet local = ZoneSet(input, "local", "local_has_local_locality");
        var counters = new LbCounters();
        ZoneAwareRouting? zone = ZoneAwareRouting.Build(upstream, local, config, counters);
        string state = expect.Text("state");
        Assert.That(zone is null ? "none" : zone.IsDirect ? "direct" : "residual", Is.EqualTo(state));
        foreach ((JsonElement p, int i) in expect.Items("percentages").Select(static (p, i) => (p, i)))
        {
            Assert.That(
                zone!.Percentages[i],
                Is.EqualTo(new LocalityPercentage(p.GetProperty("local").U64(), p.GetProperty("upstream").U64())));
        }

        if (state == "residual")
        {
            Assert.That(zone!.LocalPercentToRoute, Is.EqualTo(expect.GetProperty("local_percent_to_route").U64()));
            Assert.That(
                zone.ResidualCapacity.ToArray(),
                Is.EqualTo(expect.Items("residual_capacity").Select(static x => x.U64())));
        }

        foreach (JsonElement pick in expect.Items("picks"))
        {
            ulong[] numbers = [.. pick.Items("draws").Select(static d => d.U64())];
            var draws = new ScriptedDraws(numbers);
            Assert.That(zone!.ChooseLocality(ref draws, counters), Is.EqualTo(pick.Int("locality")), pick.ToString());
            Assert.That(draws.Used, Is.EqualTo(numbers.Length));
        }
    }

    [TestCaseSource(nameof(EdfCases))]
    public void Edf(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        double[] values = input.Doubles("weights");
        var weights = new FixedWeights(values);
        if (input.Get("prepicks_each_of") is JsonElement each)
        {
            var counts = new int[values.Length];
            foreach (JsonElement prepicks in each.EnumerateArray())
            {
                counts[EdfScheduler.CreateWithPicks(values.Length, ref weights,
                    prepicks.U64()).PickAndAdd(ref weights)]++;
            }

            Assert.That(counts, Is.EqualTo(expect.Ints("first_pick_counts")));
            return;
        }

        EdfScheduler scheduler;
        if (input.Text("build") == "add")
        {
            scheduler = new EdfScheduler(1);
            for (int i = 0; i < values.Length; i++)
            {
                scheduler.Add(values[i], i);
            }
        }
        else
        {
            scheduler = EdfScheduler.CreateWithPicks(
                values.Length, ref weights, input.Get("prepicks")?.U64() ?? 0);
        }

        // A peek pops an entry and inserts it again; the picks after it hand out what was peeked.
        int[] sequence = new int[input.Int("picks")];
        for (int i = 0; i < sequence.Length; i++)
        {
            sequence[i] = scheduler.PickAndAdd(ref weights);
        }

        CheckPicks(expect, sequence, values.Length);
    }

    private static void CheckPicks(JsonElement expect, int[] sequence, int count)
    {
        if (expect.Get("sequence") is not null)
        {
            Assert.That(sequence, Is.EqualTo(expect.Ints("sequence")));
        }

        if (expect.Get("first_20") is not null)
        {
            Assert.That(sequence.Take(20), Is.EqualTo(expect.Ints("first_20")));
        }

        if (expect.Get("counts") is not null)
        {
            Assert.That(
                Enumerable.Range(0, count).Select(i => sequence.Count(x => x == i)), Is.EqualTo(expect.Ints("counts")));
        }
    }

    private static HostSet SetOf(JsonElement[] localities, uint factor)
    {
        string Name(int i) => "r/z" + i.ToString("D3", System.Globalization.CultureInfo.InvariantCulture);
        Host[] hosts = [.. localities.SelectMany((l, i) => TestHosts.ByCounts(
            Math.Max(l.Int("hosts"), 0), l.Int("healthy"), l.Int("degraded"), l.Int("excluded"), Name(i), 1000 * i))];
        var members = new PriorityMembers
        {
            Hosts = hosts,
            OverprovisioningFactor = factor,
            LocalityWeights = [.. localities.Select((l, i) => (Locality.Parse(Name(i)), (uint)l.Int("weight")))],
        };
        return HostSet.Partition(members, LocalityLayout.Of(members, Locality.Empty, isLocalityWeighted: true));
    }

    private static HostSet ZoneSet(JsonElement input, string name, string hasLocal)
    {
        // Zones are listed with the own one first; names that sort in list order keep that order.
        JsonElement[] zones = [.. input.Items(name)];
        var hosts = new List<Host>();
        string[] names = NamesOf(zones);
        foreach ((JsonElement zone, int i) in zones.Select(static (z, i) => (z, i)))
        {
            int count = zone.Int("hosts");
            uint weight = zone.Get("weight_sum") is JsonElement sum && count > 0 ? sum.GetUInt32() / (uint)count : 1;
            hosts.AddRange(Enumerable.Range(0, count).Select(
                k => TestHosts.Make((100 * i) + k, "r/" + names[i], weight)));
            if (count == 0)
            {
                // The counts are of healthy hosts; the zone itself exists.
                hosts.Add(TestHosts.Make((100 * i) + 99, "r/" + names[i], 1, "unhealthy"));
            }
        }

        bool isLocal = input.Get(hasLocal)?.GetBoolean() ?? true;
        var members = new PriorityMembers { Hosts = [.. hosts] };
        Locality own = isLocal ? Locality.Parse("r/" + names[0]) : Locality.Parse("elsewhere");
        return HostSet.Partition(members, LocalityLayout.Of(members, own, isLocalityWeighted: false));
    }

    /// <summary>Empty zones have no name of their own: each gets one that sorts where it is listed.</summary>
    private static string[] NamesOf(JsonElement[] zones)
    {
        var names = new string[zones.Length];
        for (int i = 0; i < zones.Length; i++)
        {
            string name = zones[i].Text("zone");
            string previous = i > 1 ? names[i - 1] : "";
            names[i] = name != "-" ? name : previous + "!"
                + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return names;
    }
}

using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of hashes, rings, Maglev tables and bounded loads.</summary>
internal sealed class HashingVectorTests
{
    private static IEnumerable<TestCaseData> HashCases() => VectorFiles.Cases("envoy-hash");

    private static IEnumerable<TestCaseData> RingCases() => VectorFiles.Cases("envoy-ring-hash");

    private static IEnumerable<TestCaseData> MaglevCases() => VectorFiles.Cases("envoy-maglev");

    private static IEnumerable<TestCaseData> BoundedCases() => VectorFiles.Cases("envoy-bounded-load");

    [TestCaseSource(nameof(HashCases))]
    public void Hash(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        ulong? expected = c.GetProperty("expect").Get("hash")?.U64();
        ulong seed = input.Get("seed")?.U64() ?? 0;
        ulong? actual = input.Text("algorithm") switch
        {
            "xxhash64" => XxHash64.Of(input.Text("text"), seed),
            "murmurhash2_64" => MurmurHash2.Of(input.Text("text"), seed),
            "xxhash64_chain" => HashPolicies.Chain(input.Texts("texts")),
            "hash_policy" => PolicyHash(input),
            string other => throw new InvalidDataException(other),
        };
        Assert.That(actual, Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(RingCases))]
    public void Ring_hash(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        HashedHosts hosts = HostsOf(input, out Host[] inOrder);
        var ring = new RingHashTable(hosts, new RingHashConfig(
            input.Get("minimum_ring_size")?.U64() ?? 1024, input.Get("maximum_ring_size")?.U64() ?? 8_388_608,
            input.Text("hash_function", "xxhash64").StartsWith("murmur", StringComparison.OrdinalIgnoreCase)));
        if (expect.Get("stats") is JsonElement stats)
        {
            Assert.That(ring.Size, Is.EqualTo(stats.Int("size")));
            Assert.That(ring.MinPerHost, Is.EqualTo(stats.Int("min_hashes_per_host")));
            Assert.That(ring.MaxPerHost, Is.EqualTo(stats.Int("max_hashes_per_host")));
        }

        if (expect.Get("ring") is JsonElement entries)
        {
            Assert.That(
                Enumerable.Range(0, ring.Size).Select(i => (ring.Hashes[i], KeyOf(ring.Hosts[i]))),
                Is.EqualTo(entries.EnumerateArray().Select(static e => (e[0].U64(), e[1].GetString()))));
        }

        CheckPicks(expect, ring, inOrder, input);
    }

    [TestCaseSource(nameof(MaglevCases))]
    public void Maglev(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        HashedHosts hosts = HostsOf(input, out Host[] inOrder);
        var table = new MaglevTable(hosts, new MaglevConfig(input.Get("table_size")?.U64() ?? 65537));
        if (expect.Get("stats") is JsonElement stats)
        {
            Assert.That(table.MinPerHost, Is.EqualTo(stats.Int("min_entries_per_host")));
            Assert.That(table.MaxPerHost, Is.EqualTo(stats.Int("max_entries_per_host")));
        }

        if (expect.TryGetProperty("table", out JsonElement slots))
        {
            string[] wanted = slots.ValueKind == JsonValueKind.Null ? []
                : [.. slots.EnumerateArray().Select(static s => s.GetString()!)];
            Assert.That(table.Slots.ToArray().Select(KeyOf), Is.EqualTo(wanted));
        }

        if (expect.Get("entries") is not null)
        {
            Host[] all = table.Slots.ToArray();
            Assert.That(inOrder.Select(h => all.Count(s => ReferenceEquals(s, h))), Is.EqualTo(expect.Ints("entries")));
        }

        CheckPicks(expect, table, inOrder, input);
    }

    [TestCaseSource(nameof(BoundedCases))]
    public void Bounded_load(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        switch (input.Text("op"))
        {
            case "overload_factor":
                uint total = BoundedLoad.TotalSlots(
                    (uint)input.Int("cluster_active_requests"), (uint)input.Int("hash_balance_factor"));
                uint slots = BoundedLoad.Slots(total, input.Number("normalized_weight", 0));
                Assert.That(total, Is.EqualTo(expect.Int("total_slots")));
                Assert.That(slots, Is.EqualTo(expect.Int("slots")));
                Assert.That(
                    (double)input.Int("host_active_requests") / slots,
                    Is.EqualTo(expect.Number("overload_factor", 0)).Within(1e-12));
                break;
            case "probe_order":
                BoundedLoad bound = BoundOf(input.Int("hosts"));
                bound.BeginOrder(input.GetProperty("hash").U64());
                Assert.That(
                    Enumerable.Range(0, input.Int("hosts")).Select(bound.NextInOrder),
                        Is.EqualTo(expect.Ints("order")));
                break;
            case "choose":
                double[] factors = input.Doubles("overload_factors");
                int primary = input.Int("primary");
                var load = new StatedLoad(factors);
                int chosen = factors[primary] <= 1.0 ? primary
                    : BoundOf(factors.Length).ChooseOther(primary, input.GetProperty("hash").U64(), ref load);
                Assert.That(chosen, Is.EqualTo(expect.Int("host")));
                break;
            default:
                throw new InvalidDataException(input.ToString());
        }
    }

    private static ulong? PolicyHash(JsonElement input)
    {
        var hash = default(HashPolicies.Accumulator);
        foreach (JsonElement policy in input.Items("policies"))
        {
            string[] values = policy.Texts("values");
            ulong? value = values.Length == 0 ? null
                : policy.Text("type") == "header" ? HashPolicies.OfHeaderValues(values) : XxHash64.Of(values[0]);
            if (hash.Add(value, policy.Flag("terminal")))
            {
                break;
            }
        }

        return hash.HasHash ? hash.Hash : null;
    }

    private static BoundedLoad BoundOf(int count) => new(
        new HashedHosts([.. Enumerable.Range(0, count).Select(i =>
            new HashedHost(TestHosts.Make(i), "h", 1.0 / count))], 1, 1),
        100);

    private static string KeyOf(Host host) => host.Endpoint.LbMetadata!["hash_key"];

    private static void CheckPicks(JsonElement expect, HashTable table, Host[] inOrder, JsonElement input)
    {
        foreach (JsonElement pick in expect.Items("picks"))
        {
            ulong hash = pick.GetProperty("hash").U64();
            int retries = pick.Int("host_selection_retry_count");
            Host? host = null;
            for (uint attempt = 0; attempt <= retries; attempt++)
            {
                host = table.Choose(hash, attempt);
                bool isRejected = host is not null && pick.Get("rejected") is JsonElement r
                    && (r.ValueKind == JsonValueKind.String
                        || r.EnumerateArray().Any(x => x.GetString() == KeyOf(host)));
                if (!isRejected)
                {
                    break;
                }
            }

            Assert.That(host is null ? null : KeyOf(host), Is.EqualTo(pick.Get("host")?.GetString()), pick.ToString());
        }

        if (expect.Get("histogram") is JsonElement histogram)
        {
            ulong step = histogram.GetProperty("key_step").U64();
            var counts = new int[inOrder.Length];
            for (ulong i = 0; i < histogram.GetProperty("keys").U64(); i++)
            {
                counts[Array.IndexOf(inOrder, table.Choose(i * step, 0))]++;
            }

            Assert.That(counts, Is.EqualTo(histogram.Ints("counts")), input.ToString());
        }
    }

    private static HashedHosts HostsOf(JsonElement input, out Host[] inOrder)
    {
        bool hasLocalities = input.Get("locality_weights") is not null;
        string Name(int i) => "r/z" + i.ToString("D3", System.Globalization.CultureInfo.InvariantCulture);
        inOrder = [.. input.Items("hosts").Select((h, i) => new Host(
            new LbEndpoint
            {
                Address = "10.0.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Port = 80,
                Weight = (uint)h.Int("weight", 1),
                LbMetadata = new Dictionary<string, string> { ["hash_key"] = h.Text("hash_key") },
            },
            Locality.Parse(hasLocalities ? Name(h.Int("locality")) : ""), 0))];
        var members = new PriorityMembers
        {
            Hosts = inOrder,
            LocalityWeights = [.. input.Items("locality_weights").Select((w, i) =>
                (Locality.Parse(Name(i)), w.GetUInt32()))],
        };
        HostSet set = HostSet.Partition(
            members, hasLocalities ? LocalityLayout.Of(members, Locality.Empty, isLocalityWeighted: true) : null);
        return HashedHosts.Of(set, isInPanic: false, useHostname: false);
    }

    private readonly struct StatedLoad(double[] factors) : IOverload
    {
        public double FactorOf(int index) => factors[index];
    }
}

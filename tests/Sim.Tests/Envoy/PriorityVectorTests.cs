using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of priorities, retry priorities and host health.</summary>
internal sealed class PriorityVectorTests
{
    private static IEnumerable<TestCaseData> LoadCases() => VectorFiles.Cases("envoy-priority-load");

    private static IEnumerable<TestCaseData> ChooseCases() => VectorFiles.Cases("envoy-choose-priority");

    private static IEnumerable<TestCaseData> RetryCases() => VectorFiles.Cases("envoy-retry-priority");

    private static IEnumerable<TestCaseData> HealthCases() => VectorFiles.Cases("envoy-host-health");

    [TestCaseSource(nameof(LoadCases))]
    public void Priority_load(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        HostSet[] sets = [.. input.Items("priorities").Select(SetOf)];
        var load = new PriorityLoad(input.Number("panic_threshold", 50));
        load.RecalculateAll(sets);
        Check(c.GetProperty("expect"), load, sets.Length);
        if (c.Get("expect_derived") is JsonElement derived)
        {
            Check(derived, load, sets.Length);
        }
    }

    [TestCaseSource(nameof(ChooseCases))]
    public void Choose_priority(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        int priority = PriorityLoad.Choose(
            input.GetProperty("hash").U64(), Loads(input, "healthy_load"), Loads(input, "degraded_load"),
            out HostAvailability availability);
        JsonElement expect = c.GetProperty("expect");
        Assert.That(priority, Is.EqualTo(expect.Int("priority")));
        Assert.That(availability.ToString(), Is.EqualTo(expect.Text("availability")).IgnoreCase);
    }

    [TestCaseSource(nameof(RetryCases))]
    public void Retry_priority(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        HostSet[] sets = [.. input.Items("priorities").Select(SetOf)];
        JsonElement stated = input.GetProperty("original_load");
        var state = new RetryPriorityState(input.Int("update_frequency"));
        foreach (JsonElement step in c.GetProperty("expect").Items("steps"))
        {
            Host host = TestHosts.Make(1);
            host.Priority = step.Int("attempted_priority");
            state.AddAttempted(host);
            ReadOnlySpan<uint> healthy = Loads(stated, "healthy_load");
            ReadOnlySpan<uint> degraded = Loads(stated, "degraded_load");
            state.Determine(sets, ref healthy, ref degraded);
            JsonElement expected = step.GetProperty("load");
            Assert.That(healthy.ToArray(), Is.EqualTo(Loads(expected, "healthy_load")), step.ToString());
            Assert.That(degraded.ToArray(), Is.EqualTo(Loads(expected, "degraded_load")), step.ToString());
        }
    }

    [TestCaseSource(nameof(HealthCases))]
    public void Host_health(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        if (input.Get("eds_health_status") is JsonElement status)
        {
            HealthFlags flags = HostHealth.FromEds(Enum.Parse<EdsHealthStatus>(status.GetString()!, ignoreCase: true));
            Assert.That(flags, Is.EqualTo(FlagsOf(expect)));
            return;
        }

        HealthFlags given = FlagsOf(input);
        Assert.That(HostHealth.Coarse(given).ToString(), Is.EqualTo(expect.Text("health")).IgnoreCase);
        Assert.That(HostHealth.IsExcluded(given), Is.EqualTo(expect.Flag("excluded")));
    }

    private static HealthFlags FlagsOf(JsonElement e) => e.Texts("flags").Aggregate(
        HealthFlags.None,
        static (all, name) => all | Enum.Parse<HealthFlags>(name.Replace("_", "", StringComparison.Ordinal),
            ignoreCase: true));

    private static uint[] Loads(JsonElement e, string name) => [.. e.Items(name).Select(static x => x.GetUInt32())];

    private static HostSet SetOf(JsonElement priority)
    {
        Host[] hosts = priority.Get("host_list") is JsonElement list
            ? [.. list.EnumerateArray().Select(
                static (h, i) => TestHosts.Make(i, "", (uint)h.Int("weight", 1), h.Text("state")))]
            : [.. TestHosts.ByCounts(
                priority.Int("hosts"), priority.Int("healthy"), priority.Int("degraded"), priority.Int("excluded"))];
        return HostSet.Partition(
            new PriorityMembers
            {
                Hosts = hosts,
                OverprovisioningFactor = (uint)priority.Int("overprovisioning_factor", 140),
                WeightedPriorityHealth = priority.Flag("weighted_priority_health"),
            },
            null);
    }

    private static void Check(JsonElement expect, PriorityLoad load, int count)
    {
        foreach (JsonProperty p in expect.EnumerateObject())
        {
            object actual = p.Name switch
            {
                "health" => load.Health.ToArray(),
                "degraded_availability" => load.DegradedAvailability.ToArray(),
                "healthy_load" => load.HealthyLoad.ToArray(),
                "degraded_load" => load.DegradedLoad.ToArray(),
                "normalized_total" => load.NormalizedTotal,
                "panic" => Enumerable.Range(0, count).Select(load.IsInPanic).ToArray(),
                "total_panic" => load.IsTotalPanic,
                _ => throw new InvalidDataException(p.Name),
            };
            object wanted = p.Name switch
            {
                "normalized_total" => p.Value.GetUInt32(),
                "total_panic" => p.Value.GetBoolean(),
                "panic" => p.Value.EnumerateArray().Select(static x => x.GetBoolean()).ToArray(),
                _ => p.Value.EnumerateArray().Select(static x => x.GetUInt32()).ToArray(),
            };
            Assert.That(actual, Is.EqualTo(wanted), p.Name);
        }
    }
}

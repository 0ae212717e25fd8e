using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of subset balancing.</summary>
internal sealed class SubsetVectorTests
{
    private static IEnumerable<TestCaseData> SubsetCases() => VectorFiles.Cases("envoy-subset");

    [TestCaseSource(nameof(SubsetCases))]
    public void Subset(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        if (input.Get("route_criteria") is JsonElement route)
        {
            SubsetCriteria merged = new SubsetCriteria(LbClusterReader.Texts(route))
                .MergedWith(new SubsetCriteria(LbClusterReader.Texts(input.GetProperty("weighted_cluster_criteria"))));
            Assert.That(merged.Values, Is.EquivalentTo(LbClusterReader.Texts(expect.GetProperty("final_criteria"))));
            return;
        }

        LbEndpoint[] endpoints = [.. input.GetProperty("hosts").EnumerateObject().Select(static h => new LbEndpoint
        {
            Address = h.Name, Port = 1, LbMetadata = LbClusterReader.Texts(h.Value),
        })];
        var config = new ClusterConfig
        {
            Name = "c",
            LbSubsets = new LbSubsetConfig
            {
                Fallback = LbClusterReader.Fallback(input.Text("fallback_policy", "NO_FALLBACK")),
                DefaultSubset = LbClusterReader.Texts(input.Get("default_subset")),
                Selectors = [.. input.Items("selectors").Select(static s => new LbSubsetSelector(
                    s.Texts("keys"), LbClusterReader.Fallback(s.Text("fallback", "NOT_DEFINED"))))],
            },
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, endpoints)],
            },
        };
        var cluster = new UpstreamCluster(config, Locality.Empty, new RngStream(1), 0);
        var context = new LbContext
        {
            SubsetCriteria = new SubsetCriteria(LbClusterReader.Texts(input.Get("match_criteria"))),
        };
        string[] seen = [.. Enumerable.Range(0, 4 * endpoints.Length)
            .Select(_ => cluster.ChooseHost(ref context, 0)?.Endpoint.Address ?? "none").Distinct()];
        Assert.That(seen, Is.EquivalentTo(expect.Texts("hosts")));
    }
}

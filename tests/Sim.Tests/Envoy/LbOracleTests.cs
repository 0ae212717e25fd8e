using System.Text.Json;
using Sim.Tests.Oracle;

namespace Sim.Tests.Envoy;

/// <summary>Recordings of a running Envoy's balancers (family envoy-lb), compared as their README says.</summary>
internal sealed class LbOracleTests
{
    private const string Family = "envoy-lb";

    private static readonly Dictionary<string, Action<JsonElement, JsonElement>> s_kinds = new()
    {
        ["priority"] = LbOracleShares.Priority,
        ["locality-weighted"] = LbOracleShares.LocalityWeighted,
        ["duplicate-address"] = LbOracleShares.DuplicateAddress,
        ["zone-aware"] = LbOracleShares.ZoneAware,
        ["random"] = LbOracleShares.Random,
        ["round-robin"] = LbOraclePolicies.RoundRobin,
        ["least-request"] = LbOraclePolicies.LeastRequest,
        ["slow-start"] = LbOraclePolicies.SlowStart,
        ["loaded"] = LbOraclePolicies.Loaded,
        ["ring-hash"] = LbOracleHashing.Table,
        ["maglev"] = LbOracleHashing.Table,
        ["bounded-load"] = LbOracleHashing.BoundedLoad,
        ["hash-policy"] = LbOracleHashing.HashPolicy,
        ["subset"] = LbOracleShares.Subset,
        ["override-host"] = LbOracleShares.OverrideHost,
        ["endpoint-update"] = LbOracleScripts.EndpointUpdate,
        ["merge-window"] = LbOracleScripts.MergeWindow,
        ["weighted-cluster"] = LbOracleRoutes.WeightedCluster,
        ["accepted-config"] = LbOracleScripts.AcceptedConfig,
    };

    private static IEnumerable<TestCaseData> Cases()
    {
        bool any = false;
        foreach (string file in OracleFiles.Files(Family, "*.json"))
        {
            JsonElement head = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            if (head.GetProperty("family").GetString() != Family)
            {
                throw new InvalidDataException(file + " is of another family");
            }

            string kind = head.GetProperty("kind").GetString()!;
            foreach (JsonElement c in head.GetProperty("cases").EnumerateArray())
            {
                any = true;
                yield return OracleFiles.Case(Family, c.GetProperty("id").GetString()!, kind, head, c);
            }
        }

        if (!any)
        {
            throw new InvalidDataException("no recordings of family " + Family);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Envoy_lb(string kind, object head, object recording)
    {
        if (!s_kinds.TryGetValue(kind, out Action<JsonElement, JsonElement>? check))
        {
            Assert.Fail("no runner for kind " + kind);
        }

        check!((JsonElement)head, (JsonElement)recording);
    }
}

using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Tests.Oracle;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Open traffic while something fails behind or at an east-west gateway, against recorded runs.</summary>
/// <remarks>Which pod a connection is pinned to is a draw, so a recorded run is met when one of some seeds gives its
/// ejections and counts.</remarks>
[TestFixture]
internal sealed class TimelineTests
{
    private const int SeedsMost = 400;
    private static readonly Lazy<HashSet<string>> NotYet = new(() => OracleList.Read("gateway-e2e", "not-yet.txt"));

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (TestCaseData folder in GatewayCase.Of("timelines"))
        {
            string path = (string)folder.Arguments[0]!;
            foreach (JsonElement run in GatewayCase.Read(path).Runs())
            {
                string id = "timelines/" + Path.GetFileName(path) + "/" + run.GetProperty("run").GetRawText();
                yield return OracleFiles.Case("gateway-e2e", id, path, run, id);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Failover_is_as_recorded(string folder, object recorded, string id)
    {
        GatewayCase c = GatewayCase.Read(folder);
        var run = (JsonElement)recorded;
        List<string> view = [.. ViewComparison.Compare(c, new GatewayWorld(c, 1, 0))];
        List<string>? best = null;
        for (ulong seed = 1; seed <= SeedsMost && best is not { Count: 0 }; seed++)
        {
            List<string> found = TimelineComparison.Compare(c, run, GatewayTimeline.Run(c, run, seed));
            best = best is null || found.Count < best.Count ? found : best;
        }

        OracleList.Judge(NotYet.Value, id, string.Join("\n", view.Concat(best!)));
    }
}

using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>Compiled configuration against recordings of istiod 1.29.0.</summary>
[TestFixture]
public sealed class XdsOracleTests
{
    public static IEnumerable<TestCaseData> Cases()
    {
        foreach (XdsCase c in XdsCase.All("xds"))
        {
            foreach (string level in XdsLevels.All)
            {
                yield return OracleFiles.Case("xds", c.Id + "/" + level, c, level);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Compiled_configuration_equals_the_recorded_one(object recorded, string level)
    {
        var c = (XdsCase)recorded;
        string differences = XdsLevels.Compare(c, level, IstioProfile.V1_29, static (_, answer) => answer);
        OracleList.Judge([], "xds/" + c.Id + "/" + level, differences);
    }
}

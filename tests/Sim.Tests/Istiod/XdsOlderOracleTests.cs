using Sim.Core;
using Sim.Tests.Oracle;

namespace Sim.Tests.Istiod;

/// <summary>Compiled configuration of profile 1.22 against recordings of istiod 1.22.3.</summary>
[TestFixture]
public sealed class XdsOlderOracleTests
{
    private static readonly Lazy<XdsOlderAnswers> Older = new(XdsOlderAnswers.Read);

    public static IEnumerable<TestCaseData> Cases()
    {
        foreach (XdsCase c in XdsCase.All("xds").Where(static c => Older.Value.Has(c.Id)))
        {
            foreach (string level in XdsLevels.All)
            {
                yield return OracleFiles.Case("xds-1.22", c.Id + "/" + level, c, level);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Compiled_configuration_equals_the_recorded_one(object recorded, string level)
    {
        var c = (XdsCase)recorded;
        string differences = XdsLevels.Compare(
            c, level, IstioProfile.V1_22, (proxy, answer) => Older.Value.Apply(c.Id, proxy, answer));
        OracleList.Judge([], "xds-1.22/" + c.Id + "/" + level, differences);
    }
}

using System.Text.Json;
using Sim.Tests.Oracle;

namespace Sim.Tests.Envoy;

/// <summary>Recordings of a running Envoy's outlier detection (family envoy-outlier), compared as their README
/// says.</summary>
internal sealed class OutlierOracleTests
{
    private const string Family = "envoy-outlier";

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

            foreach (JsonElement c in head.GetProperty("cases").EnumerateArray())
            {
                any = true;
                yield return OracleFiles.Case(Family, c.GetProperty("id").GetString()!, c);
            }
        }

        if (!any)
        {
            throw new InvalidDataException("no recordings of family " + Family);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Envoy_outlier(object recording) => new OutlierScript((JsonElement)recording).Run();
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Tests.Oracle;

/// <summary>Family admission: one manifest, the verdict and the texts of every layer of <c>kubectl apply</c>.</summary>
internal sealed class AdmissionOracleTests
{
    private static IEnumerable<TestCaseData> Cases() => Read("admission/1");

    private static IEnumerable<TestCaseData> SeveralDocuments() => Read("admission-several/1");

    [TestCaseSource(nameof(Cases))]
    public void Apply_recorded_manifest_gives_recorded_layers(string json, bool isListed)
    {
        JsonElement c = JsonDocument.Parse(json).RootElement;
        List<string> differences = [.. AdmissionComparison.Differences(c)];
        NotYet.Judge(differences, isListed);
    }

    [TestCaseSource(nameof(SeveralDocuments))]
    public void Apply_recorded_file_stores_recorded_objects(string json, bool isListed)
    {
        JsonElement c = JsonDocument.Parse(json).RootElement;
        var store = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);
        var bag = new DiagnosticBag();
        store.Apply("setup.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: bank}}", bag);
        IReadOnlyList<ApplyResult> results = store.Apply("manifest.yaml", c.GetProperty("yaml").GetString()!, bag);

        string stored = JsonSerializer.Serialize(store.Objects.OfType<DestinationRule>()
            .OrderBy(o => o.Name, StringComparer.Ordinal)
            .Select(o => new { name = o.Name, @namespace = o.Namespace,
                spec = AdmissionComparison.ToJson(o.Node["spec"]!) }));
        string expected = c.GetProperty("stored_after").GetRawText();
        string lines = string.Concat(results.Where(r => r.Action != ApplyAction.Refused).Select(LineOf));
        var differences = new List<string>();
        if (!JsonNode.DeepEquals(JsonNode.Parse(stored), JsonNode.Parse(expected)))
        {
            differences.Add($"stored {stored}, recorded {expected}");
        }

        JsonElement kubectl = c.GetProperty("kubectl").GetProperty("strict");
        if (lines != kubectl.GetProperty("stdout").GetString())
        {
            differences.Add("stdout " + lines);
        }

        if (bag.HasErrors != (kubectl.GetProperty("exit").GetInt32() != 0))
        {
            differences.Add("errors: " + string.Join("; ", bag.Items));
        }

        NotYet.Judge(differences, isListed);
    }

    private static string LineOf(ApplyResult r)
    {
        KubeObject o = r.Object!;
        string group = o.Group.Length == 0 ? "" : "." + o.Group;
        return $"{o.Kind.ToLowerInvariant()}{group}/{o.Name} {r.Action.ToString().ToLowerInvariant()}\n";
    }

    private static IEnumerable<TestCaseData> Read(string schema)
    {
        HashSet<string> listed = NotYet.List("tests/Oracle/admission/not-yet.txt");
        foreach (string file in OracleFiles.Files("admission", "*.json"))
        {
            JsonElement root = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            string stated = root.GetProperty("schema").GetString()!;
            if (stated is not ("admission/1" or "admission-several/1"))
            {
                throw new InvalidDataException($"{file} has the unknown schema {stated}");
            }

            foreach (JsonElement c in stated == schema ? root.GetProperty("cases").EnumerateArray() : [])
            {
                string id = c.GetProperty("id").GetString()!;
                yield return OracleFiles.Case("admission", id, c.GetRawText(), listed.Contains(id));
            }
        }
    }
}

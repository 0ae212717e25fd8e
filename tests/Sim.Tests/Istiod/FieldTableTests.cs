using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Mesh;
using Sim.Tests.Oracle;

namespace Sim.Tests.Istiod;

/// <summary>docs/fields.md against the custom resource definitions, and its words against the readers.</summary>
[TestFixture]
public sealed class FieldTableTests
{
    private static readonly string[] Words = ["modelled", "reported", "no effect"];

    private static readonly Lazy<Dictionary<(string Kind, string Path), string>> Documented = new(ReadTable);

    public static IEnumerable<TestCaseData> Kinds() => OracleFiles.Files("crd-fields", "*.json")
        .Select(static f => OracleFiles.Case("crd-fields", Path.GetFileNameWithoutExtension(f), f));

    public static IEnumerable<TestCaseData> Reported() => OracleFiles.Files("crd-fields", "*.json")
        .SelectMany(static f => Fields(f).Where(static x => Documented.Value.GetValueOrDefault((x.Kind, x.Path))
            == "reported"))
        .Select(static x => OracleFiles.Case("crd-fields", x.Kind + "/" + x.Path, x.Kind, x.Path, x.Schema));

    [TestCaseSource(nameof(Kinds))]
    public void Every_field_has_a_row(string file)
    {
        var missing = Fields(file).Where(static f => !Documented.Value.ContainsKey((f.Kind, f.Path))).ToList();
        Assert.That(missing.Select(static f => f.Kind + " " + f.Path), Is.Empty);
    }

    [Test]
    public void Every_row_is_a_field_and_says_one_of_three_words()
    {
        HashSet<(string, string)> known = [.. OracleFiles.Files("crd-fields", "*.json").SelectMany(Fields)
            .Select(static f => (f.Kind, f.Path))];
        Assert.Multiple(() =>
        {
            Assert.That(Documented.Value.Keys.Where(k => !known.Contains(k)), Is.Empty);
            Assert.That(Documented.Value.Where(static r => !Words.Contains(r.Value)), Is.Empty);
        });
    }

    [Test]
    public void Rows_agree_with_the_table_of_the_readers()
    {
        var wrong = new List<string>();
        foreach (((string kind, string path), string word) in Documented.Value)
        {
            FieldTreatment? f = UnmodelledFields.Table.FirstOrDefault(t => t.Kind == kind && Covers(t.Path, path));
            bool isKeySource = path is "spec.jwtRules[].jwksUri" or "spec.jwtRules[].jwks_uri";
            string should = isKeySource ? "reported" : f is null ? "modelled"
                : f.Code.Length > 0 ? "reported" : "no effect";
            if (should != word)
            {
                wrong.Add($"{kind} {path}: {word}, should be {should}");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [TestCaseSource(nameof(Reported))]
    public void A_reported_field_gives_a_diagnostic(string kind, string path, object schema)
    {
        var fields = (IReadOnlyDictionary<string, JsonElement>)schema;
        var diagnostics = new DiagnosticBag();
        JsonObject spec = Build(path["spec.".Length..].Split('.'), 0, "spec", fields).AsObject();
        var text = new JsonObject
        {
            ["apiVersion"] = kind is "RequestAuthentication" ? "security.istio.io/v1" : "networking.istio.io/v1",
            ["kind"] = kind,
            ["metadata"] = VectorMesh.Metadata("ns", "one", ""),
            ["spec"] = spec,
        };
        MeshBuilder.Build(
            [
                new ClusterInput
                {
                    Name = "c1", Manifests = StoredManifests.Read([("one.json", text.ToJsonString())], diagnostics),
                },
            ], new MeshOptions { Profile = IstioProfile.V1_31 }, diagnostics);
        Assert.That(diagnostics.Items.Select(static d => d.Code),
            Has.Some.Matches<string>(static c => c is "MS0201" or "MS0202" or "MS0203" or "MS0204"));
    }

    private static bool Covers(string root, string path) => path == root
        || (path.StartsWith(root, StringComparison.Ordinal)
        && path[root.Length] is '.' or '[' or '{');

    private static JsonNode Build(
        string[] steps, int index, string at, IReadOnlyDictionary<string, JsonElement> fields)
    {
        string step = steps[index];
        string suffix = step.EndsWith("[]", StringComparison.Ordinal) || step.EndsWith("{}", StringComparison.Ordinal)
            ? step[^2..] : "";
        string name = suffix.Length > 0 ? step[..^2] : step;
        string path = at + "." + step;
        JsonNode inner = index + 1 < steps.Length ? Build(steps, index + 1, path, fields) : Value(path, fields);
        return new JsonObject
        {
            [name] = suffix switch
            {
                "[]" => new JsonArray(inner),
                "{}" => new JsonObject { ["key"] = inner },
                _ => inner,
            },
        };
    }

    private static JsonNode Value(string path, IReadOnlyDictionary<string, JsonElement> fields)
    {
        JsonElement f = fields[path];
        if (f.TryGetProperty("enum", out JsonElement values))
        {
            return values[values.GetArrayLength() - 1].GetString()!;
        }

        return f.GetProperty("type").GetString() switch
        {
            "integer" or "number" or "int-or-string" => 1,
            "boolean" => true,
            "array" => new JsonArray(),
            "map" or "object" or "object-empty" => new JsonObject(),
            _ => "1s",
        };
    }

    private static IEnumerable<(string Kind, string Path, IReadOnlyDictionary<string, JsonElement> Schema)> Fields(
        string file)
    {
        JsonElement root = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        string kind = root.GetProperty("kind").GetString()!;
        Dictionary<string, JsonElement> all = root.GetProperty("fields").EnumerateArray()
            .ToDictionary(static f => f.GetProperty("path").GetString()!);
        return all.Keys.Where(static p => p.StartsWith("spec.", StringComparison.Ordinal))
            .Select(p => (kind, p, (IReadOnlyDictionary<string, JsonElement>)all));
    }

    private static Dictionary<(string Kind, string Path), string> ReadTable()
    {
        var result = new Dictionary<(string, string), string>();
        string kind = "";
        foreach (string line in File.ReadLines(Path.Combine(RepositoryPaths.Root, "docs", "fields.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                kind = line[3..].Trim();
            }
            else if (line.StartsWith("| `", StringComparison.Ordinal))
            {
                string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
                result.Add((kind, cells[1].Trim('`')), cells[2]);
            }
        }

        return result;
    }
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Scenarios.Tests;

/// <summary>Schema, reference and reader speak of the same keys.</summary>
internal sealed class ScenarioSchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(ScenarioSchema.Text())!;

    [Test]
    public void Published_schema_is_the_one_made_from_the_key_table() =>
        Published("docs/schema/scenario.schema.json", ScenarioSchema.Text());

    [Test]
    public void Reference_lists_exactly_the_keys_of_the_reader() => Published("docs/scenario.md", Reference.Text());

    [TestCaseSource(typeof(Repository), nameof(Repository.Editions))]
    public void Edition_is_valid_under_the_schema(string scenario, string variant)
    {
        ScenarioDocument d = Repository.Read(scenario, variant, new DiagnosticBag());
        var wrong = new List<string>();
        Validate(d.Root, Schema, "", wrong);
        Assert.That(wrong, Is.Empty);
    }

    [TestCase("apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec: {clusters: [{name: a}], durration: 5m}")]
    [TestCase("apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec: {clusters: [{name: a}], duration: 5 minutes}")]
    [TestCase("apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec: {clusters: {name: a}}")]
    [TestCase("apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec: {clusters: [{region: a}]}")]
    [TestCase("apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec: {clusters: [{name: a}], admission: harsh}")]
    public void What_the_reader_refuses_the_schema_refuses(string text)
    {
        var bag = new DiagnosticBag();
        ScenarioReader.Read(text, "s.yaml", ".", null, "", bag);
        Assert.That(bag.HasErrors, Is.True);
        var wrong = new List<string>();
        Validate(YamlReader.Read(text, "s.yaml", new DiagnosticBag())[0], Schema, "", wrong);
        Assert.That(wrong, Is.Not.Empty);
    }

    private static void Published(string path, string expected)
    {
        string full = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("SIM_PUBLISH") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, expected);
        }

        Assert.That(File.ReadAllText(full), Is.EqualTo(expected), path + " is not up to date: run with SIM_PUBLISH=1");
    }

    /// <summary>The part of JSON Schema that the schema uses.</summary>
    private static void Validate(YamlNode node, JsonNode schema, string path, List<string> wrong)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            Validate(node, Schema["$defs"]![reference["#/$defs/".Length..]]!, path, wrong);
            return;
        }

        if (schema["anyOf"] is JsonArray any)
        {
            List<List<string>> tries = any.Select(s =>
            {
                var own = new List<string>();
                Validate(node, s!, path, own);
                return own;
            }).ToList();
            if (tries.TrueForAll(static t => t.Count > 0))
            {
                wrong.AddRange(tries[0]);
            }

            return;
        }

        if (schema["enum"] is JsonArray words && !words.Any(w => w!.GetValue<string>() == (node as YamlScalar)?.Value))
        {
            wrong.Add(path + " is none of " + words.ToJsonString());
        }

        if (schema["type"] is { } type && !IsOf(node, type))
        {
            wrong.Add(path + " is not " + type.ToJsonString());
            return;
        }

        if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(((YamlScalar)node).Value, pattern))
        {
            wrong.Add(path + " does not match " + pattern);
        }

        if (node is YamlSequence list && schema["items"] is { } items)
        {
            for (int i = 0; i < list.Items.Count; i++)
            {
                Validate(list.Items[i], items, $"{path}[{i}]", wrong);
            }
        }

        if (node is YamlMapping mapping)
        {
            ValidateMapping(mapping, schema, path, wrong);
        }
    }

    private static void ValidateMapping(YamlMapping mapping, JsonNode schema, string path, List<string> wrong)
    {
        foreach (JsonNode? required in schema["required"] as JsonArray ?? [])
        {
            if (mapping[required!.GetValue<string>()] is null)
            {
                wrong.Add($"{path} lacks {required}");
            }
        }

        foreach (YamlEntry e in mapping.Entries)
        {
            if (schema["properties"]?[e.Key] is { } property)
            {
                Validate(e.Value, property, path + "." + e.Key, wrong);
            }
            else if (schema["additionalProperties"] is JsonObject other)
            {
                Validate(e.Value, other, path + "." + e.Key, wrong);
            }
            else if (schema["additionalProperties"] is JsonValue)
            {
                wrong.Add($"{path} has no {e.Key}");
            }
        }
    }

    private static bool IsOf(YamlNode node, JsonNode type)
    {
        if (type is JsonArray several)
        {
            return several.Any(t => IsOf(node, t!));
        }

        return type.GetValue<string>() switch
        {
            "object" => node is YamlMapping,
            "array" => node is YamlSequence,
            "string" => node is YamlScalar { IsNull: false },
            "integer" => node is YamlScalar { IsPlain: true } i && ulong.TryParse(i.Value, out _),
            "number" => node is YamlScalar { IsPlain: true } n && Quantities.TryNumber(n.Value, out _),
            "boolean" => node is YamlScalar { IsPlain: true, Value: "true" or "false" },
            _ => false,
        };
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Tests.Oracle;

/// <summary>Compares what the layers say with a recording, by the rule of the family's README.</summary>
internal static class AdmissionComparison
{
    private const string File = "manifest.yaml";

    /// <summary>All differences; none when the case is reproduced.</summary>
    public static IEnumerable<string> Differences(JsonElement c)
    {
        var bag = new DiagnosticBag();
        JsonElement layers = c.GetProperty("layers");
        IReadOnlyList<YamlNode> documents = YamlReader.Read(c.GetProperty("yaml").GetString()!, File, bag);
        if (documents.Count != 1 || documents[0] is not YamlMapping document || bag.HasErrors)
        {
            return Verdict(layers, "client", "refused");
        }

        AdmissionOutcome outcome = AdmissionChain.Admit(document, File, IstioProfile.V1_29);
        return Client(layers, outcome)
            .Concat(Fields(layers, outcome.Fields))
            .Concat(Schema(layers, outcome.Schema))
            .Concat(WebhookLayer(layers, outcome.Webhook))
            .Concat(Outcomes(c.GetProperty("outcome"), outcome));
    }

    /// <summary>A node as System.Text.Json has it.</summary>
    public static JsonNode? ToJson(YamlNode node) => JsonNode.Parse(JsonText.Of(node));

    private static IEnumerable<string> Verdict(JsonElement layers, string layer, string found)
    {
        if (layers.TryGetProperty(layer, out JsonElement l) && l.GetProperty("verdict").GetString() is { } verdict
            && verdict != "not-called" && verdict != found)
        {
            yield return $"{layer}: {found}, recorded {verdict}";
        }
    }

    private static string NameOf(LayerResult layer) => layer.Verdict.ToString().ToLowerInvariant();

    private static IEnumerable<string> Client(JsonElement layers, AdmissionOutcome outcome)
    {
        foreach (string d in Verdict(layers, "client", NameOf(outcome.Client)))
        {
            yield return d;
        }

        if (layers.GetProperty("client").TryGetProperty("error", out JsonElement error)
            && outcome.Client.Errors is [var found] && found.Text != error.GetString())
        {
            yield return $"client: {found.Text}, recorded {error.GetString()}";
        }
    }

    private static IEnumerable<string> Fields(JsonElement layers, LayerResult layer)
    {
        if (!layers.TryGetProperty("fields", out JsonElement recorded))
        {
            return [];
        }

        return Verdict(layers, "fields",
            NameOf(layer)).Concat(Same("fields", Texts(recorded, "errors"), layer.Errors.Select(e => e.Text)));
    }

    private static IEnumerable<string> Schema(JsonElement layers, LayerResult layer)
    {
        if (!layers.TryGetProperty("schema", out JsonElement recorded))
        {
            return [];
        }

        var errors = recorded.TryGetProperty("errors", out JsonElement e) ? e.EnumerateArray().ToList() : [];
        static string TextOf(JsonElement x) => x.GetProperty("text").GetString()!;
        static string FieldOf(JsonElement x) => x.TryGetProperty("field", out JsonElement f) ? f.GetString()! : "";
        static bool IsTypeError(JsonElement x) => x.TryGetProperty("reason", out JsonElement r)
            && r.GetString() == "FieldValueTypeInvalid";
        var byField = errors.Where(IsTypeError).Select(FieldOf).ToHashSet();
        IEnumerable<string> expected = errors.Select(x => IsTypeError(x) ? FieldOf(x) : FieldOf(x) + ": " + TextOf(x));
        IEnumerable<string> found = layer.Errors.Select(x =>
            byField.Contains(x.Field) && x.Text.Contains("must be of type", StringComparison.Ordinal) ? x.Field
                : x.Field + ": " + x.Text);
        return Verdict(layers, "schema", NameOf(layer)).Concat(Same("schema", expected, found));
    }

    private static IEnumerable<string> WebhookLayer(JsonElement layers, LayerResult layer)
    {
        if (!layers.TryGetProperty("webhook", out JsonElement recorded))
        {
            return [];
        }

        IEnumerable<string> errors = layer.Errors.Select(x => x.Text);
        if (recorded.TryGetProperty("errors_any_of", out JsonElement any))
        {
            bool isOne = any.EnumerateArray().Any(a =>
                !Same("", a.EnumerateArray().Select(x => x.GetString()!), errors).Any());
            return isOne ? [] : ["webhook: " + string.Join("; ", errors) + ", recorded one of " + any.GetRawText()];
        }

        return Verdict(layers, "webhook", NameOf(layer))
            .Concat(Same("webhook errors", Texts(recorded, "errors"), errors))
            .Concat(Same("webhook warnings", Texts(recorded, "warnings"), layer.Warnings.Select(x => x.Text)));
    }

    private static IEnumerable<string> Outcomes(JsonElement outcomes, AdmissionOutcome outcome)
    {
        foreach (AdmissionMode mode in Enum.GetValues<AdmissionMode>())
        {
            JsonElement o = outcomes.GetProperty(mode.ToString().ToLowerInvariant());
            bool isStored = outcome.IsStored(mode);
            if (isStored != o.GetProperty("stored").GetBoolean())
            {
                yield return $"{mode}: stored {isStored}, recorded {o.GetProperty("stored").GetBoolean()}";
            }

            if (mode != AdmissionMode.Lax)
            {
                foreach (string d in Same($"{mode} warnings", Texts(o, "warnings"),
                    outcome.WarningsIn(mode).Select(w => w.Text)))
                {
                    yield return d;
                }
            }

            if (mode == AdmissionMode.Lax && isStored && o.TryGetProperty("object", out JsonElement stored)
                && outcome.Object is { } found
                    && !JsonNode.DeepEquals(JsonNode.Parse(stored.GetRawText()), Kept(found)))
            {
                yield return $"stored {Kept(found)}, recorded {stored.GetRawText()}";
            }
        }
    }

    private static JsonNode Kept(KubeObject o)
    {
        JsonNode node = ToJson(o.Node)!;
        if (o is Service)
        {
            // The recording's dry run hands out the first address of the range; the store hands out none.
            node["spec"]!["clusterIP"] = "10.96.0.0";
            node["spec"]!["clusterIPs"] = new JsonArray("10.96.0.0");
        }

        JsonNode metadata = node["metadata"]!;
        if (o.Namespace.Length > 0)
        {
            metadata["namespace"] = o.Namespace;
        }

        metadata.AsObject().Remove("creationTimestamp");
        return node;
    }

    private static List<string> Texts(JsonElement layer, string name) =>
        layer.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(x => x.GetString()!)] : [];

    private static IEnumerable<string> Same(string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        List<string> a = [.. expected.Select(t => t.TrimEnd()).Order(StringComparer.Ordinal)];
        List<string> b = [.. found.Select(t => t.TrimEnd()).Order(StringComparer.Ordinal)];
        if (!a.SequenceEqual(b))
        {
            yield return $"{what}: [{string.Join(" | ", b)}], recorded [{string.Join(" | ", a)}]";
        }
    }
}

using System.Text.Json;
using Sim.Core;
using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Tests.Vectors;

/// <summary>Vectors istio-validation: one resource, accepted or refused by one layer, with fragments of the
/// texts.</summary>
internal sealed class IstioValidationVectors
{
    private static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-validation");

    [TestCaseSource(nameof(Cases))]
    public void Layer_judges_as_recorded(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement expect = c.GetProperty("expect");
        var bag = new DiagnosticBag();
        var document = (YamlMapping)YamlReader.Read(c.GetProperty("resource").GetString()!, "resource.yaml",
            bag).Single();
        IstioProfile profile = c.TryGetProperty("since", out _) ? IstioProfile.V1_31 : IstioProfile.V1_29;
        AdmissionOutcome outcome = AdmissionChain.Admit(document, "resource.yaml", profile);
        LayerResult layer = c.GetProperty("layer").GetString() switch
        {
            "strict-fields" => outcome.Fields,
            "crd" => outcome.Schema,
            "webhook" => outcome.Webhook,
            var other => throw new InvalidDataException("unknown layer " + other),
        };
        string errors = string.Join("\n", layer.Errors.Select(e => e.Field + ": " + e.Text));
        string warnings = string.Join("\n", layer.Warnings.Select(e => e.Text));
        List<string> missing =
        [
            .. Fragments(expect, "errors").Where(f => !errors.Contains(f, StringComparison.Ordinal)).Select(f =>
                "error " + f),
            .. Fragments(expect, "warnings").Where(f => !warnings.Contains(f, StringComparison.Ordinal)).Select(f =>
                "warning " + f),
        ];
        bool isValid = layer.Verdict != LayerVerdict.Refused;
        if (isValid != expect.GetProperty("valid").GetBoolean())
        {
            missing.Add($"valid {isValid}: {errors}");
        }

        bool isListed = NotYet.List("tests/Vectors/istio-validation.not-yet.txt")
            .Contains(c.GetProperty("id").GetString()!);
        NotYet.Judge(missing, isListed);
    }

    private static IEnumerable<string> Fragments(JsonElement expect, string name) =>
        expect.GetProperty(name).EnumerateArray().Select(x => x.GetString()!);
}

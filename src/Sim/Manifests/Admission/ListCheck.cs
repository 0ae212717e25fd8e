using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>What kubectl does with a List: it cannot ask the server about the fields of the items, so it checks them
/// itself, before anything is sent.</summary>
/// <remarks>Source: kubectl's validation against the server's OpenAPI, text recorded with 1.35. Only
/// <c>--validate=strict</c> asks for it; a List with an unknown field is then refused whole.</remarks>
internal static class ListCheck
{
    /// <summary>True for a list of objects, as <c>kubectl get -o yaml</c> prints one.</summary>
    public static bool IsList(YamlMapping document) =>
        document["kind"] is YamlScalar k && k.Value.EndsWith("List", StringComparison.Ordinal)
        && document["items"] is YamlSequence;

    /// <summary>Asks all layers about every item of a List.</summary>
    /// <param name="document">The List.</param>
    /// <param name="file">Name of its file.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    public static AdmissionOutcome Admit(YamlMapping document, string file, IstioProfile profile)
    {
        var outcomes = document.Items("items").OfType<YamlMapping>()
            .Select(i => AdmissionChain.Admit(i, file, profile)).ToList();
        LayerResult Of(Func<AdmissionOutcome, LayerResult> layer) => new(
            [.. outcomes.SelectMany(o => layer(o).Errors)], [.. outcomes.SelectMany(o => layer(o).Warnings)]);
        LayerResult client = Of(static o => o.Client);
        bool isRefused = client.Errors.Count > 0;
        if (!isRefused && Unknown(outcomes, file, document.Span) is { } unknown)
        {
            client = LayerResult.Refuse(unknown);
        }

        var header = new ObjectHeader(document.Text("apiVersion"), document.Text("kind"),
            new NodeBinder().Bind<ObjectMeta>(document["metadata"] ?? new YamlMapping([], document.Span), "metadata")!,
            "", document.Span, document);
        return new AdmissionOutcome(client, Of(static o => o.Fields), Of(static o => o.Schema),
            Of(static o => o.Webhook), isRefused ? null : new OtherObject(header))
        {
            IsClientValidation = !isRefused,
        };
    }

    /// <summary>The objection for which strict mode refuses a List whole, or null.</summary>
    public static Objection? Refusal(YamlMapping document, string file, IstioProfile profile) => Unknown(
        [.. document.Items("items").OfType<YamlMapping>().Select(i => AdmissionChain.Admit(i, file, profile))],
        file, document.Span);

    /// <summary>kubectl's objection to unknown fields of the items, or null.</summary>
    private static Objection? Unknown(IReadOnlyList<AdmissionOutcome> items, string file, SourceSpan at)
    {
        List<string> texts = [.. items.Where(static o => o.Object is not null)
            .SelectMany(static o => o.Fields.Errors.Select(e => TextOf(o.Object!, e)))];
        if (texts.Count == 0)
        {
            return null;
        }

        string all = texts.Count == 1 ? texts[0] : "[" + string.Join(", ", texts) + "]";
        return new Objection($"error validating \"{file}\": error validating data: {all}; if you choose to ignore " +
            "these errors, turn validation off with --validate=false", at, "",
            "kubectl checks the items of a List itself and sends none of them");
    }

    private static string TextOf(KubeObject o, Objection unknown)
    {
        int dot = unknown.Field.LastIndexOf('.');
        string name = unknown.Field[(dot + 1)..];
        string owner = dot < 0 ? "" : "." + unknown.Field[..dot];
        string version = o.ApiVersion[(o.ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];
        string group = o.Group.EndsWith(".istio.io", StringComparison.Ordinal)
            ? string.Join('.', o.Group.Split('.').Reverse())
            : "io.k8s.api." + (o.Group.Length == 0 ? "core" : o.Group.Split('.')[0]);
        string type = System.Text.RegularExpressions.Regex.Replace(owner, @"\[\d+\]", "");
        return $"ValidationError({o.Kind}{owner}): unknown field \"{name}\" in {group}.{version}.{o.Kind}{type}";
    }
}

using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Mesh.Analysis;

/// <summary>istiod's rules of every Istio kind, as analysis applies them to what is stored.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/schema/validation.go. Labels and annotations are not looked at; errors
/// do not hide the warnings.</remarks>
internal static class SchemaAnalyzer
{
    private const string Unused = "virtualService rule ";

    /// <summary>One analyzer per kind.</summary>
    public static IReadOnlyList<(AnalyzerDescription, Action<AnalysisContext>)> Table { get; } =
        [.. KindTable.All.Where(static k => k.IsIstio).Select(static k => (
            new AnalyzerDescription("schema.ValidationAnalyzer." + k.Kind, $"istiod's rules for {k.Kind} objects.",
                k.Kind == "VirtualService" ? "IST0106 IST0130 IST0131 IST0133" : "IST0106 IST0133")
            { ReadsRuntimeObjects = false },
            (Action<AnalysisContext>)(c => Run(c, k.Kind))))];

    private static void Run(AnalysisContext c, string kind)
    {
        foreach (KubeObject o in c.Each(kind))
        {
            ObjectMeta bare = o.Metadata with
            {
                Labels = SpannedMap<Spanned<string>>.Empty, Annotations = SpannedMap<Spanned<string>>.Empty,
            };
            Findings found = Webhook.Validate(o with { Header = o.Header with { Metadata = bare } }, c.Input.Profile);
            foreach (Objection e in found.Errors)
            {
                c.Report("IST0106", o, "Schema validation error: " + e.Text);
            }

            foreach (Objection w in found.Warnings)
            {
                if (!w.Text.StartsWith(Unused, StringComparison.Ordinal))
                {
                    c.Report("IST0133", o, "Schema validation warning: " + w.Text);
                    continue;
                }

                bool isMatch = w.Text.Contains(" is not used (", StringComparison.Ordinal);
                c.Report(isMatch ? "IST0131" : "IST0130", o, "V" + w.Text[1..] + ".");
            }
        }
    }
}

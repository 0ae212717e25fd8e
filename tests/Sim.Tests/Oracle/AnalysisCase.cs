using System.Text.Json;
using Sim.Core;
using Sim.Manifests;
using Sim.Mesh.Analysis;

namespace Sim.Tests.Oracle;

/// <summary>Reads a case of the analysis family and compares messages by the rule of its README.</summary>
internal static class AnalysisCase
{
    /// <summary>Messages of a case.</summary>
    /// <param name="c">The case, with <c>resources</c> or <c>clusters</c> and <c>main</c>.</param>
    /// <param name="isFilesOnly">What <c>istioctl analyze --use-kube=false</c> sees.</param>
    public static IReadOnlyList<AnalysisMessage> Run(JsonElement c, bool isFilesOnly = false)
    {
        var clusters = new List<AnalysisCluster>();
        if (c.TryGetProperty("clusters", out JsonElement several))
        {
            List<JsonProperty> all = [.. several.EnumerateObject()];
            string main = c.TryGetProperty("main", out JsonElement m) ? m.GetString()! : all[0].Name;
            clusters.AddRange(all.OrderByDescending(p => p.Name == main).Select(p => new AnalysisCluster(
                p.Name == main ? "default" : p.Name, Read(p.Value.GetString()!, p.Name + ".yaml"))));
        }
        else
        {
            clusters.Add(new AnalysisCluster("default", Read(c.GetProperty("resources").GetString()!,
                "manifest.yaml")));
        }

        return IstioAnalyzers.Run(new AnalysisInput
        {
            Clusters = clusters,
            MeshConfig = c.TryGetProperty("meshConfig", out JsonElement config) ? ConfigOf(config) : null,
            AssumesIngressGateway = true,
            IsFilesOnly = isFilesOnly,
        });
    }

    /// <summary>Messages of one document.</summary>
    public static IReadOnlyList<AnalysisMessage> Run(string yaml) => IstioAnalyzers.Run(new AnalysisInput
    {
        Clusters = [new AnalysisCluster("default", Read(yaml, "manifest.yaml"))],
        AssumesIngressGateway = true,
    });

    /// <summary>Differences between found and recorded messages, both sorted.</summary>
    public static IReadOnlyList<string> Differences(
        IReadOnlyList<AnalysisMessage> found, JsonElement recorded, bool isText)
    {
        List<string> a = [.. recorded.EnumerateArray().Select(m => Show(m, isText)).Order(StringComparer.Ordinal)];
        List<string> b = [.. found.Select(m => Show(m, isText)).Order(StringComparer.Ordinal)];
        return [.. Without(a, b).Select(static x => "missing: " + x),
            .. Without(b, a).Select(static x => "surplus: " + x)];
    }

    private static List<string> Without(List<string> a, List<string> b)
    {
        var rest = new List<string>(b);
        return [.. a.Where(x => !rest.Remove(x))];
    }

    private static string Show(JsonElement m, bool isText)
    {
        string key = $"{m.GetProperty("code")} {m.GetProperty("level")} {m.GetProperty("resource")}";
        if (!isText)
        {
            return key;
        }

        string cluster = m.TryGetProperty("cluster", out JsonElement c) ? c.GetString()! : "default";
        string analyzers = m.TryGetProperty("analyzers", out JsonElement list)
            ? string.Join(',', list.EnumerateArray().Select(static x => x.GetString()).Order(StringComparer.Ordinal))
            : "";
        return $"{key} {cluster} {m.GetProperty("line")} {m.GetProperty("message").GetString()!.TrimEnd()} {analyzers}";
    }

    private static string Show(AnalysisMessage m, bool isText)
    {
        Diagnostic d = m.Diagnostic;
        string key = $"{d.Code} {d.Severity} {d.Resource}";
        return isText ? $"{key} {m.Cluster} {d.Span.Line} {d.Message.TrimEnd()} " +
            string.Join(',', m.Analyzers.Order(StringComparer.Ordinal)) : key;
    }

    private static IReadOnlyList<KubeObject> Read(string text, string file) =>
        AnalysisReader.Read(text, file, IstioProfile.V1_29, new DiagnosticBag());

    private static YamlMapping? ConfigOf(JsonElement config)
    {
        string text = config.ValueKind == JsonValueKind.String ? config.GetString()! : config.GetRawText();
        return YamlReader.Read(text, "mesh.yaml", new DiagnosticBag()).OfType<YamlMapping>().FirstOrDefault();
    }
}

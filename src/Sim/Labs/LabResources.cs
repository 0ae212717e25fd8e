using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;

namespace Sim.Labs;

/// <summary>Finds Istio's resources in a text of manifests.</summary>
internal static class LabResources
{
    /// <summary>Whether a resource says what becomes of requests; others only make hosts, workloads and entrances
    /// known.</summary>
    public static bool IsRule(LabResource resource) => resource.Resource.Split(' ')[0]
        is not ("ServiceEntry" or "WorkloadEntry" or "WorkloadGroup" or "Gateway" or "Sidecar");

    /// <summary>The resources, with their first and last lines; not yet known to be stored.</summary>
    public static IEnumerable<LabResource> In(ApplyManifests change, string cluster)
    {
        string text = change.Text;
        string otherwise = change.Namespace.Length > 0 ? change.Namespace : "default";
        int last = text.TrimEnd('\n').Count(static c => c == '\n') + 1;
        List<YamlMapping> documents =
            [.. YamlReader.Read(text, change.File, new DiagnosticBag()).OfType<YamlMapping>()];
        for (int i = 0; i < documents.Count; i++)
        {
            YamlMapping d = documents[i];
            string version = (d["apiVersion"] as YamlScalar)?.Value ?? "";
            if (!version.Split('/')[0].EndsWith(".istio.io", StringComparison.Ordinal))
            {
                continue;
            }

            string kind = (d["kind"] as YamlScalar)?.Value ?? "";
            var meta = d["metadata"] as YamlMapping;
            string space = (meta?["namespace"] as YamlScalar)?.Value ?? otherwise;
            string name = (meta?["name"] as YamlScalar)?.Value ?? "";
            int end = i + 1 < documents.Count ? documents[i + 1].Span.Line - 1 : last;
            yield return new LabResource($"{kind} {space}/{name}", cluster, d.Span.Line, end, false, "");
        }
    }
}

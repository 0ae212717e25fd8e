using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Analyzers of Telemetries.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/telemetry.</remarks>
internal static class TelemetryAnalyzers
{
    /// <summary>Access logs without a provider where the mesh has no default.</summary>
    public static void Providers(AnalysisContext c)
    {
        if (c.MeshConfig.Items("defaultProviders", "accessLogging").Count > 0)
        {
            return;
        }

        foreach (KubeObject o in c.Each("Telemetry"))
        {
            if (o.Node.Items("spec", "accessLogging").Any(static l =>
                    l.Items("providers").Count == 0 && !l.Flag("disabled")))
            {
                c.Report("IST0157", o, $"The Telemetry {o.Name} in namespace \"{o.Namespace}\" with empty providers " +
                    "will be ignored.");
            }
        }
    }

    /// <summary>Selectors that meet nothing, or the same pods as others.</summary>
    public static void Selectors(AnalysisContext c)
    {
        var byPod = new Dictionary<string, (KubeObject Pod, List<KubeObject> Owners)>(StringComparer.Ordinal);
        foreach (KubeObject o in c.Each("Telemetry"))
        {
            IReadOnlyList<(string Key, string Value)> selector =
                LabelText.Pairs(o.Node.At("spec", "selector", "matchLabels"));
            if (selector.Count > 0 && !SelectorAnalyzers.AddSelected(c, o, selector, byPod))
            {
                c.Report("IST0101", o, $"Referenced selector not found: {JsonText.Quote(LabelText.Show(selector))}",
                    AnalysisContext.LineOf(o, "spec", "selector", "matchLabels", LabelText.FirstKey(selector)));
            }
        }

        foreach ((KubeObject pod, List<KubeObject> owners) in byPod.OrderBy(static p => p.Key, StringComparer.Ordinal)
                     .Select(static p => p.Value))
        {
            foreach (KubeObject o in owners.Count > 1 ? owners : [])
            {
                c.Report("IST0159", o, $"The Telemetries {SelectorAnalyzers.Names(owners)} in namespace " +
                    $"\"{pod.Namespace}\" select the same workload pod \"{pod.Name}\", which can lead to undefined " +
                    "behavior.", AnalysisContext.LineOf(o, "metadata", "name"));
            }
        }
    }

    /// <summary>Several Telemetries without selector in a namespace.</summary>
    public static void Defaults(AnalysisContext c)
    {
        foreach (IGrouping<string, KubeObject> group in c.Each("Telemetry")
                     .Where(static o => o.Node.At("spec", "selector") is null).GroupBy(static o => o.Namespace))
        {
            List<KubeObject> all = [.. group];
            foreach (KubeObject o in all.Count > 1 ? all : [])
            {
                c.Report("IST0160", o, $"The Telemetries {SelectorAnalyzers.Names(all)} in namespace " +
                    $"\"{o.Namespace}\" have no workload selector, which can lead to undefined behavior.");
            }
        }
    }

    /// <summary>Tracing by a provider that is gone.</summary>
    public static void Lightstep(AnalysisContext c)
    {
        HashSet<string> names = [.. c.MeshConfig.Items("extensionProviders")
            .Where(static p => p.At("lightstep") is not null).Select(static p => p.Text("name"))];
        foreach (KubeObject o in names.Count == 0 ? [] : c.Each("Telemetry"))
        {
            foreach (YamlNode provider in o.Node.Items("spec", "tracing").SelectMany(static t => t.Items("providers")))
            {
                string name = provider.Text("name");
                if (names.Contains(name))
                {
                    c.Report("IST0002", o, $"Deprecated: The Lightstep provider {name} is deprecated, please migrate " +
                        "to OpenTelemetry provider.");
                }
            }
        }
    }
}

using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Operations of EnvoyFilters that do nothing, or depend on other filters.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/envoyfilter/envoyfilter.go.</remarks>
internal static class EnvoyFilterAnalyzer
{
    private const string Relative = "This EnvoyFilter does not have a priority and has a relative patch operation " +
        "set which can cause the EnvoyFilter not to be applied. Using the INSERT_FIRST of ADD option or setting the " +
        "priority may help in ensuring the EnvoyFilter is applied correctly.";

    private const string RelativeByVersion = "This EnvoyFilter does not have a priority and has a relative patch " +
        "operation (NSTERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the " +
        "EnvoyFilter not to be applied during an upgrade. Using the INSERT_FIRST or ADD option or setting the " +
        "priority may help in ensuring the EnvoyFilter is applied correctly.";

    public static void Run(AnalysisContext c)
    {
        // Names of filters that some patch has limited to a proxy version.
        var versioned = new HashSet<string>(StringComparer.Ordinal);
        foreach (KubeObject o in c.Each("EnvoyFilter"))
        {
            bool hasPriority = o.Node.Number("spec", "priority") != 0;
            foreach (YamlNode patch in o.Node.Items("spec", "configPatches"))
            {
                if (patch.At("patch") is null)
                {
                    break;
                }

                Check(c, o, patch, hasPriority, versioned);
            }
        }
    }

    private static void Check(
        AnalysisContext c, KubeObject o, YamlNode patch, bool hasPriority, HashSet<string> versioned)
    {
        YamlNode? value = patch.At("patch", "value");
        string name = value is not YamlMapping { Entries.Count: > 0 } ? ""
            : value.At("name") is not null ? value.Text("name")
            : patch.Text("match", "listener", "filterChain", "filter", "name");
        string applyTo = patch.Text("applyTo");
        bool isRoute = applyTo is "ROUTE_CONFIGURATION" or "HTTP_ROUTE";
        bool isRelative = false;
        switch (patch.Text("patch", "operation"))
        {
            case "ADD" when isRoute:
                c.Report("IST0153", o, "The ADD operation will be ignored when applyTo is set to " +
                    "ROUTE_CONFIGURATION, or HTTP_ROUTE.");
                break;
            case "REMOVE" when isRoute:
                c.Report("IST0154", o, "The REMOVE operation will be ignored when applyTo is set to " +
                    "ROUTE_CONFIGURATION, or HTTP_ROUTE.");
                break;
            case "REPLACE" when applyTo is not ("NETWORK_FILTER" or "HTTP_FILTER"):
                c.Report("IST0152", o, "The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.");
                break;
            case "REMOVE" or "REPLACE" or "INSERT_BEFORE" or "INSERT_AFTER":
                isRelative = !hasPriority;
                break;
            default:
                break;
        }

        if (isRelative)
        {
            bool isVersioned = versioned.Contains(name);
            c.Report(isVersioned ? "IST0155" : "IST0151", o, isVersioned ? RelativeByVersion : Relative);
        }

        if (patch.Text("match", "proxy", "proxyVersion").Length > 0)
        {
            versioned.Add(name);
        }
    }
}

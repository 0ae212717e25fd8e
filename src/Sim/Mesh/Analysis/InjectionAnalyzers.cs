using System.Text.Json;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Injection of sidecars.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/injection. An injector without
/// <c>sidecarInjectorWebhook.enableNamespacesByDefault</c> crashes 1.29.0; here it counts as off.</remarks>
internal static class InjectionAnalyzers
{
    private const string Injector = "istio-sidecar-injector";

    /// <summary>Labels of namespaces, and pods without sidecar in namespaces with injection.</summary>
    public static void Labels(AnalysisContext c)
    {
        bool isByDefault = false;
        var injected = new HashSet<string>(StringComparer.Ordinal);
        foreach (KubeObject space in c.Each("Namespace"))
        {
            if (space.Name != "istio-system" && IsInjected(c, space, ref isByDefault))
            {
                injected.Add(space.Name);
            }
        }

        foreach (Manifests.Pod pod in c.Each("Pod").OfType<Manifests.Pod>())
        {
            string inject = pod.Label("sidecar.istio.io/inject") ?? pod.Annotation("sidecar.istio.io/inject") ?? "";
            bool isLeftOut = string.Equals(inject, "false", StringComparison.OrdinalIgnoreCase)
                || pod.Spec?.HostNetwork?.Value == true
                || MeshMembership.ProxyImage([.. pod.Spec?.Containers ?? [], .. pod.Spec?.InitContainers ?? []])
                    .Length > 0;
            if (injected.Contains(pod.Namespace) && !isLeftOut)
            {
                c.Report("IST0103", pod, $"The pod {AnalysisContext.FullName(pod)} is missing the Istio proxy. This " +
                    "can often be resolved by restarting or redeploying the workload.");
            }
        }
    }

    /// <summary>Proxies of another image than the injector's.</summary>
    public static void Images(AnalysisContext c)
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KubeObject map in c.Each("ConfigMap"))
        {
            if (map.Name.StartsWith(Injector, StringComparison.Ordinal))
            {
                images[map.Name] = ImageOf(map);
            }
        }

        foreach (KubeObject space in images.Count == 0 ? [] : c.Each("Namespace"))
        {
            string? revision = space.Label(MeshMembership.RevisionLabel)
                ?? (space.Label(MeshMembership.InjectLabel) == "enabled" ? "default" : null);
            if (revision is null || !images.TryGetValue(InjectorOf(revision), out string? image))
            {
                continue;
            }

            List<string> names = [.. c.Each("Pod").OfType<Manifests.Pod>().Where(p => p.Namespace == space.Name
                    && string.IsNullOrEmpty(p.Annotation("sidecar.istio.io/proxyImage"))
                    && (p.Spec?.Containers ?? []).Any(x => x.Name?.Value == MeshMembership.Proxy
                        && (x.Image?.Value ?? "") != image))
                .Select(static p => p.Name)];
            if (names.Count > 0)
            {
                c.Report("IST0158", space, "The Istio proxy images of the pods running in the namespace do not match " +
                    $"the image defined in the injection configuration (pod names: {LabelText.List(names)}). This " +
                    "often happens after upgrading the Istio control-plane and can be fixed by redeploying the pods.");
            }
        }
    }

    /// <summary>Workloads with the placeholder image that no webhook replaces.</summary>
    public static void AutoImages(AnalysisContext c)
    {
        foreach (Manifests.Pod pod in c.Each("Pod").OfType<Manifests.Pod>())
        {
            if (IsAuto(pod.Spec))
            {
                c.Report("IST0147", pod, $"Pod {pod.Name} contains `image: auto` but does not match any Istio " +
                    "injection webhook selectors.");
            }
        }

        foreach (Deployment d in c.Each("Deployment").OfType<Deployment>())
        {
            IReadOnlyList<(string Key, string Value)> space =
                LabelText.Pairs(c.Find("Namespace", "", d.Namespace)?.Metadata.Labels);
            IReadOnlyList<(string Key, string Value)> labels = LabelText.Pairs(d.Spec?.Template?.Metadata?.Labels);
            bool isInjected = c.Each("MutatingWebhookConfiguration").SelectMany(static w => w.Node.Items("webhooks"))
                .Any(w => w.Text("name").EndsWith("istio.io", StringComparison.Ordinal)
                    && LabelText.MatchesExpressions(w.At("namespaceSelector"), space)
                    && LabelText.MatchesExpressions(w.At("objectSelector"), labels));
            if (IsAuto(d.Spec?.Template?.Spec) && !isInjected)
            {
                c.Report("IST0146", d, $"Deployment {d.Name} contains `image: auto` but does not match any Istio " +
                    "injection webhook selectors.");
            }
        }
    }

    private static bool IsAuto(PodSpec? spec) => (spec?.Containers ?? []).Any(static x =>
        x.Name?.Value == MeshMembership.Proxy && x.Image?.Value == "auto");

    private static string InjectorOf(string revision) =>
        revision is "" or "default" ? Injector : Injector + "-" + revision;

    private static bool IsInjected(AnalysisContext c, KubeObject space, ref bool isByDefault)
    {
        string? injection = space.Label(MeshMembership.InjectLabel);
        string? revision = space.Label(MeshMembership.RevisionLabel);
        var labels = new List<string>();
        if (injection is not null)
        {
            labels.Add(MeshMembership.InjectLabel + "=" + injection);
        }

        foreach (string name in (string[])[MeshMembership.RevisionLabel, MeshMembership.ModeLabel])
        {
            if (space.Label(name) is { } value && injection is null or "enabled")
            {
                labels.Add(name + "=" + value);
            }
        }

        if (labels.Count > 1)
        {
            c.Report("IST0123", space, $"The namespace has more than one type of injection labels " +
                $"{LabelText.List(labels)}, which may lead to undefined behavior. Make sure only one injection label " +
                "exists.");
        }

        if (space.Label(MeshMembership.ModeLabel) == "ambient")
        {
            return false;
        }

        string injector = InjectorOf(revision ?? "");
        if (c.Each("ConfigMap").FirstOrDefault(m => m.Name == injector) is { } map)
        {
            isByDefault = Values(map) is { } values
                && values.TryGetProperty("sidecarInjectorWebhook", out JsonElement w)
                && w.ValueKind == JsonValueKind.Object
                && w.TryGetProperty("enableNamespacesByDefault", out JsonElement e)
                && e.ValueKind == JsonValueKind.True;
        }

        if (string.IsNullOrEmpty(injection) && revision is null)
        {
            if (isByDefault)
            {
                c.Report("IST0148", space, "is enabled for Istio injection, as Istio is installed with " +
                    "enableNamespacesByDefault as true.");
            }
            else
            {
                c.Report("IST0102", space, "The namespace is not enabled for Istio injection. Run 'kubectl label " +
                    $"namespace {space.Name} istio-injection=enabled' to enable it, or 'kubectl label namespace " +
                    $"{space.Name} istio-injection=disabled' to explicitly mark it as not needing injection.",
                    AnalysisContext.LineOf(space, "metadata", "name"));
            }

            return false;
        }

        return injection == "enabled";
    }

    private static string ImageOf(KubeObject map)
    {
        JsonElement? global = Values(map) is { } values && values.TryGetProperty("global", out JsonElement g)
            && g.ValueKind == JsonValueKind.Object ? g : null;
        string Of(JsonElement? owner, string key) =>
            owner is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(key, out JsonElement e)
            && e.ValueKind == JsonValueKind.String ? e.GetString()! : "";
        JsonElement? proxy = global is { } x && x.TryGetProperty("proxy", out JsonElement p) ? p : null;
        string image = Of(proxy, "image");
        return image.Contains('/', StringComparison.Ordinal) ? image
            : $"{Of(global, "hub")}/{image}:{Of(global, "tag")}";
    }

    private static JsonElement? Values(KubeObject map)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(map.Node.Text("data", "values"));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}

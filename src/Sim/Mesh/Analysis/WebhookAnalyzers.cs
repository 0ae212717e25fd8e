using System.Net;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Webhooks of the control plane.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/webhook, externalcontrolplane. Simplified: names are not looked up;
/// only those that are reserved never to exist count as unknown.</remarks>
internal static class WebhookAnalyzers
{
    private const string Revision = MeshMembership.RevisionLabel;

    /// <summary>Injectors that overlap, or lead to a Service that does not exist.</summary>
    public static void Injectors(AnalysisContext c)
    {
        List<Hook> hooks = [.. c.Each("MutatingWebhookConfiguration").Where(IsInjector).SelectMany(static o =>
            o.Node.Items("webhooks").Select(w => new Hook(o, w)))];
        var revisions = new SortedSet<string>(hooks.SelectMany(static h => Revisions(h)), StringComparer.Ordinal);
        foreach (IReadOnlyList<(string, string)> space in Combinations(revisions, "istio-injection", "enabled",
                     "disabled"))
        {
            foreach (IReadOnlyList<(string, string)> pod in Combinations(revisions, "sidecar.istio.io/inject", "true",
                         "false"))
            {
                List<Hook> matches = [.. hooks.Where(h =>
                    LabelText.MatchesExpressions(h.Node.At("namespaceSelector"), space)
                    && LabelText.MatchesExpressions(h.Node.At("objectSelector"), pod))];
                foreach (Hook h in matches.DistinctBy(static h => h.Name).Count() > 1 ? matches : [])
                {
                    IEnumerable<string> others = matches.Select(static m => m.Name).Where(n => n != h.Name).Distinct()
                        .Order(StringComparer.Ordinal);
                    c.Report("IST0139", h.Owner, $"Webhook overlaps with others: {LabelText.List(others)}. This may " +
                        "cause injection to occur twice.");
                }
            }
        }

        foreach (Hook h in hooks)
        {
            string space = h.Node.Text("clientConfig", "service", "namespace");
            string name = h.Node.Text("clientConfig", "service", "name");
            if (h.Node.At("clientConfig", "service") is not null && c.Find("Service", space, name) is null)
            {
                c.Report("IST0139", h.Owner, "Injector refers to a control plane service that does not exist: " +
                    $"{(space.Length == 0 ? name : space + "/" + name)}.");
            }
        }
    }

    /// <summary>URLs of an external control plane.</summary>
    public static void ExternalControlPlane(AnalysisContext c)
    {
        IEnumerable<KubeObject> all = c.Each("ValidatingWebhookConfiguration").Where(static o =>
                o.Name == "istiod-default-validator"
                || o.Name.StartsWith("istio-validator", StringComparison.Ordinal))
            .Concat(c.Each("MutatingWebhookConfiguration").Where(static o =>
                o.Name.StartsWith("istio-sidecar-injector", StringComparison.Ordinal)));
        foreach (KubeObject o in all)
        {
            foreach (YamlNode hook in o.Node.Items("webhooks"))
            {
                YamlNode? client = hook.At("clientConfig");
                string url = client.Text("url");
                string? problem = client.At("url") is null
                    ? client.At("service") is null ? "is blank" : null : Problem(url, out _);
                if (problem is not null)
                {
                    c.Report("IST0163", o, $"The hostname ({url}) that was provided for the webhook " +
                        $"({hook.Text("name")}) to reach the ingress gateway on the external control plane cluster " +
                        $"{problem}. Traffic may not flow properly.");
                }
                else if (client.At("url") is not null && Problem(url, out bool isAddress) is null && isAddress)
                {
                    c.Report("IST0164", o, $"The address ({url}) that was provided for the webhook " +
                        $"({hook.Text("name")}) to reach the ingress gateway on the external control plane cluster " +
                        "is an IP address. This is not recommended for a production environment.");
                }
            }
        }
    }

    private static bool IsInjector(KubeObject o) => o.Label(Revision) is not null
        || o.Node.Items("webhooks").Any(static w => w.Text("name").EndsWith("istio.io", StringComparison.Ordinal)
            || Selectors(w).Any(static s => s.Entries("matchLabels").Any(static e => e.Key == Revision)
                || s.Items("matchExpressions").Any(static e =>
                    e.Text("key") == Revision && e.Items("values").Count > 0)));

    private static IEnumerable<YamlNode?> Selectors(YamlNode hook) =>
        [hook.At("namespaceSelector"), hook.At("objectSelector")];

    private static IEnumerable<string> Revisions(Hook h)
    {
        IEnumerable<string> selected = Selectors(h.Node).SelectMany(static s =>
            s.Entries("matchLabels").Where(static e => e.Key == Revision).Select(static e => e.Value.Text())
                .Concat(s.Items("matchExpressions").Where(static e => e.Text("key") == Revision)
                    .SelectMany(static e => e.Texts("values"))));
        return h.Owner.Label(Revision) is { } own ? selected.Append(own) : selected;
    }

    private static IEnumerable<IReadOnlyList<(string, string)>> Combinations(
        IEnumerable<string> revisions, string label, string on, string off)
    {
        (string, string)[][] bases = [[], [(label, on)], [(label, off)]];
        return bases.Concat(revisions.SelectMany(r => bases.Select(b => ((string, string)[])[.. b, (Revision, r)])));
    }

    /// <summary>What is wrong with a URL, or null.</summary>
    private static string? Problem(string url, out bool isAddress)
    {
        isAddress = false;
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? "" : url[(scheme + 3)..];
        int end = rest.IndexOfAny(['/', '?', '#']);
        string authority = end < 0 ? rest : rest[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon >= 0 && colon > authority.LastIndexOf(']');
        string host = (hasPort ? authority[..colon] : authority).Trim('[', ']');
        bool isBad = scheme == 0 || url.StartsWith(':') || url.Any(char.IsControl)
            || host.Any(static x => x is ' ' or '<' or '>' or '"' or '%' or '\\' or '^' or '`' or '{' or '|' or '}')
            || (hasPort && !authority[(colon + 1)..].All(char.IsAsciiDigit));
        if (isBad)
        {
            return "was provided in an invalid format";
        }

        isAddress = (host.Split('.').Length == 4 || host.Contains(':', StringComparison.Ordinal))
                    && IPAddress.TryParse(host, out _);
        return isAddress || !IsReserved(host) ? null : "cannot be resolved via a DNS lookup";
    }

    /// <summary>Names that no resolver knows: none at all, and those of RFC 2606 and RFC 6761.</summary>
    private static bool IsReserved(string host)
    {
        string[] ends = [".invalid", ".test", ".example", ".example.com", ".example.net", ".example.org"];
        return host.Length == 0
               || (!host.StartsWith("www.", StringComparison.Ordinal) && ends.Any(e => host.EndsWith(e,
                   StringComparison.OrdinalIgnoreCase)));
    }

    private sealed record Hook(KubeObject Owner, YamlNode Node)
    {
        public string Name => Owner.Name + "/" + Node.Text("name");
    }
}

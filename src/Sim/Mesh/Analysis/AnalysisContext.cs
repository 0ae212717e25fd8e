using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>What the analyzers read and where they put their messages.</summary>
/// <remarks>
/// Istio: pkg/config/analysis/local/context.go and istiod_analyze.go. Configuration of all clusters is in one store
/// (the first of equal names wins), objects of Kubernetes are per cluster. Objects of a kind are visited by cluster,
/// namespace and name; Istio's order depends on a map where its result does.
/// </remarks>
internal sealed class AnalysisContext
{
    private const string Ingress = """
        apiVersion: v1
        kind: Pod
        metadata:
          labels: {istio: ingressgateway}
          name: istio-ingressgateway-dummypod
          namespace: istio-system
        spec:
          containers:
          - {name: istio-proxy}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: istio-ingressgateway, namespace: istio-system}
        spec:
          ports:
          - {name: http2, port: 80, protocol: TCP, targetPort: 80}
          - {name: https, port: 443, protocol: TCP, targetPort: 443}
          - {name: tcp, port: 31400, protocol: TCP, targetPort: 31400}
          - {name: tls, port: 15443, protocol: TCP, targetPort: 15443}
          selector: {istio: ingressgateway}
        """;

    private static readonly string[] IgnoredNamespaces =
        ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    private static readonly string[] Runtime = ["Service", "Namespace", "Pod", "Node", "Secret"];

    private readonly Dictionary<string, List<KubeObject>> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<KubeObject, string> _clusters = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string, string, string, string, SourceSpan), int> _index = [];
    private readonly List<(Diagnostic Diagnostic, string Cluster, List<string> Analyzers)> _messages = [];

    /// <summary>Sorts the objects of an input.</summary>
    public AnalysisContext(AnalysisInput input)
    {
        Input = input;
        var configuration = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < input.Clusters.Count; i++)
        {
            AddCluster(input.Clusters[i], i == 0, configuration);
        }
    }

    /// <summary>What is analyzed.</summary>
    public AnalysisInput Input { get; }

    /// <summary>Mesh configuration; null = the defaults.</summary>
    public YamlNode? MeshConfig => Input.MeshConfig;

    /// <summary>Namespace whose policies apply to the whole mesh.</summary>
    public string RootNamespace => MeshConfig.Text("rootNamespace") is { Length: > 0 } s ? s : "istio-system";

    /// <summary>Name of the analyzer that runs.</summary>
    public string Analyzer { get; set; } = "";

    /// <summary>All messages in the order they were first given.</summary>
    public IReadOnlyList<AnalysisMessage> Messages =>
        [.. _messages.Select(static m => new AnalysisMessage(m.Diagnostic, m.Cluster, m.Analyzers))];

    /// <summary>All objects of a kind.</summary>
    public IReadOnlyList<KubeObject> Each(string kind) => _objects.GetValueOrDefault(kind) ?? [];

    /// <summary>The first object of a kind with a name, or null.</summary>
    public KubeObject? Find(string kind, string space, string name)
    {
        foreach (KubeObject o in Each(kind))
        {
            if (o.Name == name && o.Namespace == space)
            {
                return o;
            }
        }

        return null;
    }

    /// <summary>Cluster of an object.</summary>
    public string ClusterOf(KubeObject o) => _clusters[o];

    /// <summary>Adds a message about an object; equal messages are one.</summary>
    /// <param name="code">Istio's code.</param>
    /// <param name="o">The object.</param>
    /// <param name="text">Istio's text.</param>
    /// <param name="line">Line of the offending field; null = the object's.</param>
    public void Report(string code, KubeObject o, string text, int? line = null)
    {
        if (IsSuppressed(o, code))
        {
            return;
        }

        IstioCode known = IstioCodes.Find(code) ?? throw new InvalidOperationException("no such code: " + code);
        SourceSpan span = line is { } l ? o.Span with { Line = l, Column = 1 } : o.Span;
        var key = (code, o.Resource, _clusters[o], text, span);
        if (_index.TryGetValue(key, out int at))
        {
            if (!_messages[at].Analyzers.Contains(Analyzer))
            {
                _messages[at].Analyzers.Add(Analyzer);
            }

            return;
        }

        _index.Add(key, _messages.Count);
        _messages.Add((new Diagnostic(code, known.Severity, text, span, known.Advice, o.Resource), _clusters[o],
            [Analyzer]));
    }

    /// <summary>Line of a scalar field of an object; null when there is no such field.</summary>
    /// <remarks>Istio: pkg/config/analysis/analyzers/util/find_errorline_utils.go#ErrorLine.</remarks>
    /// <param name="o">The object.</param>
    /// <param name="path">Keys; a number is an index of a list.</param>
    public static int? LineOf(KubeObject o, params ReadOnlySpan<string> path)
    {
        YamlNode? node = o.Node;
        SourceSpan owner = o.Node.Span;
        foreach (string key in path)
        {
            owner = node?.Span ?? owner;
            node = node switch
            {
                YamlMapping map => map[key],
                YamlSequence list when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int i)
                    && i < list.Items.Count => list.Items[i],
                _ => null,
            };
        }

        // What stands in front of its owner was reached through an alias, which Istio does not follow.
        return node is YamlScalar s && s.Span.IsKnown && s.Span.Line >= owner.Line ? s.Span.Line : null;
    }

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public static string FullName(KubeObject o) => o.Namespace.Length == 0 ? o.Name : o.Namespace + "/" + o.Name;

    private static bool IsSuppressed(KubeObject o, string code) =>
        o.Annotation("galley.istio.io/analyze-suppress") is { } codes
        && codes.Split(',', StringSplitOptions.TrimEntries) is { } list && (list.Contains("*") || list.Contains(code));

    private static bool IsIgnored(KubeObject o) =>
        IgnoredNamespaces.Contains(o.Namespace) || (o is Namespace && IgnoredNamespaces.Contains(o.Name));

    private void AddCluster(AnalysisCluster cluster, bool isMain, HashSet<string> configuration)
    {
        IEnumerable<KubeObject> all = cluster.Objects;
        if (isMain && Input.AssumesIngressGateway)
        {
            IReadOnlyList<KubeObject> assumed =
                AnalysisReader.Read(Ingress, "internal-ingress", Input.Profile, new DiagnosticBag());
            all = assumed.Concat(all.Where(o => !assumed.Any(a => a.Resource == o.Resource)));
        }

        foreach (KubeObject o in all.OrderBy(static o => o.Namespace, StringComparer.Ordinal)
                     .ThenBy(static o => o.Name, StringComparer.Ordinal))
        {
            bool isConfiguration = o.Group.EndsWith(".istio.io", StringComparison.Ordinal);
            if (IsIgnored(o) || (Input.IsFilesOnly && o.Group.Length == 0 && Runtime.Contains(o.Kind))
                || (isConfiguration && !configuration.Add(o.Resource)))
            {
                continue;
            }

            if (!_objects.TryGetValue(o.Kind, out List<KubeObject>? list))
            {
                _objects.Add(o.Kind, list = []);
            }

            list.Add(o);
            _clusters.Add(o, isConfiguration ? Input.Clusters[0].Name : cluster.Name);
        }
    }
}

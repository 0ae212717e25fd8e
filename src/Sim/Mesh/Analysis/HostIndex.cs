using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>A host that something declares.</summary>
/// <param name="Ports">Port numbers in order.</param>
/// <param name="Selector">Labels of a ServiceEntry's workload selector.</param>
internal sealed record KnownHost(
    IReadOnlyList<long> Ports, IReadOnlyList<(string Key, string Value)> Selector);

/// <summary>Hosts of Services and ServiceEntries with the namespaces that see them.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/util/service_lookup.go, util/hosts.go.</remarks>
internal sealed class HostIndex
{
    private readonly Dictionary<string, KnownHost> _hosts = new(StringComparer.Ordinal);
    private readonly List<(string Scope, string Host, KnownHost Known)> _wildcards = [];

    /// <summary>Reads all Services and ServiceEntries.</summary>
    public HostIndex(AnalysisContext c)
    {
        foreach (KubeObject o in c.Each("ServiceEntry"))
        {
            YamlNode? spec = o.Node.At("spec");
            var known = new KnownHost([.. spec.Items("ports").Select(static p => p.Number("number"))],
                LabelText.Pairs(spec.At("workloadSelector", "labels")));
            foreach (string host in spec.Texts("hosts"))
            {
                foreach (string scope in Scopes(spec.Texts("exportTo"), o.Namespace))
                {
                    Add(scope, Fqdn(o.Namespace, host), known);
                }
            }
        }

        foreach (KubeObject o in c.Each("Service"))
        {
            var known = new KnownHost([.. o.Node.Items("spec", "ports").Select(static p => p.Number("port"))], []);
            string exported = o.Annotation("networking.istio.io/exportTo") ?? "";
            foreach (string scope in Scopes(exported.Length == 0 ? [] : exported.Split(','), o.Namespace))
            {
                Add(scope, Fqdn(o.Namespace, o.Name), known);
            }
        }
    }

    /// <summary>A name without a dot is completed with a namespace; other names stay.</summary>
    public static string Fqdn(string space, string host) =>
        host.StartsWith('*') || host.Contains('.', StringComparison.Ordinal)
            ? host : host + "." + space + ".svc.cluster.local";

    /// <summary>Namespace and name of <c>name.namespace.svc.cluster.local</c>; any other text is a name of the
    /// namespace at hand.</summary>
    public static (string Namespace, string Name) Resource(string space, string host)
    {
        const string Suffix = ".svc.cluster.local";
        if (host.EndsWith(Suffix, StringComparison.Ordinal))
        {
            string rest = host[..^Suffix.Length];
            int dot = rest.LastIndexOf('.');
            if (dot > 0 && dot < rest.Length - 1)
            {
                return (rest[(dot + 1)..], rest[..dot]);
            }
        }

        return (space, host);
    }

    /// <summary>What a host names for an object of a namespace, or null.</summary>
    /// <param name="space">Namespace of the object that names the host.</param>
    /// <param name="exportTo">Where that object is exported to.</param>
    /// <param name="host">The host as written.</param>
    public KnownHost? Find(string space, IReadOnlyList<string> exportTo, string host)
    {
        string fqdn = Fqdn(space, host);
        if (_hosts.TryGetValue("*/" + fqdn, out KnownHost? known))
        {
            return known;
        }

        foreach (string e in exportTo.Count == 0 ? ["."] : exportTo)
        {
            if (_hosts.TryGetValue((e == "." ? space : e) + "/" + fqdn, out known))
            {
                return known;
            }
        }

        string plain = host.StartsWith('*') ? host[1..] : host;
        foreach ((string scope, string wildcard, KnownHost candidate) in _wildcards)
        {
            if ((scope == "*" || scope == space) && plain.EndsWith(wildcard[1..], StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }

    private static IEnumerable<string> Scopes(IReadOnlyList<string> exportTo, string space) =>
        exportTo.Count == 0 || exportTo.Contains("*") ? ["*"] : exportTo.Select(e => e == "." ? space : e);

    private void Add(string scope, string host, KnownHost known)
    {
        _hosts[scope + "/" + host] = known;
        if (host.StartsWith('*'))
        {
            _wildcards.Add((scope, host, known));
        }
    }
}

using System.Collections.Immutable;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Puts the routes of delegates in place of the rules that name them.</summary>
/// <remarks>Istio: pilot/pkg/model/virtualservice.go#mergeVirtualServicesIfNeeded.</remarks>
internal static class DelegateMerger
{
    /// <summary>VirtualServices with hosts, delegates resolved.</summary>
    public static IReadOnlyList<VirtualService> Resolve(
        IReadOnlyList<VirtualService> all, IReadOnlyList<string> defaultExportTo)
    {
        var delegates = new Dictionary<(string, string), VirtualService>();
        foreach (VirtualService vs in all.Where(static v => v.Hosts.Count == 0))
        {
            delegates[(vs.Meta.Namespace, vs.Meta.Name)] = vs;
        }

        var result = new List<VirtualService>();
        foreach (VirtualService vs in all.Where(static v => v.Hosts.Count > 0))
        {
            result.Add(vs.Http.Any(static h => h.Delegate is not null)
                ? vs with { Http = Expand(vs, delegates, defaultExportTo) } : vs);
        }

        return result;
    }

    private static List<HttpRoute> Expand(
        VirtualService root, Dictionary<(string, string), VirtualService> delegates,
        IReadOnlyList<string> defaultExportTo)
    {
        var routes = new List<HttpRoute>();
        foreach (HttpRoute route in root.Http)
        {
            if (route.Delegate is not { } target)
            {
                routes.Add(route);
                continue;
            }

            if (!delegates.TryGetValue(target, out VirtualService? vs))
            {
                continue;
            }

            IReadOnlyList<string> exportTo = vs.ExportTo.Count > 0 ? vs.ExportTo : defaultExportTo;
            string ns = root.Meta.Namespace;
            if (exportTo.Contains("*") || exportTo.Contains(ns)
                || (exportTo.Contains(".") && vs.Meta.Namespace == ns))
            {
                routes.AddRange(Merge(route, vs.Http));
            }
        }

        return routes;
    }

    /// <summary>Routes of a delegate under a root rule; conflicting ones are left out.</summary>
    public static IEnumerable<HttpRoute> Merge(HttpRoute root, IReadOnlyList<HttpRoute> routes)
    {
        foreach (HttpRoute route in routes)
        {
            if (MergeMatches(root.Matches, route.Matches) is { } matches)
            {
                yield return route with
                {
                    Matches = matches,
                    Name = JoinNames(root.Name, route.Name),
                    Rewrite = route.Rewrite ?? root.Rewrite,
                    DirectResponseStatus = route.DirectResponseStatus != 0
                        ? route.DirectResponseStatus : root.DirectResponseStatus,
                    DirectResponseBody = route.DirectResponseStatus != 0
                        ? route.DirectResponseBody : root.DirectResponseBody,
                    TimeoutNs = route.TimeoutNs ?? root.TimeoutNs,
                    Retries = route.Retries ?? root.Retries,
                    Fault = route.Fault ?? root.Fault,
                    Cors = route.Cors ?? root.Cors,
                    Mirrors = route.Mirrors.Count > 0 ? route.Mirrors : root.Mirrors,
                    Headers = route.Headers ?? root.Headers,
                };
            }
        }
    }

    /// <summary>Conditions of both; null when some delegate condition fits no root condition.</summary>
    public static IReadOnlyList<HttpMatch>? MergeMatches(
        IReadOnlyList<HttpMatch> root, IReadOnlyList<HttpMatch> leaves)
    {
        if (root.Count == 0)
        {
            return leaves;
        }

        if (leaves.Count == 0)
        {
            return root;
        }

        var result = new List<HttpMatch>();
        foreach (HttpMatch leaf in leaves)
        {
            bool found = false;
            foreach (HttpMatch r in root)
            {
                if (!HasConflict(r, leaf))
                {
                    result.Add(MergeMatch(r, leaf));
                    found = true;
                }
            }

            if (!found)
            {
                return null;
            }
        }

        return result;
    }

    /// <summary>Whether no request could fulfil both conditions.</summary>
    public static bool HasConflict(HttpMatch root, HttpMatch leaf)
    {
        if (Conflict(root.Uri, leaf.Uri) || Conflict(root.Scheme, leaf.Scheme) || Conflict(root.Method, leaf.Method)
            || Conflict(root.Authority, leaf.Authority) || MapConflict(root.Headers, leaf.Headers)
            || MapConflict(root.WithoutHeaders, leaf.WithoutHeaders)
            || MapConflict(root.QueryParams, leaf.QueryParams) || root.IgnoreUriCase != leaf.IgnoreUriCase)
        {
            return true;
        }

        if ((root.Port > 0 && leaf.Port > 0 && root.Port != leaf.Port)
            || (root.SourceNamespace.Length > 0 && leaf.SourceNamespace.Length > 0
                && root.SourceNamespace != leaf.SourceNamespace))
        {
            return true;
        }

        foreach ((string key, string value) in leaf.SourceLabels)
        {
            if (root.SourceLabels.TryGetValue(key, out string? has) && has != value)
            {
                return true;
            }
        }

        return root.Gateways.Count > 0 && leaf.Gateways.Any(g => !root.Gateways.Contains(g));
    }

    private static HttpMatch MergeMatch(HttpMatch root, HttpMatch leaf) => leaf with
    {
        Name = JoinNames(root.Name, leaf.Name),
        Uri = leaf.Uri ?? root.Uri,
        Scheme = leaf.Scheme ?? root.Scheme,
        Method = leaf.Method ?? root.Method,
        Authority = leaf.Authority ?? root.Authority,
        Headers = MergeMaps(root.Headers, leaf.Headers),
        WithoutHeaders = MergeMaps(root.WithoutHeaders, leaf.WithoutHeaders),
        QueryParams = MergeMaps(root.QueryParams, leaf.QueryParams),
        Port = leaf.Port == 0 ? root.Port : leaf.Port,
        SourceLabels = MergeLabels(root.SourceLabels, leaf.SourceLabels),
        SourceNamespace = leaf.SourceNamespace.Length == 0 ? root.SourceNamespace : leaf.SourceNamespace,
        Gateways = leaf.Gateways.Count == 0 ? root.Gateways : leaf.Gateways,
    };

    private static string JoinNames(string root, string leaf) =>
        leaf.Length == 0 ? root : root.Length == 0 ? leaf : root + "-" + leaf;

    private static ImmutableSortedDictionary<string, string> MergeLabels(
        ImmutableSortedDictionary<string, string> root, ImmutableSortedDictionary<string, string> leaf) =>
        root.SetItems(leaf);

    private static IReadOnlyList<(string Name, StringMatch Match)> MergeMaps(
        IReadOnlyList<(string Name, StringMatch Match)> root, IReadOnlyList<(string Name, StringMatch Match)> leaf)
    {
        var map = new SortedDictionary<string, StringMatch>(StringComparer.Ordinal);
        foreach ((string name, StringMatch match) in root.Concat(leaf))
        {
            map[name] = match;
        }

        return [.. map.Select(static e => (e.Key, e.Value))];
    }

    private static bool MapConflict(
        IReadOnlyList<(string Name, StringMatch Match)> root, IReadOnlyList<(string Name, StringMatch Match)> leaf)
    {
        foreach ((string name, StringMatch match) in leaf)
        {
            foreach ((string rootName, StringMatch rootMatch) in root)
            {
                if (name == rootName && Conflict(rootMatch, match))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Conflict(StringMatch? root, StringMatch? leaf)
    {
        if (root is null || leaf is null)
        {
            return false;
        }

        if (root.Type == StringMatchType.Regex || leaf.Type == StringMatchType.Regex)
        {
            return true;
        }

        if (root.Type == StringMatchType.Exact)
        {
            return leaf.Type != StringMatchType.Exact || leaf.Value != root.Value;
        }

        return root.Type != StringMatchType.Prefix || leaf.Type == StringMatchType.Present
            || !leaf.Value.StartsWith(root.Value, StringComparison.Ordinal);
    }
}

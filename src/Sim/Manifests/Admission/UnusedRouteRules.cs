using System.Globalization;

namespace Sim.Manifests.Admission;

/// <summary>istiod's warnings about routes that no request can reach.</summary>
/// <remarks>Istio: pkg/config/validation/virtualservice.go#analyzeUnreachableHTTPRules and neighbours.</remarks>
internal sealed class UnusedRouteRules(Findings f)
{
    /// <summary>Checks the routes of a VirtualService.</summary>
    public void Check(YamlMapping? spec)
    {
        if (spec is null)
        {
            return;
        }

        CheckList(spec["http"] as YamlSequence, isHttp: true);
        CheckList(spec["tls"] as YamlSequence, isHttp: false);
        CheckList(spec["tcp"] as YamlSequence, isHttp: false);
    }

    private static string NameOf(YamlMapping? node, int index) =>
        node?["name"] is YamlScalar { IsNull: false, Value.Length: > 0 } name ? "\"" + name.Value + "\""
            : string.Create(CultureInfo.InvariantCulture, $"#{index}");

    private static YamlMapping Without(YamlMapping map, params string[] keys) =>
        new([.. map.Entries.Where(e => !keys.Contains(e.Key))], map.Span);

    private void CheckList(YamlSequence? routes, bool isHttp)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var prefixes = new List<PrefixMatch>();
        bool hasMatchAll = false;
        for (int i = 0; i < (routes?.Items.Count ?? 0); i++)
        {
            if (routes!.Items[i] is not YamlMapping route)
            {
                continue;
            }

            string name = NameOf(route, i);
            if (hasMatchAll)
            {
                string reason = route["match"] is YamlSequence { Items.Count: > 0 }
                    ? "route without matches defined before" : "only the last rule can have no matches";
                f.Warn($"virtualService rule {name} not used ({reason})", route.Span);
                continue;
            }

            if (route["match"] is not YamlSequence { Items.Count: > 0 } matches)
            {
                hasMatchAll = true;
                continue;
            }

            int duplicates = 0;
            for (int j = 0; j < matches.Items.Count; j++)
            {
                YamlMapping match = matches.Items[j] as YamlMapping ?? new YamlMapping([], matches.Items[j].Span);
                string key = JsonText.Of(Without(match, "name"));
                if (seen.TryGetValue(key, out int first))
                {
                    string other = NameOf(routes.Items[first] as YamlMapping, first);
                    f.Warn($"virtualService rule {name} match {NameOf(match, j)} is not used (duplicate/overlapping " +
                        $"match in rule {other})", match.Span);
                    duplicates++;
                    continue;
                }

                seen.Add(key, i);
                if (isHttp && match["uri"] is YamlMapping uri && uri["prefix"] is YamlScalar prefix)
                {
                    prefixes.Add(new PrefixMatch(name, NameOf(match, j), prefix.Value, match));
                }
            }

            if (duplicates == matches.Items.Count)
            {
                f.Warn($"virtualService rule {name} not used (all matches used by prior rules)", route.Span);
            }
        }

        CheckPrefixes(prefixes);
    }

    private void CheckPrefixes(List<PrefixMatch> matches)
    {
        for (int b = 0; b < matches.Count; b++)
        {
            PrefixMatch later = matches[b];
            PrefixMatch? covering = matches.Take(b).FirstOrDefault(a => Covers(a, later));
            if (covering is not null)
            {
                f.Warn($"virtualService rule {later.Route} match {later.Match} of prefix {later.Prefix} is not used " +
                       $"(duplicate/overlapping match in rule {covering.Match} of prefix {covering.Prefix} on " +
                           $"{covering.Route})", later.Node.Span);
            }
        }
    }

    /// <summary>True when every request of the later match is one of the earlier match, too.</summary>
    private static bool Covers(PrefixMatch earlier, PrefixMatch later)
    {
        if (!later.Prefix.StartsWith(earlier.Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        string[] narrowing = ["method", "authority", "headers", "queryParams", "withoutHeaders"];
        foreach (string key in narrowing)
        {
            bool isEqual = earlier.Node[key] is not { } a
                || (later.Node[key] is { } b && JsonText.Of(a) == JsonText.Of(b));
            if (!isEqual)
            {
                return false;
            }
        }

        string[] ignored = [.. narrowing, "name", "uri"];
        return JsonText.Of(Without(earlier.Node, ignored)) == JsonText.Of(Without(later.Node, ignored));
    }

    private sealed record PrefixMatch(string Route, string Match, string Prefix, YamlMapping Node);
}

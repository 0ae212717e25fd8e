using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Selectors and label sets as Kubernetes compares and prints them.</summary>
internal static class LabelText
{
    /// <summary>Labels as pairs, of a selector written as a mapping.</summary>
    public static IReadOnlyList<(string Key, string Value)> Pairs(YamlNode? map) =>
        [.. map.Entries().Select(static e => (e.Key, e.Value.Text()))];

    /// <summary>Labels as pairs, of bound metadata.</summary>
    public static IReadOnlyList<(string Key, string Value)> Pairs(SpannedMap<Spanned<string>>? map) =>
        map is null ? [] : [.. map.Select(static e => (e.Key, e.Value.Value))];

    /// <summary>True when every pair of a selector is among the labels; an empty selector matches.</summary>
    public static bool Matches(
        IReadOnlyList<(string Key, string Value)> selector, IReadOnlyList<(string Key, string Value)> labels)
    {
        foreach ((string Key, string Value) pair in selector)
        {
            if (!labels.Contains(pair))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the labels of an object satisfy a selector.</summary>
    public static bool Matches(IReadOnlyList<(string Key, string Value)> selector, KubeObject o) =>
        Matches(selector, Pairs(o.Metadata.Labels));

    /// <summary><c>a=b,c=d</c> in order of the keys; empty for no pairs.</summary>
    public static string Show(IReadOnlyList<(string Key, string Value)> selector) => string.Join(',',
        selector.OrderBy(static p => p.Key, StringComparer.Ordinal).Select(static p => p.Key + "=" + p.Value));

    /// <summary>The first key of a selector in order, where messages about a selector stand.</summary>
    public static string FirstKey(IReadOnlyList<(string Key, string Value)> selector) =>
        selector.Count == 0 ? "" : selector.Min(static p => p.Key)!;

    /// <summary>True when labels satisfy a selector with matchLabels and matchExpressions; an absent one matches, one
    /// that cannot be read does not.</summary>
    public static bool MatchesExpressions(YamlNode? selector, IReadOnlyList<(string Key, string Value)> labels)
    {
        if (selector is null)
        {
            return true;
        }

        if (!Matches(Pairs(selector.At("matchLabels")), labels))
        {
            return false;
        }

        foreach (YamlNode e in selector.Items("matchExpressions"))
        {
            string key = e.Text("key");
            IReadOnlyList<string> values = e.Texts("values");
            bool isPresent = labels.Any(l => l.Key == key);
            bool isListed = labels.Any(l => l.Key == key && values.Contains(l.Value));
            bool holds = e.Text("operator") switch
            {
                "In" => isListed,
                "NotIn" => !isListed,
                "Exists" => isPresent,
                "DoesNotExist" => !isPresent,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A list as Go prints it: <c>[a b]</c>.</summary>
    public static string List(IEnumerable<string> items) => "[" + string.Join(' ', items) + "]";
}

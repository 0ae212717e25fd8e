using System.Text.RegularExpressions;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>A cluster or region as a text may name it.</summary>
/// <param name="Words">The words, in small letters.</param>
/// <param name="Clusters">Clusters it means.</param>
internal sealed record PlaceName(string Words, IReadOnlyList<string> Clusters);

/// <summary>Names of clusters, regions and geographies in prose: <c>eu-west</c>, <c>EU West</c>, <c>EU</c>.</summary>
/// <remarks>A first part such as <c>eu</c> is a name when exactly one cluster begins with it.</remarks>
internal sealed partial class PlaceNames
{
    private readonly List<PlaceName> _names = [];

    private PlaceNames()
    {
    }

    /// <summary>The names of a world.</summary>
    public static PlaceNames Of(ScenarioDocument document)
    {
        var names = new PlaceNames();
        List<string> clusters = [.. document.Clusters.Select(static c => c.Name.Value)];
        foreach (ClusterSpec c in document.Clusters)
        {
            names.Add(c.Name, [c.Name]);
            if (c.Region.Value is { Length: > 0 } region)
            {
                names.Add(region,
                    [.. document.Clusters.Where(o => o.Region.Value == region).Select(static o => o.Name.Value)]);
            }
        }

        foreach (GeoSpec g in document.Topology.Geo)
        {
            names.Add(g.Name, [.. document.Clusters.Where(c => g.Regions.Any(r => r.Value == c.Region.Value))
                .Select(static c => c.Name.Value)]);
        }

        foreach (string part in clusters.Select(static c => c.Split('-')[0]).Distinct(StringComparer.Ordinal))
        {
            List<string> meant = clusters.FindAll(c => c.StartsWith(part + "-", StringComparison.Ordinal));
            if (meant.Count == 1 && part is not ("cluster" or "kind"))
            {
                names.Add(part, meant);
            }
        }

        names._names.Sort(static (a, b) => b.Words.Length != a.Words.Length ? b.Words.Length.CompareTo(a.Words.Length)
            : string.CompareOrdinal(a.Words, b.Words));
        return names;
    }

    /// <summary>The first place that a text names from an index on.</summary>
    public PlaceName? First(string text, int from = 0)
    {
        string words = Separator().Replace(text.ToLowerInvariant(), " ");
        PlaceName? first = null;
        int at = int.MaxValue;
        foreach (PlaceName name in _names)
        {
            Match match = Regex.Match(words[from..], $@"\b{Regex.Escape(name.Words)}\b", RegexOptions.None,
                TimeSpan.FromSeconds(1));
            if (match.Success && match.Index < at)
            {
                (first, at) = (name, match.Index);
            }
        }

        return first;
    }

    private void Add(string name, IReadOnlyList<string> clusters)
    {
        string words = Separator().Replace(name.ToLowerInvariant(), " ");
        if (clusters.Count > 0 && !_names.Exists(n => n.Words == words))
        {
            _names.Add(new PlaceName(words, clusters));
        }
    }

    [GeneratedRegex("[-_]")]
    private static partial Regex Separator();
}

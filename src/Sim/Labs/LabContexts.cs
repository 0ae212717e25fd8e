using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>The kubeconfig of the workstation: contexts, the clusters they lead to, and the present one.</summary>
internal sealed class LabContexts
{
    private readonly SortedDictionary<string, string> _clusters = new(StringComparer.Ordinal);

    /// <summary>The present context; empty = none.</summary>
    public string Current { get; set; } = "";

    /// <summary>Names of the contexts.</summary>
    public IReadOnlyCollection<string> Names => _clusters.Keys;

    /// <summary>Adds a context.</summary>
    public void Add(string context, string cluster)
    {
        _clusters[context] = cluster;
        Current = Current.Length == 0 ? context : Current;
    }

    /// <summary>The cluster of a context; null when there is no such context.</summary>
    public string? ClusterOf(string context) => _clusters.GetValueOrDefault(context);

    /// <summary>Renames a context, or leaves it when the other name leads to the same cluster already.</summary>
    /// <returns>False when there is none of that name.</returns>
    public bool Rename(string from, string to)
    {
        if (!_clusters.Remove(from, out string? cluster))
        {
            return _clusters.ContainsKey(to);
        }

        _clusters[to] = cluster;
        Current = Current == from ? to : Current;
        return true;
    }

    /// <summary>A guess at what was meant.</summary>
    public string Hint(string wrong) => Runs.Scenario.Names.Hint(wrong, _clusters.Keys);
}

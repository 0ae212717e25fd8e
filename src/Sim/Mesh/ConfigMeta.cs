using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>Name, age and place of a configuration object.</summary>
/// <param name="Name">Name.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="CreationTime">Creation as RFC 3339 text in UTC; empty = unknown, oldest.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record ConfigMeta(string Name, string Namespace, string CreationTime, SourceSpan Origin)
{
    /// <summary><c>namespace/name</c>.</summary>
    public string FullName => Namespace + "/" + Name;

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = LabelSet.Empty;

    /// <summary>Annotations.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = LabelSet.Empty;

    /// <summary>Oldest first, then by name, then by namespace.</summary>
    /// <remarks>Istio: pilot/pkg/model/config.go#sortConfigByCreationTime.</remarks>
    public static int CompareAge(ConfigMeta a, ConfigMeta b)
    {
        int c = string.CompareOrdinal(a.CreationTime, b.CreationTime);
        c = c != 0 ? c : string.CompareOrdinal(a.Name, b.Name);
        return c != 0 ? c : string.CompareOrdinal(a.Namespace, b.Namespace);
    }
}

/// <summary>Label sets in byte order of their keys.</summary>
public static class LabelSet
{
    /// <summary>No labels.</summary>
    public static ImmutableSortedDictionary<string, string> Empty { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether every label of a selector is in a set.</summary>
    public static bool SubsetOf(
        ImmutableSortedDictionary<string, string> selector, ImmutableSortedDictionary<string, string> labels)
    {
        foreach ((string key, string value) in selector)
        {
            if (!labels.TryGetValue(key, out string? has) || has != value)
            {
                return false;
            }
        }

        return true;
    }
}

using System.Collections;
using Sim.Core;

namespace Sim.Manifests;

/// <summary>A value with the place where it was written.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="Value">The value; durations are nanoseconds.</param>
/// <param name="Span">Where it stands.</param>
public sealed record Spanned<T>(T Value, SourceSpan Span);

/// <summary>One entry of a map with the place of its key.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="KeySpan">Where the key stands.</param>
public sealed record SpannedEntry<T>(string Key, T Value, SourceSpan KeySpan);

/// <summary>A map in file order.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
public sealed class SpannedMap<T> : IReadOnlyList<SpannedEntry<T>>
{
    private readonly IReadOnlyList<SpannedEntry<T>> _entries;
    private readonly Dictionary<string, T> _index;

    /// <summary>A map of entries with unique keys.</summary>
    /// <param name="entries">Entries in order; keys are unique.</param>
    /// <param name="span">Where the map stands.</param>
    public SpannedMap(IReadOnlyList<SpannedEntry<T>> entries, SourceSpan span)
    {
        _entries = entries;
        _index = new Dictionary<string, T>(entries.Count, StringComparer.Ordinal);
        foreach (SpannedEntry<T> e in entries)
        {
            _index.Add(e.Key, e.Value);
        }

        Span = span;
    }

    /// <summary>The map that is absent.</summary>
    public static SpannedMap<T> Empty { get; } = new([], SourceSpan.None);

    /// <summary>Where the map stands; unknown when it is absent.</summary>
    public SourceSpan Span { get; }

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>The entry at an index, in file order.</summary>
    public SpannedEntry<T> this[int index] => _entries[index];

    /// <summary>The value of a key, or the type's default when it is absent.</summary>
    public T? Find(string key) => _index.GetValueOrDefault(key);

    /// <summary>True when the key is present.</summary>
    public bool Contains(string key) => _index.ContainsKey(key);

    /// <inheritdoc/>
    public IEnumerator<SpannedEntry<T>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A number or a name, such as a target port.</summary>
/// <param name="Number">The number; null when it is a name.</param>
/// <param name="Text">The text as written.</param>
public readonly record struct IntOrString(int? Number, string Text)
{
    /// <summary>The text as written.</summary>
    public override string ToString() => Text;
}

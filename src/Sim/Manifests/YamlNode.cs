using Sim.Core;

namespace Sim.Manifests;

/// <summary>A YAML or JSON value with the place where it was written.</summary>
public abstract class YamlNode
{
    /// <summary>A node at a place.</summary>
    protected YamlNode(SourceSpan span) => Span = span;

    /// <summary>Where the value begins.</summary>
    public SourceSpan Span { get; }
}

/// <summary>A scalar as written.</summary>
public sealed class YamlScalar : YamlNode
{
    /// <summary>A scalar.</summary>
    /// <param name="value">Its text, unquoted and unescaped.</param>
    /// <param name="isPlain">True when it was written without quotes and not as a block: such text may be a number,
    /// a boolean or null.</param>
    /// <param name="span">Where it stands.</param>
    public YamlScalar(string value, bool isPlain, SourceSpan span)
        : base(span)
    {
        Value = value;
        IsPlain = isPlain;
    }

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <summary>True when unquoted.</summary>
    public bool IsPlain { get; }

    /// <summary>True for <c>null</c>, <c>~</c> and nothing at all, unquoted (YAML 1.1 as kubectl reads it).</summary>
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL" && IsPlain;
}

/// <summary>A list.</summary>
public sealed class YamlSequence : YamlNode
{
    /// <summary>A list of items in order.</summary>
    public YamlSequence(IReadOnlyList<YamlNode> items, SourceSpan span)
        : base(span) => Items = items;

    /// <summary>The items in order.</summary>
    public IReadOnlyList<YamlNode> Items { get; }
}

/// <summary>One key with its value.</summary>
/// <param name="Key">The key's text.</param>
/// <param name="KeySpan">Where the key stands.</param>
/// <param name="Value">The value.</param>
public sealed record YamlEntry(string Key, SourceSpan KeySpan, YamlNode Value);

/// <summary>A mapping. Keys are unique: of repeated keys the last value was kept, at the first one's
/// position.</summary>
public sealed class YamlMapping : YamlNode
{
    /// <summary>A mapping with unique keys in file order.</summary>
    public YamlMapping(IReadOnlyList<YamlEntry> entries, SourceSpan span)
        : base(span) => Entries = entries;

    /// <summary>The entries in file order.</summary>
    public IReadOnlyList<YamlEntry> Entries { get; }

    /// <summary>Further occurrences of keys, when the text was JSON; otherwise empty.</summary>
    public IReadOnlyList<YamlEntry> RepeatedJsonKeys { get; init; } = [];

    /// <summary>The entry of a key, or null.</summary>
    public YamlEntry? Find(string key)
    {
        foreach (YamlEntry e in Entries)
        {
            if (e.Key == key)
            {
                return e;
            }
        }

        return null;
    }

    /// <summary>The value of a key, or null when the key is absent.</summary>
    public YamlNode? this[string key] => Find(key)?.Value;
}

using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads the keys of one mapping of the scenario file against the key table.</summary>
/// <remarks>Asking for a key that the table does not have, or closing before every key of the table was asked for,
/// is a broken invariant: the table and the reader cannot drift apart.</remarks>
internal sealed class ScenarioObject
{
    private readonly DiagnosticBag _diagnostics;
    private readonly ScenarioObjectType _type;
    private readonly YamlMapping? _mapping;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public ScenarioObject(string type, YamlNode? node, string path, DiagnosticBag diagnostics)
    {
        _type = ScenarioKeys.Of(type);
        _diagnostics = diagnostics;
        Path = path;
        Span = node?.Span ?? SourceSpan.None;
        switch (node)
        {
            case null or YamlScalar { IsNull: true }:
                return;
            case YamlMapping mapping:
                _mapping = mapping;
                CheckKeys(mapping);
                return;
            default:
                WrongType(path, "a mapping", node);
                return;
        }
    }

    /// <summary>Path of the mapping, such as <c>spec.traffic[0]</c>.</summary>
    public string Path { get; }

    /// <summary>Where the mapping stands.</summary>
    public SourceSpan Span { get; }

    /// <summary>Whether the mapping is there at all.</summary>
    public bool IsPresent => _mapping is not null;

    public DiagnosticBag Diagnostics => _diagnostics;

    /// <summary>Checks that every key of the table was asked for, and that required keys are there.</summary>
    public void Close()
    {
        foreach (ScenarioKey key in _type.Keys)
        {
            if (!_asked.Contains(key.Name))
            {
                throw new InvalidOperationException($"the reader never asks for {_type.Name}.{key.Name}");
            }

            if (key.Required && IsPresent && Node(key.Name) is null)
            {
                _diagnostics.Error(ScenarioCodes.MissingKey, $"{Path} needs the key \"{key.Name}\"", Span,
                    key.Summary);
            }
        }
    }

    public bool Has(string key) => Node(key) is not null;

    /// <summary>The value of a key, or null when it is absent or null.</summary>
    public YamlNode? Node(string key)
    {
        if (_type.Find(key) is null)
        {
            throw new InvalidOperationException($"the key table has no {_type.Name}.{key}");
        }

        _asked.Add(key);
        return _mapping?[key] is { } node and not YamlScalar { IsNull: true } ? node : null;
    }

    public string PathOf(string key) => Path.Length == 0 ? key : Path + "." + key;

    public Sourced<string> Text(string key, string @default = "") =>
        Scalar(key, "text") is { } s ? new Sourced<string>(s.Value, s.Span) : new(@default, SourceSpan.None);

    public Sourced<long> Duration(string key, long @default) => OptionalDuration(key) ?? new(@default, SourceSpan.None);

    public Sourced<long>? OptionalDuration(string key) =>
        Scalar(key, "a duration such as 250ms or 1h30m") is { } s ? ReadDuration(s, PathOf(key)) : null;

    public Sourced<long>? ReadDuration(YamlScalar s, string path)
    {
        if (SimDuration.TryParse(s.Value, out long ns) && ns >= 0)
        {
            return new Sourced<long>(ns, s.Span);
        }

        Bad(path, s, "a duration", "write a number and a unit: 250ms, 10s, 5m, 1h30m, 365d");
        return null;
    }

    public Sourced<double> Rate(string key)
    {
        if (Scalar(key, "a rate such as 20/s") is not { } s)
        {
            return new(0, SourceSpan.None);
        }

        if (Quantities.TryRate(s.Value, out double perSecond))
        {
            return new(perSecond, s.Span);
        }

        Bad(PathOf(key), s, "a rate", "write a number and what it is counted by: 20/s, 600/m, 5/h");
        return new(0, s.Span);
    }

    public Sourced<long> Size(string key, long @default)
    {
        if (Scalar(key, "a size such as 4KiB") is not { } s)
        {
            return new(@default, SourceSpan.None);
        }

        if (Quantities.TrySize(s.Value, out long bytes))
        {
            return new(bytes, s.Span);
        }

        Bad(PathOf(key), s, "a size", "write bytes or a number and a unit: 512, 4KiB, 2MiB, 10KB");
        return new(@default, s.Span);
    }

    public Sourced<double> Share(string key, double @default) => OptionalShare(key) ?? new(@default, SourceSpan.None);

    public Sourced<double>? OptionalShare(string key)
    {
        if (Scalar(key, "a share such as 99.9%") is not { } s)
        {
            return null;
        }

        if (Quantities.TryShare(s.Value, out double share))
        {
            return new(share, s.Span);
        }

        Bad(PathOf(key), s, "a share", "write a percentage from 0% to 100%, or a number from 0 to 1");
        return null;
    }

    public Sourced<int> Integer(string key, int @default, int min, int max) =>
        OptionalInteger(key, min, max) ?? new(@default, SourceSpan.None);

    public Sourced<int>? OptionalInteger(string key, int min, int max)
    {
        if (Scalar(key, "an integer") is not { } s)
        {
            return null;
        }

        if (int.TryParse(s.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            && value >= min && value <= max)
        {
            return new(value, s.Span);
        }

        Bad(PathOf(key), s, "an integer", string.Create(CultureInfo.InvariantCulture, $"from {min} to {max}"));
        return null;
    }

    public Sourced<ulong> Unsigned(string key, ulong @default)
    {
        if (Scalar(key, "an integer") is not { } s)
        {
            return new(@default, SourceSpan.None);
        }

        if (ulong.TryParse(s.Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
        {
            return new(value, s.Span);
        }

        Bad(PathOf(key), s, "an integer", "from 0 to 18446744073709551615");
        return new(@default, s.Span);
    }

    public Sourced<double>? OptionalNumber(string key)
    {
        if (Scalar(key, "a number") is not { } s)
        {
            return null;
        }

        if (Quantities.TryNumber(s.Value, out double value) && value >= 0)
        {
            return new(value, s.Span);
        }

        Bad(PathOf(key), s, "a number", "of 0 or more");
        return null;
    }

    public Sourced<bool> Boolean(string key, bool @default)
    {
        if (Scalar(key, "true or false") is not { } s)
        {
            return new(@default, SourceSpan.None);
        }

        if (s.IsPlain && s.Value is "true" or "false")
        {
            return new(s.Value == "true", s.Span);
        }

        Bad(PathOf(key), s, "true or false", "without quotes");
        return new(@default, s.Span);
    }

    public Sourced<T> Choice<T>(string key, T @default)
        where T : struct, Enum
    {
        Sourced<string> text = Word(key, "");
        return text.Value.Length > 0 && Names.TryParse(text.Value, out T value)
            ? new(value, text.Span) : new(@default, text.Span);
    }

    /// <summary>One of the words that the table lists for the key.</summary>
    public Sourced<string> Word(string key, string @default)
    {
        IReadOnlyList<string> choices = _type.Find(key)?.Choices ?? [];
        if (Scalar(key, "one of " + string.Join(", ", choices)) is not { } s)
        {
            return new(@default, SourceSpan.None);
        }

        if (choices.Contains(s.Value))
        {
            return new(s.Value, s.Span);
        }

        _diagnostics.Error(ScenarioCodes.BadValue, $"{PathOf(key)} cannot be \"{s.Value}\"", s.Span,
            Names.Hint(s.Value, choices));
        return new(@default, s.Span);
    }

    public IReadOnlyList<Sourced<string>> TextList(string key) => ReadTexts(Node(key), PathOf(key));

    public IReadOnlyList<Sourced<long>> DurationList(string key)
    {
        var list = new List<Sourced<long>>();
        foreach (Sourced<string> text in TextList(key))
        {
            if (ReadDuration(new YamlScalar(text.Value, true, text.Span), PathOf(key)) is { } d)
            {
                list.Add(d);
            }
        }

        return list;
    }

    public IReadOnlyList<KeyValuePair<string, string>> TextMap(string key)
    {
        var list = new List<KeyValuePair<string, string>>();
        foreach (YamlEntry e in Entries(key))
        {
            if (e.Value is YamlScalar s)
            {
                list.Add(new(e.Key, s.Value));
            }
            else
            {
                WrongType(PathOf(key) + "." + e.Key, "text", e.Value);
            }
        }

        return list;
    }

    /// <summary>The entries of a mapping with keys of the user's own.</summary>
    public IReadOnlyList<YamlEntry> Entries(string key)
    {
        switch (Node(key))
        {
            case null:
                return [];
            case YamlMapping m:
                return m.Entries;
            case { } other:
                WrongType(PathOf(key), "a mapping", other);
                return [];
        }
    }

    /// <summary>A mapping whose keys are somebody else's; null when absent.</summary>
    public YamlMapping? Free(string key)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlMapping m:
                return m;
            case { } other:
                WrongType(PathOf(key), "a mapping", other);
                return null;
        }
    }

    public ScenarioObject Object(string key) => new(OfWhat(key), Node(key), PathOf(key), _diagnostics);

    /// <summary>The items of a list of mappings.</summary>
    public IEnumerable<ScenarioObject> Objects(string key)
    {
        int i = 0;
        foreach (YamlNode item in Items(key))
        {
            if (item is YamlScalar { IsNull: true })
            {
                WrongType(Indexed(key, i), "a mapping", item);
            }

            yield return new ScenarioObject(OfWhat(key), item, Indexed(key, i++), _diagnostics);
        }
    }

    /// <summary>The items of a list, whatever they are.</summary>
    public IReadOnlyList<YamlNode> Items(string key)
    {
        switch (Node(key))
        {
            case null:
                return [];
            case YamlSequence s:
                return s.Items;
            case { } other:
                WrongType(PathOf(key), "a list", other);
                return [];
        }
    }

    public string Indexed(string key, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{PathOf(key)}[{index}]");

    public IReadOnlyList<Sourced<string>> ReadTexts(YamlNode? node, string path)
    {
        switch (node)
        {
            case null or YamlScalar { IsNull: true }:
                return [];
            case YamlSequence s:
                var list = new List<Sourced<string>>();
                foreach (YamlNode item in s.Items)
                {
                    if (item is YamlScalar { IsNull: false } text)
                    {
                        list.Add(new(text.Value, text.Span));
                    }
                    else
                    {
                        WrongType(path, "a list of texts", item);
                    }
                }

                return list;
            default:
                WrongType(path, "a list", node);
                return [];
        }
    }

    public void WrongType(string path, string wanted, YamlNode node) =>
        _diagnostics.Error(ScenarioCodes.WrongType, $"{path} must be {wanted}, not {Describe(node)}", node.Span);

    private static string Describe(YamlNode node) => node switch
    {
        YamlMapping => "a mapping",
        YamlSequence => "a list",
        YamlScalar { IsNull: true } => "nothing",
        YamlScalar s => $"\"{s.Value}\"",
        _ => "something else",
    };

    private string OfWhat(string key) => _type.Find(key)?.Of is { Length: > 0 } of ? of
        : throw new InvalidOperationException($"{_type.Name}.{key} is no mapping in the key table");

    private void Bad(string path, YamlScalar s, string wanted, string hint) =>
        _diagnostics.Error(ScenarioCodes.BadValue, $"{path}: \"{s.Value}\" is not {wanted}", s.Span, hint);

    private YamlScalar? Scalar(string key, string wanted)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlScalar s:
                return s;
            case { } other:
                WrongType(PathOf(key), wanted, other);
                return null;
        }
    }

    private void CheckKeys(YamlMapping mapping)
    {
        List<string>? known = null;
        foreach (YamlEntry e in mapping.Entries)
        {
            if (_type.Find(e.Key) is null)
            {
                known ??= _type.Keys.Select(static k => k.Name).ToList();
                string where = Path.Length == 0 ? "the scenario file" : Path;
                _diagnostics.Error(ScenarioCodes.UnknownKey, $"{where} has no key \"{e.Key}\"", e.KeySpan,
                    Names.Hint(e.Key, known));
            }
        }
    }
}

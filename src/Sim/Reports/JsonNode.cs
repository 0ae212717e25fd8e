using System.Text.Json;

namespace Sim.Reports;

/// <summary>A value of a JSON document that knows its path, so that an error names the place.</summary>
internal readonly struct JsonNode(JsonElement element, string path)
{
    private const decimal NsPerSecond = 1_000_000_000m;
    private const decimal NsPerMillisecond = 1_000_000m;

    private readonly JsonElement _element = element;
    private readonly string _path = path;

    /// <summary>True for <c>null</c>.</summary>
    public bool IsNull => _element.ValueKind == JsonValueKind.Null;

    /// <summary>A member that must exist.</summary>
    public JsonNode this[string name] =>
        _element.ValueKind != JsonValueKind.Object ? throw Wrong("an object")
        : _element.TryGetProperty(name, out JsonElement member) ? new JsonNode(member, _path + "." + name)
        : throw new RunJsonException($"{_path}.{name} is missing");

    /// <summary>A member that may be missing.</summary>
    public JsonNode? Optional(string name) =>
        _element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(name, out JsonElement member)
            ? new JsonNode(member, _path + "." + name) : null;

    /// <summary>A number.</summary>
    public double Number() =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out double value)
            ? value : throw Wrong("a number");

    /// <summary>A string.</summary>
    public string Text() =>
        _element.ValueKind == JsonValueKind.String ? _element.GetString()! : throw Wrong("a string");

    /// <summary>A boolean.</summary>
    public bool Boolean() => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>An integer of 64 bits.</summary>
    public long Integer() =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetInt64(out long value)
            ? value : throw Wrong("an integer");

    /// <summary>An integer of 64 bits without sign.</summary>
    public ulong Unsigned() =>
        _element.ValueKind == JsonValueKind.Number && _element.TryGetUInt64(out ulong value)
            ? value : throw Wrong("an integer that is not negative");

    /// <summary>Seconds, as nanoseconds.</summary>
    public long Seconds() => Scaled(NsPerSecond);

    /// <summary>Milliseconds, as nanoseconds.</summary>
    public long Milliseconds() => Scaled(NsPerMillisecond);

    /// <summary>Every element of an array.</summary>
    public T[] Rows<T>(Func<JsonNode, T> read)
    {
        if (_element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("an array");
        }

        T[] rows = new T[_element.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in _element.EnumerateArray())
        {
            rows[i] = read(new JsonNode(item, $"{_path}[{CsvTables.Text(i)}]"));
            i++;
        }

        return rows;
    }

    /// <summary>Every member of an object, in the order of the file.</summary>
    public T[] Members<T>(Func<string, JsonNode, T> read)
    {
        if (_element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("an object");
        }

        List<T> members = [];
        foreach (JsonProperty member in _element.EnumerateObject())
        {
            members.Add(read(member.Name, new JsonNode(member.Value, _path + "." + member.Name)));
        }

        return [.. members];
    }

    /// <summary>The error that this value is not what was expected.</summary>
    public RunJsonException Wrong(string expected) => new($"{_path} must be {expected}");

    private long Scaled(decimal unit)
    {
        if (_element.ValueKind != JsonValueKind.Number || !_element.TryGetDecimal(out decimal value)
            || Math.Abs(value) > long.MaxValue / unit)
        {
            throw Wrong("a number");
        }

        return (long)decimal.Round(value * unit);
    }
}

/// <summary>A <c>run.json</c> that does not keep the contract.</summary>
internal sealed class RunJsonException(string message, int line = 0) : Exception(message)
{
    /// <summary>1-based line; 0 when unknown.</summary>
    public int Line { get; } = line;
}

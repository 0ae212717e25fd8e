namespace Sim.Envoy;

/// <summary>The headers of a message: names in lower case, every line kept in order.</summary>
/// <remarks>
/// Made once per template, then only read. Lines of one name are joined with a comma where a matcher of the release
/// compares them so. Envoy: source/common/http/header_utility.cc#HeaderUtility::getAllOfHeaderAsString.
/// </remarks>
public sealed class HeaderMap
{
    private readonly string[] _names;
    private readonly string[][] _lines;
    private readonly string[] _joined;

    /// <summary>Headers from lines.</summary>
    /// <param name="lines">Name and value of each line; names in any case.</param>
    public HeaderMap(IEnumerable<KeyValuePair<string, string>> lines)
    {
        var names = new List<string>();
        var values = new List<List<string>>();
        foreach ((string rawName, string value) in lines)
        {
            string name = rawName.ToLowerInvariant();
            int at = names.IndexOf(name);
            if (at < 0)
            {
                names.Add(name);
                values.Add([value]);
            }
            else
            {
                values[at].Add(value);
            }
        }

        _names = [.. names];
        _lines = [.. values.Select(static v => v.ToArray())];
        _joined = [.. _lines.Select(static v => string.Join(',', v))];
    }

    /// <summary>No headers.</summary>
    public static HeaderMap Empty { get; } = new([]);

    /// <summary>Number of different names.</summary>
    public int Count => _names.Length;

    /// <summary>First value of a header; null when it is absent.</summary>
    /// <param name="name">Name in lower case.</param>
    public string? FirstLine(string name)
    {
        int at = IndexOf(name);
        return at < 0 ? null : _lines[at][0];
    }

    /// <summary>All values joined by commas; null when the header is absent.</summary>
    /// <param name="name">Name in lower case.</param>
    public string? Joined(string name)
    {
        int at = IndexOf(name);
        return at < 0 ? null : _joined[at];
    }

    /// <summary>The values line by line; empty when the header is absent.</summary>
    /// <param name="name">Name in lower case.</param>
    public ReadOnlySpan<string> Lines(string name)
    {
        int at = IndexOf(name);
        return at < 0 ? default : _lines[at];
    }

    private int IndexOf(string name)
    {
        string[] names = _names;
        for (int i = 0; i < names.Length; i++)
        {
            if (ReferenceEquals(names[i], name) || names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}

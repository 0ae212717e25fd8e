namespace Sim.Envoy;

/// <summary>What a proxy sees of a request: a template that many requests share, taken apart once.</summary>
/// <remarks>
/// Routes and policies ask for the method, the authority, the path without query, query parameters and headers. Pseudo
/// headers (<c>:method</c>, <c>:path</c>, <c>:authority</c>, <c>:scheme</c>) can be asked for like any other, and
/// <c>host</c> is another name of <c>:authority</c>, as in Envoy's header map.
/// </remarks>
public sealed class RequestHeaders
{
    private readonly string[] _parameterNames;
    private readonly string[] _parameterValues;

    /// <summary>A request template.</summary>
    /// <param name="method">Method.</param>
    /// <param name="authority">Host header with its port; null = none.</param>
    /// <param name="path">Path with query; null = none (CONNECT).</param>
    /// <param name="headers">Other headers; null = none.</param>
    /// <param name="id">Dense number of the template, from 0; -1 = decisions about it are not remembered.</param>
    /// <param name="scheme">How the request came, <c>http</c> or <c>https</c>; null = unknown, no route
    /// matches.</param>
    public RequestHeaders(
        string method, string? authority, string? path, IEnumerable<KeyValuePair<string, string>>? headers = null,
        int id = -1, string? scheme = "http")
    {
        Id = id;
        Method = method;
        Authority = authority;
        Path = path;
        Scheme = scheme;
        PathWithoutQuery = path is null ? null : WithoutQuery(path);
        var lines = new List<KeyValuePair<string, string>> { new(":method", method) };
        AddPseudo(lines, ":authority", authority);
        AddPseudo(lines, "host", authority);
        AddPseudo(lines, ":path", path);
        AddPseudo(lines, ":scheme", scheme);
        if (headers is not null)
        {
            lines.AddRange(headers.Where(h => !h.Key.Equals("host", StringComparison.OrdinalIgnoreCase)));
        }

        Headers = new HeaderMap(lines);
        string? contentType = Headers.FirstLine("content-type");
        IsGrpc = contentType is not null && contentType.StartsWith("application/grpc", StringComparison.Ordinal)
            && (contentType.Length == 16 || contentType[16] == '+');
        IsInternal = Headers.FirstLine("x-envoy-internal") == "true";
        AuthorityLower = authority?.ToLowerInvariant() ?? "";
        AuthorityLowerWithoutPort = WithoutPort(AuthorityLower);
        (_parameterNames, _parameterValues) = Parameters(path);
    }

    /// <summary>Number of the template; -1 = none.</summary>
    public int Id { get; }

    /// <summary>Method.</summary>
    public string Method { get; }

    /// <summary>Host header with its port; null = none.</summary>
    public string? Authority { get; }

    /// <summary>Path with query; null = none.</summary>
    public string? Path { get; }

    /// <summary>How the request came; null = unknown.</summary>
    public string? Scheme { get; }

    /// <summary>Path up to the first <c>?</c> or <c>#</c>; null = none.</summary>
    public string? PathWithoutQuery { get; }

    /// <summary>All headers, pseudo headers included.</summary>
    public HeaderMap Headers { get; }

    /// <summary>Content type <c>application/grpc</c> or <c>application/grpc+...</c>.</summary>
    public bool IsGrpc { get; }

    /// <summary>Marked <c>x-envoy-internal: true</c>.</summary>
    public bool IsInternal { get; }

    internal string AuthorityLower { get; }

    internal string AuthorityLowerWithoutPort { get; }

    /// <summary>First value of a query parameter; null when it is absent.</summary>
    public string? QueryParameter(string name)
    {
        for (int i = 0; i < _parameterNames.Length; i++)
        {
            if (_parameterNames[i] == name)
            {
                return _parameterValues[i];
            }
        }

        return null;
    }

    /// <summary>A path up to its query or fragment.</summary>
    /// <remarks>Envoy: source/common/http/path_utility.cc#PathUtil::removeQueryAndFragment.</remarks>
    internal static string WithoutQuery(string path)
    {
        int end = path.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? path : path[..end];
    }

    private static void AddPseudo(List<KeyValuePair<string, string>> lines, string name, string? value)
    {
        if (value is not null)
        {
            lines.Add(new(name, value));
        }
    }

    private static string WithoutPort(string authority)
    {
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.AsSpan(colon).Contains(']'))
        {
            return authority;
        }

        foreach (char c in authority.AsSpan(colon + 1))
        {
            if (!char.IsAsciiDigit(c))
            {
                return authority;
            }
        }

        return colon == authority.Length - 1 ? authority : authority[..colon];
    }

    // Envoy: source/common/http/utility.cc#Utility::QueryParamsMulti::parseAndDecodeQueryString.
    private static (string[] Names, string[] Values) Parameters(string? path)
    {
        int start = path?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        if (start < 0)
        {
            return ([], []);
        }

        string query = path![(start + 1)..];
        int fragment = query.IndexOf('#', StringComparison.Ordinal);
        query = fragment < 0 ? query : query[..fragment];
        var names = new List<string>();
        var values = new List<string>();
        foreach (string part in query.Split('&'))
        {
            int equal = part.IndexOf('=', StringComparison.Ordinal);
            string name = PercentDecoded(equal < 0 ? part : part[..equal]);
            if (!names.Contains(name))
            {
                names.Add(name);
                values.Add(equal < 0 ? "" : PercentDecoded(part[(equal + 1)..]));
            }
        }

        return ([.. names], [.. values]);
    }

    private static string PercentDecoded(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var decoded = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1])
                && char.IsAsciiHexDigit(text[i + 2]))
            {
                decoded.Append((char)Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                decoded.Append(text[i]);
            }
        }

        return decoded.ToString();
    }
}

using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What the HTTP/1 codec and the connection manager make of a request line.</summary>
/// <remarks>
/// Envoy: source/common/http/http1/codec_impl.cc#ServerConnectionImpl::handlePath, source/common/http/path_utility.cc.
/// </remarks>
internal static class RequestTarget
{
    private static readonly HashSet<string> s_methods = new(StringComparer.Ordinal)
    {
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "COPY", "LOCK", "MKCOL",
        "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND", "ACL", "REPORT",
        "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "MKCALENDAR",
        "LINK", "UNLINK", "SOURCE",
    };

    /// <summary>Whether a text begins like a request of HTTP/1, may still do so, or does not.</summary>
    public static HttpGuess Guess(string bytes)
    {
        int end = bytes.IndexOfAny([' ', '\r', '\n']);
        string method = end < 0 ? bytes : bytes[..end];
        return end < 0 ? s_methods.Any(m => m.StartsWith(method, StringComparison.Ordinal))
                ? HttpGuess.Undecided : HttpGuess.No
            : bytes[end] == ' ' && s_methods.Contains(method) ? HttpGuess.Yes : HttpGuess.No;
    }

    /// <summary>Refuses a request line, or puts the request as the filters see it in its place.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mode">Normalization of the path.</param>
    public static LocalReply? Check(ref InboundRequest request, PathNormalization mode)
    {
        if (!request.IsHttp2 && !s_methods.Contains(request.Method))
        {
            return LocalReply.ProtocolRefused("http1.codec_error");
        }

        string path = request.Path;
        if (!path.StartsWith('/') && request.Method != "CONNECT" && !(path == "*" && request.Method == "OPTIONS"))
        {
            if (Absolute(path) is not (string host, string rest))
            {
                return LocalReply.ProtocolRefused("http1.invalid_url");
            }

            request = request with { Host = host };
            path = rest;
        }

        if (request.Host is null)
        {
            return LocalReply.MissingHost;
        }

        if (PathNormalizer.Normalize(path, mode) is not string normal)
        {
            return LocalReply.PathRefused;
        }

        // The codec takes the blanks around values of HTTP/1 headers away.
        request = request.IsHttp2 ? request with { Path = normal } : request with
        {
            Path = normal,
            Lines = [.. request.Lines.Select(
                static l => new KeyValuePair<string, string>(l.Key, l.Value.Trim(' ', '\t')))],
        };
        return null;
    }

    private static (string Host, string Path)? Absolute(string target)
    {
        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0 || target[..scheme].ToLowerInvariant() is not ("http" or "https"))
        {
            return null;
        }

        string rest = target[(scheme + 3)..];
        int end = rest.IndexOfAny(['/', '?', '#']);
        string host = end < 0 ? rest : rest[..end];
        string path = end < 0 ? "/" : rest[end] == '/' ? rest[end..] : "/" + rest[end..];
        return host.Length == 0 ? null : (host, path);
    }
}

/// <summary>What the first bytes of a connection look like.</summary>
internal enum HttpGuess
{
    No,
    Yes,
    Undecided,
}

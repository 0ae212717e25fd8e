using System.Globalization;
using System.Net;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>RBAC nodes out of single values.</summary>
/// <remarks>Istio: pilot/pkg/security/authz/model/generator.go, pilot/pkg/security/authz/matcher.</remarks>
internal static class RbacNodes
{
    private const string JwtFilter = "envoy.filters.http.jwt_authn";

    /// <summary><c>x</c>, <c>x*</c>, <c>*x</c> or <c>*</c> (not empty).</summary>
    public static StringMatcher Matcher(string value, string prefix = "", bool ignoreCase = false)
    {
        if (value == "*")
        {
            return new StringMatcher(StringMatchKind.Regex, ".+");
        }

        if (value.StartsWith('*'))
        {
            return prefix.Length == 0
                ? new StringMatcher(StringMatchKind.Suffix, value[1..], ignoreCase)
                : new StringMatcher(StringMatchKind.Regex, prefix + ".*" + value[1..]);
        }

        return value.EndsWith('*')
            ? new StringMatcher(StringMatchKind.Prefix, prefix + value[..^1], ignoreCase)
            : new StringMatcher(StringMatchKind.Exact, prefix + value, ignoreCase);
    }

    public static RbacNode? Principal(string value) => Authenticated(Matcher(value, "spiffe://"));

    public static RbacNode? Namespace(string value) => Authenticated(new StringMatcher(
        StringMatchKind.Regex, ".*/ns/" + value.Replace("*", ".*", StringComparison.Ordinal) + "/.*"));

    public static RbacNode? ServiceAccount(string value, string ns)
    {
        int slash = value.IndexOf('/', StringComparison.Ordinal);
        string account = slash < 0 ? value : value[(slash + 1)..];
        string own = slash < 0 ? ns : value[..slash];
        return Authenticated(new StringMatcher(StringMatchKind.Regex,
            "spiffe://.+/ns/" + own + "/(.+/|)sa/" + account + "(/.+)?"));
    }

    public static RbacNode? TrustDomain(string value)
    {
        string pattern = value == "*" ? "[^/]+"
            : value.StartsWith('*') ? "[^/]*" + Quote(value[1..])
            : value.EndsWith('*') ? Quote(value[..^1]) + "[^/]*"
            : Quote(value);
        return Authenticated(new StringMatcher(StringMatchKind.Regex, "spiffe://" + pattern + "/.*"));
    }

    /// <summary>An address or a range; null when it is none.</summary>
    public static RbacNode? Ip(RbacNodeKind kind, string value)
    {
        if (IPAddress.TryParse(value, out IPAddress? ip))
        {
            int bits = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128;
            return new RbacNode
            {
                Kind = kind, Cidr = value + "/" + bits.ToString(CultureInfo.InvariantCulture),
            };
        }

        int slash = value.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IPAddress.TryParse(value[..slash], out _)
            && int.TryParse(value[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? new RbacNode { Kind = kind, Cidr = value } : null;
    }

    public static RbacNode? Port(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535
            ? new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = port } : null;

    public static RbacNode? Sni(string value) =>
        new RbacNode { Kind = RbacNodeKind.RequestedServerName, Match = Matcher(value) };

    public static RbacNode? Host(string value) => HeaderNode(":authority", value, true);

    public static RbacNode? Header(string name, string value) => HeaderNode(name, value, false);

    public static RbacNode? Path(string value)
    {
        if (value.Contains("{*}", StringComparison.Ordinal) || value.Contains("{**}", StringComparison.Ordinal))
        {
            string template = value.Replace("{**}", "**", StringComparison.Ordinal)
                .Replace("{*}", "*", StringComparison.Ordinal);
            return new RbacNode
            {
                Kind = RbacNodeKind.UriTemplate, Match = new StringMatcher(StringMatchKind.Exact, template),
            };
        }

        return new RbacNode { Kind = RbacNodeKind.UrlPath, Match = Matcher(value) };
    }

    /// <summary>Issuer and subject, split at the last slash; a star stands at one end only.</summary>
    public static RbacNode? RequestPrincipal(string value)
    {
        int slash = value.LastIndexOf('/');
        (StringMatcher issuer, StringMatcher subject) = (slash, value) switch
        {
            (_, "*") => (Matcher("*"), Matcher("*")),
            ( < 0, ['*', ..]) => (Matcher("*"), Matcher(value)),
            ( < 0, [.., '*']) => (Matcher(value), Matcher("*")),
            ( < 0, _) => (Exact(value), Exact("")),
            (_, ['*', ..]) => (Matcher(value[..slash]), Exact(value[(slash + 1)..])),
            (_, [.., '*']) => (Exact(value[..slash]), Matcher(value[(slash + 1)..])),
            _ => (Exact(value[..slash]), Exact(value[(slash + 1)..])),
        };
        return new RbacNode
        {
            Kind = RbacNodeKind.And,
            Children = [Payload(["iss"], issuer, false), Payload(["sub"], subject, false)],
        };
    }

    /// <summary>A claim that is a text or a list of texts.</summary>
    public static RbacNode? Claim(IReadOnlyList<string> path, string value)
    {
        StringMatcher match = Matcher(value);
        return new RbacNode
        {
            Kind = RbacNodeKind.Or,
            Children = [Payload(path, match, false), Payload(path, match, true)],
        };
    }

    /// <summary>Metadata of an Envoy filter, <c>envoy.filters.X[key]</c>; null when the key is malformed.</summary>
    public static RbacNode? EnvoyFilter(string key, string value)
    {
        int open = key.IndexOf('[', StringComparison.Ordinal);
        if (open < 0 || !key.EndsWith(']'))
        {
            return null;
        }

        bool isList = value.StartsWith('[') && value.EndsWith(']') && value.Length > 2;
        return new RbacNode
        {
            Kind = RbacNodeKind.Metadata, Filter = key[..open], MetadataPath = [key[(open + 1)..^1]],
            Match = Matcher(isList ? value[1..^1] : value), MetadataIsList = isList,
        };
    }

    /// <summary>The texts in <c>[a][b]</c>; empty when malformed.</summary>
    public static IReadOnlyList<string> Brackets(string text)
    {
        var result = new List<string>();
        int at = 0;
        while (at < text.Length)
        {
            int close = text.IndexOf(']', at);
            if (text[at] != '[' || close <= at + 1)
            {
                return [];
            }

            result.Add(text[(at + 1)..close]);
            at = close + 1;
        }

        return result;
    }

    private static StringMatcher Exact(string value) => new(StringMatchKind.Exact, value);

    private static RbacNode Payload(IReadOnlyList<string> path, StringMatcher match, bool isList) => new()
    {
        Kind = RbacNodeKind.Metadata, Filter = JwtFilter, MetadataPath = ["payload", .. path], Match = match,
        MetadataIsList = isList,
    };

    private static RbacNode HeaderNode(string name, string value, bool ignoreCase) => new()
    {
        Kind = RbacNodeKind.Header,
        Header = value == "*" ? new HeaderMatcher(name, PresentMatch: true)
            : new HeaderMatcher(name, Matcher(value, "", ignoreCase)),
    };

    private static RbacNode Authenticated(StringMatcher match) =>
        new() { Kind = RbacNodeKind.Authenticated, Match = match };

    private static string Quote(string text) => text.Replace(".", "\\.", StringComparison.Ordinal);
}

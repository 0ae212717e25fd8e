namespace Sim.Mesh;

/// <summary>Host names with wildcards, compared and ordered as istiod does.</summary>
/// <remarks>Istio: pkg/config/host/name.go, pkg/config/host/names.go, pilot/pkg/model/config.go.</remarks>
public static class Hostname
{
    /// <summary>Whether a name begins with a star.</summary>
    public static bool IsWildcard(string host) => host.Length > 0 && host[0] == '*';

    /// <summary>Whether some host could be meant by both names.</summary>
    public static bool Matches(string a, string b)
    {
        bool wa = IsWildcard(a);
        bool wb = IsWildcard(b);
        if (wa && wb)
        {
            return a.Length < b.Length
                ? b.AsSpan(1).EndsWith(a.AsSpan(1), StringComparison.Ordinal)
                : a.AsSpan(1).EndsWith(b.AsSpan(1), StringComparison.Ordinal);
        }

        if (wa)
        {
            return b.AsSpan().EndsWith(a.AsSpan(1), StringComparison.Ordinal);
        }

        return wb ? a.AsSpan().EndsWith(b.AsSpan(1), StringComparison.Ordinal) : a == b;
    }

    /// <summary>Whether every host meant by <paramref name="a"/> is meant by <paramref name="b"/>.</summary>
    public static bool SubsetOf(string a, string b)
    {
        bool wa = IsWildcard(a);
        bool wb = IsWildcard(b);
        if (wa && wb)
        {
            return a.Length >= b.Length && a.AsSpan(1).EndsWith(b.AsSpan(1), StringComparison.Ordinal);
        }

        if (wa)
        {
            return false;
        }

        return wb ? a.AsSpan().EndsWith(b.AsSpan(1), StringComparison.Ordinal) : a == b;
    }

    /// <summary>For each overlapping pair the narrower name, without repetition.</summary>
    public static IReadOnlyList<string> Intersection(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var result = new List<string>();
        foreach (string x in a)
        {
            foreach (string y in b)
            {
                string? narrow = SubsetOf(x, y) ? x : SubsetOf(y, x) ? y : null;
                if (narrow is not null && !result.Contains(narrow))
                {
                    result.Add(narrow);
                }
            }
        }

        return result;
    }

    /// <summary>The hosts of <c>namespace/host</c> entries that are open to a namespace.</summary>
    public static IReadOnlyList<string> NamesForNamespace(IEnumerable<string> hosts, string ns)
    {
        var result = new List<string>();
        foreach (string host in hosts)
        {
            int slash = host.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
            {
                result.Add(host);
                continue;
            }

            string scope = host[..slash];
            if (scope == ns || scope == "*")
            {
                result.Add(host[(slash + 1)..]);
            }
        }

        return result;
    }

    /// <summary>Whether <paramref name="a"/> is more specific than <paramref name="b"/>: exact before wildcard, longer
    /// before shorter, then in byte order.</summary>
    public static bool MoreSpecific(string a, string b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return b.Length == 0;
        }

        bool wa = IsWildcard(a);
        bool wb = IsWildcard(b);
        if (wa != wb)
        {
            return wb;
        }

        return a.Length != b.Length ? a.Length > b.Length : string.CompareOrdinal(a, b) < 0;
    }

    /// <summary>Sorts, most specific first.</summary>
    public static IReadOnlyList<string> Sort(IEnumerable<string> hosts)
    {
        List<string> list = [.. hosts];
        list.Sort(static (x, y) => x == y ? 0 : MoreSpecific(x, y) ? -1 : 1);
        return list;
    }

    /// <summary>The most specific of the hosts that covers a name; null when none does.</summary>
    public static string? MostSpecificMatch(string needle, IEnumerable<string> hosts)
    {
        string? best = null;
        foreach (string host in hosts)
        {
            if (host == needle)
            {
                return host;
            }

            if (IsWildcard(host) && SubsetOf(needle, host) && (best is null || MoreSpecific(host, best)))
            {
                best = host;
            }
        }

        return best;
    }

    /// <summary>Completes a name without a dot: <c>name.namespace.svc.domain</c>. Other names stay.</summary>
    public static string ResolveShortName(string host, string ns, string domain)
    {
        if (host.Length == 0 || host == "*" || host.Contains('.', StringComparison.Ordinal)
            || host.Contains(':', StringComparison.Ordinal) || IsWildcard(host))
        {
            return host;
        }

        string name = ns.Length == 0 ? host : host + "." + ns;
        return domain.Length == 0 ? name : name + ".svc." + domain;
    }

    /// <summary>Completes the name of a gateway: <c>gw</c>, <c>./gw</c> and <c>gw.ns.svc...</c> become
    /// <c>ns/gw</c>.</summary>
    public static string ResolveGatewayName(string gateway, string ns)
    {
        if (gateway == "mesh")
        {
            return gateway;
        }

        if (gateway.StartsWith("./", StringComparison.Ordinal))
        {
            return ns + gateway[1..];
        }

        if (gateway.Contains('/', StringComparison.Ordinal))
        {
            return gateway;
        }

        string[] parts = gateway.Split('.');
        return parts.Length == 1 ? ns + "/" + gateway : parts[1] + "/" + parts[0];
    }
}

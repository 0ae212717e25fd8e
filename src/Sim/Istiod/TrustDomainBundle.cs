namespace Sim.Istiod;

/// <summary>The trust domain with its aliases.</summary>
/// <remarks>Istio: pilot/pkg/security/trustdomain/bundle.go, pkg/spiffe/spiffe.go#ExpandWithTrustDomains.</remarks>
internal sealed class TrustDomainBundle
{
    private readonly string[] _domains;
    private readonly IReadOnlyList<string> _aliases;

    public TrustDomainBundle(string trustDomain, IReadOnlyList<string> aliases)
    {
        _domains = [.. new[] { trustDomain }.Concat(aliases).Distinct()];
        _aliases = aliases;
    }

    /// <summary>Trust domain and aliases.</summary>
    public IReadOnlyList<string> Domains => _domains;

    /// <summary>Principals as they are compared after every known domain was put in.</summary>
    public IReadOnlyList<string> Rewrite(IReadOnlyList<string> principals)
    {
        var result = new List<string>();
        foreach (string principal in principals)
        {
            foreach (string p in Rewrite(principal))
            {
                if (!result.Contains(p))
                {
                    result.Add(p);
                }
            }
        }

        return result;
    }

    /// <summary>Complete identities, and the same with each alias in place of their domain, in byte order. The mesh's
    /// own domain is not put in.</summary>
    public IReadOnlyList<string> ExpandIdentities(IEnumerable<string> identities)
    {
        var result = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string identity in identities)
        {
            result.Add(identity);
            const string Prefix = "spiffe://";
            if (!identity.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            int slash = identity.IndexOf('/', Prefix.Length);
            if (slash > 0)
            {
                result.UnionWith(_aliases.Select(d => Prefix + d + identity[slash..]));
            }
        }

        return [.. result];
    }

    private IEnumerable<string> Rewrite(string principal)
    {
        string[] parts = principal.Split('/');
        string first = parts[0];
        if (parts.Length != 5 || first == "*" || !(first == "cluster.local" || _domains.Any(d => Matches(first, d))))
        {
            return [principal];
        }

        string rest = principal[first.Length..];
        return _domains.Select(d => (first.StartsWith('*') && SuffixMatch(d, first) ? first : d) + rest);
    }

    private static bool Matches(string value, string domain) =>
        value == domain || PrefixMatch(value, domain) || PrefixMatch(domain, value)
        || SuffixMatch(value, domain) || SuffixMatch(domain, value);

    private static bool PrefixMatch(string text, string pattern) =>
        pattern.EndsWith('*') && text.StartsWith(pattern[..^1], StringComparison.Ordinal);

    private static bool SuffixMatch(string text, string pattern) =>
        pattern.StartsWith('*') && text.EndsWith(pattern[1..], StringComparison.Ordinal);
}

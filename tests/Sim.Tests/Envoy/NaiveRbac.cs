using System.Net;
using System.Text.RegularExpressions;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>RBAC written down as its rules say, without compilation or memory: the reference for the engine.</summary>
internal static class NaiveRbac
{
    /// <summary>Whether a chain lets a request pass, and the policy that decided.</summary>
    public static (bool Allowed, string Policy) Evaluate(IReadOnlyList<RbacRules> chain, RbacRequest request)
    {
        string policy = "";
        foreach (RbacRules rules in chain.Where(static r => !r.IsShadow && r.Provider.Length == 0))
        {
            string? matched = rules.Policies.Where(p => Matches(p, request)).Select(static p => p.Name)
                .Order(StringComparer.Ordinal).FirstOrDefault();
            switch (rules.Action)
            {
                case RbacAction.Deny when matched is not null:
                    return (false, matched);
                case RbacAction.Allow when matched is null:
                    return (false, "");
                case RbacAction.Allow:
                    policy = matched!;
                    break;
                default:
                    break;
            }
        }

        return (true, policy);
    }

    private static bool Matches(RbacPolicy policy, RbacRequest request) =>
        policy.Permissions.Any(n => Holds(n, request)) && policy.Principals.Any(n => Holds(n, request));

    private static bool Holds(RbacNode n, RbacRequest r) => n.Kind switch
    {
        RbacNodeKind.Any => true,
        RbacNodeKind.And => n.Children.All(c => Holds(c, r)),
        RbacNodeKind.Or => n.Children.Any(c => Holds(c, r)),
        RbacNodeKind.Not => !Holds(n.Children[0], r),
        RbacNodeKind.Header => Header(n.Header!, r),
        RbacNodeKind.UrlPath => r.Headers?.Path is string path && Text(n.Match!, path.Split('?', '#')[0]),
        RbacNodeKind.DestinationPort => r.DestinationPort == n.Port,
        RbacNodeKind.DestinationPortRange => r.DestinationPort >= n.Port && r.DestinationPort < n.PortEnd,
        RbacNodeKind.DestinationIp => InRange(n.Cidr, r.DestinationIp),
        RbacNodeKind.SourceIp => InRange(n.Cidr, r.SourceIp),
        RbacNodeKind.DirectRemoteIp => InRange(n.Cidr, r.DirectRemoteIp),
        RbacNodeKind.RemoteIp => InRange(n.Cidr, r.RemoteIp),
        RbacNodeKind.RequestedServerName => Text(n.Match!, r.ServerName ?? ""),
        RbacNodeKind.Authenticated => r.Peer is not null
            && (n.Match is null
                || r.Peer.UriSans.Concat(r.Peer.DnsSans).Append(r.Peer.Subject).Any(s => Text(n.Match, s))),
        RbacNodeKind.SourceCluster => r.SourceCluster is not null && Text(n.Match!, r.SourceCluster),
        _ => throw new NotSupportedException(n.Kind.ToString()),
    };

    private static bool Header(HeaderMatcher m, RbacRequest r)
    {
        string? value = m.Name == ":method" ? r.Headers?.Method : r.Headers?.Headers.Joined(m.Name);
        if (m.Match is null)
        {
            return (value is not null == (m.PresentMatch ?? true)) != m.Invert;
        }

        return value is not null && Text(m.Match, value) != m.Invert;
    }

    private static bool Text(StringMatcher m, string text)
    {
        StringComparison how = m.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return m.Kind switch
        {
            StringMatchKind.Exact => text.Equals(m.Value, how),
            StringMatchKind.Prefix => text.StartsWith(m.Value, how),
            StringMatchKind.Suffix => text.EndsWith(m.Value, how),
            StringMatchKind.Contains => text.Contains(m.Value, how),
            StringMatchKind.Regex => Regex.IsMatch(text, "^(?:" + m.Value + ")$"),
            _ => true,
        };
    }

    private static bool InRange(string cidr, IpAddress address)
    {
        if (address.Family == 0)
        {
            return false;
        }

        string[] parts = cidr.Split('/');
        byte[] range = IPAddress.Parse(parts[0]).GetAddressBytes();
        byte[] own = new byte[address.Family == 4 ? 4 : 16];
        for (int i = 0; i < own.Length; i++)
        {
            own[^(i + 1)] = (byte)((address.Bits >> (8 * i)) & 0xFF);
        }

        if (range.Length != own.Length)
        {
            return false;
        }

        int length = parts.Length > 1 ? int.Parse(parts[1], null) : own.Length * 8;
        for (int bit = 0; bit < length; bit++)
        {
            int mask = 0x80 >> (bit % 8);
            if ((range[bit / 8] & mask) != (own[bit / 8] & mask))
            {
                return false;
            }
        }

        return true;
    }
}

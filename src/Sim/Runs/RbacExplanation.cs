using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>Says in words which AuthorizationPolicy let a request pass or refused it. Cold: for traced requests.
/// </summary>
internal static partial class RbacExplanation
{
    /// <summary>The verdict for people and the line that decided.</summary>
    /// <param name="listener">The server's inbound listener.</param>
    /// <param name="verdict">What its filters said.</param>
    /// <param name="client">The caller.</param>
    /// <param name="byMtls">Whether the caller showed a certificate.</param>
    /// <param name="isConnection">A connection is judged, not a request: it is closed.</param>
    public static (string Text, SourceSpan Origin) Of(
        InboundListener listener, RbacVerdict verdict, PodRuntime client, bool byMtls, bool isConnection = false)
    {
        string refused = isConnection ? "closed" : "403";
        string caller = byMtls && client.Identity is { } identity
            ? "caller " + identity.Principal : "caller without an identity (plaintext)";
        string rule = verdict.Rule.Length == 0 ? "" : NameOf(verdict.Rule);
        if (verdict.Allowed)
        {
            return rule.Length > 0 ? ($"{caller}: allowed by {rule}", verdict.Origin)
                : ($"{caller}: no DENY rule matches and no ALLOW policy selects this workload -> allow", default);
        }

        if (rule.Length > 0)
        {
            return ($"{caller}: {refused}, denied by {rule}", verdict.Origin);
        }

        RbacPolicy[] asked = Allowing(listener);
        string names = string.Join(", ", asked.Select(static p => $"{NameOf(p.Name)} ({p.Origin})"));
        return asked.Length == 0
            ? ($"{caller}: {refused}, an ALLOW policy without rules selects this workload: nothing is allowed",
                verdict.Origin.IsKnown ? verdict.Origin : AllowOrigin(listener))
            : ($"{caller}: {refused}, no rule of the ALLOW policies of this workload matches: {names}",
                asked[0].Origin);
    }

    /// <summary>What decided, in short.</summary>
    /// <param name="listener">The server's inbound listener.</param>
    /// <param name="verdict">What its filters said.</param>
    public static string RuleOf(InboundListener listener, RbacVerdict verdict)
    {
        if (verdict.Rule.Length > 0)
        {
            return NameOf(verdict.Rule);
        }

        if (verdict.Allowed)
        {
            return "no policy";
        }

        string[] asked = [.. Allowing(listener).Select(static p => NameOf(p.Name)).Distinct()];
        return asked.Length == 0 ? "ALLOW without rules" : "no match: " + string.Join(", ", asked);
    }

    private static SourceSpan AllowOrigin(InboundListener listener)
    {
        foreach (RbacRules rules in listener.Protocol == PortProtocol.Tcp ? listener.TcpRbac : listener.HttpRbac)
        {
            if (rules is { Action: RbacAction.Allow, IsShadow: false })
            {
                return rules.Origin;
            }
        }

        return default;
    }

    private static RbacPolicy[] Allowing(InboundListener listener) =>
        [.. (listener.Protocol == PortProtocol.Tcp ? listener.TcpRbac : listener.HttpRbac)
            .Where(static r => r is { Action: RbacAction.Allow, IsShadow: false }).SelectMany(static r => r.Policies)];

    /// <summary><c>ns[NS]-policy[NAME]-rule[I]</c> as people say it; other names as they are.</summary>
    private static string NameOf(string policy)
    {
        Match m = PolicyName().Match(policy);
        return m.Success ? $"rule {m.Groups[3].Value} of AuthorizationPolicy {m.Groups[1].Value}/{m.Groups[2].Value}"
            : policy;
    }

    [GeneratedRegex(@"^ns\[(.*)\]-policy\[(.*)\]-rule\[(\d+)\]$", RegexOptions.CultureInvariant)]
    private static partial Regex PolicyName();
}

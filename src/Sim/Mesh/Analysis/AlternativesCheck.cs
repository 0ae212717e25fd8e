using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Finds alternatives (OR) of which each holds only a part of a condition, where all parts (AND) were probably
/// meant.</summary>
/// <remarks>Istio: rules of an AuthorizationPolicy are alternatives, as are the entries of <c>from</c>, <c>to</c> and
/// of a <c>match</c> list; keys inside one entry hold together.</remarks>
internal static class AlternativesCheck
{
    private const string Hint = "put the conditions into one entry when all of them are meant to hold";

    private static readonly string[] Requests = ["headers", "withoutHeaders", "queryParams", "method", "authority"];

    /// <summary>Looks at the rules of an AuthorizationPolicy, and at the operations of each.</summary>
    public static void Policy(KubeObject policy, DiagnosticBag bag)
    {
        IReadOnlyList<YamlNode> rules = policy.Node.Items("spec", "rules");
        int caller = IndexOf(rules, static r => Has(r, "from") && !Has(r, "to") && !Has(r, "when"));
        int request = IndexOf(rules, static r => !Has(r, "from") && (Has(r, "to") || Has(r, "when")));
        if (caller >= 0 && request >= 0)
        {
            bag.Warn("MS0502", string.Create(CultureInfo.InvariantCulture,
                $"rule {caller + 1} asks only who calls and rule {request + 1} only what is asked for: either of " +
                $"them alone makes the policy match"), rules[Math.Max(caller, request)].Span, Hint, policy.Resource);
        }

        foreach (YamlNode rule in rules)
        {
            Entries(policy, rule.Items("to"), "operation", ["methods", "notMethods"],
                ["paths", "notPaths", "hosts", "notHosts", "ports", "notPorts"], "to", bag);
            Entries(policy, rule.Items("from"), "source", ["namespaces", "notNamespaces", "principals",
                "notPrincipals", "serviceAccounts", "notServiceAccounts"], ["ipBlocks", "notIpBlocks",
                "remoteIpBlocks", "notRemoteIpBlocks", "requestPrincipals", "notRequestPrincipals"], "from", bag);
        }
    }

    /// <summary>Looks at the matches of a VirtualService.</summary>
    public static void Routes(KubeObject routes, DiagnosticBag bag)
    {
        foreach (YamlNode http in routes.Node.Items("spec", "http"))
        {
            IReadOnlyList<YamlNode> matches = http.Items("match");
            int path = IndexOf(matches, static m => Only(m, ["uri"]));
            int rest = IndexOf(matches, static m => Only(m, Requests));
            if (path >= 0 && rest >= 0)
            {
                bag.Warn("MS0502", "one entry of match asks only for the path and another only for the rest of the " +
                    "request: either of them alone takes the route", matches[Math.Max(path, rest)].Span, Hint,
                    routes.Resource);
            }
        }
    }

    private static void Entries(
        KubeObject policy, IReadOnlyList<YamlNode> entries, string key, string[] first, string[] second, string list,
        DiagnosticBag bag)
    {
        int a = IndexOf(entries, e => Only(e.At(key), first));
        int b = IndexOf(entries, e => Only(e.At(key), second));
        if (a >= 0 && b >= 0)
        {
            bag.Warn("MS0502", string.Create(CultureInfo.InvariantCulture,
                $"entries {Math.Min(a, b) + 1} and {Math.Max(a, b) + 1} of {list} each hold a part of a condition: " +
                $"either of them alone is enough"), entries[Math.Max(a, b)].Span, Hint, policy.Resource);
        }
    }

    private static bool Has(YamlNode rule, string key) => rule.Items(key).Count > 0;

    private static bool Only(YamlNode? node, string[] keys) => node is YamlMapping { Entries.Count: > 0 } m
        && m.Entries.All(e => e.Key == "name" || keys.Contains(e.Key)) && m.Entries.Any(e => keys.Contains(e.Key));

    private static int IndexOf(IReadOnlyList<YamlNode> items, Func<YamlNode, bool> holds)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (holds(items[i]))
            {
                return i;
            }
        }

        return -1;
    }
}

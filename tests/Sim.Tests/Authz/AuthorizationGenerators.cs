using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Sim.Core;
using Sim.Mesh;
using Sim.Tests.Istiod;

namespace Sim.Tests.Authz;

/// <summary>Policies, and calls that they judge.</summary>
/// <param name="Policies">Policies of one cluster.</param>
/// <param name="Calls">Calls of one workload.</param>
/// <param name="AuthorizerAllows">What an external authorizer answers.</param>
internal sealed record AuthorizationQuestion(
    AuthorizationPolicy[] Policies, NaiveCall[] Calls, bool AuthorizerAllows);

/// <summary>FsCheck's generator of policies that use every field, and of calls; a counterexample shrinks to few calls,
/// policies, rules and fields.</summary>
internal static class AuthorizationGenerators
{
    private static readonly string[] s_principals =
    [
        "corp/ns/web/sa/front", "old/ns/bank/sa/teller", "other/ns/web/sa/front", "corp/ns/risk/sa/audit",
        "cluster.local/ns/web/sa/front",
    ];

    private static readonly string[] s_keys =
    [
        "source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount",
        "source.trustDomain", "request.auth.principal", "request.auth.audiences", "request.auth.presenter",
        "request.auth.claims[groups]", "request.headers[X-Region]", "destination.ip", "destination.port",
        "connection.sni",
    ];

    private static readonly Dictionary<string, string[]> s_values = new()
    {
        ["principal"] = ["cluster.local/ns/web/sa/front", "corp/ns/web/sa/front", "*/ns/bank/sa/teller", "*/sa/front",
            "corp/ns/*", "*", "o*/ns/web/sa/front", "*p/ns/risk/sa/audit", "other/ns/web/sa/front",
            "corp/ns/web/sa/fr*"],
        ["token"] = ["*", "https://id.example/alice", "https://id.example/*", "*/alice", "*lice", "https*", "*/*",
            "https://id.example", "https://id.example/b*"],
        ["namespace"] = ["web", "bank", "w*", "*k", "r*k", "*", "w*a"],
        ["account"] = ["teller", "web/front", "bank/teller", "risk/audit", "front"],
        ["domain"] = ["corp", "old", "other", "c*", "*er", "*"],
        ["ip"] = ["10.10.1.0/24", "10.10.1.5", "10.0.0.0/8", "172.16.0.1/32", "10.10.2.7", "fd00::/8", "0.0.0.0/0"],
        ["host"] = ["ledger.bank", "LEDGER.*", "*.example", "*", "cards.bank"],
        ["method"] = ["GET", "POST", "P*", "*T", "*"],
        ["path"] = ["/", "/admin", "/admin/*", "*/users", "*", "/api/{*}/close", "/api/{**}", "/a*"],
        ["port"] = ["8080", "9000", "80"],
        ["text"] = ["eu", "eu*", "*west", "*", "ledger", "cards", "l*", "mobile"],
        ["sni"] = ["outbound_.80_._.ledger", "outbound*", "*ledger", "*"],
    };

    private static readonly string[] s_root = ["root", "bank", "bank", "risk"];

    /// <summary>Names of the fields and keys that a rule can use, each as it is and negated.</summary>
    public static IEnumerable<string> Fields => Uses(
        [new AuthorizationRule(
            [new AuthorizationSource
            {
                Principals = Both, RequestPrincipals = Both, Namespaces = Both, ServiceAccounts = Both,
                TrustDomains = Both, IpBlocks = Both, RemoteIpBlocks = Both,
            }],
            [new AuthorizationOperation { Hosts = Both, Methods = Both, Paths = Both, Ports = Both }],
            [.. s_keys.Select(static k => new AuthorizationCondition(k, Both))])]);

    private static ValueSet Both { get; } = new(["x"], ["x"]);

    /// <summary>Questions with a number of calls each.</summary>
    public static Arbitrary<AuthorizationQuestion> Questions(int calls) => Arb.From(
        from policies in Gen.Choose(1, 4).SelectMany(static n => Seeds(n))
        from asked in Seeds(calls)
        from allows in Gen.Elements(true, false)
        select new AuthorizationQuestion(
            [.. policies.Select(static (seed, n) => Policy(new RngStream((ulong)seed), n))],
            [.. asked.Select(static seed => Call(new RngStream((ulong)seed)))], allows), Shrink);

    /// <summary>Fields that rules use.</summary>
    public static IEnumerable<string> Uses(IEnumerable<AuthorizationRule> rules)
    {
        foreach (AuthorizationRule rule in rules)
        {
            IEnumerable<(string Name, ValueSet Set)> sets =
            [
                .. rule.From.SelectMany(static f => (IEnumerable<(string, ValueSet)>)
                [
                    ("principals", f.Principals), ("requestPrincipals", f.RequestPrincipals),
                    ("namespaces", f.Namespaces), ("serviceAccounts", f.ServiceAccounts),
                    ("trustDomains", f.TrustDomains), ("ipBlocks", f.IpBlocks), ("remoteIpBlocks", f.RemoteIpBlocks),
                ]),
                .. rule.To.SelectMany(static t => (IEnumerable<(string, ValueSet)>)
                [
                    ("hosts", t.Hosts), ("methods", t.Methods), ("paths", t.Paths), ("ports", t.Ports),
                ]),
                .. rule.When.Select(static w => (w.Key, w.Values)),
            ];
            foreach ((string name, ValueSet set) in sets)
            {
                if (set.Values.Count > 0)
                {
                    yield return name;
                }

                if (set.NotValues.Count > 0)
                {
                    yield return "not " + name;
                }
            }
        }
    }

    private static Gen<int[]> Seeds(int count) => Gen.Choose(0, int.MaxValue).ArrayOf(count);

    /// <summary>The same question with less in it.</summary>
    private static IEnumerable<AuthorizationQuestion> Shrink(AuthorizationQuestion q)
    {
        for (int i = 0; q.Calls.Length > 1 && i < q.Calls.Length; i++)
        {
            yield return q with { Calls = [q.Calls[i]] };
        }

        for (int i = 0; i < q.Policies.Length; i++)
        {
            yield return q with { Policies = [.. q.Policies.Where((_, n) => n != i)] };
            foreach (AuthorizationRule[] rules in Less([.. q.Policies[i].Rules]))
            {
                AuthorizationPolicy smaller = q.Policies[i] with { Rules = rules };
                yield return q with { Policies = [.. q.Policies.Select((p, n) => n == i ? smaller : p)] };
            }
        }
    }

    private static IEnumerable<AuthorizationRule[]> Less(AuthorizationRule[] rules)
    {
        for (int i = 0; i < rules.Length; i++)
        {
            AuthorizationRule rule = rules[i];
            yield return [.. rules.Where((_, n) => n != i)];
            IEnumerable<AuthorizationRule> smaller =
            [
                .. Without(rule.From).Select(from => rule with { From = from }),
                .. Without(rule.To).Select(to => rule with { To = to }),
                .. Without(rule.When).Select(when => rule with { When = when }),
            ];
            foreach (AuthorizationRule less in smaller)
            {
                yield return [.. rules.Select((r, n) => n == i ? less : r)];
            }
        }
    }

    private static IEnumerable<T[]> Without<T>(IReadOnlyList<T> items) =>
        Enumerable.Range(0, items.Count).Select(i => items.Where((_, n) => n != i).ToArray());

    private static NaiveCall Call(RngStream rng)
    {
        bool isTcp = rng.NextBelow(4) == 0;
        bool isTls = rng.NextBelow(4) > 0;
        return new NaiveCall(
            isTls ? One(rng, s_principals) : null, One(rng, ["10.10.1.5", "10.20.3.4", "172.16.0.1"]), "10.10.2.7",
            isTcp ? 9000 : 8080, isTls ? One(rng, ["outbound_.80_._.ledger", "outbound_.80_._.cards"]) : null, isTcp,
            One(rng, ["GET", "POST", "PUT", "DELETE"]), One(rng, ["ledger.bank", "Ledger.Bank", "a.example", "x"]),
            One(rng, ["/", "/admin", "/admin/users", "/api/7/close", "/api/", "/admin?x=/", "/api/a/b/close"]))
        {
            Forwarded = rng.NextBelow(3) == 0 ? One(rng, ["172.16.0.1", "10.10.1.9"]) : null,
            Region = rng.NextBelow(2) == 0 ? One(rng, ["eu", "eu-west", "us"]) : null,
            Claims = rng.NextBelow(2) == 0 ? null : new Dictionary<string, string[]>
            {
                ["iss"] = [One(rng, ["https://id.example", "https://x"])], ["sub"] = [One(rng, ["alice", "bob"])],
                ["aud"] = rng.NextBelow(2) == 0 ? ["ledger"] : ["ledger", "cards"], ["azp"] = ["mobile"],
                ["groups"] = rng.NextBelow(2) == 0 ? ["eu"] : ["eu", "west"],
            },
        };
    }

    private static AuthorizationPolicy Policy(RngStream rng, int number)
    {
        uint kind = rng.NextBelow(10);
        AuthorizationAction action = kind < 4 ? AuthorizationAction.Allow : kind < 8 ? AuthorizationAction.Deny
            : kind == 8 ? AuthorizationAction.Custom : AuthorizationAction.Audit;
        uint selector = rng.NextBelow(6);
        return new AuthorizationPolicy
        {
            Meta = new ConfigMeta("p" + number, One(rng, s_root), "", default),
            Action = action, Provider = action == AuthorizationAction.Custom ? "ask" : "",
            Selector = selector < 4 ? LabelSet.Empty : LabelSet.Empty.Add("app", selector == 4 ? "ledger" : "cards"),
            IsDryRun = action != AuthorizationAction.Custom && rng.NextBelow(12) == 0,
            HasTargetRefs = rng.NextBelow(20) == 0,
            Rules = [.. Enumerable.Range(0, (int)rng.NextBelow(4)).Select(_ => Rule(rng))],
        };
    }

    private static AuthorizationRule Rule(RngStream rng) => new(
        [.. Some(rng).Select(_ => new AuthorizationSource
        {
            Principals = Set(rng, "principal", 4), RequestPrincipals = Set(rng, "token", 8),
            Namespaces = Set(rng, "namespace", 4), ServiceAccounts = Set(rng, "account", 8),
            TrustDomains = Set(rng, "domain", 8), IpBlocks = Set(rng, "ip", 8), RemoteIpBlocks = Set(rng, "ip", 8),
        })],
        [.. Some(rng).Select(_ => new AuthorizationOperation
        {
            Hosts = Set(rng, "host", 6), Methods = Set(rng, "method", 4), Paths = Set(rng, "path", 4),
            Ports = Set(rng, "port", 6),
        })],
        [.. Some(rng).Select(_ =>
        {
            string key = One(rng, s_keys);
            return new AuthorizationCondition(key, Set(rng, PoolOf(key), 1));
        })]);

    private static string PoolOf(string key) => key switch
    {
        "source.ip" or "remote.ip" or "destination.ip" => "ip",
        "source.namespace" => "namespace",
        "source.principal" => "principal",
        "source.serviceAccount" => "account",
        "source.trustDomain" => "domain",
        "request.auth.principal" => "token",
        "destination.port" => "port",
        "connection.sni" => "sni",
        _ => "text",
    };

    private static IEnumerable<int> Some(RngStream rng) => Enumerable.Range(0, (int)rng.NextBelow(3));

    private static ValueSet Set(RngStream rng, string pool, uint oneIn) => rng.NextBelow(oneIn) > 0 ? ValueSet.None
        : rng.NextBelow(3) switch
        {
            0 => new ValueSet(Values(rng, pool), []),
            1 => new ValueSet([], Values(rng, pool)),
            _ => new ValueSet(Values(rng, pool), Values(rng, pool)),
        };

    private static string[] Values(RngStream rng, string pool) =>
        [.. Enumerable.Range(0, 1 + (int)rng.NextBelow(2)).Select(_ => rng.NextBelow(50) == 0 && pool is "ip" or "port"
            ? "no-" + pool : One(rng, s_values[pool]))];

    private static string One(RngStream rng, string[] of) => of[rng.NextBelow((uint)of.Length)];
}

using System.Collections.Immutable;
using Sim.Core;
using Sim.Envoy;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Istiod;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>Random policies and calls: what istiod compiles and Envoy evaluates is what the rules say.</summary>
internal sealed class AuthorizationPropertyTests
{
    private const string World = """
        apiVersion: v1
        kind: Pod
        metadata: {name: server, namespace: bank, labels: {app: ledger, tier: core}}
        spec:
          containers: [{name: app, image: app}, {name: istio-proxy, image: proxyv2}]
        status: {phase: Running, podIP: 10.10.2.7, podIPs: [{ip: 10.10.2.7}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: server, namespace: bank}
        spec:
          clusterIP: 10.9.0.1
          selector: {app: ledger}
          ports: [{name: http, port: 8080}, {name: tcp, port: 9000}]
        """;

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

    [Test]
    public void Policies_RandomCalls_EqualTheNaiveReference() => Compare(11, 400, 50);

    [Test]
    [Category("Long")]
    public void Policies_MillionRandomCalls_EqualTheNaiveReference() => Compare(12, 4_000, 250);

    private static void Compare(ulong seed, int sets, int calls)
    {
        var rng = new RngStream(seed);
        var options = new MeshOptions { Profile = IstioProfile.V1_31 };
        var bag = new DiagnosticBag();
        var config = MeshConfig.Default with
        {
            RootNamespace = "root", TrustDomain = "corp", TrustDomainAliases = ["old"],
            ExtensionProviders =
                [new ExtensionProvider("ask", true, "server.bank.svc.cluster.local", 9000, false, 403)],
        };
        MeshModel basis = MeshBuilder.Build(
            [new ClusterInput
            {
                Name = "one", Reads = ["one"], Config = config,
                Manifests = StoredManifests.Read([("world.yaml", World)], bag),
            }], options, bag);
        var labels = new Dictionary<string, string> { ["app"] = "ledger", ["tier"] = "core" };
        int denied = 0;
        for (int i = 0; i < sets; i++)
        {
            AuthorizationPolicy[] policies =
                [.. Enumerable.Range(0, 1 + (int)rng.NextBelow(4)).Select(n => Policy(rng, n))];
            var mesh = new MeshModel(options, [basis.Clusters[0] with { AuthorizationPolicies = policies }]);
            IReadOnlyList<InboundListener> inbound = new SnapshotCompiler().Compile(
                mesh, new ProxyRef("one", "bank", "server")).Inbound;
            InboundPolicy[] compiled = [.. inbound.Select(static l => InboundPolicy.Compile(
                l, new InboundRelease(RepeatedHeaderRule.EachLine, true)))];
            var naive = new NaiveAuthorization(["corp", "old"], "root", i % 2 == 0);
            ExternalAnswer answer = i % 2 == 0 ? ExternalAnswer.Allow : new ExternalAnswer(ExternalAnswerKind.Deny);
            for (int j = 0; j < calls; j++)
            {
                NaiveCall call = Call(rng);
                int at = inbound.Select(static (l, n) => (l, n)).First(x => x.l.Port == call.Port).n;
                (bool allowed, string rule) = naive.Judge(policies, "bank", labels, call);
                InboundDecision decision = Ask(compiled[at], call, answer);
                if (decision.IsAllowed != allowed || decision.Rule != rule)
                {
                    Assert.Fail($"set {i}, {call}: {decision.IsAllowed} {decision.Rule} instead of {allowed} {rule}: "
                        + string.Join(" | ", policies.Select(Written)));
                }

                denied += allowed ? 0 : 1;
            }
        }

        // Both answers must be common, or the comparison says nothing.
        Assert.That((double)denied / sets / calls, Is.InRange(0.2, 0.9));
    }

    private static InboundDecision Ask(InboundPolicy policy, NaiveCall call, ExternalAnswer answer)
    {
        var connection = new InboundConnection
        {
            Peer = call.Principal is null ? null : RbacPeer.Of("spiffe://" + call.Principal),
            DestinationIp = IpAddress.Parse(call.DestinationIp), DestinationPort = call.Port,
            PeerIp = IpAddress.Parse(call.Ip), SourceIp = IpAddress.Parse(call.Ip), ServerName = call.Sni,
        };
        if (call.IsTcp)
        {
            return policy.DecideTcp(connection, _ => answer);
        }

        var lines = new List<KeyValuePair<string, string>>();
        if (call.Forwarded is not null)
        {
            lines.Add(new("x-forwarded-for", call.Forwarded));
        }

        if (call.Region is not null)
        {
            lines.Add(new("x-region", call.Region));
        }

        MetadataValue? claims = call.Claims is null ? null : new MetadataValue(Fields: call.Claims.ToDictionary(
            static p => p.Key, static p => p.Value.Length == 1 ? new MetadataValue(p.Value[0])
                : new MetadataValue(Items: [.. p.Value.Select(static v => new MetadataValue(v))])));
        return policy.Decide(connection, new InboundRequest(call.Method, call.Host, call.Path, lines)
        {
            StatedClaims = claims,
        }, _ => answer, 0);
    }

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

    private static string Written(AuthorizationPolicy p) => $"{p.Meta.FullName} {p.Action} dry={p.IsDryRun} "
        + string.Join(" ; ", p.Rules.Select(static r => string.Join(",", r.From.Select(static f =>
            $"from({Text(f.Principals)}|{Text(f.RequestPrincipals)}|{Text(f.Namespaces)}|{Text(f.ServiceAccounts)}|"
                + $"{Text(f.TrustDomains)}|{Text(f.IpBlocks)}|{Text(f.RemoteIpBlocks)})"))
            + string.Join(",", r.To.Select(static t =>
                $" to({Text(t.Hosts)}|{Text(t.Methods)}|{Text(t.Paths)}|{Text(t.Ports)})"))
            + string.Join(",", r.When.Select(static w => $" when({w.Key}: {Text(w.Values)})"))));

    private static string Text(ValueSet v) => string.Join(' ', v.Values) + " not " + string.Join(' ', v.NotValues);
}

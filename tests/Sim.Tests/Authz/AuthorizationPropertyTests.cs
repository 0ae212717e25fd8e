using FsCheck;
using FsCheck.Fluent;
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

    [Test]
    public void Policies_RandomCalls_EqualTheNaiveReference() => Compare(50, 50);

    [Test]
    [Category("Long")]
    public void Policies_MillionRandomCalls_EqualTheNaiveReference() => Compare(4_000, 250);

    private static void Compare(int sets, int calls)
    {
        var options = new MeshOptions { Profile = IstioProfile.V1_31 };
        MeshModel basis = Basis(options);
        int denied = 0;
        int asked = 0;
        HashSet<string> used = new(StringComparer.Ordinal);
        Prop.ForAll(AuthorizationGenerators.Questions(calls), question =>
        {
            used.UnionWith(AuthorizationGenerators.Uses(question.Policies.SelectMany(static p => p.Rules)));
            (int no, string difference) = Judge(basis, options, question);
            denied += no;
            asked += question.Calls.Length;
            return (difference.Length == 0).Label(difference);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(sets).WithReplay(20_261_123, 11));

        // Both answers must be common and every field in use, or the comparison says nothing.
        Assert.That((double)denied / asked, Is.InRange(0.2, 0.9));
        Assert.That(used, Is.EquivalentTo(AuthorizationGenerators.Fields.Distinct()));
    }

    private static MeshModel Basis(MeshOptions options)
    {
        var bag = new DiagnosticBag();
        var config = MeshConfig.Default with
        {
            RootNamespace = "root", TrustDomain = "corp", TrustDomainAliases = ["old"],
            ExtensionProviders =
                [new ExtensionProvider("ask", true, "server.bank.svc.cluster.local", 9000, false, 403)],
        };
        return MeshBuilder.Build(
            [new ClusterInput
            {
                Name = "one", Reads = ["one"], Config = config,
                Manifests = StoredManifests.Read([("world.yaml", World)], bag),
            }], options, bag);
    }

    /// <summary>Calls that are denied, and the first on which istiod and Envoy do not say what the rules say.</summary>
    private static (int Denied, string Difference) Judge(
        MeshModel basis, MeshOptions options, AuthorizationQuestion question)
    {
        var labels = new Dictionary<string, string> { ["app"] = "ledger", ["tier"] = "core" };
        AuthorizationPolicy[] policies = question.Policies;
        var mesh = new MeshModel(options, [basis.Clusters[0] with { AuthorizationPolicies = policies }]);
        IReadOnlyList<InboundListener> inbound = new SnapshotCompiler().Compile(
            mesh, new ProxyRef("one", "bank", "server")).Inbound;
        InboundPolicy[] compiled = [.. inbound.Select(static l => InboundPolicy.Compile(
            l, new InboundRelease(RepeatedHeaderRule.EachLine, true)))];
        var naive = new NaiveAuthorization(["corp", "old"], "root", question.AuthorizerAllows);
        ExternalAnswer answer = question.AuthorizerAllows ? ExternalAnswer.Allow
            : new ExternalAnswer(ExternalAnswerKind.Deny);
        int denied = 0;
        foreach (NaiveCall call in question.Calls)
        {
            int at = inbound.Select(static (l, n) => (l, n)).First(x => x.l.Port == call.Port).n;
            (bool allowed, string rule) = naive.Judge(policies, "bank", labels, call);
            InboundDecision decision = Ask(compiled[at], call, answer);
            if (decision.IsAllowed != allowed || decision.Rule != rule)
            {
                return (denied, $"{call}: {decision.IsAllowed} {decision.Rule} instead of {allowed} {rule}: "
                    + string.Join(" | ", policies.Select(Written)));
            }

            denied += allowed ? 0 : 1;
        }

        return (denied, "");
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

    private static string Written(AuthorizationPolicy p) => $"{p.Meta.FullName} {p.Action} dry={p.IsDryRun} "
        + string.Join(" ; ", p.Rules.Select(static r => string.Join(",", r.From.Select(static f =>
            $"from({Text(f.Principals)}|{Text(f.RequestPrincipals)}|{Text(f.Namespaces)}|{Text(f.ServiceAccounts)}|"
                + $"{Text(f.TrustDomains)}|{Text(f.IpBlocks)}|{Text(f.RemoteIpBlocks)})"))
            + string.Join(",", r.To.Select(static t =>
                $" to({Text(t.Hosts)}|{Text(t.Methods)}|{Text(t.Paths)}|{Text(t.Ports)})"))
            + string.Join(",", r.When.Select(static w => $" when({w.Key}: {Text(w.Values)})"))));

    private static string Text(ValueSet v) => string.Join(' ', v.Values) + " not " + string.Join(' ', v.NotValues);
}

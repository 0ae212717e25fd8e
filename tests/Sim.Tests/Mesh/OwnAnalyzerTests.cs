using Sim.Core;
using Sim.Manifests;
using Sim.Mesh.Analysis;

namespace Sim.Tests.Mesh;

/// <summary>What Istio does not tell: each finding is provoked, and absent when its cause is.</summary>
[TestFixture]
internal sealed class OwnAnalyzerTests
{
    private const string Two = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: bank, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: accounts, namespace: bank}
        spec: {template: {metadata: {labels: {app: accounts}}, spec: {containers: [{name: a, image: a}]}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: ledger, namespace: bank}
        spec: {template: {metadata: {labels: {app: ledger}}, spec: {serviceAccountName: ACCOUNT, containers: []}}}
        ---

        """;

    [TestCase("default", true)]
    [TestCase("ledger", false)]
    public void One_identity_for_several_workloads_is_told_where_a_policy_names_it(string account, bool isTold)
    {
        string text = Two.Replace("ACCOUNT", account, StringComparison.Ordinal) + Policy(
            "rules: [{from: [{source: {principals: [cluster.local/ns/bank/sa/default, '*/sa/x']}}]}]");
        Diagnostic[] found = [.. Run(text).Where(static d => d.Code == "MS0501")];
        Assert.That(found, Has.Length.EqualTo(isTold ? 1 : 0));
        if (isTold)
        {
            Assert.That(found[0].Message, Does.Contain("accounts, ledger"));
            Assert.That(found[0].Span.ToString(), Is.EqualTo("one.yaml:" + (text.Split('\n').Length - 1)));
            Assert.That(found[0].Resource, Is.EqualTo("AuthorizationPolicy bank/p"));
        }
    }

    [TestCase("rules: [{from: [{source: {serviceAccounts: [bank/default]}}]}]")]
    [TestCase("rules: [{when: [{key: source.principal, notValues: [td/ns/bank/sa/default]}]}]")]
    public void One_identity_is_found_in_every_field_that_names_one(string spec) => Assert.That(
        Run(Two.Replace("ACCOUNT", "default", StringComparison.Ordinal) + Policy(spec)).Select(static d => d.Code),
        Does.Contain("MS0501"));

    [TestCase("rules: [{from: [{source: {namespaces: [a]}}]}, {to: [{operation: {methods: [POST]}}]}]", true)]
    [TestCase("rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [POST]}}]}]", false)]
    [TestCase("rules: [{to: [{operation: {methods: [GET]}}, {operation: {paths: [/a]}}]}]", true)]
    [TestCase("rules: [{to: [{operation: {methods: [GET], paths: [/a]}}]}]", false)]
    [TestCase("rules: [{from: [{source: {namespaces: [a]}}, {source: {ipBlocks: [10.0.0.0/8]}}]}]", true)]
    [TestCase("rules: [{from: [{source: {namespaces: [a]}}, {source: {principals: [a]}}]}]", false)]
    public void An_or_that_was_meant_as_and_is_told(string spec, bool isTold) => Assert.That(
        Run(Two.Replace("ACCOUNT", "l", StringComparison.Ordinal) + Policy(spec)).Count(static d =>
            d.Code == "MS0502"), Is.EqualTo(isTold ? 1 : 0));

    [TestCase("[{uri: {prefix: /a}}, {headers: {x: {exact: z}}}]", true)]
    [TestCase("[{uri: {prefix: /a}, headers: {x: {exact: z}}}]", false)]
    [TestCase("[{uri: {prefix: /a}}, {uri: {prefix: /b}}]", false)]
    public void An_or_among_the_matches_of_a_route_is_told(string match, bool isTold) => Assert.That(
        Run("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\n"
            + $"spec: {{hosts: [a], http: [{{match: {match}, route: [{{destination: {{host: a}}}}]}}]}}\n")
            .Count(static d => d.Code == "MS0502"), Is.EqualTo(isTold ? 1 : 0));

    [TestCase("action: DENY, rules: [{from: [{source: {notNamespaces: [bank]}}]}]", 2, 1)]
    [TestCase("action: DENY, rules: [{from: [{source: {notPrincipals: [a]}}]}]", 2, 1)]
    [TestCase("action: DENY, rules: [{from: [{source: {notNamespaces: [bank]}}]}]", 1, 0)]
    [TestCase("action: DENY, rules: [{from: [{source: {namespaces: [bank]}}]}]", 2, 0)]
    [TestCase("action: ALLOW, rules: [{from: [{source: {notNamespaces: [bank]}}]}]", 2, 0)]
    public void Deny_by_negation_across_clusters_is_told(string spec, int clusters, int told)
    {
        string text = Two.Replace("ACCOUNT", "l", StringComparison.Ordinal) + Policy(spec);
        Diagnostic[] found = [.. Run([text, .. Enumerable.Repeat("", clusters - 1)])
            .Where(static d => d.Code == "MS0503")];
        Assert.That(found, Has.Length.EqualTo(told));
        Assert.That(found.Select(static d => d.Message), Has.All.Contains("two").And.All.Contains("mutual TLS"));
    }

    [TestCase("security.istio.io/v1", "AuthorizationPolicy", "", true)]
    [TestCase("security.istio.io/v1", "PeerAuthentication", "", true)]
    [TestCase("security.istio.io/v1", "RequestAuthentication", "", true)]
    [TestCase("security.istio.io/v1", "AuthorizationPolicy", "istio-injection: enabled", false)]
    [TestCase("security.istio.io/v1", "AuthorizationPolicy", "istio.io/rev: canary", false)]
    [TestCase("security.istio.io/v1", "AuthorizationPolicy", "istio.io/dataplane-mode: ambient", false)]
    [TestCase("security.istio.io/v1", "AuthorizationPolicy", "istio-injection: disabled", true)]
    public void A_policy_in_a_namespace_without_injection_is_told(
        string version, string kind, string label, bool isTold) => Assert.That(
        Run($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: dmz, labels: {{{label}}}}}\n---\n"
            + $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: p, namespace: dmz}}\nspec: {{}}\n")
            .Count(static d => d.Code == "MS0504"), Is.EqualTo(isTold ? 1 : 0));

    [Test]
    public void A_policy_of_the_root_namespace_or_beside_a_proxy_is_not_told()
    {
        const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: dmz}\n"
            + "spec: {containers: [{name: istio-proxy, image: p}]}\n---\n";
        Assert.That(Run(Pod + Policy("rules: []").Replace("bank", "dmz", StringComparison.Ordinal)
            + "\n---\n" + Policy("rules: []").Replace("bank", "istio-system", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void A_document_that_cannot_be_decoded_is_told_and_left_out()
    {
        DiagnosticBag bag = new();
        IReadOnlyList<KubeObject> read = AnalysisReader.Read(
            Policy("action: BLOCK") + "\n---\n" + Policy("rules: []"), "one.yaml", IstioProfile.V1_29, bag);
        Assert.That(read, Has.Count.EqualTo(1));
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0505"));
        Assert.That(bag.Items.Single().Span.Line, Is.EqualTo(4));
    }

    private static string Policy(string spec) => "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        + $"metadata: {{name: p, namespace: bank}}\nspec: {{{spec}}}\n";

    private static IReadOnlyList<Diagnostic> Run(params string[] texts)
    {
        string[] names = ["one", "two", "three"];
        return OwnAnalyzers.Run([.. texts.Select((t, i) => new AnalysisCluster(names[i],
            AnalysisReader.Read(t, names[i] + ".yaml", IstioProfile.V1_29, new DiagnosticBag())))]);
    }
}

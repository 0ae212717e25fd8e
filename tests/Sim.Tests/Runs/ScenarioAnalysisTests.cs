using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;
using Sim.Tests.Runs.Matrix;

namespace Sim.Tests.Runs;

/// <summary>Analysis of whole scenario folders, and the findings that only a run can make.</summary>
[TestFixture]
internal sealed class ScenarioAnalysisTests
{
    private const string Apps = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: bank, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: accounts, namespace: bank}
        spec:
          selector: {matchLabels: {app: accounts}}
          template:
            metadata: {labels: {app: accounts}}
            spec: {containers: [{name: a, image: nginx}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: accounts, namespace: bank}
        spec: {selector: {app: accounts}, ports: [{name: http, port: 80}]}
        ---

        """;

    private const string Global = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: far, namespace: bank}
        spec: {host: accounts.bank.global, trafficPolicy: {localityLbSetting: {enabled: true}}}

        """;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Sound_manifests_give_no_findings()
    {
        Write("", Apps, Apps);
        AnalysisOutcome outcome = Analyze();
        Assert.That(outcome.Findings, Is.Empty, string.Join("\n", outcome.Findings));
        Assert.That(outcome.IsReadable);
    }

    [Test]
    public void Findings_have_istio_codes_places_and_the_most_severe_first()
    {
        Write("", Apps + """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: a, namespace: bank}
            spec:
              hosts: [accounts]
              http:
              - route:
                - destination:
                    host: ledger
              - route: [{destination: {host: accounts}}]
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: dmz}
            """, Apps.Replace("name: http,", "name: http-web,", StringComparison.Ordinal));
        IReadOnlyList<Diagnostic> found = Analyze().Findings;
        string[] codes = [.. found.Select(static d => d.Code)];
        Assert.That(codes, Is.EqualTo((string[])["IST0101", "IST0130", "IST0170", "IST0102"]),
            string.Join("\n", found));
        Assert.That(found[0].Span.ToString(), Does.EndWith("us-east/a.yaml:27"));
        Assert.That(found[0].Hint, Is.Not.Empty);
        Assert.That(found[0].Resource, Is.EqualTo("VirtualService bank/a"));
    }

    [Test]
    public void A_cluster_without_control_plane_is_looked_at_by_the_one_that_serves_it()
    {
        Write("", Apps, Apps + "apiVersion: v1\nkind: Namespace\nmetadata: {name: dmz}\n",
            ", controlPlane: {mode: remote, of: us-east}");
        Assert.That(Analyze().Findings.Select(static d => d.Code), Does.Contain("IST0102"));
    }

    [Test]
    public void What_cannot_be_read_is_told_and_marked()
    {
        File.WriteAllText(Path.Combine(_folder, "scenario.yaml"), "spec: [\n");
        AnalysisOutcome outcome = Analyze();
        Assert.That(outcome.IsReadable, Is.False);
        Assert.That(outcome.Findings, Is.Not.Empty);
    }

    [Test]
    public void Extensions_name_what_they_read_otherwise()
    {
        Write("  extensions: [global-hosts, region-wildcards]\n  admission: warn\n", Apps + Global, Apps);
        string[] codes = [.. Analyze().Findings.Select(static d => d.Code)];
        Assert.That(codes, Does.Contain("MS3014").And.Contain("MS4004"));
    }

    [Test]
    public void Regions_without_a_round_trip_time_are_told()
    {
        Write("", Apps, Apps);
        Assert.That(Analyze("nowhere-a", "nowhere-b").Select(static d => d.Code), Does.Contain("MS4001"));
    }

    [TestCase("us-east/ghost", null, "MS4002")]
    [TestCase("", 5_000_000L, "MS4003")]
    public void A_request_that_cannot_be_explained_is_told(string from, long? id, string code)
    {
        Write("  duration: 2s\n  warmup: 0s\n", Apps, Apps);
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            new ScenarioRequest(_folder), from, "http://accounts.bank/", null, id));
        Assert.That(report.Diagnostics.Select(static d => d.Code), Does.Contain(code));
    }

    private AnalysisOutcome Analyze() => ScenarioRunner.Analyze(new ScenarioRequest(_folder));

    private IReadOnlyList<Diagnostic> Analyze(string first, string second)
    {
        string file = Path.Combine(_folder, "scenario.yaml");
        File.WriteAllText(file, File.ReadAllText(file)
            .Replace("region: us-east", "region: " + first, StringComparison.Ordinal)
            .Replace("region: eu-west", "region: " + second, StringComparison.Ordinal));
        return Analyze().Findings;
    }

    private void Write(string spec, string east, string west, string ofWest = "")
    {
        foreach ((string name, string text) in (IEnumerable<(string, string)>)[("us-east", east), ("eu-west", west)])
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            File.WriteAllText(Path.Combine(_folder, name, "a.yaml"), text);
        }

        File.WriteAllText(Path.Combine(_folder, "scenario.yaml"), "apiVersion: meshsim/v1alpha1\nkind: Scenario\n"
            + "metadata: {name: a}\nspec:\n" + spec + "  clusters:\n"
            + "  - {name: us-east, region: us-east, manifests: [us-east/], remoteSecrets: [eu-west]}\n"
            + "  - {name: eu-west, region: eu-west, manifests: [eu-west/], remoteSecrets: [us-east]" + ofWest + "}\n");
    }

    [Test]
    [Category("Long")]
    public void Nothing_is_found_by_compiling_that_analysis_does_not_say()
    {
        foreach (TestCaseData edition in MatrixAgreementTests.Editions())
        {
            var request = new ScenarioRequest((string)edition.Arguments[0]!, Variant: (string)edition.Arguments[1]!);
            var findings = new DiagnosticBag();
            ScenarioDocument document = ScenarioRunner.Read(request, findings)!;
            var simulation = new ScenarioSimulation(document, 0, 2, findings);
            simulation.Prepare();
            Assert.That(ScenarioRunner.Analyze(request).Findings.Select(static f => f.ToString()), Is.EqualTo(
                ScenarioAnalysis.Complete(document, simulation.Clusters, findings.Items)
                    .Select(static f => f.ToString())), request.Directory + " " + request.Variant);
        }
    }
}

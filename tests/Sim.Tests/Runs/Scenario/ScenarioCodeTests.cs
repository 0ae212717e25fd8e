using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Scenario;

/// <summary>Every code about the scenario file is provoked, with its line and what to do.</summary>
[TestFixture]
internal sealed class ScenarioCodeTests
{
    private const string Clusters =
        "  clusters: [{name: us-east, region: us-east}, {name: eu-west, region: eu-west}]\n";

    private const string Traffic = "  traffic: [{name: a, rate: 1/s, from: {context: us-east, workload: a";

    [TestCase("MS3001", "  durration: 5m", "duration")]
    [TestCase("MS3002", "  duration: [5m]", "")]
    [TestCase("MS3003", "  duration: 5 minutes", "5m")]
    [TestCase("MS3004", Traffic + "}}]", "")]
    [TestCase("MS3005", "  workloads: [{match: {context: us-eats}}]", "us-east")]
    [TestCase("MS3006", "  variants: [{name: a}, {name: a}]", "")]
    [TestCase("MS3007", Traffic + "}, request: {curl: \"-H 'a http://b/\"}}]", "")]
    [TestCase("MS3008", "  assert: ['availability((']", "")]
    [TestCase("MS3010", Traffic + ", exec: deployment/a}, request: {curl: http://a/}}]", "")]
    [TestCase("MS3012", "  timeline: [{at: 90m, run: kubectl --context=us-east get pods}]", "")]
    [TestCase("MS3013", "  timeline: [{at: 1s, run: kubectl --context=us-east frobnicate}]", "")]
    public void Mistake_OnALine_HasItsCodeLineAndHint(string code, string line, string hint)
    {
        IReadOnlyList<Diagnostic> found = Findings(line);
        Diagnostic? d = found.FirstOrDefault(d => d.Code == code);
        Assert.That(d, Is.Not.Null, string.Join("\n", found));
        Assert.That(d!.Span.ToString(), Is.EqualTo("s.yaml:5"));
        Assert.That(d.Message + d.Hint, Does.Contain(hint));
        Assert.That(d.Message + d.Hint, Has.Length.GreaterThan(20));
    }

    [Test]
    public void Folder_ThatIsNotThere_IsNamed()
    {
        DiagnosticBag bag = new();
        string folder = Path.Combine(Path.GetTempPath(), "no-such-scenario");
        Assert.That(ScenarioReader.Read(folder, null, "", bag), Is.Null);
        Diagnostic d = bag.Items.Single();
        Assert.That(d.Code, Is.EqualTo("MS3009"));
        Assert.That(d.Message + d.Span.File, Does.Contain("no-such-scenario"));
    }

    [TestCase("spec.duration")]
    [TestCase("spec.duration[x=5m")]
    public void Override_ThatCannotBeApplied_IsTold(string assignment)
    {
        ScenarioReaderTests.Read(Text(""), out DiagnosticBag bag, "", assignment);
        Diagnostic d = bag.Items.Single(static d => d.Code == "MS3011");
        Assert.That(d.Message + d.Hint + d.Span.File, Does.Contain("spec.duration"));
    }

    private static string Text(string line) =>
        "apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec:\n" + Clusters + line + "\n";

    private static IReadOnlyList<Diagnostic> Findings(string line)
    {
        ScenarioDocument? document = ScenarioReaderTests.Read(Text(line), out DiagnosticBag bag);
        if (document is not null)
        {
            TimelineChanges.Check(document, bag);
        }

        return bag.Items;
    }
}

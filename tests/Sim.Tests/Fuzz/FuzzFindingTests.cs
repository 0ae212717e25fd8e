using Sim.Core;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Tests.Runs.Scenario;

namespace Sim.Tests.Fuzz;

/// <summary>What broken texts have found, once each.</summary>
[TestFixture]
internal sealed class FuzzFindingTests
{
    private const string NoClusters = "apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec:\n  duration: 2s\n";

    [TestCase("kubectl rollout restart deployment web", "add --context=CLUSTER")]
    [TestCase("istioctl install -y", "add --context=CLUSTER")]
    public void Line_WithoutContextWhereThereIsNoCluster_IsRefused(string line, string hint)
    {
        ScenarioDocument document = ScenarioReaderTests.Read(NoClusters, out _);
        var bag = new DiagnosticBag();
        var at = new Sourced<string>(line, new SourceSpan("s.yaml", 5, 1));
        _ = line.StartsWith('k') ? (object?)KubectlLine.Parse(document, at, bag)
            : IstioctlLine.Parse(document, at, bag);
        Assert.That(bag.Items.Single().Hint, Is.EqualTo(hint));
        Assert.That(bag.Items.Single().Span.Line, Is.EqualTo(5));
    }

    [TestCase("sweep: {grid: [\n  {name: seed, set: [seed], values: [1]}, null]}", "spec.sweep.grid[1]")]
    [TestCase("traffic:\n  -", "spec.traffic[0]")]
    public void List_WithAnItemThatIsNothing_IsToldWithItsPlace(string key, string path)
    {
        ScenarioReaderTests.Read(NoClusters + "  clusters: [{name: us, region: us-east}]\n  " + key + "\n",
            out DiagnosticBag bag);
        Diagnostic d = bag.Items.First(static d => d.Code == ScenarioCodes.WrongType);
        Assert.That(d.Message, Is.EqualTo(path + " must be a mapping, not nothing"));
        Assert.That(d.Span.Line, Is.EqualTo(7));
    }
}

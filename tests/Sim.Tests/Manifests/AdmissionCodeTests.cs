using Sim.Core;
using Sim.Manifests;

namespace Sim.Tests.Manifests;

/// <summary>What the loader itself finds, before any rule of a kind.</summary>
[TestFixture]
internal sealed class AdmissionCodeTests
{
    private const string Claim = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}\n";

    [TestCase("MS0001", "a: 1\nb: [1\n", 3, "")]
    [TestCase("MS0003", "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: a}\n", 3, "")]
    [TestCase("MS0101", "---\n- 1\n", 2, "---")]
    [TestCase("MS0101", "\ntext\n", 2, "---")]
    [TestCase("MS0102", "kind: ConfigMap\nmetadata: {name: a}\n", 1, "")]
    [TestCase("MS0103", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n", 4, "ports")]
    [TestCase("MS0104", "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"
        + "spec: {trafficPolicy: {}}\n", 4, "")]
    [TestCase("MS0106", Claim, 1, "declare the namespace")]
    public void Document_WithAMistake_HasItsCodeLineAndHint(string code, string text, int line, string hint)
    {
        var bag = new DiagnosticBag();
        new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29).Apply("a.yaml", text, bag);
        Diagnostic? d = bag.Items.FirstOrDefault(d => d.Code == code);
        Assert.That(d, Is.Not.Null, string.Join("\n", bag.Items));
        Assert.That(d!.Span.ToString(), Is.EqualTo("a.yaml:" + line));
        Assert.That(d.Hint, Does.Contain(hint));
    }
}

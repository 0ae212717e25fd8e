using Sim.Core;
using Sim.Labs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Labs;

/// <summary>Sentences and what they claim.</summary>
[TestFixture]
internal sealed class ClaimFormTests
{
    private static readonly PlaceNames Places = PlaceNames.Of(ScenarioReader.Read(
        "apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec:\n  clusters: [{name: us-east, region: virginia}, "
        + "{name: eu-west}, {name: eu-north}]\n", "x.yaml", ".", null, "", new DiagnosticBag())!);

    [TestCase("The request should return 403", "status 403")]
    [TestCase("Expected: HTTP 200", "status 200")]
    [TestCase("curl should not return 200", "status not 200")]
    [TestCase("should return 403: the caller is not the till", "status 403")]
    [TestCase("you get 401 or 403", "status 401 403")]
    [TestCase("the command exits with 28", "exit 28")]
    [TestCase("Should be denied due to compliance policy", "denied")]
    [TestCase("US services cannot access EU data", "denied")]
    [TestCase("should not be denied", "answered")]
    [TestCase("The call must be allowed", "answered")]
    [TestCase("Services can communicate across borders", "answered")]
    [TestCase("Traffic fails over to EU North", "served-by eu-north")]
    [TestCase("failover from us-east to eu-west", "served-by eu-west")]
    [TestCase("The answer is served by Virginia", "served-by us-east")]
    [TestCase("US East takes over", "served-by us-east")]
    [TestCase("requests no longer go to us-east", "served-by not us-east")]
    [TestCase("routed to the best region", "none")]
    [TestCase("everything stays in the local region: routed to it", "local")]
    [TestCase("Automatic failover", "failover")]
    [TestCase("5% global traffic to new version", "version new 5")]
    [TestCase("all go to v2", "version v2")]
    [TestCase("Policies are enforced everywhere", "enforced")]
    [TestCase("The same policies in all regions", "same")]
    [TestCase("the policy should be rejected by the webhook", "refused")]
    [TestCase("the policy should be created", "stored")]
    [TestCase("the manifest should not be accepted", "refused")]
    [TestCase("if the pod is gone it returns 503", "conditional")]
    [TestCase("Uptime saves $403 a month", "none")]
    [TestCase("It takes 200 ms", "none")]
    [TestCase("A single pane of glass", "none")]
    public void Sentence_HasItsForm(string text, string expected)
    {
        ClaimForm f = ClaimForms.Of(text, Places);
        string form = f.Kind + (f.IsNegated ? " not" : "") + string.Concat(f.Numbers.Select(static n => " " + n))
            + (f.Place is { } p ? " " + string.Join(",", p.Clusters) : "")
            + (f.Version.Length > 0 ? " " + f.Version : "")
            + (f.Share is { } s ? " " + Math.Round(100 * s) : "");
        Assert.That(form, Is.EqualTo(expected));
    }

    [TestCase("HTTP/1.1 403 Forbidden", "status")]
    [TestCase("< HTTP/2 200", "status")]
    [TestCase("200", "status")]
    [TestCase("command terminated with exit code 56", "exit")]
    [TestCase("RBAC: access denied", "denied")]
    [TestCase("no healthy upstream", "status")]
    [TestCase("virtualservice.networking.istio.io/x created", "stored")]
    [TestCase("Error from server: admission webhook \"v\" denied the request: x", "refused")]
    [TestCase("<html>200</html>", "none")]
    public void Output_HasItsForm(string text, string kind) =>
        Assert.That(ClaimForms.OutputOf(text).Kind, Is.EqualTo(kind));

    [Test]
    public void Geography_OfTwoClusters_IsNoNameOfOne() =>
        Assert.That(ClaimForms.Of("Traffic fails over to EU", Places).Kind, Is.EqualTo("failover"));
}

using System.Text.Json;

namespace Sim.Tests.Labs;

/// <summary>Another lab in its own words: the rules know no lab.</summary>
[TestFixture]
internal sealed class SecondLabTests
{
    [TestCase("preparation", 30, "stored", "holds")]
    [TestCase("1", 59, "status", "holds")]
    [TestCase("1", 62, "served-by", "does-not-hold")]
    [TestCase("1", 68, "status", "holds")]
    [TestCase("1", 70, "exit", "holds")]
    [TestCase("2", 87, "stored", "holds")]
    [TestCase("2", 90, "status", "holds")]
    [TestCase("2", 93, "answered", "does-not-hold")]
    [TestCase("2", 103, "refused", "holds")]
    [TestCase("2", 106, "denied", "holds")]
    [TestCase("3", 136, "version", "holds")]
    [TestCase("3", 139, "version", "holds")]
    [TestCase("3", 146, "version", "does-not-hold")]
    [TestCase("4", 154, "served-by", "holds")]
    [TestCase("4", 160, "served-by", "does-not-hold")]
    public void Claim_IsJudged(string exercise, int line, string kind, string verdict)
    {
        JsonElement claim = LabRuns.Second.Exercise(exercise).GetProperty("claims").EnumerateArray()
            .First(c => c.GetProperty("line").GetInt32() == line);
        Assert.That((claim.Text("kind"), claim.Text("verdict")), Is.EqualTo((kind, verdict)), claim.GetRawText());
    }

    [Test]
    public void Conditional_IsNotJudged() => Assert.That(
        LabRuns.Second.Exercise("2").GetProperty("claims").EnumerateArray().Select(static c => c.Text("kind")),
        Has.Exactly(1).EqualTo("conditional"));

    [Test]
    public void Lines_LoopsVariablesFilesAndPipes_AreCarriedOut()
    {
        JsonElement preparation = LabRuns.Second.Exercise("preparation");
        Assert.That(preparation.GetProperty("steps").EnumerateArray().Select(static s => s.Text("cluster")),
            Is.EqualTo(new[] { "", "paris", "paris", "paris", "oslo", "oslo", "oslo", "paris", "oslo" }));
        JsonElement books = LabRuns.Second.Exercise("1");
        Assert.That(books.Step(54).GetProperty("did").EnumerateArray().Select(static d => d.GetString()),
            Is.EqualTo(new[] { "service/books created", "deployment.apps/books-v1 created" }));
        Assert.That(books.Step(57).GetProperty("did")[0].GetString(), Does.Match("^POD=client-[a-z0-9]+-0$"));
        Assert.That(LabRuns.Second.Exercise("2").Step(89).GetProperty("request").Ends(), Is.EqualTo("1 x 403 paris"));
    }

    [Test]
    public void Refusal_ThatTheTextExpects_IsNoFailure()
    {
        JsonElement two = LabRuns.Second.Exercise("2");
        Assert.That(two.Step(95).Text("outcome"), Is.EqualTo("refused"));
        Assert.That(two.Step(95).Findings(), Has.All.StartsWith("IST0106 101: "));
    }

    [TestCase(155, "MS0802 155: the shell's while is not carried out, nor what is inside")]
    [TestCase(156, "MS0802 156: helm is not carried out")]
    [TestCase(157, "MS0803 157: error: context \"berlin\" does not exist")]
    public void What_IsNotCarriedOut_IsNamed(int line, string finding) =>
        Assert.That(LabRuns.Second.Exercise("4").Step(line).Findings(), Is.EqualTo(new[] { finding }));
}

using System.Text.Json;
using Sim.Labs;

namespace Sim.Tests.Labs;

/// <summary>A lab of one cluster in the manner of Istio's own tasks: nested loops, one table of expected
/// answers.</summary>
[TestFixture]
internal sealed class ThirdLabTests
{
    private static readonly Lazy<JsonElement> Lab = new(static () =>
        LabRuns.Json(new LabRequest(Path.Combine(LabRuns.Folder, "third-lab.md"))));

    [Test]
    public void Calls_OfNestedLoops_AreHeldAgainstTheirLinesOfOutput()
    {
        JsonElement two = Lab.Value.Exercise("2");
        Assert.That(two.GetProperty("steps").EnumerateArray().Select(static s => s.GetProperty("request").Ends()),
            Is.EqualTo(
            new[]
            {
                "1 x 200 cluster", "1 x 200 cluster", "1 x 200 cluster", "1 x 200 cluster", "1 x 200 cluster",
                "1 x 200 cluster", "1 x exit 56", "1 x 200 cluster", "1 x 200 cluster",
            }));
        Assert.That(two.GetProperty("claims").EnumerateArray().Select(static c => c.Text("verdict")), Is.EqualTo(new[]
        {
            "holds", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "does-not-hold",
        }));
    }

    [TestCase("served-by", "holds", 0)]
    [TestCase("status", "holds", 1)]
    [TestCase("served-by", "does-not-hold", 2)]
    public void Shares_OfRequestsOfALoop_AreOfAllTogether(string kind, string verdict, int index)
    {
        JsonElement[] claims = [.. Lab.Value.Exercise("3").GetProperty("claims").EnumerateArray()];
        Assert.That(claims, Has.Length.EqualTo(3));
        Assert.That((claims[index].Text("kind"), claims[index].Text("verdict")), Is.EqualTo((kind, verdict)),
            claims[index].GetRawText());
    }

    [Test]
    public void What_TheShellCannotDoHere_IsNamed()
    {
        string[] findings =
            [.. Lab.Value.Exercise("1").GetProperty("steps").EnumerateArray().SelectMany(static s => s.Findings())];
        Assert.That(findings, Has.Exactly(3).StartsWith("MS0802 10: [ is not carried out")
            .And.Exactly(1).StartsWith("MS0802 18: the shell's <(...) is not carried out"));
    }

    [Test]
    public void Files_ThatTheReaderIsToldToWrite_AreThere_WithTheirLines()
    {
        JsonElement four = Lab.Value.Exercise("4");
        Assert.That(four.GetProperty("steps").EnumerateArray().Select(static s => s.Text("outcome")),
            Is.EqualTo(new[] { "no-effect", "no-effect", "done", "refused", "sent" }));
        JsonElement refused =
            four.GetProperty("steps").EnumerateArray().Single(static s => s.Text("outcome") == "refused");
        Assert.That(refused.Findings().Single(), Is.EqualTo("MS0103 73: unknown field \"spec.sources\""));
        Assert.That(four.Claim(80).Text("verdict"), Is.EqualTo("holds"), four.Claim(80).GetRawText());
    }
}

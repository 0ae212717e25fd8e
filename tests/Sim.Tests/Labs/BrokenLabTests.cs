using System.Text.Json;
using Sim.Core;
using Sim.Labs;

namespace Sim.Tests.Labs;

/// <summary>Labs that no shell or no kubectl could follow: a line and a hint, never an exception.</summary>
[TestFixture]
internal sealed class BrokenLabTests
{
    private static string Lab(string commands) => $"# T\n\n## Exercise 1: x\n\n```bash\n{commands}\n```\n";

    private static IReadOnlyList<Diagnostic> Errors(LabRequest request) =>
        [.. LabRunner.Run(request, null, CancellationToken.None).Diagnostics.Where(static d =>
            d.Severity == Severity.Error)];

    [TestCase("kubectl apply -f - <<EOF\nkind: Pod", LabCodes.Shell, 6, "does not end in EOF")]
    [TestCase("kubectl apply -f - <<EOF\nkind: Pod\n  EOF", LabCodes.Shell, 8, "has blanks around EOF")]
    [TestCase("kubectl get pods\nkubectl get 'pods", LabCodes.Shell, 7, "a single quote is not closed")]
    [TestCase("echo \"a\nb", LabCodes.Shell, 6, "a double quote is not closed")]
    [TestCase("echo $(kubectl get pods", LabCodes.Shell, 6, "$( is not closed")]
    [TestCase("kubectl get \\", LabCodes.Shell, 6, "continued line")]
    [TestCase("for x in a b; do\nkubectl get pods", LabCodes.Shell, 6, "does not end in done")]
    [TestCase("while true; do\nkubectl get pods", LabCodes.Shell, 6, "there is no done")]
    public void Text_ThatNoShellCouldRead_HasItsLineAndAHint(string commands, string code, int line, string message)
    {
        Diagnostic[] found = [.. LabRuns.Text(Lab(commands)).GetProperty("findings").EnumerateArray().Select(static f =>
            new Diagnostic(f.Text("code"), Severity.Error, f.Text("message"),
                new SourceSpan("x", f.GetProperty("line").GetInt32(), 1),
                f.Text("hint")))];
        Assert.That(found.Select(static d => (d.Code, d.Span.Line)), Is.EqualTo(new[] { (code, line) }));
        Assert.That(found[0].Message, Does.Contain(message));
        Assert.That(found[0].Hint, Is.Not.Empty);
    }

    [TestCase("kubectl apply -f - <<EOF\napiVersion: v1\nkind: [Pod\nEOF", 6, "refused", "MS0001 9")]
    [TestCase("kubectl apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n\tb: c\nEOF", 6,
        "refused", "MS0001 10")]
    [TestCase("kubectl apply -f nowhere.yaml", 6, "failed", "")]
    [TestCase("cat <<EOF | kubectl apply -f -\nEOF", 6, "failed", "")]
    [TestCase("kind create cluster --name a\nkubectl --context=b get pods", 7, "failed", "MS0803 7")]
    [TestCase("kind create cluster --name a\nkubectl config use-context b", 7, "failed", "MS0803 7")]
    [TestCase("kubectl exec deploy/none -- curl http://x/", 6, "failed", "")]
    [TestCase("kubectl get deployment none", 6, "failed", "")]
    [TestCase("kubectl create namespace $NAME", 6, "not-carried-out", "MS0804 6")]
    [TestCase("kubectl exec pod/x -- ls", 6, "not-carried-out", "MS0802 6")]
    [TestCase("kubectl exec x", 6, "not-carried-out", "MS0802 6")]
    [TestCase("kubectl scale deployment x", 6, "not-carried-out", "MS3013 6")]
    [TestCase("kubectl frobnicate x", 6, "not-carried-out", "MS3013 6")]
    [TestCase("istioctl install -f nowhere.yaml", 6, "not-carried-out", "MS0802 6")]
    [TestCase("istioctl uninstall --purge", 6, "not-carried-out", "MS0802 6")]
    [TestCase("sleep forever", 6, "not-carried-out", "MS0802 6")]
    [TestCase("kind delete cluster", 6, "not-carried-out", "MS0802 6")]
    [TestCase("jq . x | kubectl apply -f -", 6, "not-carried-out", "MS0802 6")]
    public void Line_ThatFails_SaysSo(string commands, int line, string outcome, string finding)
    {
        JsonElement step = LabRuns.Text(Lab(commands)).Exercise("1").Step(line);
        Assert.That(step.Text("outcome"), Is.EqualTo(outcome), step.GetRawText());
        if (finding.Length > 0)
        {
            Assert.That(step.Findings(), Has.Some.StartsWith(finding + ":"), step.GetRawText());
        }
        else
        {
            Assert.That(step.GetProperty("did").GetArrayLength(), Is.Positive);
        }
    }

    [Test]
    public void Istio_WithoutInstallation_HasNoKinds()
    {
        const string Commands = "istioctl install --set nothing=1 -y\nkubectl apply -f - <<EOF\n"
            + "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default}\nEOF";
        JsonElement step = LabRuns.Text(Lab(Commands)).Exercise("1").Step(7);
        Assert.That(step.Text("outcome"), Is.EqualTo("failed"));
        Assert.That(step.GetProperty("did")[0].GetString(), Does.Contain("ensure CRDs are installed first"));
    }

    [Test]
    public void Lab_WithoutCommands_IsAnError()
    {
        Diagnostic error = Read("# T\n\nNothing.\n");
        Assert.That((error.Code, error.Hint), Is.EqualTo((LabCodes.Lab, "commands are read from blocks that begin with "
            + "```bash, ```sh or ```console")));
    }

    [Test]
    public void Exercise_ThatIsNotThere_IsAnErrorWithTheNames()
    {
        Diagnostic error = Errors(new LabRequest(LabRuns.Multi) { Exercises = ["13"] }).Single();
        Assert.That(error.Hint, Does.StartWith("it has lab-setup, 1, 2, 3"));
    }

    [Test]
    public void World_WithTraffic_IsRefused()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, "apiVersion: meshsim/v1alpha1\nkind: Scenario\nspec:\n  traffic: []\n  colour: red\n");
        Diagnostic[] errors = [.. Errors(new LabRequest(LabRuns.Multi) { World = file })];
        File.Delete(file);
        Assert.That(errors.Select(static d => (d.Code, d.Span.Line)),
            Is.SupersetOf(new[] { (LabCodes.World, 4), (LabCodes.World, 5) }));
    }

    [Test]
    public void World_ThatIsNotThere_IsAnError() => Assert.That(
        Errors(new LabRequest(LabRuns.Multi) { World = "no-such.yaml" }).Single().Code, Is.EqualTo("MS3009"));

    [TestCase(1UL)]
    [TestCase(2UL)]
    public void AnyText_NeverThrows(ulong seed)
    {
        string lab = File.ReadAllText(Path.Combine(LabRuns.Folder, "second-lab.md"));
        RngStream random = new(seed, 2, 3, 4);
        for (int i = 0; i < 12; i++)
        {
            int at = (int)random.NextBelow((uint)lab.Length);
            int length = (int)random.NextBelow(40);
            string broken = lab.Remove(at, Math.Min(length, lab.Length - at));
            Assert.That(() => LabRuns.Text(broken, "1"), Throws.Nothing, $"{seed}/{i}: {length} characters from {at}");
        }
    }

    private static Diagnostic Read(string text)
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, text);
        IReadOnlyList<Diagnostic> errors = Errors(new LabRequest(file));
        File.Delete(file);
        return errors.Single();
    }
}

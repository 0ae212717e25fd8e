using System.Text.Json;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim lab</c>: forms, files, exit codes.</summary>
[TestFixture]
internal sealed class LabCommandTests
{
    private static readonly string Lab = Path.Combine(Root(), "labs", "multi-cluster.md");

    [Test]
    public void Lab_ThatClaimsTooMuch_Is99AndSaysWhatHappensInstead()
    {
        Cli cli = new();
        Assert.That(cli.Run("lab", Lab, "--exercise", "6"), Is.EqualTo(99), cli.Error);
        Assert.That(cli.Out,
            Does.StartWith("multi-cluster.md: 1 exercise, 3 lines, 1 refused or failed; claims: 0 hold, 3 do not")
            .And.Contain("Exercise 6: Disaster Recovery Setup (multi-cluster.md:330)  failed")
            .And.Contain("does-not-hold").And.Contain("Traffic should automatically route to EU West backup")
            .And.Contain("the name does not resolve"));
    }

    [Test]
    public void Lab_ThatHolds_Is0()
    {
        Cli cli = new();
        Assert.That(cli.Run("lab", Lab, "--exercise", "12", "--quiet"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Does.Contain("Exercise 12: Service Mesh Federation").And.Not.Contain("kubectl"));
    }

    [Test]
    public void Json_IsTheFile()
    {
        Cli cli = new();
        string folder = Directory.CreateTempSubdirectory("lab").FullName;
        cli.Run("lab", Lab, "--exercise", "4", "--json", "--out", folder);
        Assert.That(cli.Out, Is.EqualTo(File.ReadAllText(Path.Combine(folder, "lab.json"))));
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("exercises").GetArrayLength(), Is.EqualTo(1));
        Assert.That(cli.Error, Does.Contain("lab.html"));
        Directory.Delete(folder, true);
    }

    [TestCase(64, "lab", "no-such.md")]
    [TestCase(64, "lab", "LAB", "--world", "no-such.yaml")]
    [TestCase(64, "lab", "LAB", "--pace", "soon")]
    [TestCase(64, "lab", "LAB", "--istio", "0.1")]
    [TestCase(65, "lab", "LAB", "--exercise", "99")]
    public void BadInput_HasItsExitCode(int code, params string[] args)
    {
        Cli cli = new();
        Assert.That(cli.Run([.. args.Select(static a => a == "LAB" ? Lab : a)]), Is.EqualTo(code));
        Assert.That(cli.Error, Is.Not.Empty);
    }

    [Test]
    public void BrokenBlock_Is65AndTheRestIsShown()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file,
            "## Exercise 1: a\n\n```bash\nkubectl apply -f - <<EOF\n```\n\n## Exercise 2: b\n\n```bash\n"
            + "kubectl create namespace x\n```\n");
        Cli cli = new();
        Assert.That(cli.Run("lab", file), Is.EqualTo(65));
        Assert.That(cli.Out, Does.Contain("namespace/x created"));
        Assert.That(cli.Error, Does.Contain(":4: error MS0801").And.Contain("add a line with EOF alone"));
        File.Delete(file);
    }

    private static string Root()
    {
        DirectoryInfo d = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(d.FullName, "Sim.sln")))
        {
            d = d.Parent ?? throw new InvalidOperationException("no Sim.sln above " + AppContext.BaseDirectory);
        }

        return d.FullName;
    }
}

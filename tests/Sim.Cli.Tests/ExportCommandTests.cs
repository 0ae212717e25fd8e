using Sim.Reports;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim export graph</c>: forms, target, exit codes.</summary>
[TestFixture]
internal sealed class ExportCommandTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("json", "\"schema\": \"meshsim/graph/1\"")]
    [TestCase("dot", "digraph calls {")]
    [TestCase("mmd", "flowchart LR")]
    public void Graph_ToStandardOutputAndToAFile_IsTheSame(string format, string text)
    {
        RunFiles.Write(SampleRun.Failed, _folder);
        string file = Path.Combine(_folder, "graph");
        Cli cli = new();
        Assert.That(cli.Run("export", "graph", _folder, "-o", format), Is.Zero, cli.Error);
        string printed = cli.Out;
        Assert.That(printed, Does.Contain(text));
        Assert.That(cli.Run("export", "graph", Path.Combine(_folder, "run.json"), "-o", format, "--out", file),
            Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo(file + "\n"));
        Assert.That(File.ReadAllText(file), Is.EqualTo(printed));
    }

    [TestCase(65, "no call was counted", "RUN")]
    [TestCase(65, "MS06", "NONE")]
    [TestCase(64, "svg", "RUN", "-o", "svg")]
    [TestCase(64, "Required", "")]
    public void Graph_BadInput_HasItsExitCodeAndSaysWhy(int code, string says, params string[] args)
    {
        RunFiles.Write(SampleRun.Empty, _folder);
        Cli cli = new();
        string[] rest = [.. args.Where(static a => a.Length > 0).Select(a => a switch
        {
            "RUN" => _folder,
            "NONE" => Path.Combine(_folder, "none"),
            _ => a,
        })];
        Assert.That(cli.Run(["export", "graph", .. rest]), Is.EqualTo(code));
        Assert.That(cli.Error, Does.Contain(says));
    }

    [Test]
    public void Graph_TargetThatCannotBeWritten_Is64()
    {
        RunFiles.Write(SampleRun.Failed, _folder);
        Cli cli = new();
        Assert.That(cli.Run("export", "graph", _folder, "--out", Path.Combine(_folder, "no", "where")),
            Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("cannot be written"));
    }
}

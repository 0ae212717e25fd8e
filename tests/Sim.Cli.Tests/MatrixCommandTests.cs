using System.Text.Json;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim matrix</c> over a pack: forms, files, exit codes.</summary>
[TestFixture]
internal sealed class MatrixCommandTests
{
    private static readonly string Pack = Path.Combine(Root(), "scenarios", "authz-truth-table");

    [Test]
    public void Matrix_AsExpected_Is0AndNamesTheDecidingLine()
    {
        Cli cli = new();
        Assert.That(cli.Run("matrix", Pack), Is.Zero, cli.Error);
        Assert.That(cli.Out, Does.StartWith("authz-truth-table: 16 calls: 6 allowed; 16 judged, 0 not as expected")
            .And.Contain("ALLOW without rules at clusters/us/20-policies.yaml:1")
            .And.Contain("us/default/alice, us/default/bob"));
    }

    [Test]
    public void Matrix_NotAsExpected_Is99AndSaysWhere()
    {
        Cli cli = new();
        Assert.That(cli.Run("matrix", Pack, "--set", "matrix.expect=[{to: closed, is: allowed}]"), Is.EqualTo(99));
        Assert.That(cli.Out, Does.Contain("denied (us) expected allowed").And.Contain("0 of 4 cells"));
    }

    [TestCase(64, "matrix", "no-such-folder")]
    [TestCase(64, "matrix", "PACK", "--at", "soon")]
    [TestCase(65, "matrix", "PACK", "--set", "matrix.expect=[{is: perhaps}]")]
    [TestCase(65, "matrix", "PACK", "--set", "matrix.paths=[admin]")]
    [TestCase(65, "matrix", "PACK", "--set", "matrix.expectFile=none.csv")]
    public void Matrix_BadInput_HasItsExitCode(int code, params string[] args)
    {
        Cli cli = new();
        Assert.That(cli.Run([.. args.Select(static a => a == "PACK" ? Pack : a)]), Is.EqualTo(code));
        Assert.That(cli.Error, Is.Not.Empty);
    }

    [Test]
    public void Matrix_EveryForm_HasEveryCell()
    {
        Cli cli = new();
        cli.Run("matrix", Pack, "-o", "csv");
        Assert.That(cli.Out.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(17));
        cli.Run("matrix", Pack, "-o", "json");
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("cells").GetArrayLength(), Is.EqualTo(16));
        cli.Run("matrix", Pack, "-o", "html");
        Assert.That(cli.Out.Split("<td title=").Length - 1, Is.EqualTo(16));
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

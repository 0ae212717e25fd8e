using Sim.Core;
using Sim.Runs;

namespace Sim.Cli.Tests;

/// <summary><c>init</c> and <c>packs</c>: a pack as a start of one's own.</summary>
[TestFixture]
internal sealed class InitCommandTests : FolderTests
{
    [Test]
    public void Init_CopiesAPackThatReadsAndSaysWhatIsNext()
    {
        string target = Path.Combine(Folder, "mine");
        Cli cli = new();
        Assert.That(cli.Run("init", "four-regions", "--to", target), Is.Zero, cli.Error);
        Assert.That(cli.Out, Does.Contain("meshsim run " + target));
        var bag = new DiagnosticBag();
        Assert.That(PreparedScenario.Open(new ScenarioRequest(target), bag), Is.Not.Null, string.Join('\n', bag.Items));
        Assert.That(File.Exists(Path.Combine(target, "expected.json")), Is.False);
        Assert.That(cli.Run("init", "four-regions", "--to", target), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("is there already"));
    }

    [Test]
    public void Init_OfWhatIsNoPack_ListsThePacks()
    {
        Cli cli = new();
        Assert.That(cli.Run("init", "no-such-pack"), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("disaster-recovery").And.Contain("four-regions"));
    }

    [Test]
    public void Packs_WithoutAFolder_ListsThoseThatCameWithTheProgram()
    {
        Cli cli = new();
        Assert.That(cli.Run("packs"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Does.Contain("disaster-recovery").And.Contain("--variant lean"));
    }
}

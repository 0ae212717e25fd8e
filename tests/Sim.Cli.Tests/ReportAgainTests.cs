using Sim.Tests.Experiments;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim report</c> of sweeps and years: the same bytes as the command that simulated.</summary>
[TestFixture]
internal sealed class ReportAgainTests
{
    /// <summary>A year of four short years with one component.</summary>
    public const string Incidents = """
          method:
            type: incidents
            horizon: 10m
            years: 4
            windows: 2
            longest: 10s
            settle: 5s
            components:
              - {name: pod, mtbf: 2m, mttr: 20s, fault: {type: app-down, select: {workload: server}, mode: one}}
        """;

    private TinyScenario _tiny = null!;

    [SetUp]
    public void MakeFolder() => _tiny = new TinyScenario();

    [TearDown]
    public void RemoveFolder() => _tiny.Dispose();

    [Test]
    public void Sweep_WrittenAgain_HasTheSameBytes()
    {
        Assert.That(new Cli().Run("sweep", _tiny.Folder, "--out", Out("a")), Is.Zero);
        AssertSame("runs.csv", "summary.csv", "sweep.html", "sweep.json");
        string page = File.ReadAllText(Path.Combine(Out("b"), "sweep.html"));
        Assert.That(page, Does.Contain("HELD").And.Contain("slower, 60/s, 1ms").And.Not.Contain("<script"));

        // A map for each of the four measures and of the two variants: rates down, overheads across.
        Assert.That(
            page.Split("<th scope=\"col\">rate / overhead</th><th scope=\"col\">1ms</th>"), Has.Length.EqualTo(9));
        Assert.That(page, Does.Contain("<tr><th scope=\"row\">60/s</th><td class=\"heat\"")
            .And.Contain("<td>-</td></tr>"));
    }

    [Test]
    public void Year_WrittenAgain_HasTheSameBytes()
    {
        using var year = new TinyScenario(Incidents);
        Cli cli = new();
        int code = cli.Run("year", year.Folder, "--out", Out("a"), "--quiet");
        Assert.That(code, Is.AnyOf(0, 99), cli.Error);
        AssertSame("years.csv", "components.csv", "year.html", "year.json");
        Assert.That(File.ReadAllText(Path.Combine(Out("b"), "year.html")),
            Does.Contain("pod").And.Contain("What each component costs").And.Contain("The median year, day by day")
                .And.Contain("minutes lost, pod").And.Not.Contain("<script"));
    }

    [TestCase("sweep.json", "{")]
    [TestCase("sweep.json", "{\"schema\": \"meshsim/sweep/9\"}")]
    [TestCase("sweep.json", "{\"schema\": \"meshsim/sweep/1\", \"plan\": {}}")]
    [TestCase("year.json", "[]")]
    [TestCase("year.json", "{\"schema\": \"meshsim/year/1\"}")]
    public void Document_ThatIsNotWhole_Is65AndNothingIsWritten(string name, string text)
    {
        Directory.CreateDirectory(Out("a"));
        File.WriteAllText(Path.Combine(Out("a"), name), text);
        Cli cli = new();
        Assert.That(cli.Run("report", Out("a"), "--out", Out("b")), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("MS0605").And.Contain(name));
        Assert.That(Directory.Exists(Out("b")), Is.False);
    }

    [Test]
    public void Document_ThatIsNotThere_Is65() =>
        Assert.That(new Cli().Run("report", Path.Combine(Out("a"), "sweep.json"), "--out", Out("b")), Is.EqualTo(65));

    private void AssertSame(params string[] files)
    {
        Cli cli = new();
        Assert.That(cli.Run("report", Out("a"), "--out", Out("b")), Is.Zero, cli.Error);
        Assert.That(Directory.GetFiles(Out("b")).Select(Path.GetFileName), Is.EquivalentTo(files));
        foreach (string file in files)
        {
            Assert.That(File.ReadAllText(Path.Combine(Out("b"), file)),
                Is.EqualTo(File.ReadAllText(Path.Combine(Out("a"), file))), file);
        }
    }

    private string Out(string name) => Path.Combine(_tiny.Folder, "out", name);
}

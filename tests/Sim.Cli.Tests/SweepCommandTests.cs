using System.Diagnostics;
using Sim.Cli.Views;
using Sim.Experiments;
using Sim.Tests.Experiments;

namespace Sim.Cli.Tests;

/// <summary><c>sweep</c> and <c>merge</c>: files, exit codes, a sweep that is killed.</summary>
[TestFixture]
internal sealed class SweepCommandTests
{
    private TinyScenario _tiny = null!;

    [SetUp]
    public void MakeFolder() => _tiny = new TinyScenario();

    [TearDown]
    public void RemoveFolder() => _tiny.Dispose();

    [Test]
    public void Sweep_List_SimulatesNothing()
    {
        Cli cli = new();
        Assert.That(cli.Run("sweep", _tiny.Folder, "--list", "--shard", "2/3"), Is.Zero);
        Assert.That(cli.Out, Does.Contain("6  slower, rate=60/s, overhead=1ms  compared with 2")
            .And.Contain("7 points, 7 runs in shard 2/3"));
    }

    [Test]
    public void Sweep_Out_WritesThreeFilesAndATable()
    {
        Cli cli = new();
        Assert.That(cli.Run("sweep", _tiny.Folder, "--out", Out("a")), Is.Zero, cli.Error);
        Assert.That(Directory.GetFiles(Out("a")).Select(Path.GetFileName),
            Is.EquivalentTo((string[])["runs.csv", "summary.csv", "sweep.html", "sweep.json"]));
        Assert.That(File.ReadAllLines(Path.Combine(Out("a"), "runs.csv")), Has.Length.EqualTo(1 + 7 * 3));
        Assert.That(File.ReadAllLines(Path.Combine(Out("a"), "summary.csv")), Has.Length.EqualTo(1 + 7 * 4));
        Assert.That(cli.Out, Does.Contain("7 points, 21 runs").And.Contain("availability").And.Contain("3/3"));
        Cli json = new();
        Assert.That(json.Run("sweep", _tiny.Folder, "--out", Out("a"), "-o", "json"), Is.Zero);
        Assert.That(json.Out, Is.EqualTo(File.ReadAllText(Path.Combine(Out("a"), "sweep.json"))));
        Assert.That(json.Error, Does.Contain("21 runs finished before"));
        Cli csv = new();
        Assert.That(csv.Run("sweep", _tiny.Folder, "-o", "csv", "--threads", "1"), Is.Zero);
        Assert.That(csv.Out, Is.EqualTo(File.ReadAllText(Path.Combine(Out("a"), "summary.csv"))));
    }

    [Test]
    public void Merge_OfShards_GivesTheBytesOfOneRun()
    {
        Assert.That(new Cli().Run("sweep", _tiny.Folder, "--out", Out("whole")), Is.Zero);
        foreach (string i in (string[])["1", "2", "3"])
        {
            Assert.That(new Cli().Run("sweep", _tiny.Folder, "--shard", i + "/3", "--out", Out(i)), Is.Zero);
            Assert.That(Directory.GetFiles(Out(i)), Has.Length.EqualTo(1), "a shard is runs alone");
        }

        Cli cli = new();
        Assert.That(cli.Run("merge", _tiny.Folder, Out("1"), Out("3"), "--out", Out("merged")), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("runs are missing"));
        Assert.That(cli.Run("merge", _tiny.Folder, Out("3"), Out("1"), Out("2"), "--out", Out("merged")), Is.Zero,
            cli.Error);
        SameFiles(Out("merged"), Out("whole"));
        Assert.That(cli.Run("merge", _tiny.Folder, Out("1"), Out("2"), Out("3"), "--seed", "8"), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("MS0604"));
        Assert.That(cli.Run("merge", _tiny.Folder, Out("none")), Is.EqualTo(64));
    }

    [Test]
    public void Sweep_KilledAgainAndAgain_ResumesWithTheSameBytesAndNothingTwice()
    {
        string[] command = ["sweep", _tiny.Folder, "--replications", "12", "--set", "duration=60s", "--quiet"];
        (int code, string error) = Process([.. command, "--out", Out("whole")]);
        Assert.That(code, Is.Zero, error);
        string file = Path.Combine(Out("killed"), "runs.csv");
        int kept = 0;
        for (int kill = 0; kill < 3; kill++)
        {
            using Process process = Start([.. command, "--threads", "2", "--out", Out("killed")]);
            long length = Length(file);
            Assert.That(() => Length(file), Is.GreaterThan(length + 1000).After(60_000, 5));
            process.Kill();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Not.Zero);
            int now = File.ReadAllLines(file).Length - 1;
            Assert.That(now, Is.InRange(kept + 4, 82), "killed in the middle");
            kept = File.ReadAllText(file).Count(static c => c == '\n') - 1;
        }

        (code, error) = Process([.. command, "--threads", "2", "--out", Out("killed")]);
        Assert.That(code, Is.Zero, error);
        Assert.That(error, Does.Contain($"{kept} runs finished before and not made again"));
        SameFiles(Out("killed"), Out("whole"));
    }

    [TestCase(64, "sweep", "no-such-folder")]
    [TestCase(64, "sweep", "FOLDER", "--shard", "4/3")]
    [TestCase(64, "sweep", "FOLDER", "--threads", "0")]
    [TestCase(65, "sweep", "FOLDER", "--set", "sweep.variants=[x]")]
    [TestCase(65, "sweep", "FOLDER", "--vary", "sed=1,2")]
    [TestCase(99, "sweep", "FOLDER", "--replications", "1", "--set", "assert=['errors < 0']")]
    public void Sweep_ExitCodes(int expected, params string[] args)
    {
        Cli cli = new();
        Assert.That(cli.Run([.. args.Select(a => a == "FOLDER" ? _tiny.Folder : a)]), Is.EqualTo(expected));
    }

    [Test]
    public void Sweep_Interrupted_Is130AndGoesOnLater()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Cli cli = new() { Cancellation = stop.Token };
        Assert.That(cli.Run("sweep", _tiny.Folder, "--out", Out("a")), Is.EqualTo(130));
        Assert.That(cli.Error, Does.Contain("goes on where this one stopped"));
        Assert.That(new Cli().Run("sweep", _tiny.Folder, "--out", Out("a")), Is.Zero);
    }

    [Test]
    public void Progress_SaysRateAndTimeLeft()
    {
        Assert.That(SweepProgressLine.Text(new SweepProgress(30, 20, 100, 0.325, 60_000), 0.2, 10),
            Is.EqualTo(" 33 %  30 of 100 runs, 6,000 requests/s, 54s left"));
        Cli cli = new() { IsTerminal = true };
        Assert.That(cli.Run("sweep", _tiny.Folder), Is.Zero);
        Assert.That(cli.Error, Does.Contain("of 21 runs"));
        cli = new();
        Assert.That(cli.Run("sweep", _tiny.Folder), Is.Zero);
        Assert.That(cli.Error, Is.Empty, "no terminal, no progress");
    }

    [TestCase("sweep", "--shard 2/8")]
    [TestCase("merge", "out/shard-*")]
    public void Help_HasExamplesAndExitCodes(string command, string example)
    {
        Cli cli = new();
        Assert.That(cli.Run(command, "--help"), Is.Zero);
        Assert.That(cli.Out, Does.Contain("Examples:").And.Contain(example).And.Contain("130 interrupted"));
    }

    private string Out(string name) => Path.Combine(_tiny.Folder, "out-" + name);

    private static long Length(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private static void SameFiles(string folder, string expected)
    {
        foreach (string file in Directory.GetFiles(expected))
        {
            Assert.That(File.ReadAllText(Path.Combine(folder, Path.GetFileName(file))),
                Is.EqualTo(File.ReadAllText(file)), file);
        }

        Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(Directory.GetFiles(expected).Length));
    }

    private static (int Code, string Error) Process(string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Result);
    }

    private static Process Start(string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "meshsim.dll"));
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return System.Diagnostics.Process.Start(start)!;
    }
}

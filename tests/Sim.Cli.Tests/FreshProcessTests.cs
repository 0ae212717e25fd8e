using System.Diagnostics;

namespace Sim.Cli.Tests;

/// <summary>The command line as a process of its own: same bytes, exit codes, no stack traces.</summary>
[TestFixture]
internal sealed class FreshProcessTests : FolderTests
{
    [Test]
    public void Run_InTwoProcessesWithOneAndTwoThreads_WritesTheSameBytes()
    {
        string[] command =
        [
            "run", "scenarios/disaster-recovery", "--variant", "black-hole", "--set", "replications=2", "--quiet",
        ];
        Assert.That(Meshsim([.. command, "--threads", "1", "--out", Path.Combine(Folder, "a")]).Code, Is.Zero);
        Assert.That(Meshsim([.. command, "--threads", "2", "--out", Path.Combine(Folder, "b")]).Code, Is.Zero);
        string[] files = [.. Directory.GetFiles(Path.Combine(Folder, "a"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(Folder, "a"), f)).Order(StringComparer.Ordinal)];
        Assert.That(files, Has.Length.GreaterThanOrEqualTo(7));
        Assert.Multiple(() =>
        {
            foreach (string file in files)
            {
                Assert.That(File.ReadAllBytes(Path.Combine(Folder, "b", file)),
                    Is.EqualTo(File.ReadAllBytes(Path.Combine(Folder, "a", file))), file);
            }
        });
    }

    [Test]
    public void Verify_OfAFreshRun_AgreesInAnotherProcess()
    {
        string output = Path.Combine(Folder, "out");
        Assert.That(
            Meshsim("run", "scenarios/data-residency", "--variant", "lab", "--quiet", "--out", output).Code, Is.Zero);
        (int code, string text, string error) = Meshsim("verify", Path.Combine(output, "run.json"));
        Assert.That(code, Is.Zero, text + error);
    }

    [TestCase("", "uptime.svg")]
    [TestCase("brown-out-503", "brown-out.svg")]
    public void Picture_OfTheReadme_IsWhatTheCommandWrites(string variant, string picture)
    {
        string[] command = ["run", "scenarios/disaster-recovery", "--quiet", "--out", Folder];
        Assert.That(Meshsim(variant.Length == 0 ? command : [.. command, "--variant", variant]).Code, Is.Zero);
        Assert.That(File.ReadAllText(Path.Combine(Folder, "uptime.svg")),
            Is.EqualTo(File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "img", picture))));
    }

    [TestCase(64, "run")]
    [TestCase(64, "no-such-command")]
    [TestCase(99, "run", "scenarios/disaster-recovery", "--variant", "scale-to-zero",
        "--set", "slos=[{name: x, target: 50%, good: 'duration < 1us'}]")]
    public void Process_EndsWithTheExitCode(int expected, params string[] args)
    {
        (int code, string text, string error) = Meshsim(args);
        Assert.That(code, Is.EqualTo(expected), text + error);
        Assert.That(text + error, Does.Not.Contain("   at Sim."));
    }

    private static (int Code, string Out, string Error) Meshsim(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = RepositoryRoot(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "meshsim.dll"));
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? d = new(AppContext.BaseDirectory);
        while (d is not null && !File.Exists(Path.Combine(d.FullName, "Sim.sln")))
        {
            d = d.Parent;
        }

        return d!.FullName;
    }
}

using Sim.Runs;

namespace Sim.Tests.Labs;

/// <summary>The packs of the lab's exercises, as written, and the command say the same.</summary>
[TestFixture]
internal sealed class PackAgreementTests
{
    private static readonly Dictionary<(string Name, string Variant), RunResult> Runs = [];

    private static RunResult Pack(string name, string variant)
    {
        if (!Runs.TryGetValue((name, variant), out RunResult? run))
        {
            string folder = Path.Combine(RepositoryPaths.Root, "scenarios", name);
            run = ScenarioRunner.Run(new ScenarioRequest(folder, Variant: variant), null, default).Result!;
            Runs.Add((name, variant), run);
        }

        return run;
    }

    [TestCase("disaster-recovery", "as-written", "demo-curl", "6", 358)]
    [TestCase("data-residency", "as-written", "cross-border-curl", "4", 257)]
    [TestCase("cross-cluster-discovery", "as-written", "by-name", "3", 203)]
    public void Request_OfAnExercise_EndsAsInItsPack(string pack, string variant, string traffic, string exercise,
        int line)
    {
        RequestRecord[] requests = [.. Pack(pack, variant).Requests.Where(r => r.Traffic == traffic)];
        Assert.That(requests, Is.Not.Empty);
        var answer = LabRuns.Written.Exercise(exercise).Step(line).GetProperty("request").GetProperty("answers")[0];
        Assert.That(requests.Select(static r => (r.CurlExit, r.Disposition)).Distinct(),
            Is.EqualTo(new[] { (answer.GetProperty("exit").GetInt32(), answer.Text("disposition")) }));
    }

    [TestCase("region-us", 304)]
    [TestCase("region-eu", 311)]
    [TestCase("no-region", 318)]
    public void Routes_OfExercise5_EndAsInItsPack(string traffic, int line) =>
        AssertSame(Pack("locality-routing", "as-written"), traffic, LabRuns.Written.Exercise("5").Trial(line).Ends());

    [TestCase("geo-eu", 427)]
    [TestCase("geo-us", 435)]
    [TestCase("no-geo", 443)]
    public void Routes_OfExercise8_EndAsInItsPack(string traffic, int line) => AssertSame(
        Pack("regional-canary", "as-written-after-exercise-5"), traffic,
            LabRuns.Written.Exercise("8").Trial(line).Ends());

    [TestCase("first-cluster", "1", "us-east")]
    [TestCase("remote-cluster", "2", "eu-west")]
    public void Pods_OfARefusedInstallation_HaveNoSidecars(string pack, string exercise, string cluster)
    {
        int inPack = Pack(pack, "as-written").Pods.Count(p => p.Cluster == cluster && p.HasSidecar);
        int inLab = LabRuns.Written.Exercise(exercise).GetProperty("pods").EnumerateArray()
            .Single(p => p.Text("cluster") == cluster).GetProperty("with_sidecar").GetInt32();
        Assert.That((inPack, inLab), Is.EqualTo((0, 0)));
    }

    private static void AssertSame(RunResult pack, string traffic, string ends)
    {
        string[] requests = [.. pack.Requests.Where(r => r.Traffic == traffic)
            .Select(static r => r.Code + (r.Flags.Length > 1 ? " " + r.Flags : "")
                + (r.ServedCluster == "none" || r.Code >= 500 ? "" : " " + r.ServedCluster)).Distinct()];
        Assert.That(requests.Select(static r => "100 x " + r), Is.EqualTo(new[] { ends }));
    }
}

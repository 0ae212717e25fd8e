using System.Text.RegularExpressions;
using Sim.Reports;
using Sim.Runs;

namespace Sim.Tests.Telemetry.Live;

/// <summary><c>promtool test rules</c> agrees on when each alert of a run fires.</summary>
/// <remarks>The files are those of <c>meshsim export promtool</c>.</remarks>
[TestFixture]
[Category("Prometheus")]
internal sealed class LiveRuleTests
{
    [TestCase("compliance-alerts", "", "eu-west", 10)]
    [TestCase("compliance-alerts", "", "us-east", 10)]
    [TestCase("compliance-alerts", "lab", "us-east", 40)]
    [TestCase("compliance-alerts", "as-written-loaded", "us-east", 10)]
    [TestCase("federated-metrics", "", "us-east", 0)]
    public void Alerts_FireWhenPromtoolSays(string pack, string variant, string cluster, int atLeast)
    {
        _ = PrometheusTools.Promtool;
        RunResult run = PrometheusTools.Watched(pack, variant);
        PromtoolSet set = PromtoolFiles.Of(PrometheusTools.Server(run, cluster), run.DurationNs);
        Assert.That(set.Problems, Is.Empty);
        string folder = Directory.CreateTempSubdirectory("sim-live").FullName;
        try
        {
            foreach ((string name, string text) in set.Files)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
            }

            (int code, string said) = PrometheusTools.Run(folder, "test", "rules", PromtoolFiles.Tests);
            Assert.That(code, Is.Zero, said);
            TestContext.Out.WriteLine($"{pack} {variant} {cluster}: {set.Evaluations} evaluations agree, "
                + $"{set.Firing} alerts fire in them");
            Assert.That(set.Firing, Is.GreaterThanOrEqualTo(atLeast));
            if (set.Firing == 0)
            {
                return;
            }

            string tests = set.Files[^1].Value;
            string without = new Regex("    exp_alerts:\n(?:    .*\n)*").Replace(tests, "", 1);
            Assert.That(without, Has.Length.LessThan(tests.Length));
            File.WriteAllText(Path.Combine(folder, PromtoolFiles.Tests), without);
            Assert.That(PrometheusTools.Run(folder, "test", "rules", PromtoolFiles.Tests).Code, Is.Not.Zero,
                "promtool must notice a wrong expectation");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

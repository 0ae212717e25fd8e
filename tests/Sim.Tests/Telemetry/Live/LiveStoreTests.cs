using System.Globalization;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;

namespace Sim.Tests.Telemetry.Live;

/// <summary>What a run exports is what promtool stores: no sample is lost or changed.</summary>
[TestFixture]
[Category("Prometheus")]
internal sealed class LiveStoreTests
{
    [TestCase("federated-metrics", "")]
    [TestCase("federated-metrics", "lab")]
    [TestCase("compliance-alerts", "")]
    [TestCase("disaster-recovery", "brown-out-503")]
    [TestCase("data-residency", "as-written")]
    [TestCase("od-will-it-eject", "")]
    public void Exported_Series_AreStoredWhole(string pack, string variant)
    {
        _ = PrometheusTools.Promtool;
        RunResult run = PrometheusTools.Watched(pack, variant);
        foreach (ObservedCluster server in run.Observation.Clusters)
        {
            string folder = Directory.CreateTempSubdirectory("sim-live").FullName;
            try
            {
                string text = Path.Combine(folder, "metrics.prom");
                File.WriteAllText(text, OpenMetricsText.Write(server.Store!, MetricFiles.Families));
                (int code, string said) = PrometheusTools.Run(
                    folder, "tsdb", "create-blocks-from", "openmetrics", text, Path.Combine(folder, "data"));
                Assert.That(code, Is.Zero, said);
                Directory.CreateDirectory(Path.Combine(folder, "data", "wal")); // dump opens it, blocks or not
                (code, string dump) = PrometheusTools.Run(folder, "tsdb", "dump", Path.Combine(folder, "data"));
                Assert.That(code, Is.Zero, dump);
                string[] stored = [.. dump.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Order(StringComparer.Ordinal)];
                string[] simulated = [.. server.Store!.Series.SelectMany(static s => s.Points
                    .Where(static p => !StaleMarker.Is(p.Value)).Select(p => string.Create(
                        CultureInfo.InvariantCulture, $"{s.Labels} {GoText.Shortest(p.Value)} {p.TimestampMs}")))
                    .Order(StringComparer.Ordinal)];
                Assert.That(simulated, Is.Not.Empty);
                Assert.That(stored, Is.EqualTo(simulated), server.Cluster);
                TestContext.Out.WriteLine($"{pack} {variant} {server.Cluster}: {stored.Length} samples stored");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}

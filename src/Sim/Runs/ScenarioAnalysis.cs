using Sim.Core;
using Sim.Manifests;
using Sim.Mesh.Analysis;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Findings of a scenario without simulating it.</summary>
/// <param name="Findings">All findings: the most severe first, then by code and place.</param>
/// <param name="IsReadable">False when the scenario itself could not be read: its manifests were not looked at.</param>
public sealed record AnalysisOutcome(IReadOnlyList<Diagnostic> Findings, bool IsReadable);

/// <summary>Analysis of the clusters of a scenario as they are at its start.</summary>
/// <remarks>Each control plane is analyzed with its own configuration and with the Services, pods and other objects of
/// the clusters it reads, as <c>istioctl analyze --context</c> with <c>--remote-contexts</c> sees them.</remarks>
internal static class ScenarioAnalysis
{
    private const string Unused = "virtualService rule ";

    /// <summary>Adds the messages of all analyzers to what admission has found.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="clusters">Its clusters, loaded.</param>
    /// <param name="findings">Findings so far.</param>
    public static IReadOnlyList<Diagnostic> Complete(
        ScenarioDocument document, IReadOnlyList<LiveCluster> clusters, IReadOnlyList<Diagnostic> findings)
    {
        var result = new List<Diagnostic>();
        var seen = new HashSet<(string, string, string, SourceSpan)>();
        void Add(Diagnostic d)
        {
            if (seen.Add((d.Code, d.Message, d.Resource, d.Span)))
            {
                result.Add(d);
            }
        }

        foreach (Diagnostic d in findings)
        {
            // Analysis says the same with a code of its own.
            if (d.Code != "IST0133" || !d.Message.StartsWith(Unused, StringComparison.Ordinal))
            {
                Add(d);
            }
        }

        List<AnalysisCluster> all = [.. clusters.Select(static c => new AnalysisCluster(c.Name,
            c.LiveObjects().Objects))];
        var inconsistent = new HashSet<string>(StringComparer.Ordinal);
        foreach (ClusterSpec spec in document.Clusters.Where(static s =>
                     s.ControlPlane.Value == ControlPlaneMode.Primary))
        {
            foreach (AnalysisMessage m in MessagesOf(document, spec, all))
            {
                if (m.Diagnostic.Code != "IST0170" || inconsistent.Add(m.Diagnostic.Resource))
                {
                    Add(m.Diagnostic);
                }
            }
        }

        foreach (Diagnostic d in OwnAnalyzers.Run(all))
        {
            Add(d);
        }

        return [.. result.OrderByDescending(static d => d.Severity).ThenBy(static d => d.Code, StringComparer.Ordinal)
            .ThenBy(static d => d.Span.File, StringComparer.Ordinal).ThenBy(static d => d.Span.Line)
            .ThenBy(static d => d.Message, StringComparer.Ordinal)];
    }

    /// <summary>Messages about a control plane's configuration, and about the objects of its own cluster and of those
    /// that have no control plane.</summary>
    private static IEnumerable<AnalysisMessage> MessagesOf(
        ScenarioDocument document, ClusterSpec spec, List<AnalysisCluster> all)
    {
        HashSet<string> reads = [.. spec.RemoteSecrets.Select(static r => r.Value)];
        List<AnalysisCluster> clusters =
        [
            all.First(c => c.Name == spec.Name),
            .. all.Where(c => c.Name != spec.Name && reads.Contains(c.Name)).Select(static c => c with
            {
                Objects = [.. c.Objects.Where(static o => !o.Group.EndsWith(".istio.io", StringComparison.Ordinal))],
            }),
        ];
        HashSet<string> told = [spec.Name, .. document.Clusters.Where(c => reads.Contains(c.Name)
            && c.ControlPlane.Value != ControlPlaneMode.Primary).Select(static c => c.Name)];
        var input = new AnalysisInput
        {
            Clusters = clusters,
            Profile = ScenarioSimulation.ProfileOf(document.Istio),
            MeshConfig = spec.MeshConfig,
        };

        // Admission has told the rules of the webhook already, with the place of the value.
        return IstioAnalyzers.Run(input).Where(m => told.Contains(m.Cluster)
            && !(m.Diagnostic.Code is "IST0106" or "IST0133"));
    }
}

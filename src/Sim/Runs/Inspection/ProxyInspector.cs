using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Inspection;

/// <summary>Shows what a sidecar or gateway holds at a simulated time.</summary>
public static class ProxyInspector
{
    /// <summary>Simulates up to the moment asked for and looks at one proxy.</summary>
    /// <remarks>Complexity: that of the run up to that time.</remarks>
    public static ProxyConfigReport Inspect(ProxyConfigRequest request)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request.Scenario, findings);
        if (document is null || findings.HasErrors)
        {
            return new ProxyConfigReport(null, findings.Items);
        }

        ScenarioSimulation simulation = At(document, request.AtNs, findings);
        PodRuntime? pod = simulation.FindProxy(request.Proxy, findings);
        return new ProxyConfigReport(pod is null ? null : simulation.ViewOf(pod), findings.Items);
    }

    /// <summary>A scenario's first replication at a time.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="atNs">Time; null = the end of the warm-up. Later than the run's end = its end.</param>
    /// <param name="findings">Receives findings.</param>
    internal static ScenarioSimulation At(ScenarioDocument document, long? atNs, DiagnosticBag findings)
    {
        var simulation = new ScenarioSimulation(document, 0, 2, findings);
        simulation.Prepare();
        long at = atNs ?? document.WarmupNs;
        if (at > document.DurationNs)
        {
            findings.Warn("MS4006", $"{SimDuration.Format(at)} is after the end of the run: shown as of "
                + SimDuration.Format(document.DurationNs), default, "choose an earlier --at, or a longer duration");
            at = document.DurationNs;
        }

        simulation.RunUntil(at);
        return simulation;
    }
}

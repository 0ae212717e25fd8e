using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Matrix;

/// <summary>Makes the truth table of a scenario.</summary>
public static class MatrixRunner
{
    /// <summary>Reads a scenario, simulates up to the moment asked for and asks every caller about every target.
    /// </summary>
    /// <param name="request">Scenario, variant and overrides.</param>
    /// <param name="atNs">When; null = as the scenario says, else at the end of its warm-up.</param>
    public static MatrixReport Evaluate(ScenarioRequest request, long? atNs)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request, findings);
        if (document is null || findings.HasErrors)
        {
            return new MatrixReport(null, null, findings.Items);
        }

        return new MatrixReport(Of(document, atNs, findings),
            ScenarioRunner.StampOf(request, document, 0, 1, ScenarioFiles.InputHash(document)), findings.Items);
    }

    /// <summary>The truth table of a document; null when it would be too large.</summary>
    internal static PolicyMatrix? Of(ScenarioDocument document, long? atNs, DiagnosticBag findings)
    {
        var simulation = new ScenarioSimulation(document, 0, 2, findings);
        simulation.Prepare();
        simulation.RunUntil(atNs ?? document.Matrix.AtNs ?? document.WarmupNs);
        return simulation.TruthTable();
    }
}

using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Turns steps of the timeline into changes of a cluster.</summary>
public static class TimelineChanges
{
    /// <summary>The changes of a step.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="step">A step that is no fault.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <returns>Cluster and changes; null when the step is a fault or cannot be carried out.</returns>
    public static KubectlCommand? Of(ScenarioDocument document, TimelineStep step, DiagnosticBag diagnostics)
    {
        if (step.Kind == StepKind.Run)
        {
            return IstioctlLine.IsOne(step.Run.Value) ? IstioctlLine.Parse(document, step.Run, diagnostics)
                : KubectlLine.Parse(document, step.Run, diagnostics);
        }

        if (step.Change is not { } change)
        {
            return null;
        }

        IReadOnlyList<ScenarioFile> files = ScenarioFiles.Read(document, change.Files);
        IEnumerable<KubeChange> changes = step.Kind switch
        {
            StepKind.Apply => files.Select(static f => new ApplyManifests(f.Shown, f.Text)),
            StepKind.Patch => [new PatchObject(change.Kind, change.Namespace, change.Name,
                change.Patch ?? new YamlMapping([], step.Span))],
            _ when files.Count > 0 => files.Select(static f => new DeleteManifests(f.Shown, f.Text)),
            _ => [new DeleteObject(change.Kind, change.Namespace, change.Name)],
        };
        return new KubectlCommand(change.Cluster, changes.ToList());
    }

    /// <summary>Reads every step that is no fault, for its findings.</summary>
    public static void Check(ScenarioDocument document, DiagnosticBag diagnostics)
    {
        foreach (TimelineStep step in document.Timeline)
        {
            bool isGiven = step.Kind != StepKind.Run || step.Run.IsWritten;
            if (step.Kind != StepKind.Fault && isGiven)
            {
                Of(document, step, diagnostics);
            }
        }
    }
}

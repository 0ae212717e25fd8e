using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>Carries out a Markdown lab, exercise by exercise, and judges what its text claims.</summary>
/// <remarks>Every exercise is carried out in a simulation of its own, after all lines before it; see docs/lab.md.
/// </remarks>
public static class LabRunner
{
    /// <summary>Carries out a lab.</summary>
    /// <param name="request">File, world, exercises.</param>
    /// <param name="progress">Hears the title of each exercise before it begins; null = nobody.</param>
    /// <param name="cancellation">Stops between two exercises.</param>
    public static LabReport Run(LabRequest request, Action<string>? progress, CancellationToken cancellation)
    {
        var diagnostics = new DiagnosticBag();
        string file = request.File.Replace('\\', '/');
        if (!File.Exists(request.File))
        {
            diagnostics.Error(ScenarioCodes.MissingFile, $"there is no lab at {file}", new SourceSpan(file, 0, 0),
                "give a Markdown file");
            return new LabReport(file, [], null, diagnostics.Items);
        }

        string text = File.ReadAllText(request.File);
        LabText lab = LabReader.Read(text, file, diagnostics);
        var reader = new ShellReader(file, diagnostics);
        List<IReadOnlyList<IReadOnlyList<ShellNode>>> blocks =
        [
            .. lab.Sections.Select(s => (IReadOnlyList<IReadOnlyList<ShellNode>>)
                [.. s.Pieces.OfType<LabBlock>().Where(static b => b.IsCarriedOut).Select(reader.Read)]),
        ];
        NoteShown(lab, diagnostics);
        List<int> wanted = Wanted(lab, request, diagnostics);
        var worldFindings = new DiagnosticBag();
        YamlMapping? world = LabWorld.ReadFile(request.World, worldFindings);
        LabSurvey survey = LabSurvey.Of(lab, blocks, LabWorld.ClustersOf(world));
        LabWorld made = LabWorld.Of(file, survey, world, request.World, request.Istio, worldFindings);
        diagnostics.AddRange(worldFindings.Items);
        if (worldFindings.HasErrors || wanted.Count == 0)
        {
            return new LabReport(file, [], null, diagnostics.Items);
        }

        var exercises = new List<LabExercise>();
        RunStamp? stamp = null;
        foreach (int index in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(lab.Sections[index].Title);
            ScenarioDocument document = made.Document(index, new DiagnosticBag())!;
            stamp ??= StampOf(request, document, text);
            exercises.Add(Carry(lab, blocks, index, document, request, made, survey));
        }

        return new LabReport(file, exercises, stamp, diagnostics.Items);
    }

    private static RunStamp StampOf(LabRequest request, ScenarioDocument document, string text)
    {
        string world = request.World.Length > 0 ? File.ReadAllText(request.World) : "";
        string hash = StableHash.Combine(StableHash.Of(text), StableHash.Of(world))
            .ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        var asked = new ScenarioRequest(document.Directory);
        return ScenarioRunner.StampOf(asked, document, 0, 1, hash);
    }

    private static List<int> Wanted(LabText lab, LabRequest request, DiagnosticBag diagnostics)
    {
        if (request.Exercises.Count == 0)
        {
            return [.. Enumerable.Range(0, lab.Sections.Count)];
        }

        var wanted = new List<int>();
        foreach (string id in request.Exercises)
        {
            int index = lab.Sections.ToList().FindIndex(s => s.Id == id);
            if (index < 0)
            {
                diagnostics.Error(LabCodes.Lab, $"the lab has no exercise \"{id}\"", new SourceSpan(lab.File, 0, 0),
                    "it has " + string.Join(", ", lab.Sections.Select(static s => s.Id)));
            }
            else if (!wanted.Contains(index))
            {
                wanted.Add(index);
            }
        }

        return [.. wanted.Order()];
    }

    /// <summary>Manifests that the text shows and no line applies.</summary>
    private static void NoteShown(LabText lab, DiagnosticBag diagnostics)
    {
        foreach (LabBlock block in lab.Sections.SelectMany(static s => s.Pieces).OfType<LabBlock>()
                     .Where(static b => b.Kind == LabBlockKind.Other
                         && b.Lines.Any(static l => l.Text.StartsWith("apiVersion:", StringComparison.Ordinal))))
        {
            diagnostics.Info(LabCodes.NotCarriedOut, "the manifest is only shown: no line applies it",
                new SourceSpan(lab.File, block.Line, 1), "kubectl apply -f - <<EOF in a bash block applies it");
        }
    }

    private static LabExercise Carry(
        LabText lab, IReadOnlyList<IReadOnlyList<IReadOnlyList<ShellNode>>> blocks, int index,
        ScenarioDocument document, LabRequest request, LabWorld world, LabSurvey survey)
    {
        var notes = new DiagnosticBag();
        var session = new LabSession(lab.File, document, request, world, survey, notes)
        {
            LeavesOutResources = request.IsAlone,
        };
        var walk = new ShellWalk(lab.File, notes, session);
        foreach (IReadOnlyList<ShellNode> block in blocks.Take(index).SelectMany(static b => b))
        {
            walk.Walk(block);
        }

        HashSet<(string, string, string)> before = [.. session.Analyze().Select(KeyOf)];
        HashSet<(string, string, SourceSpan)> alertsBefore = [.. session.Alerts().Select(KeyOf)];
        session.IsRecording = true;
        foreach (IReadOnlyList<ShellNode> block in blocks[index])
        {
            walk.Walk(block);
        }

        session.Settle(request.PaceNs);
        LabSection section = lab.Sections[index];
        IReadOnlyList<(string Cluster, int Pods, int Sidecars)> pods = session.Pods();
        HashSet<(string, string, string)> told =
            [.. session.Steps.SelectMany(static s => s.Findings).Select(KeyOf)];
        var exercise = new LabExercise(section.Id, section.Title, section.Line)
        {
            Steps = session.Steps,
            Resources = session.Governed(),
            Findings = [.. session.Analyze().Where(d => !before.Contains(KeyOf(d)) && !told.Contains(KeyOf(d)))],
            Alerts = [.. session.Alerts().Where(a => !alertsBefore.Contains(KeyOf(a)))],
            Assumed = [.. world.Assumptions(index)],
            Pods = pods,
        };
        exercise = exercise with { Trials = session.Try() };
        var judge = new ClaimJudge(lab.File, exercise, PlaceNames.Of(document));
        IEnumerable<ClaimText> claims = ClaimFinder.Find(section, blocks[index]);
        return exercise with { Claims = [.. claims.Select(judge.Judge).OrderBy(static c => c.Line)] };
    }

    private static (string Cluster, string Resource, SourceSpan Span) KeyOf(ExaminedAlert a) =>
        (a.Cluster, a.Resource, a.Span);

    private static (string Code, string Message, string Resource) KeyOf(Diagnostic d) =>
        (d.Code, d.Message, d.Resource);
}

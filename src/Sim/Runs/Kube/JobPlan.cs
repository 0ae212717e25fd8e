using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Pods of a Job that have succeeded.</summary>
internal sealed class JobProgress
{
    /// <summary>How many.</summary>
    public int Succeeded { get; set; }

    /// <summary>Their numbers, of an Indexed Job.</summary>
    public HashSet<int> Indexes { get; } = [];
}

/// <summary>What a Job does next.</summary>
/// <param name="Create">Pods to make: their numbers, -1 where they have none.</param>
/// <param name="Delete">Pods to delete.</param>
internal sealed record JobStep(IReadOnlyList<int> Create, IReadOnlyList<PodEntry> Delete);

/// <summary>Decides how many pods a Job has.</summary>
/// <remarks>Kubernetes: pkg/controller/job/job_controller.go#manageJob, indexed_job_utils.go#firstPendingIndexes;
/// defaults: pkg/apis/batch/v1/defaults.go#SetDefaults_Job. Simplified: a lost pod is replaced at once, without the
/// back-off and the limit of failed pods; activeDeadlineSeconds, successPolicy and podFailurePolicy are not read.
/// </remarks>
internal static class JobPlan
{
    /// <summary>Whether a dump says that it has ended.</summary>
    public static bool IsFinished(Job job) => job.Status?.Conditions.Any(static c =>
        c is { Type.Value: "Complete" or "Failed", Status.Value: "True" }) == true;

    /// <summary>Whether each pod has a number of its own.</summary>
    public static bool IsIndexed(Job job) => job.Spec?.CompletionMode?.Value == "Indexed";

    /// <summary>The next step.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="pods">Its pods that are not gone.</param>
    /// <param name="done">Those that have succeeded.</param>
    public static JobStep Next(Job job, IReadOnlyList<PodEntry> pods, JobProgress done)
    {
        // A pod whose application has ended is active until its sidecar has.
        List<PodEntry> active = [.. pods.Where(static p => !p.State.IsTerminating || p.HasSucceeded)];
        List<PodEntry> running = [.. active.Where(static p => !p.HasSucceeded)];
        if (job.Spec?.Suspend?.Value == true)
        {
            return new JobStep([], running);
        }

        long parallelism = Math.Max(0, job.Spec?.Parallelism?.Value ?? 1);
        long? completions = job.Spec?.Completions?.Value ?? (job.Spec?.Parallelism is null ? 1 : null);
        int wanted = (int)Math.Min(int.MaxValue, completions is { } all
            ? Math.Min(Math.Max(0, all - done.Succeeded), parallelism)
            : done.Succeeded > 0 ? active.Count : parallelism);
        if (active.Count > wanted)
        {
            return new JobStep([], [.. RolloutPlan.InDeletionOrder(running, pods).Take(active.Count - wanted)]);
        }

        int missing = wanted - active.Count;
        if (!IsIndexed(job))
        {
            return new JobStep([.. Enumerable.Repeat(-1, missing)], []);
        }

        var numbers = new List<int>();
        for (int i = 0; numbers.Count < missing; i++)
        {
            if (!done.Indexes.Contains(i) && !active.Exists(p => p.Number == i))
            {
                numbers.Add(i);
            }
        }

        return new JobStep(numbers, []);
    }
}

using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>What a StatefulSet does next.</summary>
/// <param name="Create">Numbers of the pods to make, in order.</param>
/// <param name="Delete">Pods to delete.</param>
internal sealed record StatefulStep(IReadOnlyList<int> Create, IReadOnlyList<PodEntry> Delete)
{
    /// <summary>It waits, or is done.</summary>
    public static StatefulStep None { get; } = new([], []);
}

/// <summary>Decides what a StatefulSet does: its pods keep their numbers, come one after the other, and a number is
/// free again only when its pod is gone.</summary>
/// <remarks>Kubernetes: pkg/controller/statefulset/stateful_set_control.go#updateStatefulSet, #processReplica,
/// #processCondemned. Simplified: a pod below <c>partition</c> that is lost comes back with the new template;
/// <c>maxUnavailable</c> (alpha) is 1.</remarks>
internal static class StatefulPlan
{
    /// <summary>The next step.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="owner">The same as an owner.</param>
    /// <param name="pods">Its pods that are not gone.</param>
    /// <param name="isSettled">All of it was done long ago: nothing waits.</param>
    /// <param name="nowNs">Now.</param>
    public static StatefulStep Next(
        StatefulSet set, PodOwner owner, IReadOnlyList<PodEntry> pods, bool isSettled, long nowNs)
    {
        bool IsAvailable(PodEntry? pod) => pod?.IsAvailable(owner.MinReadyNs, nowNs) == true;
        int first = (int)(set.Spec?.Ordinals?.Start?.Value ?? 0);
        int end = first + owner.Replicas;
        bool isOneByOne = set.Spec?.PodManagementPolicy?.Value != "Parallel" && !isSettled;
        PodEntry?[] kept = new PodEntry?[owner.Replicas];
        foreach (PodEntry pod in pods.Where(p => p.Number >= first && p.Number < end))
        {
            kept[pod.Number - first] = pod;
        }

        List<int> missing = [];
        for (int i = 0; i < kept.Length; i++)
        {
            if (kept[i] is null)
            {
                missing.Add(first + i);
            }

            if (isOneByOne && !IsAvailable(kept[i]))
            {
                return missing.Count > 0 ? new StatefulStep(missing, []) : StatefulStep.None;
            }
        }

        if (missing.Count > 0)
        {
            return new StatefulStep(missing, []);
        }

        return Condemned([.. pods.Where(p => p.Number < first || p.Number >= end)
            .OrderByDescending(static p => p.Number)], isOneByOne, IsAvailable)
            ?? Update(set, owner, kept, IsAvailable);
    }

    /// <summary>Pods beyond the number asked for, the highest first; null = there are none.</summary>
    /// <remarks>One by one, a pod that is not available goes only when no lower one is in the same state.</remarks>
    private static StatefulStep? Condemned(
        List<PodEntry> condemned, bool isOneByOne, Func<PodEntry, bool> isAvailable)
    {
        if (condemned.Count == 0)
        {
            return null;
        }

        if (!isOneByOne)
        {
            return new StatefulStep([], [.. condemned.Where(static p => !p.State.IsTerminating)]);
        }

        PodEntry next = condemned[0];
        bool waits = next.State.IsTerminating
            || (!isAvailable(next) && condemned.FindLast(p => !isAvailable(p)) != next);
        return waits ? StatefulStep.None : new StatefulStep([], [next]);
    }

    /// <summary>Replaces one pod of an old template, the highest number first, when all above it are available.
    /// </summary>
    private static StatefulStep Update(
        StatefulSet set, PodOwner owner, PodEntry?[] kept, Func<PodEntry, bool> isAvailable)
    {
        StatefulSetUpdateStrategy? strategy = set.Spec?.UpdateStrategy;
        long partition = strategy?.RollingUpdate?.Partition?.Value ?? 0;
        if (strategy?.Type?.Value == "OnDelete")
        {
            return StatefulStep.None;
        }

        for (int i = kept.Length - 1; i >= 0 && kept[i]!.Number >= partition; i--)
        {
            PodEntry pod = kept[i]!;
            if (pod.Revision != owner.Revision && !pod.State.IsTerminating)
            {
                return new StatefulStep([], [pod]);
            }

            if (!isAvailable(pod))
            {
                return StatefulStep.None;
            }
        }

        return StatefulStep.None;
    }
}

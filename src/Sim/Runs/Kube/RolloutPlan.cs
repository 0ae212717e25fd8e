using System.Globalization;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>What a Deployment does next: how many pods to make, and which to delete.</summary>
/// <param name="Create">Pods of the present template to make.</param>
/// <param name="Delete">Pods to delete, in order.</param>
internal sealed record RolloutStep(int Create, IReadOnlyList<PodEntry> Delete);

/// <summary>Decides what a Deployment and its ReplicaSets do.</summary>
/// <remarks>Kubernetes: pkg/controller/deployment/rolling.go#reconcileNewReplicaSet, #reconcileOldReplicaSets,
/// #cleanupUnhealthyReplicas, #scaleDownOldReplicaSetsForRollingUpdate; util/deployment_util.go#ResolveFenceposts;
/// pkg/controller/controller_utils.go#ActivePodsWithRanks for the order of deletion. Simplified: ages are compared
/// exactly instead of by their logarithm, and the last tie goes to the newest pod instead of a random id;
/// pod-deletion-cost is not read; a pod counts as available exactly when minReadySeconds have passed, where the
/// ReplicaSet's controller looks up to a second later.</remarks>
internal static class RolloutPlan
{
    /// <summary>The next step of a Deployment.</summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="owner">The same as an owner.</param>
    /// <param name="pods">Its pods that are neither gone nor terminating.</param>
    /// <param name="isOldTerminating">Whether pods of an older template are still terminating.</param>
    /// <param name="nowNs">Now.</param>
    public static RolloutStep Next(
        Deployment deployment, PodOwner owner, IReadOnlyList<PodEntry> pods, bool isOldTerminating, long nowNs)
    {
        string revision = owner.Revision;
        int desired = (int)(deployment.Spec?.Replicas?.Value ?? 1);
        List<PodEntry> current = pods.Where(p => p.Revision == revision).ToList();
        List<PodEntry> old = pods.Where(p => p.Revision != revision).ToList();
        bool isRecreated = deployment.Spec?.Strategy?.Type?.Value == "Recreate";
        if (isRecreated && old.Count == 0 && isOldTerminating)
        {
            return new RolloutStep(0, []);
        }

        if (old.Count == 0)
        {
            return Adjust(current, desired, pods);
        }

        if (deployment.Spec?.Paused?.Value == true)
        {
            return Adjust([.. old, .. current], desired, pods);
        }

        if (isRecreated)
        {
            return new RolloutStep(0, InDeletionOrder(old, pods));
        }

        return Roll(deployment, current, old, pods, p => p.IsAvailable(owner.MinReadyNs, nowNs));
    }

    /// <summary>Pods in the order a ReplicaSet deletes them.</summary>
    /// <param name="candidates">Pods to choose from.</param>
    /// <param name="related">All active pods of the Deployment, for the rank on a node.</param>
    public static List<PodEntry> InDeletionOrder(IEnumerable<PodEntry> candidates, IReadOnlyList<PodEntry> related) =>
        candidates
            .OrderBy(static p => p.State.Phase == PodPhase.Running)
            .ThenBy(static p => p.State.IsReady)
            .ThenByDescending(p => related.Count(r => r.State.Node == p.State.Node))
            .ThenByDescending(static p => p.ReadyNs)
            .ThenByDescending(static p => p.State.CreatedNs)
            .ThenByDescending(static p => p.State.Id)
            .ToList();

    /// <summary>Makes or deletes pods of one template until their number is right.</summary>
    public static RolloutStep Adjust(List<PodEntry> current, int desired, IReadOnlyList<PodEntry> all)
    {
        int surplus = current.Count - desired;
        return surplus <= 0 ? new RolloutStep(-surplus, [])
            : new RolloutStep(0, TakeOneByOne(current, all, surplus));
    }

    /// <summary>Deletes in one go, as the ReplicaSet controller does: ranks are taken once, before the first.</summary>
    private static List<PodEntry> TakeOneByOne(List<PodEntry> from, IReadOnlyList<PodEntry> all, int count) =>
        InDeletionOrder(from, all).Take(count).ToList();

    private static RolloutStep Roll(
        Deployment deployment, List<PodEntry> current, List<PodEntry> old, IReadOnlyList<PodEntry> pods,
        Func<PodEntry, bool> isAvailable)
    {
        int desired = (int)(deployment.Spec?.Replicas?.Value ?? 1);
        RollingUpdate? bounds = deployment.Spec?.Strategy?.RollingUpdate;
        int surge = Resolve(bounds?.MaxSurge?.Value, desired, isRoundedUp: true);
        int unavailable = Resolve(bounds?.MaxUnavailable?.Value, desired, isRoundedUp: false);
        unavailable = surge == 0 && unavailable == 0 ? 1 : unavailable;
        int room = desired + surge - pods.Count;
        int create = Math.Max(0, Math.Min(room, desired - current.Count));
        if (create > 0)
        {
            return new RolloutStep(create, []);
        }

        if (current.Count > desired)
        {
            return new RolloutStep(0, TakeOneByOne(current, pods, current.Count - desired));
        }

        int minAvailable = desired - Math.Min(unavailable, desired);
        int newUnavailable = current.Count(p => !isAvailable(p));
        int most = pods.Count - minAvailable - newUnavailable;
        if (most <= 0)
        {
            return new RolloutStep(0, []);
        }

        // The Deployment only says how many the old ReplicaSets keep; which pods go is the ReplicaSet's order.
        int unhealthy = Math.Min(most, old.Count(p => !isAvailable(p)));
        int spare = Math.Max(0, pods.Count(isAvailable) - minAvailable);
        return new RolloutStep(0, InDeletionOrder(old, pods).Take(unhealthy + spare).ToList());
    }

    /// <summary>A number of pods, or a share of those that are asked for.</summary>
    public static int Resolve(IntOrString? value, int desired, bool isRoundedUp)
    {
        IntOrString bound = value ?? new IntOrString(null, "25%");
        if (bound.Number is { } number)
        {
            return Math.Max(0, number);
        }

        if (!bound.Text.EndsWith('%') || !int.TryParse(bound.Text.AsSpan(0, bound.Text.Length - 1), NumberStyles.None,
                CultureInfo.InvariantCulture, out int percent))
        {
            return 0;
        }

        long scaled = (long)percent * desired;
        return (int)(isRoundedUp ? (scaled + 99) / 100 : scaled / 100);
    }
}

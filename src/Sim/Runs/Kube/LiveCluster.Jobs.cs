using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <content>Pods that run to their end.</content>
public sealed partial class LiveCluster
{
    private readonly Dictionary<string, JobProgress> _jobs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _toldJobs = new(StringComparer.Ordinal);
    private DiagnosticBag _jobFindings = new();

    private JobProgress ProgressOf(PodOwner owner)
    {
        if (!_jobs.TryGetValue(owner.Key, out JobProgress? progress))
        {
            _jobs.Add(owner.Key, progress = new JobProgress());
        }

        return progress;
    }

    private bool TakeStep(Job job, PodOwner owner, List<PodEntry> mine, bool isSettled)
    {
        JobStep step = JobPlan.Next(job, mine, ProgressOf(owner));
        foreach (int number in step.Create)
        {
            Create(owner, number >= 0 ? number : NextNumber(owner), null, isSettled);
        }

        return EndAll(step.Delete) || step.Create.Count > 0;
    }

    /// <summary>Plans the end of an application that has begun, where its workload says how long it runs.</summary>
    private void PlanEnd(PodEntry pod)
    {
        if (IsOfJob(pod) && CompletesAfter(pod.State) is { } after)
        {
            Schedule(_nowNs + after, new Happening(Step.End, pod.State.Id));
        }
    }

    /// <summary>The application of a pod ends by itself.</summary>
    /// <remarks>A sidecar that is a container like the application runs on, and with it the pod; one that Kubernetes
    /// knows as a sidecar gets its signal now. Kubernetes: pkg/kubelet/kuberuntime#computePodActions. Simplified: the
    /// pod has the time of a drain to finish what it has, with a sidecar or without.</remarks>
    private void End(PodEntry pod)
    {
        pod.IsChanged = true;
        pod.HasSucceeded = !pod.State.HasSidecar || IsNative(pod);
        Set(pod, pod.State with { HasEnded = true, IsReady = false });
        if (pod.HasSucceeded)
        {
            Terminate(pod, DrainOf(pod));
            return;
        }

        Schedule(_nowNs + HearDelay, new Happening(Step.HearUnready, pod.State.Id));
    }

    /// <summary>A pod is gone: its Job counts it when its application had ended.</summary>
    private void CountSuccess(PodEntry pod)
    {
        if (pod.HasSucceeded && _jobs.TryGetValue(pod.OwnerKey, out JobProgress? progress))
        {
            progress.Succeeded++;
            progress.Indexes.Add(pod.Number);
        }
    }

    private static bool IsOfJob(PodEntry pod) => pod.OwnerKey.StartsWith("Job ", StringComparison.Ordinal);

    private bool IsNative(PodEntry pod) => pod.Dumped is { } dumped
        ? dumped.Spec?.InitContainers.Any(static c => c.Name?.Value == "istio-proxy") == true
        : SidecarInjection.IsNative(pod.Template, _profile);

    private long? CompletesAfter(PodState s)
    {
        long ns = WorkloadOf(s)?.CompletesAfterNs.Value ?? 0;
        return ns > 0 ? ns : null;
    }

    /// <summary>Says of a Job, once, that its pods do not end.</summary>
    private void ExamineJob(PodOwner owner, PodEntry pod)
    {
        if (!_toldJobs.Add(owner.Key))
        {
            return;
        }

        KubeObject job = owner.Object;
        if (CompletesAfter(pod.State) is null)
        {
            _jobFindings.Warn(ScenarioCodes.NotModelled,
                $"{job.Resource}: no workload says when its applications end: they run as long as the simulation",
                job.Span, $"workloads: [{{match: {{workload: {job.Name}}}, completesAfter: 30s}}]", job.Resource);
        }
        else if (pod.State.HasSidecar && !IsNative(pod))
        {
            _jobFindings.Warn(ScenarioCodes.EndlessJob,
                $"{job.Resource} never completes: the sidecars of its pods run on when the applications have ended",
                job.Span, "give its pods the label sidecar.istio.io/inject: 'false', or native sidecars", job.Resource);
        }
    }

    private void TellJobs(IEnumerable<KubeObject> added, DiagnosticBag diagnostics)
    {
        foreach (KubeObject o in added.Where(static o => o is { Kind: "CronJob", Group: "batch" }))
        {
            diagnostics.Warn(ScenarioCodes.NotModelled, $"{o.Resource}: the Jobs of its schedule are not made", o.Span,
                "apply a Job in the timeline", o.Resource);
        }

        diagnostics.AddRange(_jobFindings.Items);
        _jobFindings = new DiagnosticBag();
    }
}

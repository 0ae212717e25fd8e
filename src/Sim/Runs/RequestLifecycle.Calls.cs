namespace Sim.Runs;

/// <content>Calls that an application makes for a request.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>Starts the next group of calls; with none left the answer is ready.</summary>
    private void NextGroup(int jobIndex)
    {
        while (true)
        {
            ref JobSlot job = ref _jobs[jobIndex];
            PodRuntime pod = _pods[job.Pod];
            IReadOnlyList<CallPlan> calls = pod.Application.Calls;
            job.Group++;
            short group = job.Group;
            if (group > calls[^1].Group)
            {
                Finish(jobIndex, ref job, pod);
                return;
            }

            job.FirstFailure = int.MaxValue;
            int first = _scratch.Count;
            for (int i = 0; i < calls.Count; i++)
            {
                if (calls[i].Group == group
                    && (calls[i].Probability >= 1 || pod.DecisionStream.NextDouble() < calls[i].Probability))
                {
                    _scratch.Add(i);
                }
            }

            int count = _scratch.Count - first;
            job.PendingCalls = (short)count;
            uint generation = _jobs.GenerationOf(jobIndex);
            int podId = job.Pod;
            RequestTemplate jobTemplate = job.Template;
            int branch = IsTraced(ref job) ? job.Branch : 0;
            for (int i = 0; i < count; i++)
            {
                int plan = _scratch[first + i];
                int call = StartCall(podId, TemplateOf(calls[plan], jobTemplate), -1, -1);
                ref CallSlot slot = ref _calls[call];
                slot.ParentJob = jobIndex;
                slot.ParentJobGeneration = generation;
                slot.CallIndex = plan;
                slot.Branch = branch == 0 ? 0 : Trace!.At(branch).Call(Now, slot.Template, count);
                _starting.Add(call);
            }

            _scratch.RemoveRange(first, count);
            if (count > 0)
            {
                RouteStarted(count);
                return;
            }
        }
    }

    /// <summary>Routes calls that were started together; done after all of a group exist, because a call may end at
    /// once.</summary>
    private void RouteStarted(int count)
    {
        int first = _starting.Count - count;
        for (int i = 0; i < count; i++)
        {
            RouteCall(_starting[first + i]);
        }

        _starting.RemoveRange(first, count);
    }

    /// <summary>A call of the application ended.</summary>
    private void CallReturned(int jobIndex, int callIndex, int status, bool isClientTimeout)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        CallPlan plan = pod.Application.Calls[callIndex];
        bool failed = (status == 0 || status >= 400) && !plan.IsOptional;
        if (failed && callIndex < job.FirstFailure)
        {
            job.FirstFailure = callIndex;
            job.Failed = true;
            job.Status = (short)(pod.Application.OnCallError == CallErrorAction.Forward
                ? status == 0 ? 504 : status
                : isClientTimeout && pod.Application.OnCallErrorStatus == 503 ? 504
                : pod.Application.OnCallErrorStatus);
        }

        job.PendingCalls--;
        if (job.PendingCalls > 0)
        {
            return;
        }

        if (job.Failed)
        {
            if (IsTraced(ref job))
            {
                TraceFailure(ref job, pod);
            }

            Finish(jobIndex, ref job, pod);
            return;
        }

        NextGroup(jobIndex);
    }
}

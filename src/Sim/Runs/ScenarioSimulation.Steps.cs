using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <content>A simulation that somebody drives by hand, line by line, instead of a timeline.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>Everything found so far.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings.Items;

    /// <summary>The requests that have ended so far, in order of arrival.</summary>
    public IReadOnlyList<RequestRecord> RequestsSoFar => _recorder.Requests();

    /// <summary>Makes a change in a cluster now.</summary>
    public KubeOutcome Change(LiveCluster cluster, KubeChange change) =>
        _control.Apply(cluster, change, _lifecycle.Now);

    /// <summary>Sends requests from a pod and waits for their ends.</summary>
    /// <param name="pod">Sender, as <see cref="FindSender"/> gives it.</param>
    /// <param name="curl">Request.</param>
    /// <param name="count">How many, 1 or more; the first one is explained.</param>
    /// <param name="gapNs">Time from one to the next.</param>
    /// <param name="trace">The explanation of the first.</param>
    /// <returns>Those that ended within ten minutes.</returns>
    public IReadOnlyList<RequestRecord> SendAll(
        int pod, CurlRequest curl, int count, long gapNs, out RequestTrace trace)
    {
        Trace = trace = new RequestTrace();
        (RequestTemplate template, int traffic) = AddManual(curl);
        long first = _lifecycle.Started;
        SendTraced(pod, template, traffic);
        for (int i = 1; i < count; i++)
        {
            _lifecycle.At(NowNs + (i * gapNs), () => _lifecycle.StartEntry(pod, template, traffic));
        }

        long until = NowNs + ((count - 1) * gapNs);
        for (int i = 0; i < 600 && (i == 0 || !trace.IsComplete || _lifecycle.EntriesInFlight > 0); i++)
        {
            until += SimDuration.Second;
            RunUntil(until);
        }

        return [.. _recorder.Requests().Where(r => r.Id >= first)];
    }

    /// <summary>A pod by its name, as a sender; -1 when it does not run.</summary>
    public int FindSendingPod(string cluster, string ns, string name)
    {
        foreach (LiveCluster c in _control.Clusters.Where(c => c.Name == cluster))
        {
            foreach (PodState s in c.Pods)
            {
                if (s.Namespace == ns && s.Name == name && s is { IsServing: true, IsTerminating: false })
                {
                    return _pods[(c, s.Id)].Id;
                }
            }
        }

        return -1;
    }

    /// <summary>Findings of this moment that no change tells: the analyzers', and rules that nobody reads.</summary>
    public IReadOnlyList<Diagnostic> Analyze()
    {
        var bag = new DiagnosticBag();
        RuleExamination.FindUnread(_document, _control.Clusters, bag);
        return ScenarioAnalysis.Complete(_document, _control.Clusters, bag.Items);
    }

    /// <summary>The state of the pod <c>cluster/namespace/name</c>, or null.</summary>
    public PodState? FindPod(string key) =>
        _control.Clusters.SelectMany(static c => c.Pods).FirstOrDefault(p => p.Key == key);
}

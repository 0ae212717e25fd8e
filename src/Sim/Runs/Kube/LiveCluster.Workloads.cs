using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <content>Controllers that make and end pods.</content>
public sealed partial class LiveCluster
{
    private readonly Dictionary<string, int> _podNumbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PodEntry>> _podsOf = new(StringComparer.Ordinal);
    private Dictionary<string, PodOwner> _owners = new(StringComparer.Ordinal);
    private IReadOnlyList<KubeObject>? _ownersOf;

    /// <summary>Objects that make pods, in the order in which they were declared.</summary>
    private Dictionary<string, PodOwner>.ValueCollection Owners()
    {
        if (!ReferenceEquals(_ownersOf, _declared.Objects))
        {
            var owners = new Dictionary<string, PodOwner>(StringComparer.Ordinal);
            foreach (KubeObject o in _declared.Objects.Where(static o => o.Group is "apps" or "batch"))
            {
                string key = PodOwner.KeyOf(o.Kind, o.Namespace, o.Name);
                PodOwner? owner = _owners.TryGetValue(key, out PodOwner? known) && ReferenceEquals(known.Object, o)
                    ? known : PodOwner.Of(o);
                if (owner is not null)
                {
                    owners.Add(key, owner);
                }
            }

            (_owners, _ownersOf) = (owners, _declared.Objects);
        }

        return _owners.Values;
    }

    /// <summary>Brings the pods of every owner to what it asks for.</summary>
    private void Reconcile(bool isSettled)
    {
        Dictionary<string, PodOwner>.ValueCollection owners = Owners();
        for (int i = 0; i < _pods.Count; i++)
        {
            PodEntry orphan = _pods[i];
            bool isOrphan = orphan.OwnerKey.Length > 0 && !_owners.ContainsKey(orphan.OwnerKey);
            if (isOrphan && orphan.State is { IsTerminating: false, IsGone: false })
            {
                Terminate(orphan, DrainOf(orphan));
            }
        }

        foreach (string job in _jobs.Keys.Where(k => !_owners.ContainsKey(k)).ToList())
        {
            _jobs.Remove(job);
        }

        foreach (PodOwner owner in owners)
        {
            Reconcile(owner, isSettled);
        }
    }

    /// <summary>A pod has become ready or is gone: its owner acts.</summary>
    private void Reconcile(PodEntry pod)
    {
        Owners();
        if (_owners.TryGetValue(pod.OwnerKey, out PodOwner? owner))
        {
            Reconcile(owner, isSettled: false);
        }
    }

    private void Reconcile(PodOwner owner, bool isSettled)
    {
        List<PodEntry> mine = PodsOf(owner.Key);
        mine.RemoveAll(static p => p.State.IsGone);
        foreach (PodEntry adopted in mine.Where(static p => p.Revision.Length == 0))
        {
            adopted.Revision = owner.Revision; // A dump's pods are of the template that was dumped with them.
        }

        if (isSettled && mine.Exists(static p => !p.State.IsTerminating))
        {
            return; // The dump says how many there are; the owner acts on the next change.
        }

        while (TakeStep(owner, mine, isSettled))
        {
            // Each step changes what the next one sees, as the controller is woken by its own writes.
        }

        LookAgain(owner, mine);
    }

    /// <summary>The owner acts when pods that are ready have been so for long enough.</summary>
    private void LookAgain(PodOwner owner, List<PodEntry> mine)
    {
        if (owner.MinReadyNs == 0)
        {
            return;
        }

        foreach (PodEntry pod in mine)
        {
            long due = pod.ReadyNs + owner.MinReadyNs;
            if (pod.State is { IsReady: true, IsTerminating: false } && pod.AvailableDueNs != due
                && !pod.IsAvailable(owner.MinReadyNs, _nowNs))
            {
                pod.AvailableDueNs = due;
                Schedule(due, new Happening(Step.Available, pod.State.Id));
            }
        }
    }

    private List<PodEntry> PodsOf(string key)
    {
        if (!_podsOf.TryGetValue(key, out List<PodEntry>? pods))
        {
            _podsOf.Add(key, pods = []);
        }

        return pods;
    }

    private void Keep(PodEntry entry)
    {
        _pods.Add(entry);
        _states.Add(entry.State);
        if (entry.OwnerKey.Length > 0)
        {
            PodsOf(entry.OwnerKey).Add(entry);
        }
    }

    private bool TakeStep(PodOwner owner, List<PodEntry> mine, bool isSettled)
    {
        List<PodEntry> active = [.. mine.Where(static p => !p.State.IsTerminating)];
        switch (owner.Object)
        {
            case StatefulSet set:
                StatefulStep next = StatefulPlan.Next(set, owner, mine, isSettled, _nowNs);
                foreach (int number in next.Create)
                {
                    Create(owner, number, null, isSettled);
                }

                return EndAll(next.Delete) || next.Create.Count > 0;
            case DaemonSet set:
                return TakeStep(set, owner, mine, isSettled);
            case Job job:
                return TakeStep(job, owner, mine, isSettled);
            default:
                bool isOldTerminating = mine.Exists(p => p.State.IsTerminating && p.Revision != owner.Revision);
                RolloutStep step = owner.Object is Deployment deployment
                    ? RolloutPlan.Next(deployment, owner, active, isOldTerminating, _nowNs)
                    : RolloutPlan.Adjust(active, owner.Replicas, active);
                for (int i = 0; i < step.Create; i++)
                {
                    Create(owner, NextNumber(owner), null, isSettled);
                }

                return EndAll(step.Delete) || step.Create > 0;
        }
    }

    /// <summary>One pod on every node that it may use; cordoned nodes count, lost ones get no new pod.</summary>
    /// <remarks>Kubernetes: pkg/controller/daemon/daemon_controller.go#nodeShouldRunDaemonPod, update.go#rollingUpdate.
    /// Simplified: no surge; taints of nodes are not read.</remarks>
    private bool TakeStep(DaemonSet set, PodOwner owner, List<PodEntry> mine, bool isSettled)
    {
        List<Node> nodes = [.. _nodes.Where(n => NodePlacement.Selects(n, owner.Template?.Spec))];
        List<Node> without = [.. nodes.Where(n => !_lost.Contains(n.Name)
            && !mine.Exists(p => p.State.Node == n.Name))];
        foreach (Node node in without)
        {
            Create(owner, NextNumber(owner), node, isSettled);
        }

        List<PodEntry> misplaced = [.. mine.Where(p => !p.State.IsTerminating
            && !nodes.Exists(n => n.Name == p.State.Node))];
        if (EndAll(misplaced) || without.Count > 0)
        {
            return true;
        }

        List<PodEntry> old = [.. mine.Where(p => p.Revision != owner.Revision && !p.State.IsTerminating)];
        if (old.Count == 0 || set.Spec?.UpdateStrategy?.Type?.Value == "OnDelete")
        {
            return false;
        }

        RollingUpdate? bounds = set.Spec?.UpdateStrategy?.RollingUpdate;
        int most = bounds?.MaxUnavailable?.Value is { } written
            ? Math.Max(1, RolloutPlan.Resolve(written, nodes.Count, isRoundedUp: true)) : 1;
        int missing = nodes.Count - mine.Count(p => p.IsAvailable(owner.MinReadyNs, _nowNs));
        List<PodEntry> next = [.. old.Where(p => !p.IsAvailable(owner.MinReadyNs, _nowNs))];
        next.AddRange(old.Where(p => p.IsAvailable(owner.MinReadyNs, _nowNs)).Take(Math.Max(0, most - missing)));
        return EndAll(next);
    }

    private bool EndAll(IReadOnlyList<PodEntry> pods)
    {
        foreach (PodEntry pod in pods)
        {
            Terminate(pod, DrainOf(pod));
        }

        return pods.Count > 0;
    }

    private int NextNumber(PodOwner owner)
    {
        int number = _podNumbers.GetValueOrDefault(owner.Key);
        _podNumbers[owner.Key] = number + 1;
        return number;
    }

    private void Create(PodOwner owner, int number, Node? only, bool isSettled)
    {
        PodTemplateSpec? template = owner.Template;
        string space = owner.Object.Namespace;
        NodePlace? node = only is not null ? NodePlacement.PlaceOf(only) : NodePlacement.Choose(
            UsableNodes(), template?.Spec, space, owner.Object.Name, _pods);
        Namespace? its = _declared.Objects.OfType<Namespace>().FirstOrDefault(n => n.Name == space);
        bool hasSidecar = _spec.ControlPlane.Value != ControlPlaneMode.None
            && (SidecarInjection.IsProxy(template) || SidecarInjection.IsInjected(its, space, template));
        string name = owner.PodName(number);
        var state = new PodState
        {
            Id = _pods.Count,
            Cluster = Name,
            Namespace = space,
            Name = name,
            Workload = owner.Object.Name,
            Ip = _addresses.NextPod(),
            Node = node?.Name ?? "",
            Region = node?.Region ?? "",
            Zone = node?.Zone ?? "",
            Labels = PodObjects.LabelsOf(template, owner.PodLabels(name, number), owner.Object.Name, hasSidecar),
            ServiceAccount = template?.Spec?.ServiceAccountName?.Value ?? template?.Spec?.ServiceAccount?.Value
                ?? "default",
            HasSidecar = hasSidecar,
            IsProxyOnly = SidecarInjection.IsProxyOnly(template?.Spec),
            CreatedNs = _nowNs,
            Incarnation = Again(space + "/" + name),
        };
        long up = isSettled ? _nowNs : _nowNs + _document.Delays.ScheduleNs + StartupOf(state);
        var entry = new PodEntry(state, owner.Key, owner.Revision)
        {
            Template = template,
            Owner = owner.Reference(owner.Revision),
            Number = number,
            Hostname = owner.ServiceName.Length > 0 ? name : template?.Spec?.Hostname?.Value ?? "",
            Subdomain = owner.ServiceName.Length > 0 ? owner.ServiceName : template?.Spec?.Subdomain?.Value ?? "",
            IsChanged = true,
        };
        Keep(entry);
        if (owner.Object is Job)
        {
            ExamineJob(owner, entry);
        }

        Begin(entry, up, isSettled, isPlaced: node is not null);
    }

    /// <summary>How many pods have had the name before.</summary>
    private int Again(string name)
    {
        int before = _names.GetValueOrDefault(name);
        _names[name] = before + 1;
        return before;
    }

    /// <summary>An autoscaler keeps its target within bounds; that it follows the load is not modelled.</summary>
    private void HoldWithinBounds(DiagnosticBag diagnostics)
    {
        foreach (KubeObject scaler in _declared.Objects.Where(static o => o.Kind == "HorizontalPodAutoscaler").ToList())
        {
            YamlMapping? spec = scaler.Node["spec"] as YamlMapping;
            YamlMapping? target = spec?["scaleTargetRef"] as YamlMapping;
            string kind = TextOf(target, "kind");
            string name = TextOf(target, "name");
            PodOwner? owner = Owners().FirstOrDefault(
                o => o.Key == PodOwner.KeyOf(kind, scaler.Namespace, name) && o.Object is not DaemonSet);
            if (owner is null)
            {
                continue;
            }

            int least = NumberOf(spec, "minReplicas", 1);
            int most = Math.Max(least, NumberOf(spec, "maxReplicas", int.MaxValue));
            int held = owner.Replicas == 0 ? 0 : Math.Clamp(owner.Replicas, least, most); // Of none it is off.
            if (held != owner.Replicas)
            {
                _declared.Scale(new ScaleWorkload(scaler.Namespace, name, held, kind));
            }

            diagnostics.Warn(ScenarioCodes.NotModelled, string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{scaler.Resource}: the number of pods does not follow the load; {kind} {name} has {held}"),
                scaler.Span, "change it in the timeline: kubectl scale", scaler.Resource);
        }
    }

    private static string TextOf(YamlMapping? map, string key) => (map?[key] as YamlScalar)?.Value ?? "";

    private static int NumberOf(YamlMapping? map, string key, int missing) => int.TryParse(TextOf(map, key),
        System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int n)
        ? n : missing;
}

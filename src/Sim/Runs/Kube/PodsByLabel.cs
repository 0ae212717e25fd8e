using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Finds the pods that services select without asking every pod for every service.</summary>
internal sealed class PodsByLabel
{
    private readonly Dictionary<(string Namespace, string Key, string Value), List<PodEntry>> _pods = [];

    /// <summary>Sorts pods by the labels that selectors name first.</summary>
    /// <param name="pods">Pods in order of creation; those that were not heard of are left out.</param>
    /// <param name="services">Services with selectors.</param>
    public PodsByLabel(IReadOnlyList<PodEntry> pods, IReadOnlyList<Service> services)
    {
        string[] keys = [.. services.Select(static s => s.Spec!.Selector[0].Key)
            .Distinct(StringComparer.Ordinal)];
        foreach (PodEntry p in pods.Where(static p => p.SeenPresent))
        {
            foreach (string key in keys)
            {
                if (p.State.Labels.TryGetValue(key, out string? value))
                {
                    (string, string, string) place = (p.State.Namespace, key, value);
                    if (!_pods.TryGetValue(place, out List<PodEntry>? list))
                    {
                        list = [];
                        _pods.Add(place, list);
                    }

                    list.Add(p);
                }
            }
        }
    }

    /// <summary>The pods of a service, in order of creation.</summary>
    public IReadOnlyList<PodEntry> SelectedBy(Service service)
    {
        SpannedMap<Spanned<string>> selector = service.Spec!.Selector;
        (string, string, string) place = (service.Namespace, selector[0].Key, selector[0].Value.Value);
        return _pods.TryGetValue(place, out List<PodEntry>? list)
            ? list.FindAll(p => KubeText.Selects(selector, p.State.Labels)) : [];
    }
}

using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Puts together the objects that istiod has heard of. What did not change is the same object each time.
/// </summary>
internal sealed class LiveView(
    IReadOnlyList<KubeObject> heard, IReadOnlyList<PodEntry> pods, AddressBook addresses, IReadOnlyList<Node> nodes,
    SliceBook slices)
{
    private const string ServiceLabel = "kubernetes.io/service-name";

    private readonly Dictionary<(string Namespace, string Name), Service> _services = [];

    public IReadOnlyList<KubeObject> Objects()
    {
        foreach (Service s in heard.OfType<Service>())
        {
            _services.TryAdd((s.Namespace, s.Name), s);
        }

        var list = new List<KubeObject>();
        var services = new List<Service>();
        var sliced = new HashSet<(string Namespace, string Name)>();
        foreach (KubeObject o in heard)
        {
            switch (o)
            {
                case Pod or Node:
                    break;
                case EndpointSlice slice when IsOvertaken(slice):
                    break;
                case EndpointSlice slice:
                    sliced.Add((slice.Namespace, slice.Label(ServiceLabel) ?? ""));
                    list.Add(slice);
                    break;
                case Service s:
                    Service placed = addresses.WithAddress(s);
                    services.Add(placed);
                    list.Add(placed);
                    break;
                default:
                    list.Add(o);
                    break;
            }
        }

        list.AddRange(nodes);
        list.AddRange(pods.Where(static p => p.SeenPresent || (p.Dumped is not null && !p.IsChanged))
            .Select(PodObjects.Write));
        services.RemoveAll(s => s.Spec is not { Selector.Count: > 0 } spec || spec.Type?.Value == "ExternalName"
            || sliced.Contains((s.Namespace, s.Name)));
        var present = new PodsByLabel(pods, services);
        list.AddRange(services.Select(s => slices.SliceOf(s, present.SelectedBy(s))));
        return list;
    }

    /// <summary>Nodes for a cluster whose manifests have none: one for each zone.</summary>
    public static IReadOnlyList<Node> MakeNodes(ClusterSpec spec)
    {
        IReadOnlyList<Sourced<string>> zones = spec.Zones.Count > 0 ? spec.Zones : [new("", spec.Span)];
        var nodes = new List<Node>();
        foreach (Sourced<string> zone in zones)
        {
            var labels = new List<KeyValuePair<string, string>>();
            string name = zone.Value.Length > 0 ? zone.Value + "-node" : spec.Name.Value + "-node";
            labels.Add(new("kubernetes.io/hostname", name));
            if (spec.Region.Value.Length > 0)
            {
                labels.Add(new(NodePlacement.RegionLabel, spec.Region));
            }

            if (zone.Value.Length > 0)
            {
                labels.Add(new(NodePlacement.ZoneLabel, zone));
            }

            nodes.Add(new Node(KubeText.Header("v1", "Node", KubeText.Meta(name, "", labels, zone.Span), "", zone.Span),
                null, null));
        }

        return nodes;
    }

    private bool IsOvertaken(EndpointSlice slice) =>
        _services.TryGetValue((slice.Namespace, slice.Label(ServiceLabel) ?? ""), out Service? service)
        && service.Spec is { Selector.Count: > 0 } spec && pods.Any(p => p.IsChanged
            && p.State.Namespace == service.Namespace && KubeText.Selects(spec.Selector, p.State.Labels));
}

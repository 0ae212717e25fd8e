using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Puts together the objects that istiod has heard of.</summary>
internal sealed class LiveView(
    IReadOnlyList<KubeObject> heard, IReadOnlyList<PodEntry> pods, AddressBook addresses, IReadOnlyList<Node> nodes)
{
    private const string ServiceLabel = "kubernetes.io/service-name";

    public IReadOnlyList<KubeObject> Objects()
    {
        var list = new List<KubeObject>();
        var services = new List<Service>();
        foreach (KubeObject o in heard)
        {
            switch (o)
            {
                case Pod or Node:
                    break;
                case EndpointSlice slice when IsOvertaken(slice):
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
        foreach (Service s in services)
        {
            bool hasSelector = s.Spec is { Selector.Count: > 0 } spec && spec.Type?.Value != "ExternalName";
            if (hasSelector && !heard.Any(o => o is EndpointSlice e && Belongs(e, s) && !IsOvertaken(e)))
            {
                list.Add(PodObjects.WriteSlice(s, pods));
            }
        }

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

    private bool IsOvertaken(EndpointSlice slice)
    {
        Service? service = heard.OfType<Service>().FirstOrDefault(s => Belongs(slice, s));
        return service?.Spec is { Selector.Count: > 0 } spec && pods.Any(p => p.IsChanged
            && p.State.Namespace == service.Namespace && KubeText.Selects(spec.Selector, p.State.Labels));
    }

    private static bool Belongs(EndpointSlice slice, Service service) =>
        slice.Namespace == service.Namespace && slice.Label(ServiceLabel) == service.Name;
}

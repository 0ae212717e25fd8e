using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.World;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Callers from outside the mesh: one pod without sidecar stands for those of a source.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>A sender for a request of one's own from outside the mesh.</summary>
    /// <param name="region">Where it is; a cluster's name = in its region, entering by it alone.</param>
    /// <param name="ingress">Service of the gateway, in <c>istio-system</c> unless written NAMESPACE/NAME.</param>
    /// <param name="template">What is sent.</param>
    /// <returns>-1 when there is no such region or cluster.</returns>
    public int FindOutside(string region, string ingress, RequestTemplate template)
    {
        bool isCluster = _document.FindCluster(region) is not null;
        if (!isCluster && !_document.Clusters.Any(c => c.Region.Value == region))
        {
            return -1;
        }

        var from = new SourceSpec(
            new(isCluster ? region : "", default), new("istio-system", default), new("", default),
            new(isCluster ? "" : region, default), new(ingress, default), new(OutsideCallers.DefaultAddress, default),
            default);
        return OutsidePod(from, "why", template);
    }

    private string OutsideName(SourceSpec from, string name) =>
        $"{OutsideCallers.Cluster}/{_document.RegionOf(from)}/{name}";

    private int OutsidePod(SourceSpec from, string name, RequestTemplate template)
    {
        string region = _document.RegionOf(from);
        string key = OutsideName(from, name);
        var pod = new PodRuntime(_lifecycle.Pods.Count, OutsideCallers.Cluster, region, name)
        {
            Workload = name,
            Region = region,
            Ip = from.Address.Value,
            Place = _places.PlaceOf(new LinkPlace(OutsideCallers.Cluster, region, "")),
            Streams = new PodStreams(_document.Seed, _replication, key),
        };
        _lifecycle.AddPod(pod);
        _lifecycle.Push(pod, OutsideCallers.Snapshot(
            template, Entries(from, template.Port), new Locality(region, "", "")));
        return pod.Id;
    }

    /// <summary>Services that callers may enter by.</summary>
    private List<string> Entries(SourceSpec from, int port)
    {
        var entries = new List<string>();
        foreach (LiveCluster cluster in _control.Clusters)
        {
            ClusterSpec spec = _document.FindCluster(cluster.Name)!;
            bool isMeant = from.Cluster.Value.Length > 0 ? spec.Name.Value == from.Cluster.Value
                : spec.Region.Value == from.Region.Value;
            Service? service = !isMeant ? null : cluster.LiveObjects().Of<Service>().FirstOrDefault(
                s => s.Namespace == from.Namespace.Value && s.Name == from.Ingress.Value);
            if (service?.Spec?.Ports.Any(p => p.Port?.Value == port) == true)
            {
                entries.Add(OutsideCallers.AddressOf(cluster.Name, service.Namespace, service.Name));
            }
            else if (isMeant)
            {
                string what = service is null ? $"no Service {from.Ingress} in namespace {from.Namespace}"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"no port {port} in Service {service.Namespace}/{service.Name}");
                _findings.Warn(ScenarioCodes.NoEffect, $"{what} of {cluster.Name}: nobody enters there", from.Span,
                    "add the gateway's Deployment and Service to the manifests, or ingressGateway: {} to the cluster");
            }
        }

        return entries;
    }
}

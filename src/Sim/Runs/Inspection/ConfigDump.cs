using System.Text.Json.Nodes;
using static Sim.Runs.Inspection.EnvoyJson;

namespace Sim.Runs.Inspection;

/// <summary>Parts of a proxy's configuration as JSON text with the names of Envoy's configuration dump.</summary>
public static class ConfigDump
{
    /// <summary>Clusters.</summary>
    public static string Clusters(ProxyView view, ClusterFilter filter) =>
        Array(ClusterTable.Select(view.Snapshot, filter).Select(ClusterJson.Of));

    /// <summary>Route configurations.</summary>
    public static string Routes(ProxyView view, RouteFilter filter) =>
        Array(RouteTable.Select(view.Snapshot, filter).Select(RouteJson.Of));

    /// <summary>Listeners.</summary>
    public static string Listeners(ProxyView view, ListenerFilter filter) =>
        Array(ListenerTable.Select(view.Snapshot, filter).Select(l => ListenerJson.Of(l, view.Snapshot)));

    /// <summary>Hosts by cluster, as Envoy's list of hosts has them.</summary>
    /// <remarks>Envoy: api/envoy/admin/v3/clusters.proto#ClusterStatus.</remarks>
    public static string Endpoints(ProxyView view, EndpointFilter filter) =>
        Array(view.Hosts.Where(filter.Takes).GroupBy(static h => h.Cluster).Select(static g => new JsonObject
        {
            ["name"] = g.Key,
            ["host_statuses"] = new JsonArray([.. g.Select(static h => (JsonNode)Host(h))]),
        }));

    private static JsonObject Host(HostStatus h) => new JsonObject
    {
        ["address"] = Address(h.Address, h.Port),
        ["health_status"] = new JsonObject().With("failed_outlier_check", h.HasFailedOutlierCheck)
            .With("eds_health_status", h.HealthName),
        ["weight"] = h.Weight,
    }.With("priority", (uint)h.Priority, 0).WithAny("locality", Locality(h.Locality));

    private static string Array(IEnumerable<JsonObject> items) =>
        Text(new JsonArray([.. items.Select(static i => (JsonNode)i)]));
}

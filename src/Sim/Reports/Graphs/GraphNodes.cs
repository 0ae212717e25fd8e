using Sim.Runs;

namespace Sim.Reports.Graphs;

/// <summary>What a node of an exported graph is.</summary>
internal enum GraphNodeKind
{
    /// <summary>Pods of one workload in one cluster and region.</summary>
    Workload,

    /// <summary>Callers outside the mesh, in one region.</summary>
    Outside,

    /// <summary>A service where no pod of the mesh stands: nobody was chosen, or the address is not of the mesh.
    /// </summary>
    NoPod,
}

/// <summary>A node of an exported graph.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name"><c>namespace/workload</c>; of <see cref="GraphNodeKind.NoPod"/> the service.</param>
/// <param name="Cluster">Cluster; empty = none.</param>
/// <param name="Region">Region; empty = unknown.</param>
/// <param name="Geo">Geography; empty = none is declared.</param>
internal readonly record struct GraphNodeKey(
    GraphNodeKind Kind, string Name, string Cluster, string Region, string Geo);

/// <summary>The nodes of a graph, numbered by their first mention, which is sorted.</summary>
internal sealed class GraphNodes
{
    private readonly Dictionary<GraphNodeKey, int> _ids = [];
    private readonly List<GraphNodeKey> _all = [];

    /// <summary>Collects both ends of every edge.</summary>
    public GraphNodes(ServiceGraph graph)
    {
        foreach (GraphEdge edge in graph.Edges)
        {
            Know(edge.From, edge.Service);
            Know(edge.To, edge.Service);
        }
    }

    /// <summary>All nodes; a node's number is its place.</summary>
    public IReadOnlyList<GraphNodeKey> All => _all;

    /// <summary>Number of the caller.</summary>
    public int From(GraphEdge edge) => _ids[KeyOf(edge.From, edge.Service)];

    /// <summary>Number of the server.</summary>
    public int To(GraphEdge edge) => _ids[KeyOf(edge.To, edge.Service)];

    private void Know(GraphEnd end, string service)
    {
        GraphNodeKey key = KeyOf(end, service);
        if (_ids.TryAdd(key, _all.Count))
        {
            _all.Add(key);
        }
    }

    private static GraphNodeKey KeyOf(GraphEnd end, string service) =>
        end.Workload.Length == 0 ? new(GraphNodeKind.NoPod, service, "", "", "")
        : new(end.Cluster.Length == 0 ? GraphNodeKind.Outside : GraphNodeKind.Workload, end.Workload, end.Cluster,
            end.Region, end.Geo);
}

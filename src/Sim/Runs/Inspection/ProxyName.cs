namespace Sim.Runs.Inspection;

/// <summary>Which proxy is meant.</summary>
/// <remarks>Istio: istioctl/pkg/util/handlers.go#InferPodInfo: the last dot parts the namespace, <c>default</c> where
/// there is none. The cluster stands in place of <c>--context</c>.</remarks>
/// <param name="Cluster">Cluster; empty = whichever has it.</param>
/// <param name="Namespace">Namespace; empty = whichever has it.</param>
/// <param name="Name">Pod, or workload.</param>
/// <param name="IsWorkload">The name is certainly a workload's.</param>
internal sealed record ProxyName(string Cluster, string Namespace, string Name, bool IsWorkload)
{
    private static readonly string[] Workloads =
        ["deployment", "deployments", "deploy", "statefulset", "statefulsets", "sts", "daemonset", "daemonsets", "ds"];

    /// <summary>Reads a name; null when it has a form that says nothing.</summary>
    public static ProxyName? Parse(string text)
    {
        int at = text.LastIndexOf('@');
        string cluster = at < 0 ? "" : text[(at + 1)..];
        string rest = at < 0 ? text : text[..at];
        string[] parts = rest.Split('/');
        ProxyName? name = parts.Length switch
        {
            1 => Dotted(cluster, rest, false),
            2 when parts[0] is "pod" or "pods" or "po" => Dotted(cluster, parts[1], false),
            2 when Workloads.Contains(parts[0]) => Dotted(cluster, parts[1], true),
            2 when at < 0 => new ProxyName(parts[0], "", parts[1], false),
            3 when at < 0 => new ProxyName(parts[0], parts[1], parts[2], false),
            _ => null,
        };
        return name is null || name.Name.Length == 0 || (at >= 0 && cluster.Length == 0) ? null : name;
    }

    private static ProxyName Dotted(string cluster, string text, bool isWorkload)
    {
        int dot = text.LastIndexOf('.');
        return dot < 0 ? new ProxyName(cluster, "default", text, isWorkload)
            : new ProxyName(cluster, text[(dot + 1)..], text[..dot], isWorkload);
    }
}

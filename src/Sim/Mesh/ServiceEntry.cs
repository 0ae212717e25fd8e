using System.Collections.Immutable;

namespace Sim.Mesh;

/// <summary>How the addresses of a service are found.</summary>
public enum Resolution
{
    /// <summary>Endpoints, balanced by the client.</summary>
    ClientSideLb,

    /// <summary>DNS, every address a host.</summary>
    DnsLb,

    /// <summary>DNS, one host.</summary>
    DnsRoundRobinLb,

    /// <summary>The address the caller asked for.</summary>
    Passthrough,

    /// <summary>Another name of another service.</summary>
    Alias,

    /// <summary>DNS of the host asked for (wildcard hosts).</summary>
    DynamicDns,
}

/// <summary>A port of a service.</summary>
/// <param name="Name">Name.</param>
/// <param name="Port">Number at the service.</param>
/// <param name="Protocol">Declared protocol.</param>
/// <param name="TargetPort">Number at the workload, 0 = not stated here.</param>
public sealed record ServicePort(string Name, int Port, Protocol Protocol, int TargetPort = 0)
{
    /// <summary>Name of the container port it leads to; empty = by number.</summary>
    public string TargetPortName { get; init; } = "";

    /// <summary>Port on every node, 0 = none.</summary>
    public int NodePort { get; init; }
}

/// <summary>An endpoint of a ServiceEntry, or the body of a WorkloadEntry.</summary>
public sealed record WorkloadEntry
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>IP address, DNS name, or empty.</summary>
    public string Address { get; init; } = "";

    /// <summary>Ports by name.</summary>
    public ImmutableSortedDictionary<string, int> Ports { get; init; } =
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = LabelSet.Empty;

    /// <summary>Network; empty = not stated.</summary>
    public string Network { get; init; } = "";

    /// <summary>Locality text; empty = not stated.</summary>
    public string Locality { get; init; } = "";

    /// <summary>Weight, 0 = not stated.</summary>
    public uint Weight { get; init; }

    /// <summary>Service account; empty = none.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary>Cluster whose API server holds it.</summary>
    public string Cluster { get; init; } = "";
}

/// <summary>Hosts beyond Kubernetes services.</summary>
public sealed record ServiceEntry
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Hosts.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Virtual addresses.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Addresses the control plane has given (status), by host.</summary>
    public IReadOnlyList<(string Host, string Address)> AllocatedAddresses { get; init; } = [];

    /// <summary>Ports.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>Outside the mesh.</summary>
    public bool MeshExternal { get; init; } = true;

    /// <summary>Resolution.</summary>
    public Resolution Resolution { get; init; } = Resolution.Passthrough;

    /// <summary>Listed endpoints.</summary>
    public IReadOnlyList<WorkloadEntry> Endpoints { get; init; } = [];

    /// <summary>Labels of selected workloads; null = none are selected.</summary>
    public ImmutableSortedDictionary<string, string>? WorkloadSelector { get; init; }

    /// <summary>Namespaces that see it; empty = the mesh default.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Further accepted identities.</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];
}

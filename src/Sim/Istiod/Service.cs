using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>A service as one istiod sees it: merged over clusters, or out of a ServiceEntry.</summary>
/// <remarks>Istio: pilot/pkg/model/service.go#Service.</remarks>
internal sealed class Service
{
    public required string Hostname { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public bool IsKubernetes { get; init; }

    public bool MeshExternal { get; init; }

    public Resolution Resolution { get; init; }

    public required IReadOnlyList<ServicePort> Ports { get; init; }

    /// <summary>Visibility as written; empty = the mesh default.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    public string CreationTime { get; init; } = "";

    public SourceSpan Origin { get; init; }

    /// <summary>Virtual addresses by cluster; ServiceEntries use the empty name.</summary>
    public Dictionary<string, IReadOnlyList<string>> Vips { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Address in the first cluster that has the service; used where the caller's cluster has none.</summary>
    public string DefaultAddress { get; set; } = "";

    public bool IsNodeLocal { get; init; }

    public string TrafficDistribution { get; init; } = "";

    public bool HasPersistentSession { get; init; }

    public string ExternalName { get; init; } = "";

    /// <summary>Host names that are aliases of this one.</summary>
    public List<string> Aliases { get; } = [];

    public SortedSet<string> AnnotatedAccounts { get; init; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];

    /// <summary>Identities of all endpoints, with SPIFFE prefix, in byte order.</summary>
    public IReadOnlyList<string> ServiceAccounts { get; set; } = [];

    /// <summary>Address the control plane allocated for a ServiceEntry without addresses.</summary>
    public string AllocatedAddress { get; init; } = "";

    public ServicePort? Port(int number)
    {
        foreach (ServicePort p in Ports)
        {
            if (p.Port == number)
            {
                return p;
            }
        }

        return null;
    }

    /// <summary>Virtual addresses a proxy of a cluster uses.</summary>
    public IReadOnlyList<string> AddressesFor(string cluster) =>
        Vips.TryGetValue(cluster, out IReadOnlyList<string>? own) ? own
            : Vips.TryGetValue("", out IReadOnlyList<string>? any) ? any
            : DefaultAddress.Length > 0 ? [DefaultAddress] : [];

    /// <summary>The same service with some of its ports.</summary>
    public Service WithPorts(IReadOnlyList<ServicePort> ports)
    {
        var copy = new Service
        {
            Hostname = Hostname, Namespace = Namespace, Name = Name, IsKubernetes = IsKubernetes,
            MeshExternal = MeshExternal, Resolution = Resolution, Ports = ports, ExportTo = ExportTo,
            CreationTime = CreationTime, Origin = Origin, Vips = Vips, IsNodeLocal = IsNodeLocal,
            TrafficDistribution = TrafficDistribution, HasPersistentSession = HasPersistentSession,
            ExternalName = ExternalName, AnnotatedAccounts = AnnotatedAccounts, SubjectAltNames = SubjectAltNames,
            ServiceAccounts = ServiceAccounts, AllocatedAddress = AllocatedAddress,
            DefaultAddress = DefaultAddress,
        };
        copy.Aliases.AddRange(Aliases);
        return copy;
    }

    /// <summary>Oldest first, then by name and namespace.</summary>
    public static int CompareAge(Service a, Service b)
    {
        int c = string.CompareOrdinal(a.CreationTime, b.CreationTime);
        return c != 0 ? c : string.CompareOrdinal(a.Name + "." + a.Namespace, b.Name + "." + b.Namespace);
    }
}

using System.Collections.Immutable;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>The one place that reads manifests: objects of all clusters become a <see cref="MeshModel"/>.</summary>
public static class MeshBuilder
{
    /// <summary>Builds the model. Findings are collected; what cannot be read is left out.</summary>
    /// <param name="clusters">Clusters in order.</param>
    /// <param name="options">Profile and extensions.</param>
    /// <param name="diagnostics">Receives all findings.</param>
    public static MeshModel Build(
        IReadOnlyList<ClusterInput> clusters, MeshOptions options, DiagnosticBag diagnostics)
    {
        var result = new List<KubeCluster>(clusters.Count);
        foreach (ClusterInput input in clusters)
        {
            result.Add(BuildCluster(input, options, diagnostics, KeptCluster.None));
        }

        return new MeshModel(options, result);
    }

    /// <summary>Reads pods, nodes and endpoint slices again and shares everything else with the old model.</summary>
    /// <param name="mesh">The old model.</param>
    /// <param name="clusters">The clusters whose workloads changed; others keep theirs.</param>
    /// <param name="diagnostics">Receives all findings.</param>
    public static MeshModel UpdateWorkloads(
        MeshModel mesh, IReadOnlyList<ClusterInput> clusters, DiagnosticBag diagnostics)
    {
        var result = new List<KubeCluster>(mesh.Clusters.Count);
        foreach (KubeCluster old in mesh.Clusters)
        {
            ClusterInput? input = clusters.FirstOrDefault(c => c.Name == old.Name);
            result.Add(input is null ? old : new WorkloadReader(input, mesh.Options, diagnostics).ReadWorkloads(
                old, KeptCluster.None));
        }

        return mesh with { Clusters = result };
    }

    /// <summary>Builds one cluster, sharing the kinds whose objects are those of an earlier state.</summary>
    internal static KubeCluster BuildCluster(
        ClusterInput input, MeshOptions options, DiagnosticBag diagnostics, KeptCluster kept)
    {
        foreach (KubeObject o in kept.NewIn(input.Manifests))
        {
            UnmodelledFields.Report(o, diagnostics);
        }

        MeshConfig config = input.Config;
        var workloads = new WorkloadReader(input, options, diagnostics);
        var traffic = new DestinationRuleReader(config.Domain, options);
        var routes = new VirtualServiceReader(config.Domain);
        var entries = new ServiceEntryReader(input.Name, traffic);
        var security = new SecurityReader(options, diagnostics);
        ManifestSet set = input.Manifests;
        ImmutableSortedDictionary<string, KubeNamespace> namespaces =
            kept.Of<Namespace, ImmutableSortedDictionary<string, KubeNamespace>>(
                set, static c => c.Namespaces, _ => workloads.ReadNamespaces());
        var cluster = new KubeCluster
        {
            Name = input.Name,
            ControlPlane = input.ControlPlane.Length == 0 ? input.Name : input.ControlPlane,
            Network = input.Network ?? workloads.SystemNetwork(namespaces),
            Reads = [input.Name, .. input.Reads.Where(r => r != input.Name)],
            TrustRoot = input.TrustRoot,
            Config = config,
            Namespaces = namespaces,
            Services = kept.Of<Manifests.Service, IReadOnlyList<KubeService>>(set, static c => c.Services,
                _ => ManifestReading.SortByAge(workloads.ReadServices(), static s => s.Meta)),
            WorkloadEntries = kept.Of<Manifests.WorkloadEntry, IReadOnlyList<WorkloadEntry>>(
                set, static c => c.WorkloadEntries,
                o => Sorted(o.Select(entries.ReadWorkloadEntry), static e => e.Meta)),
            ServiceEntries = kept.Of<Manifests.ServiceEntry, IReadOnlyList<ServiceEntry>>(
                set, static c => c.ServiceEntries, o => Sorted(o.Select(entries.Read), static e => e.Meta)),
            DestinationRules = kept.Of<Manifests.DestinationRule, IReadOnlyList<DestinationRule>>(
                set, static c => c.DestinationRules, o => Sorted(o.Select(traffic.Read), static e => e.Meta)),
            VirtualServices = kept.Of<Manifests.VirtualService, IReadOnlyList<VirtualService>>(
                set, static c => c.VirtualServices, o => Sorted(o.Select(routes.Read), static e => e.Meta)),
            Sidecars = kept.Of<Manifests.Sidecar, IReadOnlyList<Sidecar>>(
                set, static c => c.Sidecars, o => Sorted(o.Select(entries.ReadSidecar), static e => e.Meta)),
            Gateways = kept.Of<Manifests.Gateway, IReadOnlyList<Gateway>>(
                set, static c => c.Gateways, o => Sorted(o.Select(entries.ReadGateway), static e => e.Meta)),
            PeerAuthentications = kept.Of<Manifests.PeerAuthentication, IReadOnlyList<PeerAuthentication>>(
                set, static c => c.PeerAuthentications, o => Sorted(o.Select(security.Read), static e => e.Meta)),
            AuthorizationPolicies = kept.Of<Manifests.AuthorizationPolicy, IReadOnlyList<AuthorizationPolicy>>(
                set, static c => c.AuthorizationPolicies, o => Sorted(o.Select(security.Read), static e => e.Meta)),
            RequestAuthentications = kept.Of<Manifests.RequestAuthentication, IReadOnlyList<RequestAuthentication>>(
                set, static c => c.RequestAuthentications, o => Sorted(o.Select(security.Read), static e => e.Meta)),
        };
        return workloads.ReadWorkloads(cluster, kept);
    }

    private static IReadOnlyList<T> Sorted<T>(IEnumerable<T> items, Func<T, ConfigMeta> meta) =>
        ManifestReading.SortByAge(items, meta);
}

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
            result.Add(BuildCluster(input, options, diagnostics));
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
            result.Add(input is null ? old : new WorkloadReader(input, mesh.Options, diagnostics).ReadWorkloads(old));
        }

        return mesh with { Clusters = result };
    }

    private static KubeCluster BuildCluster(ClusterInput input, MeshOptions options, DiagnosticBag diagnostics)
    {
        ManifestSet set = input.Manifests;
        foreach (KubeObject o in set.Objects)
        {
            UnmodelledFields.Report(o, diagnostics);
        }

        MeshConfig config = input.Config;
        var workloads = new WorkloadReader(input, options, diagnostics);
        var traffic = new DestinationRuleReader(config.Domain, options);
        var routes = new VirtualServiceReader(config.Domain);
        var entries = new ServiceEntryReader(input.Name, traffic);
        var security = new SecurityReader(options, diagnostics);
        ImmutableSortedDictionary<string, KubeNamespace> namespaces = workloads.ReadNamespaces();
        var cluster = new KubeCluster
        {
            Name = input.Name,
            ControlPlane = input.ControlPlane.Length == 0 ? input.Name : input.ControlPlane,
            Network = input.Network ?? workloads.SystemNetwork(namespaces),
            Reads = [input.Name, .. input.Reads.Where(r => r != input.Name)],
            TrustRoot = input.TrustRoot,
            Config = config,
            Namespaces = namespaces,
            Services = ManifestReading.SortByAge(workloads.ReadServices(), static s => s.Meta),
            WorkloadEntries = ManifestReading.SortByAge(
                set.Of<Manifests.WorkloadEntry>().Select(entries.ReadWorkloadEntry), static e => e.Meta),
            ServiceEntries = ManifestReading.SortByAge(
                set.Of<Manifests.ServiceEntry>().Select(entries.Read), static e => e.Meta),
            DestinationRules = ManifestReading.SortByAge(
                set.Of<Manifests.DestinationRule>().Select(traffic.Read), static e => e.Meta),
            VirtualServices = ManifestReading.SortByAge(
                set.Of<Manifests.VirtualService>().Select(routes.Read), static e => e.Meta),
            Sidecars = ManifestReading.SortByAge(
                set.Of<Manifests.Sidecar>().Select(entries.ReadSidecar), static e => e.Meta),
            Gateways = ManifestReading.SortByAge(
                set.Of<Manifests.Gateway>().Select(entries.ReadGateway), static e => e.Meta),
            PeerAuthentications = ManifestReading.SortByAge(
                set.Of<Manifests.PeerAuthentication>().Select(security.Read), static e => e.Meta),
            AuthorizationPolicies = ManifestReading.SortByAge(
                set.Of<Manifests.AuthorizationPolicy>().Select(security.Read), static e => e.Meta),
            RequestAuthentications = ManifestReading.SortByAge(
                set.Of<Manifests.RequestAuthentication>().Select(security.Read), static e => e.Meta),
        };
        return workloads.ReadWorkloads(cluster);
    }
}

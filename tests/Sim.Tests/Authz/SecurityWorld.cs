using System.Collections.Concurrent;
using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Tests.Istiod;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>A cluster out of stored objects, and what its istiod tells single proxies.</summary>
internal sealed class SecurityWorld
{
    /// <summary>Objects of recorded worlds: many cases share one.</summary>
    private static readonly ConcurrentDictionary<string, IReadOnlyList<KubeObject>> s_recorded = new();

    private readonly MeshModel _mesh;
    private readonly SnapshotCompiler _compiler = new();
    private readonly Dictionary<string, ProxySnapshot> _snapshots = new(StringComparer.Ordinal);
    private readonly string _cluster;

    private SecurityWorld(MeshModel mesh, string cluster)
    {
        _mesh = mesh;
        _cluster = cluster;
    }

    /// <summary>The world of a recorded family with the policies and settings of a case.</summary>
    /// <param name="folder">Folder with <c>clusters/NAME/*.yaml</c>.</param>
    /// <param name="c">The case.</param>
    public static SecurityWorld Of(string folder, JsonElement c)
    {
        string cluster = Directory.GetDirectories(Path.Combine(folder, "clusters")).Single();
        IReadOnlyList<KubeObject> objects = s_recorded.GetOrAdd(cluster, static folder => Read(
            Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
                .Select(static f => (f, File.ReadAllText(f)))));
        string policies = c.GetProperty("policies").GetString()!;
        string settings = c.TryGetProperty("meshConfig", out JsonElement m) && m.ValueKind == JsonValueKind.Object
            ? m.GetRawText() : "{}";
        return Of(new ManifestSet([.. objects, .. Read([("policies.yaml", policies)])]), settings, new MeshOptions(),
            Path.GetFileName(cluster));
    }

    /// <summary>A world out of files.</summary>
    public static SecurityWorld Of(
        IEnumerable<(string Path, string Text)> files, string settings, MeshOptions options, string cluster) =>
        Of(new ManifestSet(Read(files)), settings, options, cluster);

    private static IReadOnlyList<KubeObject> Read(IEnumerable<(string Path, string Text)> files) =>
        StoredManifests.Read(files.Where(static f => f.Text.Length > 0), new DiagnosticBag()).Objects;

    private static SecurityWorld Of(ManifestSet manifests, string settings, MeshOptions options, string cluster)
    {
        var diagnostics = new DiagnosticBag();
        var node = (YamlMapping)YamlReader.Read(settings, "settings.yaml", diagnostics)[0];
        var input = new ClusterInput
        {
            Name = cluster,
            Reads = [cluster],
            Config = MeshConfigReader.Read(node, MeshConfig.Default, options, diagnostics),
            Manifests = manifests,
        };
        return new SecurityWorld(MeshBuilder.Build([input], options, diagnostics), cluster);
    }

    /// <summary>What a pod's proxy is told.</summary>
    /// <param name="pod"><c>namespace/name</c>.</param>
    public ProxySnapshot Snapshot(string pod)
    {
        if (!_snapshots.TryGetValue(pod, out ProxySnapshot? snapshot))
        {
            string[] parts = pod.Split('/');
            snapshot = _compiler.Compile(_mesh, new ProxyRef(_cluster, parts[0], parts[1]));
            _snapshots.Add(pod, snapshot);
        }

        return snapshot;
    }

    /// <summary>The inbound side of a workload port.</summary>
    public InboundListener Inbound(string pod, int port)
    {
        IReadOnlyList<InboundListener> all = Snapshot(pod).Inbound;
        return all.FirstOrDefault(l => l.Port == port) ?? all.Single(static l => l.Port == 0);
    }
}

using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Tests.Istiod;
using Sim.Tests.Oracle;

namespace Sim.Tests.Runs.Gateways;

/// <summary>One recorded case of calls through east-west gateways: objects of all clusters in some states, a load or
/// requests, and what came of them.</summary>
internal sealed class GatewayCase
{
    private const string Family = "gateway-e2e";
    private readonly string _folder;
    private readonly YamlMapping _case;
    private readonly Dictionary<string, MeshModel> _meshes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Cluster, string State), ManifestSet> _objects = [];

    private GatewayCase(string folder)
    {
        _folder = folder;
        Id = Path.GetFileName(folder);
        _case = (YamlMapping)YamlReader.Read(
            File.ReadAllText(Path.Combine(folder, "case.yaml")), "case.yaml", new DiagnosticBag())[0];
        Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        Clusters = [.. Items(_case, "clusters").Select(static c => Text(c["name"]))];
        Proxies = [.. Items(_case, "proxies").Select(static p => new ProxyRef(
            Text(p["cluster"]), Text(p["namespace"]), Text(p["pod"]), Text(p["type"]) == "router"))];
    }

    public string Id { get; }

    public JsonElement Expected { get; }

    public IReadOnlyList<string> Clusters { get; }

    public IReadOnlyList<ProxyRef> Proxies { get; }

    /// <summary>Cases of one kind, the repository's own first.</summary>
    public static IEnumerable<TestCaseData> Of(string kind) => OracleFiles.Folders(Family)
        .Select(f => Path.Combine(f, kind)).Where(Directory.Exists)
        .SelectMany(static f => Directory.GetDirectories(f).Order(StringComparer.Ordinal))
        .Select(f => OracleFiles.Case(Family, kind + "/" + Path.GetFileName(f), f));

    public static GatewayCase Read(string folder) => new(folder);

    /// <summary>A value of the case file; null when it is not there.</summary>
    public YamlNode? this[string key] => _case[key];

    /// <summary>A text of a mapping of the case file; empty when it is not there.</summary>
    public string Get(string section, string key) => _case[section] is YamlMapping m ? Text(m[key]) : "";

    /// <summary>Runs of a timeline, one line each.</summary>
    public IEnumerable<JsonElement> Runs() => File.ReadLines(Path.Combine(_folder, "runs.jsonl"))
        .Where(static l => l.Length > 0).Select(static l => JsonDocument.Parse(l).RootElement);

    /// <summary>Objects of a cluster in a state; an empty state is the first one.</summary>
    public ManifestSet Objects(string cluster, string state)
    {
        if (!_objects.TryGetValue((cluster, state), out ManifestSet? set))
        {
            set = new ManifestSet(Stored(Path.Combine(_folder, "clusters", cluster, "objects.yaml")));
            string changed = Path.Combine(_folder, "states", state, cluster, "changed.yaml");
            if (state.Length > 0 && File.Exists(changed))
            {
                IReadOnlyList<KubeObject> other = Stored(changed);
                set = new ManifestSet([.. set.Objects.Where(o => !other.Any(x => Same(o, x))), .. other]);
            }

            _objects.Add((cluster, state), set);
        }

        return set;
    }

    /// <summary>The mesh in a state.</summary>
    public MeshModel Mesh(string state)
    {
        if (_meshes.TryGetValue(state, out MeshModel? mesh))
        {
            return mesh;
        }

        var bag = new DiagnosticBag();
        var options = new MeshOptions { Profile = IstioProfile.V1_29 };
        var inputs = new List<ClusterInput>();
        foreach (YamlMapping c in Items(_case, "clusters"))
        {
            string name = Text(c["name"]);
            MeshConfig config = MeshConfigReader.Read(
                _case["meshConfig"] as YamlMapping, MeshConfig.Default, options, bag);
            inputs.Add(new ClusterInput
            {
                Name = name,
                Reads = [.. ((c["reads"] as YamlSequence)?.Items ?? []).Select(static r => Text(r))],
                Config = MeshConfigReader.Read(c["meshConfig"] as YamlMapping, config, options, bag) with
                {
                    Networks = MeshConfigReader.ReadNetworks(_case["meshNetworks"] as YamlMapping),
                },
                Manifests = Objects(name, state),
            });
        }

        mesh = MeshBuilder.Build(inputs, options, bag);
        _meshes.Add(state, mesh);
        return mesh;
    }

    /// <summary>Trust domain of a cluster.</summary>
    public string TrustDomain(string cluster) => Mesh("").Cluster(cluster).Config.TrustDomain;

    /// <summary>Mappings of a list of the case file.</summary>
    public static IEnumerable<YamlMapping> Items(YamlMapping from, string key) =>
        ((from[key] as YamlSequence)?.Items ?? []).Cast<YamlMapping>();

    public static string Text(YamlNode? node) => (node as YamlScalar)?.Value ?? "";

    private static IReadOnlyList<KubeObject> Stored(string file) =>
        StoredManifests.Read([(file, File.ReadAllText(file))], new DiagnosticBag()).Objects;

    private static bool Same(KubeObject a, KubeObject b) =>
        a.Kind == b.Kind && a.Namespace == b.Namespace && a.Name == b.Name;
}

using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Tests.Oracle;

namespace Sim.Tests.Istiod;

/// <summary>One recorded case: objects of all clusters, mesh settings and the answers to some proxies.</summary>
internal sealed record XdsCase(
    string Id, string CaseText, IReadOnlyList<(string Path, string Text)> Files,
    IReadOnlyDictionary<string, string> Expected)
{
    /// <summary>Cases of a family: folders below <c>hand</c> and lines below <c>generated</c>.</summary>
    public static IEnumerable<XdsCase> All(string family)
    {
        foreach (string folder in OracleFiles.Folders(family).Where(Directory.Exists))
        {
            string hand = Path.Combine(folder, "hand");
            foreach (string d in Directory.Exists(hand)
                ? Directory.GetDirectories(hand).Order(StringComparer.Ordinal).ToArray() : [])
            {
                yield return OfFolder(d);
            }

            string generated = Path.Combine(folder, "generated");
            foreach (string file in Directory.Exists(generated)
                         ? Directory.GetFiles(generated, "*.jsonl").Order(StringComparer.Ordinal).ToArray() : [])
            {
                foreach (string line in File.ReadLines(file))
                {
                    yield return OfLine(line);
                }
            }
        }
    }

    /// <summary>Builds the model.</summary>
    public MeshModel Build(MeshOptions options, DiagnosticBag diagnostics)
    {
        var node = (YamlMapping)YamlReader.Read(CaseText, "case.yaml", diagnostics)[0];
        var global = node["meshConfig"] as YamlMapping;
        IReadOnlyList<MeshNetwork> networks = MeshConfigReader.ReadNetworks(node["meshNetworks"] as YamlMapping);
        var inputs = new List<ClusterInput>();
        foreach (YamlMapping c in ((YamlSequence)node["clusters"]!).Items.Cast<YamlMapping>())
        {
            string name = ((YamlScalar)c["name"]!).Value;
            MeshConfig config = MeshConfigReader.Read(global, MeshConfig.Default, options, diagnostics);
            config = MeshConfigReader.Read(c["meshConfig"] as YamlMapping, config, options, diagnostics);
            string prefix = "clusters/" + name + "/";
            inputs.Add(new ClusterInput
            {
                Name = name,
                Reads = [.. ((c["reads"] as YamlSequence)?.Items ?? []).Select(static r => ((YamlScalar)r).Value)],
                Config = config with { Networks = networks },
                Manifests = StoredManifests.Read(
                    Files.Where(f => f.Path.StartsWith(prefix, StringComparison.Ordinal)), diagnostics),
            });
        }

        return MeshBuilder.Build(inputs, options, diagnostics);
    }

    /// <summary>The proxies of the case with their expected answers.</summary>
    public IEnumerable<(ProxyRef Proxy, JsonElement Answer)> Proxies()
    {
        foreach ((string _, string text) in Expected.OrderBy(static e => e.Key, StringComparer.Ordinal))
        {
            JsonElement root = JsonDocument.Parse(text).RootElement;
            JsonElement p = root.GetProperty("proxy");
            yield return (new ProxyRef(p.GetProperty("cluster").GetString()!, p.GetProperty("namespace").GetString()!,
                p.GetProperty("pod").GetString()!, p.GetProperty("type").GetString() == "router"), root);
        }
    }

    private static XdsCase OfFolder(string d)
    {
        var files = new List<(string, string)>();
        foreach (string f in Directory.GetFiles(Path.Combine(d, "clusters"), "*.yaml", SearchOption.AllDirectories)
                     .Order(StringComparer.Ordinal))
        {
            files.Add((Path.GetRelativePath(d, f).Replace('\\', '/'), File.ReadAllText(f)));
        }

        return new XdsCase(
            Path.GetFileName(d), File.ReadAllText(Path.Combine(d, "case.yaml")), files,
            Directory.GetFiles(Path.Combine(d, "expected"), "*.json").ToDictionary(
                static f => Path.GetFileNameWithoutExtension(f), File.ReadAllText, StringComparer.Ordinal));
    }

    private static XdsCase OfLine(string line)
    {
        JsonElement root = JsonDocument.Parse(line).RootElement;
        JsonElement c = root.GetProperty("case");
        return new XdsCase(
            c.GetProperty("id").GetString()!, c.GetRawText(),
            [.. root.GetProperty("files").EnumerateObject().Select(static f => (f.Name, f.Value.GetRawText()))],
            root.GetProperty("expected").EnumerateObject().ToDictionary(
                static e => e.Name, static e => e.Value.GetRawText(), StringComparer.Ordinal));
    }
}

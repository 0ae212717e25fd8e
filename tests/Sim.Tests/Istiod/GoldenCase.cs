using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>A golden's input: a header (idea, proxy, what to show), and objects over those of <c>base.yaml</c>.
/// </summary>
/// <param name="Header">First document.</param>
/// <param name="Objects">Objects by cluster, kind, namespace and name; the later one counts.</param>
internal sealed record GoldenCase(
    YamlMapping Header, IReadOnlyList<(string Cluster, string Key, YamlMapping Object)> Objects)
{
    /// <summary>Folder of all goldens, one folder inside for each builder.</summary>
    public static string Root { get; } = Path.Combine(RepositoryPaths.Root, "tests", "Goldens");

    public static GoldenCase Read(string file)
    {
        var findings = new DiagnosticBag();
        var objects = new List<(string Cluster, string Key, YamlMapping Object)>();
        YamlMapping? header = null;
        foreach (string path in (string[])[Path.Combine(Root, "base.yaml"), file])
        {
            string cluster = "us";
            foreach (YamlMapping document in YamlReader.Read(File.ReadAllText(path), path, findings)
                         .Cast<YamlMapping>())
            {
                header = document["idea"] is not null ? document : header;
                cluster = document["cluster"] is null ? cluster : Text(document, "cluster");
                if (document["kind"] is not null)
                {
                    var metadata = (YamlMapping)document["metadata"]!;
                    string key = $"{cluster}/{Text(document, "kind")}/{Text(metadata, "namespace")}/"
                        + Text(metadata, "name");
                    objects.RemoveAll(o => o.Key == key);
                    objects.Add((cluster, key, document));
                }
            }
        }

        Assert.That(findings.Items, Is.Empty);
        return new GoldenCase(header!, objects);
    }

    /// <summary>Text of a key; empty when absent.</summary>
    public static string Text(YamlMapping map, string key) => (map[key] as YamlScalar)?.Value ?? "";

    /// <summary>What the proxy is told.</summary>
    public ProxySnapshot Compile()
    {
        var options = new MeshOptions
        {
            Profile = Text(Header, "profile") switch
            {
                "1.22" => IstioProfile.V1_22,
                "1.31" => IstioProfile.V1_31,
                _ => IstioProfile.V1_29,
            },
        };
        var findings = new DiagnosticBag();
        var inputs = new List<ClusterInput>();
        foreach (string name in (string[])["eu", "us"])
        {
            inputs.Add(new ClusterInput
            {
                Name = name,
                Reads = ["eu", "us"],
                Config = MeshConfigReader.Read(
                    Header["mesh"] as YamlMapping, MeshConfig.Default, options, findings),
                Manifests = StoredManifests.Of(Objects.Where(o => o.Cluster == name).Select(static o => o.Object)),
            });
        }

        string[] proxy = Text(Header, "proxy").Split('/');
        return new SnapshotCompiler().Compile(
            MeshBuilder.Build(inputs, options, findings),
            new ProxyRef(proxy[0], proxy[1], proxy[2], proxy[2].StartsWith("gateway", StringComparison.Ordinal)));
    }
}

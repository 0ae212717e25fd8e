using Sim.Core;
using Sim.Manifests;
using Sim.Mesh;

namespace Sim.Tests.Mesh;

/// <summary>Every finding about what istiod or the simulator makes of a manifest is provoked.</summary>
[TestFixture]
internal sealed class MeshFindingTests
{
    private const string Networking = "apiVersion: networking.istio.io/v1\nmetadata: {name: a}\nkind: ";
    private const string Security = "apiVersion: security.istio.io/v1\nmetadata: {name: a}\nkind: ";
    private const string Service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}";

    private const string Slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, labels: "
        + "{kubernetes.io/service-name: a}}\naddressType: IPv4\nports: [{port: 80}]\nendpoints:\n"
        + "- {addresses: [10.0.0.1], targetRef: {kind: Pod, name: gone}}\n---\n" + Service;

    private const string NodeSelector = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations:\n"
        + "    traffic.istio.io/nodeSelector: nothing\nspec: {type: NodePort, ports: [{port: 80}]}";

    [TestCase("MS0201", Networking + "Sidecar\nspec:\n  outboundTrafficPolicy:\n"
        + "    egressProxy: {host: a.b, port: {number: 80}}", 6, "simulated as if it were absent", "")]
    [TestCase("MS0202", Networking + "VirtualService\nspec:\n  hosts: [a]\n  http:\n"
        + "  - directResponse: {status: 200, body: {bytes: aGk=}}", 7, "bytes", "")]
    [TestCase("MS0203", Networking + "VirtualService\nspec:\n  hosts: [a]\n  http:\n"
        + "  - fault: {abort: {http2Error: NO_ERROR, percentage: {value: 1}}}\n"
        + "    route: [{destination: {host: a}}]", 7, "http2Error", "")]
    [TestCase("MS0204", Security + "RequestAuthentication\nspec:\n  jwtRules:\n"
        + "  - {issuer: a, jwksUri: 'https://a.b/c'}", 6, "fetched from elsewhere", "")]
    [TestCase("MS0210", NodeSelector, 1, "nodeSelector is no JSON object", "{\"label\": \"value\"}")]
    [TestCase("MS0211", Slice, 7, "10.0.0.1 names a pod that is not there", "dump the pods")]
    public void Manifest_WithWhatIsNotModelled_IsToldWithItsPlace(
        string code, string text, int line, string message, string hint)
    {
        Diagnostic found = Findings(text).First(d => d.Code == code);
        Assert.That(found.Span.File, Is.EqualTo("a.yaml"));
        Assert.That(found.Span.Line, Is.EqualTo(line), found.ToString());
        Assert.That(found.Message, Does.Contain(message));
        Assert.That(found.Hint, Does.Contain(hint));
    }

    [TestCase(MeshOptions.SourceCluster, true)]
    [TestCase("", false)]
    public void Attribute_OfAnExtension_IsToldWhereTheExtensionReadsIt(string extension, bool isTold)
    {
        IReadOnlyList<Diagnostic> found = Findings(Security + "AuthorizationPolicy\nspec:\n  rules:\n"
            + "  - when:\n    - {key: source.cluster, values: [a]}", extension);
        Assert.That(found.Where(static d => d.Code == "MS0205").Select(static d => d.Span.ToString()),
            Is.EqualTo(isTold ? new[] { "a.yaml:7" } : []));
    }

    [TestCase("MS0206", "\ndefaultTrafficPolicy: {}", "does not exist in this profile", "compat.istio")]
    [TestCase("MS0201", "\nlocalityLbSettings: {}", "read but not modelled", "")]
    [TestCase("MS0207", "\nconnectTimeout: soon", "is no duration", "10s or 250ms")]
    [TestCase("MS0207", "\nextensionProviders: [{envoyExtAuthzHttp: {port: 80}}]", "needs a name", "CUSTOM")]
    [TestCase("MS0207", "\nlocalityLbSetting: {enabled: [1]}", "enabled", "MeshConfig")]
    public void MeshConfiguration_WithAMistake_IsToldWithItsPlace(string code, string text, string message, string hint)
    {
        DiagnosticBag bag = new();
        var node = (YamlMapping)YamlReader.Read(text, "mesh.yaml", bag).Single();
        MeshConfigReader.Read(node, MeshConfig.Default, new MeshOptions(), bag);
        Diagnostic found = bag.Items.Single(d => d.Code == code);
        Assert.That(found.Span.ToString(), Is.EqualTo("mesh.yaml:2"));
        Assert.That(found.Message, Does.Contain(message));
        Assert.That(found.Hint, Does.Contain(hint));
    }

    [TestCase("{number: 443, name: a, protocol: HTTPS}", "tls: {mode: PASSTHROUGH}")]
    [TestCase("{number: 443, name: a, protocol: TLS}", "tls: {mode: SIMPLE, credentialName: c}")]
    [TestCase("{number: 5432, name: a, protocol: TCP}", "")]
    public void A_server_of_a_gateway_that_passes_bytes_on_is_modelled(string port, string tls)
    {
        Assert.That(Findings(Networking + "Gateway\nspec:\n  servers:\n  - hosts: ['*']\n    port: " + port
            + "\n    " + tls).Where(static d => d.Code == "MS0201"), Is.Empty);
    }

    private static IReadOnlyList<Diagnostic> Findings(string text, string extension = "")
    {
        DiagnosticBag bag = new();
        ManifestSet set = ManifestLoader.Load([("a.yaml", text)], AdmissionMode.Lax, IstioProfile.V1_29, bag);
        MeshBuilder.Build([new ClusterInput { Name = "c", Manifests = set }],
            new MeshOptions { Extensions = extension.Length == 0 ? [] : [extension] }, bag);
        return bag.Items;
    }
}

using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Kube;

/// <summary>istioctl lines, images and signing certificates as the timeline and the manifests give them.</summary>
internal sealed class InstallCheckTests
{
    private static DiagnosticBag Install(string settings, string more = "", IstioProfile profile = IstioProfile.V1_29)
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read($$"""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec: {clusters: [{name: us, controlPlane: {mode: none} }]{{more}} }
            """, "s.yaml", ".", null, "", bag)!;
        KubectlCommand line = IstioctlLine.Parse(
            d, new Sourced<string>("istioctl install " + settings + " -y", default), bag)!;
        var cluster = new LiveCluster(d, d.Clusters[0], profile);
        cluster.Apply(line.Changes.Single(), 0, bag);
        return bag;
    }

    [TestCase("--set values.global.multiCluster.clusterName=a --set values.pilot.env.X=true --set profile=remote")]
    [TestCase("--set components.cni.enabled=true --set=meshConfig.accessLogFile=/dev/stdout -s hub=x")]
    public void Known_keys_are_accepted(string settings) => Assert.That(Install(settings).Items, Is.Empty);

    [Test]
    public void Unknown_key_of_the_values_has_istioctls_words()
    {
        Diagnostic d = Install("--set values.global.clusterName=us").Items.Single();
        Assert.That(d.Severity, Is.EqualTo(Severity.Error));
        Assert.That(d.Message, Is.EqualTo("could not unmarshal: error unmarshaling JSON: while decoding JSON: "
            + "unknown field \"clusterName\" in istio.operator.v1alpha1.GlobalConfig"));
        Assert.That(Install("--set values.global.clusterName=us", profile: IstioProfile.V1_22).Items.Single().Message,
            Is.EqualTo("unknown field \"clusterName\" in v1alpha1.GlobalConfig"));
    }

    [Test]
    public void Spec_ends_the_reading_before_the_values_in_alphabetical_order() =>
        Assert.That(Install("--set pilot.x=1 --set values.global.clusterName=us --set global.y=1").Items
            .Select(static d => d.Message), Is.EqualTo((string[])
            [
                "could not unmarshal: json: unknown field \"global\"",
                "could not unmarshal: json: unknown field \"pilot\"",
            ]));

    [Test]
    public void Force_makes_warnings_and_the_extension_reads_on()
    {
        Assert.That(Install("--set values.global.clusterName=us --force").Items.Single().Severity,
            Is.EqualTo(Severity.Warning));
        Diagnostic d = Install("--set values.global.clusterName=us", ", extensions: [install-keys]").Items.Single();
        Assert.That((d.Code, d.Severity), Is.EqualTo((ScenarioCodes.ExtensionUsed, Severity.Info)));
    }

    [TestCase("ca-cert.pem: YQ==, ca-key.pem: YQ==, cert-chain.pem: YQ==, root-cert.pem: YQ==", "1.29", null)]
    [TestCase("cert-chain.pem: , key.pem: , root-cert.pem: ", "1.29", "incomplete signing CA bundle detected")]
    [TestCase("cert-chain.pem: , key.pem: , root-cert.pem: ", "1.22", "signs with a certificate of its own")]
    [TestCase("key.pem: YQ==", "1.29", "signs with a certificate of its own")]
    public void Signing_certificate_needs_four_files(string data, string release, string? expected)
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read("""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec: {clusters: [{name: us}]}
            """, "s.yaml", ".", null, "", bag)!;
        var cluster = new LiveCluster(
            d, d.Clusters[0], release == "1.22" ? IstioProfile.V1_22 : IstioProfile.V1_29);
        string secret = "{apiVersion: v1, kind: Secret, metadata: {name: cacerts, namespace: istio-system}, "
            + $"data: {{{data}}}}}";
        cluster.Load([new ScenarioFile("s.yaml", secret)], bag);
        Assert.That(string.Join(' ', bag.Items.Select(static i => i.Message)),
            expected is null ? Is.Empty : Does.EndWith(expected));
        Assert.That(bag.Items.Select(static i => i.Code), Is.All.EqualTo(ScenarioCodes.SigningCertificate));
    }

    [Test]
    public void Objects_made_during_the_run_are_younger_than_the_first_ones()
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read("""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec: {start: 2026-01-01T00:00:00Z, clusters: [{name: us}]}
            """, "s.yaml", ".", null, "", bag)!;
        var cluster = new LiveCluster(d, d.Clusters[0], IstioProfile.V1_29);
        cluster.Load([new ScenarioFile("a.yaml", Space("a"))], bag);
        cluster.Apply(new ApplyManifests("b.yaml", Space("b")), 90 * SimDuration.Second, bag);
        cluster.Apply(new ApplyManifests("b.yaml", Space("b")), 95 * SimDuration.Second, bag);
        cluster.Apply(new ApplyManifests("a.yaml", Space("a")), 95 * SimDuration.Second, bag);
        cluster.Advance(100 * SimDuration.Second);
        Assert.That(cluster.LiveObjects().Of<Sim.Manifests.Namespace>().ToDictionary(
            static n => n.Name, static n => n.Metadata.CreationTimestamp?.Value),
            Is.EquivalentTo(new Dictionary<string, string?> { ["a"] = null, ["b"] = "2026-01-01T00:01:30Z" }));

        static string Space(string name) => $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}";
    }

    [Test]
    public void Set_image_is_a_rolling_update()
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read("""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec: {clusters: [{name: us}]}
            """, "s.yaml", ".", null, "", bag)!;
        var cluster = new LiveCluster(d, d.Clusters[0], IstioProfile.V1_29);
        cluster.Load([], bag);
        void Run(string line, long at) => cluster.Apply(
            KubectlLine.Parse(d, new Sourced<string>(line, default), bag)!.Changes.Single(), at, bag);
        Run("kubectl create deployment web --image=nginx", 0);
        Run("kubectl set image deployment/web nginx=nginx:1.20", 20 * SimDuration.Second);
        cluster.Advance(60 * SimDuration.Second);
        Assert.That(bag.Items, Is.Empty);
        Assert.That(cluster.Pods.Select(static p => p.IsGone), Is.EqualTo((bool[])[true, false]));
        KubeOutcome wrong = cluster.Apply(KubectlLine.Parse(d, new Sourced<string>(
            "kubectl set image deployment/web app=nginx:1.20", default), bag)!.Changes.Single(), 61, bag);
        Assert.That(wrong.Messages, Is.EqualTo((string[])["error: unable to find container named \"app\""]));
    }
}

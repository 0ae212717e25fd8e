using Sim.Core;
using Sim.Manifests;

namespace Sim.Tests.Manifests;

internal sealed class ManifestLoaderTests
{
    private const string Text = """
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: Service
          metadata: {name: account-service, namespace: bank, labels: {app: account}}
          spec:
            selector: {app: account}
            ports:
            - {name: http, port: 80, targetPort: web}
        - {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "bank"},
           "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "a",
               "ports": [{"containerPort": 8080}]}]},
           "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}]}}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: dr, namespace: bank}
        spec:
          host: account-service
          trafficPolicy:
            outlierDetection:
              interval: 10s
            loadBalancer:
              localityLbSetting:
                distribute:
                - from: us-east/*
                  to: {"us-east/*": 80, "eu-west/*": 20}
        """;

    [Test]
    public void Load_ListJsonAndDocuments_BindsTypedObjectsWithSpans()
    {
        var bag = new DiagnosticBag();
        ManifestSet set = ManifestLoader.Load([("a.yaml", Text)], AdmissionMode.Strict, IstioProfile.V1_29, bag);

        Service service = set.Find<Service>("bank", "account-service")!;
        Pod pod = set.Of<Pod>().Single();
        DestinationRule rule = set.Of<DestinationRule>().Single();
        Assert.Multiple(() =>
        {
            Assert.That(bag.Items.Where(d => d.Severity == Severity.Error), Is.Empty);
            Assert.That(service.Spec!.Ports[0].Port, Is.EqualTo(new Spanned<long>(80, new("a.yaml", 10, 26))));
            Assert.That(service.Spec.Ports[0].TargetPort!.Value, Is.EqualTo(new IntOrString(null, "web")));
            Assert.That(service.Spec.Selector.Find("app")!.Value, Is.EqualTo("account"));
            Assert.That(service.Label("app"), Is.EqualTo("account"));
            Assert.That(pod.Spec!.Containers[0].Ports[0].Port!.Value, Is.EqualTo(8080));
            Assert.That(pod.Status!.PodIPs[0].Ip!.Value, Is.EqualTo("10.0.0.1"));
            Assert.That(rule.Spec!.TrafficPolicy!.OutlierDetection!.Interval!.Value, Is.EqualTo(10_000_000_000L));
            LocalityLbSetting setting = rule.Spec.TrafficPolicy.LoadBalancer!.LocalityLbSetting!;
            Assert.That(setting.Distribute[0].To.Find("eu-west/*")!.Value,
                Is.EqualTo(20));
            Assert.That(rule.Resource, Is.EqualTo("DestinationRule bank/dr"));
        });
    }

    [TestCase("h:\n  :method: {exact: GET}\n  x: 1", ":method", 2, 3)]
    [TestCase("h: {:method: {exact: GET}}", ":method", 1, 5)]
    [TestCase("h:\n  \"a :b\": c", "a :b", 2, 3)]
    [TestCase("h:\n  \uE000:a: c", "\uE000:a", 2, 3)]
    public void Read_WordWithALeadingColon_IsAKeyAtItsPlace(string text, string key, int line, int column)
    {
        var diagnostics = new DiagnosticBag();
        var root = (YamlMapping)YamlReader.Read(text, "f", diagnostics)[0];
        YamlEntry entry = ((YamlMapping)root.Entries[0].Value).Entries[0];
        Assert.Multiple(() =>
        {
            Assert.That(diagnostics.Items, Is.Empty);
            Assert.That(entry.Key, Is.EqualTo(key));
            Assert.That((entry.KeySpan.Line, entry.KeySpan.Column), Is.EqualTo((line, column)));
        });
    }
}

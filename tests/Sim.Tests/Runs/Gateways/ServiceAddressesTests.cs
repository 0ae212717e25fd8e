using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Tests.Istiod;

namespace Sim.Tests.Runs.Gateways;

/// <summary>What answers behind addresses and names of Services.</summary>
[TestFixture]
internal sealed class ServiceAddressesTests
{
    private const string Objects = """
        apiVersion: v1
        kind: Node
        metadata: {name: node}
        status: {addresses: [{type: ExternalIP, address: 192.0.2.7}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: gateway, namespace: istio-system}
        spec:
          type: LoadBalancer
          clusterIP: 10.96.0.1
          externalIPs: [192.0.2.8]
          ports: [{name: tls, port: 8443, targetPort: 15443, nodePort: 31443}]
        status: {loadBalancer: {ingress: [{ip: 172.18.0.1}]}}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: a, namespace: istio-system, labels: {kubernetes.io/service-name: gateway}}
        addressType: IPv4
        endpoints:
        - {addresses: [10.0.0.1]}
        - {addresses: [10.0.0.2], conditions: {ready: false}}
        ports: [{name: tls, port: 15443}]
        """;

    [TestCase("there", "172.18.0.1", 8443)]
    [TestCase("there", "192.0.2.7", 31443)]
    [TestCase("there", "192.0.2.8", 8443)]
    [TestCase("here", "10.96.0.1", 8443)]
    public void Find_AddressOfAService_GivesItsReadyPodsAndTheirPort(string caller, string address, int port)
    {
        Backends? found = Addresses().Find(caller, address, port);
        Assert.That(found?.Ready, Is.EqualTo(((int, int)[])[(1, 15443)]));
    }

    [TestCase("there", "10.96.0.1", 8443)]
    [TestCase("here", "10.96.0.1", 443)]
    [TestCase("here", "172.18.0.2", 8443)]
    [TestCase("here", "192.0.2.7", 8443)]
    public void Find_AnythingElse_GivesNothing(string caller, string address, int port) =>
        Assert.That(Addresses().Find(caller, address, port), Is.Null);

    [Test]
    public void AddressesOf_HeadlessServiceAndAlias_GiveTheAddressesOfThePods()
    {
        var names = new NameService();
        names.AddRecords("db.ns.svc.cluster.local", ["10.0.0.1", "10.0.0.2"]);
        names.AddRecords("alias.ns.svc.cluster.local", ["db.ns.svc.cluster.local"]);
        names.Add("web.ns.svc.cluster.local", "10.96.0.9", "", default);
        Assert.Multiple(() =>
        {
            Assert.That(names.AddressesOf("alias.ns.svc.cluster.local", "ns"),
                Is.EqualTo((string[])["10.0.0.1", "10.0.0.2"]));
            Assert.That(names.AddressesOf("web", "ns"), Is.EqualTo((string[])["10.96.0.9"]));
            Assert.That(names.AddressesOf("elsewhere.example", "ns"), Is.Empty);
        });
    }

    private static ServiceAddresses Addresses()
    {
        ManifestSet set = StoredManifests.Read([("objects.yaml", Objects)], new DiagnosticBag());
        var addresses = new ServiceAddresses(static ip => ip switch { "10.0.0.1" => 1, "10.0.0.2" => 2, _ => -1 });
        addresses.AddCluster("here", () => set);
        return addresses;
    }
}

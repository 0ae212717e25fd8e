using Sim.Core;
using Sim.Runs;
using Sim.Runs.Inspection;

namespace Sim.Tests.Runs.Outages;

/// <summary>Two clusters that read each other, a client and three servers in each, with a timeline of the test's.
/// </summary>
internal sealed class OutageWorld : IDisposable
{
    private const string Manifests = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: istio-system}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: client, namespace: default}
        spec:
          replicas: 1
          selector: {matchLabels: {app: client}}
          template:
            metadata: {labels: {app: client}}
            spec: {containers: [{name: app, image: client, ports: [{name: http, containerPort: 8080}]}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: app, image: web, ports: [{name: http, containerPort: 8080}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: default}
        spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("meshsim-outage-").FullName;

    public OutageWorld(string timeline, params (string Name, string Text)[] files)
    {
        File.WriteAllText(Path.Combine(_folder, "all.yaml"), Manifests);
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(Path.Combine(_folder, name), text);
        }

        File.WriteAllText(Path.Combine(_folder, "scenario.yaml"), $$"""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            metadata: {name: outage}
            spec:
              duration: 3m
              admission: lax
              seed: 5
              clusters:
                - {name: us, manifests: [all.yaml], region: us, zones: [us-a], remoteSecrets: [eu]}
                - {name: eu, manifests: [all.yaml], region: eu, zones: [eu-a], remoteSecrets: [us]}
              topology: {links: [{between: [us, eu], rtt: 80ms}]}
              traffic: [{name: calls, from: {context: us, workload: client}, rate: 10/s, request: {curl: http://web/} }]
              timeline: [{{timeline}}]
            """);
    }

    public ScenarioRequest Request => new(_folder);

    /// <summary>Addresses of the service that a client holds at a time.</summary>
    public string[] Endpoints(string cluster, int second)
    {
        ProxyConfigReport report = ProxyInspector.Inspect(new ProxyConfigRequest(
            Request, cluster + "/client", second * SimDuration.Second));
        Assert.That(report.View, Is.Not.Null, string.Join('\n', report.Diagnostics));
        return [.. report.View!.Hosts.Where(static h => h.Cluster == "outbound|80||web.default.svc.cluster.local")
            .Select(static h => h.Address).Order(StringComparer.Ordinal)];
    }

    public RunResult Run()
    {
        ScenarioOutcome outcome = ScenarioRunner.Run(Request, null, default);
        Assert.That(outcome.Result, Is.Not.Null, string.Join('\n', outcome.Diagnostics));
        return outcome.Result!;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

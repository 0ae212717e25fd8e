using Sim.Core;
using Sim.Experiments;
using Sim.Runs;

namespace Sim.Tests.Experiments;

/// <summary>A client, a service with errors of its own, a variant and a grid, in a folder of its own.</summary>
internal sealed class TinyScenario : IDisposable
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
            spec: {containers: [{name: app, image: client, ports: [{containerPort: 8080}]}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: server, namespace: default}
        spec:
          replicas: 2
          selector: {matchLabels: {app: server}}
          template:
            metadata: {labels: {app: server}}
            spec: {containers: [{name: app, image: server, ports: [{containerPort: 8080}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: server, namespace: default}
        spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}]}
        """;

    private const string Head = """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        metadata: {name: tiny}
        spec:
          description: A client and a service that fails now and then.
          duration: 12s
          warmup: 2s
          seed: 7
          replications: 3
          clusters: [{name: here, manifests: [all.yaml], region: here, zones: [here-a]}]
          workloads:
            - match: {workload: server}
              serviceTime: {dist: exponential, mean: 5ms}
              errors: {rate: 2%, status: 500}
          traffic:
            - {name: calls, from: {context: here, workload: client}, rate: 50/s, request: {curl: 'http://server/'}}
          assert: ['availability >= 50%']
          variants:
            - {name: slower, description: Takes longer., spec: {workloads: [{match: {workload: server},
                serviceTime: {dist: exponential, mean: 8ms}, errors: {rate: 2%, status: 500}}]}}

        """;

    /// <summary>A sweep of two variants and four values, less one.</summary>
    public const string Grid = """
          sweep:
            grid:
              - {name: rate, set: ['traffic[calls].rate'], values: [30/s, 60/s]}
              - {name: overhead, set: [topology.proxyOverhead], values: [1ms, 2ms]}
            where: 'not (variant == "slower" and rate * overhead > 0.1)'
            measure: [availability, errors, p50, {name: tail, expr: 'p99{traffic="calls"}'}]
        """;

    /// <summary>A sweep of one point that stops when availability is known well enough.</summary>
    public const string Sequential = """
          sweep:
            variants: [base, slower]
            measure: [p50, availability]
            stop: {measure: availability, halfWidth: 0.8%, min: 3, batch: 2, max: 30}
        """;

    public TinyScenario(string sweep = Grid)
    {
        Folder = Directory.CreateTempSubdirectory("meshsim-tiny-").FullName;
        File.WriteAllText(Path.Combine(Folder, "all.yaml"), Manifests);
        File.WriteAllText(Path.Combine(Folder, "scenario.yaml"), Head + sweep + "\n");
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The plan of its sweep.</summary>
    public SweepPlan Plan(int? replications = null, params string[] set)
    {
        var bag = new DiagnosticBag();
        SweepPlan? plan = SweepPlanner.Plan(
            new SweepRequest(new ScenarioRequest(Folder, Replications: replications, Set: set)), bag);
        Assert.That(bag.Items.Where(static d => d.Severity == Severity.Error), Is.Empty);
        return plan!;
    }

    /// <summary>What a plan with errors says.</summary>
    public IReadOnlyList<Diagnostic> Errors(params string[] vary)
    {
        var bag = new DiagnosticBag();
        Assert.That(SweepPlanner.Plan(new SweepRequest(new ScenarioRequest(Folder), vary), bag), Is.Null);
        return bag.Items.Where(static d => d.Severity == Severity.Error).ToList();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

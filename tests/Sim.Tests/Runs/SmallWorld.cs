using System.Text;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs;

/// <summary>A scenario in a folder of its own: clusters with plain workloads, and whatever a test adds.</summary>
internal sealed class SmallWorld : IDisposable
{
    private readonly Dictionary<string, StringBuilder> _manifests = new(StringComparer.Ordinal);
    private readonly StringBuilder _spec = new();
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    public SmallWorld(params string[] clusters)
    {
        foreach (string cluster in clusters)
        {
            _manifests.Add(cluster, new StringBuilder("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: istio-system}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: default, labels: {istio-injection: enabled}}

                """));
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("meshsim-").FullName;

    /// <summary>Adds a Deployment and its account.</summary>
    public SmallWorld Workload(string cluster, string name, int replicas = 1) => Objects(cluster, $$"""
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: {{name}}, namespace: default}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{name}}, namespace: default}
        spec:
          replicas: {{replicas}}
          selector: {matchLabels: {app: {{name}} } }
          template:
            metadata: {labels: {app: {{name}} } }
            spec: {serviceAccountName: {{name}}, containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]}
        """);

    /// <summary>Adds a Service of a workload.</summary>
    public SmallWorld Service(string cluster, string name) => Objects(cluster, $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: default}
        spec: {selector: {app: {{name}} }, ports: [{name: http, port: 80, targetPort: 8080}]}
        """);

    /// <summary>Adds objects.</summary>
    public SmallWorld Objects(string cluster, string yaml)
    {
        _manifests[cluster].Append("---\n").Append(yaml).Append('\n');
        return this;
    }

    /// <summary>Adds keys to a cluster of the scenario, each with a comma in front.</summary>
    public SmallWorld Cluster(string cluster, string keys)
    {
        _keys[cluster] = _keys.GetValueOrDefault(cluster, "") + keys;
        return this;
    }

    /// <summary>Adds lines under <c>spec</c>.</summary>
    public SmallWorld Spec(string yaml)
    {
        _spec.Append("  ").Append(yaml.Replace("\n", "\n  ", StringComparison.Ordinal)).Append('\n');
        return this;
    }

    /// <summary>Writes everything and names it. Every istiod reads every cluster.</summary>
    public ScenarioRequest Write(string variant = "", params string[] set)
    {
        var text = new StringBuilder("apiVersion: meshsim/v1alpha1\nkind: Scenario\nmetadata: {name: small}\nspec:\n");
        text.Append(_spec).Append("  clusters:\n");
        foreach ((string cluster, StringBuilder manifests) in _manifests.OrderBy(
                     static m => m.Key, StringComparer.Ordinal))
        {
            File.WriteAllText(Path.Combine(Folder, cluster + ".yaml"), manifests.ToString());
            string others = string.Join(", ", _manifests.Keys.Where(c => c != cluster).Order(StringComparer.Ordinal));
            text.Append($"    - {{name: {cluster}, manifests: [{cluster}.yaml], region: {cluster}, ")
                .Append($"zones: [{cluster}-a], remoteSecrets: [{others}]{_keys.GetValueOrDefault(cluster, "")}}}\n");
        }

        File.WriteAllText(Path.Combine(Folder, "scenario.yaml"), text.ToString());
        return new ScenarioRequest(Folder, Variant: variant, Set: set);
    }

    /// <summary>The first replication; fails on errors.</summary>
    public RunResult Run()
    {
        ScenarioOutcome outcome = ScenarioRunner.Run(Write(), null, default);
        Assert.That(outcome.Diagnostics.Where(static d => d.Severity == Severity.Error), Is.Empty);
        return outcome.Result!;
    }

    /// <summary>What is wrong with it.</summary>
    public string[] Errors() => [.. ScenarioRunner.Run(Write(), null, default).Diagnostics
        .Where(static d => d.Severity == Severity.Error).Select(static d => d.ToString())];

    /// <summary>The document of a request; fails on errors.</summary>
    public static ScenarioDocument Read(ScenarioRequest request)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request, findings);
        Assert.That(findings.Items.Where(static d => d.Severity == Severity.Error), Is.Empty);
        return document!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

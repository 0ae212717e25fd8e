using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>A scenario in a folder of its own, made of texts.</summary>
internal sealed class ScenarioFolder : IDisposable
{
    /// <summary>Namespaces <c>istio-system</c> and <c>default</c>, the second with sidecars.</summary>
    public const string Namespaces = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: istio-system}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}

        """;

    /// <param name="files">Names and texts; <c>scenario.yaml</c> is one of them.</param>
    public ScenarioFolder(params (string Name, string Text)[] files)
    {
        Folder = Directory.CreateTempSubdirectory("meshsim-folder-").FullName;
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(Path.Combine(Folder, name), text);
        }
    }

    public string Folder { get; }

    /// <summary>A Deployment and the Service of its name at port 80, for 8080 of its pods.</summary>
    public static string Workload(string name, int replicas = 1) => $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{name}}, namespace: default}
        spec:
          replicas: {{replicas}}
          selector: {matchLabels: {app: {{name}} } }
          template:
            metadata: {labels: {app: {{name}} } }
            spec: {containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: default}
        spec: {selector: {app: {{name}} }, ports: [{name: http, port: 80, targetPort: 8080}]}

        """;

    /// <summary>The first replication.</summary>
    public RunResult Run(params string[] set)
    {
        ScenarioOutcome outcome = ScenarioRunner.Run(new ScenarioRequest(Folder, Set: set), null, default);
        Assert.That(outcome.Diagnostics.Where(static d => d.Severity == Severity.Error), Is.Empty);
        return outcome.Result!;
    }

    /// <summary>What is wrong with it.</summary>
    public string[] Errors() => [.. ScenarioRunner.Run(new ScenarioRequest(Folder), null, default).Diagnostics
        .Where(static d => d.Severity == Severity.Error).Select(static d => d.ToString())];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

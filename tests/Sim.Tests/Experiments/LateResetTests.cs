using Sim.Runs;

namespace Sim.Tests.Experiments;

/// <summary>A try that is given up while its reset is on its way back.</summary>
internal sealed class LateResetTests
{
    private const string Rules = """

        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: server, namespace: default}
        spec:
          hosts: [server]
          http:
          - retries: {attempts: 3, perTryTimeout: 140ms, retryOn: "5xx,reset"}
            route: [{destination: {host: server}}]
        """;

    [Test]
    public void Run_WhoseTriesTimeOutBeforeTheirResetArrives_CountsEachTryOnce()
    {
        // Round trip 90 ms, work 60 ms, 140 ms for a try; a pod that begins to refuse resets what it works on, which
        // the caller hears 45 ms later, often after the try was given up and before the next one starts.
        string faults = string.Join(", ", Enumerable.Range(2, 50).Select(static i => FormattableString.Invariant(
            $"{{at: {i * 200}ms, fault: {{type: pod-failure, select: {{workload: server}}, mode: one, for: 90ms}}}}")));
        using var tiny = new TinyScenario("  timeline: [" + faults + "]");
        File.AppendAllText(Path.Combine(tiny.Folder, "all.yaml"), Rules);
        ScenarioOutcome outcome = ScenarioRunner.Run(
            new ScenarioRequest(tiny.Folder, Replications: 3,
                Set: ["topology.sameNode=90ms", "workloads[0].serviceTime={dist: exponential, mean: 60ms}"]),
            null, default);
        Assert.That(outcome.Result, Is.Not.Null, string.Join('\n', outcome.Diagnostics));
        Assert.That(outcome.Result!.Verdict, Is.EqualTo(Verdict.Held));
        Assert.That(outcome.Result.Requests.Select(static r => r.Attempts),
            Is.All.InRange(1, 4).And.Some.GreaterThan(1));
    }
}

using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Outages;

/// <summary>A bad configuration is pushed, and taken back.</summary>
[TestFixture]
internal sealed class ConfigPushTests
{
    private const string Abort = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: web, namespace: default}
        spec:
          hosts: [web]
          http: [{fault: {abort: {httpStatus: 418, percentage: {value: 100}}}, route: [{destination: {host: web}}]}]
        """;

    [Test]
    public void A_new_rule_holds_for_its_time_and_is_deleted()
    {
        using SmallWorld world = World("files: [bad.yaml], for: 4s");
        RunResult result = Run(world, Abort);
        Assert.Multiple(() =>
        {
            Assert.That(Codes(result, 0, 5), Is.EqualTo((int[])[200]));
            Assert.That(Codes(result, 6, 9), Is.EqualTo((int[])[418]));
            Assert.That(Codes(result, 10, 15), Is.EqualTo((int[])[200]));
            Assert.That(Texts(result), Is.SupersetOf((string[])
                ["virtualservice.networking.istio.io/web created", "virtualservice.networking.istio.io/web deleted"]));
            Assert.That(result.Faults.Single(), Is.EqualTo(
                new FaultBand("timeline[0]", "ConfigPush", 5_000_000_000, 9_000_000_000)));
        });
    }

    [Test]
    public void A_replaced_rule_becomes_what_it_was()
    {
        using SmallWorld world = World("files: [bad.yaml], revertAfter: 4s").Objects("us", Abort.Replace(
            "418", "204", StringComparison.Ordinal));
        RunResult result = Run(world, Abort);
        Assert.Multiple(() =>
        {
            Assert.That(Codes(result, 0, 5), Is.EqualTo((int[])[204]));
            Assert.That(Codes(result, 6, 9), Is.EqualTo((int[])[418]));
            Assert.That(Codes(result, 10, 15), Is.EqualTo((int[])[204]));
            Assert.That(Texts(result), Does.Contain("virtualservice.networking.istio.io/web restored"));
        });
    }

    [Test]
    public void What_the_API_server_refuses_changes_nothing_and_is_told()
    {
        using SmallWorld world = World("files: [bad.yaml], for: 4s");
        File.WriteAllText(Path.Combine(world.Folder, "bad.yaml"),
            Abort.Replace("httpStatus", "htpStatus", StringComparison.Ordinal));
        ScenarioOutcome outcome = ScenarioRunner.Run(world.Write(), null, default);
        RunResult result = outcome.Result!;
        Assert.Multiple(() =>
        {
            Assert.That(Codes(result, 0, 15), Is.EqualTo((int[])[200]));
            Assert.That(outcome.Diagnostics, Has.Some.Matches<Diagnostic>(static d => d.Severity == Severity.Error
                && d.Message.Contains("htpStatus", StringComparison.Ordinal)));
            Assert.That(Texts(result), Has.None.Contain("deleted"));
        });
    }

    [Test]
    public void Without_an_API_server_it_is_not_taken_back()
    {
        using SmallWorld world = World("files: [bad.yaml], for: 4s",
            "  - {at: 7s, fault: {type: kube-api-down, select: {context: us}}}");
        RunResult result = Run(world, Abort);
        Assert.That(Codes(result, 10, 15), Is.EqualTo((int[])[418]));
        Assert.That(result.Findings, Has.Some.Matches<Diagnostic>(static d =>
            d.Message.StartsWith("The connection to the server us:6443 was refused", StringComparison.Ordinal)));
    }

    [TestCase("for: 4s", "the fault config-push needs files")]
    [TestCase("files: [nothing.yaml], for: 4s", "there is no file or folder nothing.yaml")]
    [TestCase("files: [us.yaml], for: 4s, revertAfter: 4s", "for and revertAfter say the same")]
    [TestCase("files: [us.yaml], status: 500", "the fault config-push has no \"status\"")]
    public void Mistakes_are_told(string keys, string message)
    {
        using SmallWorld world = World(keys);
        Assert.That(world.Errors(), Has.Some.Contain(message));
    }

    private static RunResult Run(SmallWorld world, string bad)
    {
        File.WriteAllText(Path.Combine(world.Folder, "bad.yaml"), bad);
        return world.Run();
    }

    private static int[] Codes(RunResult result, int from, int to) =>
    [
        .. result.Requests.Where(r => r.StartNs >= from * SimDuration.Second && r.StartNs < to * SimDuration.Second)
            .Select(static r => r.Code).Distinct(),
    ];

    private static IEnumerable<string> Texts(RunResult result) => result.Events.Select(static e => e.Text);

    private static SmallWorld World(string keys, string more = "") => new SmallWorld("us").Workload("us", "client")
        .Workload("us", "web").Service("us", "web").Spec($$"""
            duration: 15s
            traffic: [{name: t, from: {context: us, workload: client}, rate: 20/s, request: {curl: http://web/} }]
            timeline:
              - {at: 5s, fault: {type: config-push, select: {context: us}, {{keys}} } }
            {{more}}
            """);
}

using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs;

/// <summary>Traffic without senders and faults without victims are told.</summary>
[TestFixture]
internal sealed class AbsenceTests
{
    [TestCase("namespace: default, workload: client", "")]
    [TestCase("namespace: shop, workload: client",
        "t: us/shop/client has no pods: nobody sends its requests|client has pods at context: us, "
        + "namespace: default")]
    [TestCase("namespace: default, workload: klient",
        "t: us/default/klient has no pods: nobody sends its requests|did you mean \"client\"")]
    public void A_workload_without_pods_that_is_to_send_is_told(string from, string expected)
    {
        using SmallWorld world = World(from, "");
        Assert.That(Told(world.Run(), Severity.Warning), Is.EqualTo(expected));
    }

    [Test]
    public void A_workload_that_the_timeline_may_yet_make_is_told_when_it_was_not()
    {
        using SmallWorld world = World("workload: klient",
            "timeline: [{at: 5s, run: kubectl --context=us scale deployment/client --replicas=0}]");
        Assert.That(Told(world.Run(), Severity.Warning), Does.StartWith("t: us/default/klient has no pods"));
    }

    [Test]
    public void Requests_that_nobody_was_there_to_send_are_counted()
    {
        using SmallWorld world = World("workload: client",
            "timeline: [{at: 5s, run: kubectl --context=us scale deployment/client --replicas=0}]");
        RunResult result = world.Run();
        string told = result.Findings.Single(
            static d => d.Message.Contains("not sent", StringComparison.Ordinal)).Message;
        int sent = result.Requests.Count;
        Assert.That(sent, Is.InRange(60, 140));
        Assert.That(told, Does.EndWith("requests were not sent, because no pod of us/default/client was up to "
            + "send them: they are in no figure"));
        Assert.That(int.Parse(told.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture),
            Is.InRange(60, 140));
    }

    [TestCase("pod-kill", "{workload: nobody}", "timeline[0]: the fault at 5s selects no pod")]
    [TestCase("pod-kill", "{workload: web}", "")]
    [TestCase("istiod-down", "{context: us}", "")]
    public void A_fault_that_hits_nobody_is_told(string type, string select, string expected)
    {
        using SmallWorld world = World("workload: client",
            $"timeline: [{{at: 5s, fault: {{type: {type}, select: {select}}} }}]");
        Assert.That(Told(world.Run(), Severity.Warning).Split('|')[0], Is.EqualTo(expected));
    }

    private static string Told(RunResult result, Severity severity) => string.Join('\n', result.Findings
        .Where(d => d.Severity == severity).Select(static d => d.Message + "|" + d.Hint.TrimEnd('?')));

    private static SmallWorld World(string from, string more) => new SmallWorld("us").Workload("us", "client")
        .Workload("us", "web").Service("us", "web").Spec($$"""
            duration: 10s
            traffic:
              - {name: t, from: {context: us, {{from}} }, rate: 20/s, request: {curl: http://web/} }
            {{more}}
            """);
}

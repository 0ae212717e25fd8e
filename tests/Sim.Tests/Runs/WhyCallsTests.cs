using Sim.Runs;

namespace Sim.Tests.Runs;

/// <summary>The explanation of a request goes down to the calls that applications make for it.</summary>
[TestFixture]
internal sealed class WhyCallsTests
{
    [Test]
    public void A_failed_call_two_levels_down_is_explained_to_the_fault()
    {
        using SmallWorld world = Chain("""
            timeline: [{at: 1s, fault: {type: errors, select: {workload: leaf}, status: 503}}]
            """);
        WhyReport report = Ask(world, "http://front/", 5_000_000_000);
        WhyStep fault = report.Steps.Single(
            static s => s.Text.Contains("answers 503: fault", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(report.Conclusion, Does.StartWith("UPSTREAM_ERROR 500"));
            Assert.That(fault.Depth, Is.EqualTo(2));
            Assert.That(fault.Span.ToString(), Does.Contain("scenario.yaml:"));
            Assert.That(Failures(report), Is.EqualTo((string[])
            [
                "1 answers 502, because its call to leaf.default.svc.cluster.local failed (onCallError: respond 502)",
                "0 answers 500, because its call to middle.default.svc.cluster.local failed (onCallError: respond 500)",
            ]));
            Assert.That(Ends(report), Is.EqualTo((string[])["2 UPSTREAM_ERROR 503", "1 UPSTREAM_ERROR 502"]));
        });
    }

    [Test]
    public void Calls_that_overlap_have_their_steps_together()
    {
        using SmallWorld world = Chain("");
        WhyReport report = Ask(world, "http://both/", 5_000_000_000);
        WhyStep[] calls = [.. report.Steps.Where(static s => s.Step == "call")];
        string[] first = Branch(report, calls[0]);
        string[] second = Branch(report, calls[1]);
        Assert.Multiple(() =>
        {
            Assert.That(calls, Has.Length.EqualTo(2));
            Assert.That(calls.Select(static s => s.Text), Is.All.Contain("one of 2 at a time"));
            Assert.That(first, Has.Some.Contain("leaf.default").And.None.Contain("other.default"));
            Assert.That(second, Has.Some.Contain("other.default").And.None.Contain("leaf.default"));
            Assert.That(first[^1], Does.StartWith("end SERVED 200"));
            Assert.That(second[^1], Does.StartWith("end SERVED 200"));
        });
    }

    [Test]
    public void A_full_line_and_a_slow_application_are_said()
    {
        using SmallWorld world = Chain("""
            timeline:
              - {at: 1s, fault: {type: slow, select: {workload: narrow}, add: 10s}}
              - {at: 1s, fault: {type: slow, select: {workload: leaf}, add: 10s}}
            """);
        WhyReport slow = Ask(world, "http://leaf/", 1_500_000_000);
        WhyReport full = Ask(world, "http://narrow/", 8_000_000_000);
        Assert.Multiple(() =>
        {
            Assert.That(slow.Steps, Has.Some.Matches<WhyStep>(static s => s.Step == "workload" && s.Span.IsKnown
                && s.Text.Contains("works for 10001.0 ms, slowed down by fault", StringComparison.Ordinal)));
            Assert.That(full.Steps, Has.Some.Matches<WhyStep>(static s => s.Step == "workload" && s.Span.IsKnown
                && s.Text.EndsWith("its worker is busy and the one place in line is taken: answers 503",
                    StringComparison.Ordinal)));
        });
    }

    private static string[] Failures(WhyReport report) =>
    [
        .. report.Steps.Where(static s => s.Text.Contains("because its call", StringComparison.Ordinal))
            .Select(static s => FormattableString.Invariant($"{s.Depth} ") + s.Text[(s.Text.IndexOf(": ") + 2)..]),
    ];

    private static string[] Ends(WhyReport report) =>
    [
        .. report.Steps.Where(static s => s.Step == "end")
            .Select(static s => FormattableString.Invariant($"{s.Depth} ") + s.Text[..18].Trim()),
    ];

    private static string[] Branch(WhyReport report, WhyStep call) =>
    [
        .. report.Steps.SkipWhile(s => !ReferenceEquals(s, call)).Skip(1).TakeWhile(s => s.Depth > call.Depth)
            .Select(static s => s.Step + " " + s.Text),
    ];

    private static WhyReport Ask(SmallWorld world, string url, long atNs) => WhyRunner.Explain(
        new WhyRequest(world.Write(), "us/client", url, atNs));

    private static SmallWorld Chain(string timeline)
    {
        var world = new SmallWorld("us");
        foreach (string name in (string[])["client", "front", "middle", "leaf", "other", "both", "narrow"])
        {
            world.Workload("us", name).Service("us", name);
        }

        world.Spec("""
            duration: 20s
            workloads:
              - {match: {workload: front}, calls: [{to: middle}]}
              - {match: {workload: middle}, calls: [{to: leaf}], onCallError: {respond: 502}}
              - {match: {workload: both}, calls: [[{to: leaf}, {to: other}]]}
              - {match: {workload: narrow}, concurrency: 1, queue: 1}
            traffic: [{name: calls, from: {context: us, workload: client}, rate: 10/s, request: {curl: http://narrow/}}]
            """);
        if (timeline.Length > 0)
        {
            world.Spec(timeline);
        }

        return world;
    }
}

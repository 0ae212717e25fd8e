using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Ledger;

/// <summary>The residency ledger: what it sums is what the requests moved, and <c>never</c> is judged by it.</summary>
[TestFixture]
internal sealed class ResidencyLedgerTests
{
    private static readonly string[] Clusters = ["ap", "eu", "us"];

    [Test]
    public void Ledger_sums_are_the_bytes_of_all_answered_calls_in_random_meshes() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll<ulong>(static seed => SumsAreRight(seed)));

    [Test]
    [Category("Long")]
    public void Ledger_sums_are_the_bytes_of_all_answered_calls_in_many_random_meshes() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll<ulong>(static seed => SumsAreRight(seed + 1)));

    [Test]
    public void Ledger_OfPlainReads_IsTheSumOfTheRequests()
    {
        using SmallWorld world = Reads("");
        RunResult result = ScenarioRunner.Run(world.Write(), null, default).Result!;
        RequestRecord[] served = [.. result.Requests.Where(static r => r.Code == 200)];
        Assert.Multiple(() =>
        {
            Assert.That(served, Has.Length.GreaterThan(100));
            Assert.That(result.Ledger.Sum(static l => l.Requests), Is.EqualTo(served.Length));
            Assert.That(result.Ledger.Sum(static l => l.Bytes), Is.EqualTo(served.Length * 4096L));
            Assert.That(result.Ledger.Where(static l => l.ToGeo == "america").Sum(static l => l.Requests),
                Is.EqualTo(served.Count(static r => r.ClientRegion == "us")));
            Assert.That(result.Ledger.Select(static l => l.Holder), Is.All.EqualTo("default/records"));
            Assert.That(result.Ledger[0].FirstRequest, Is.GreaterThanOrEqualTo(0));
        });
    }

    [Test]
    public void Never_Violated_FailsTheRunAndWhyNamesIt()
    {
        using SmallWorld world = Reads("invariants: [{name: stays, never: {dataClass: personal, leaves: europe}}]");
        ScenarioRequest request = world.Write();
        RunResult result = ScenarioRunner.Run(request, null, default).Result!;
        Judgement judged = result.Judgements.Single();
        LedgerEntry first = result.Ledger.Single(static l => l.ToGeo == "america");
        WhyReport why = WhyRunner.Explain(new WhyRequest(request, "", "", RequestId: first.FirstRequest));
        WhyStep step = why.Steps.Single(static s => s.Step == "ledger");
        Assert.Multiple(() =>
        {
            Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
            Assert.That((judged.Kind, judged.Held), Is.EqualTo(("invariant", false)));
            Assert.That(judged.Text, Is.EqualTo("stays: never personal leaves europe"));
            Assert.That(judged.Measured, Is.EqualTo(FormattableString.Invariant(
                $"{first.Requests} answers, {first.Bytes} bytes")));
            Assert.That(judged.Detail, Does.Contain("eu/default/records to us/default/reader, direct, allowed by no "
                + FormattableString.Invariant($"policy; meshsim why --request {first.FirstRequest}")));
            Assert.That(step.Text, Does.Contain("4096 bytes of personal").And.Contain("invariant stays says never"));
            Assert.That(step.Span.IsKnown);
        });
    }

    [TestCase("never: {dataClass: personal, to: ap}", true, "")]
    [TestCase("never: {path: gateway}", true, "")]
    [TestCase("never: {from: eu, to: us}", false, "")]
    [TestCase("never: {dataClass: other}", true, "no data of the class moved at all")]
    public void Never_ByItsKeys_IsJudged(string never, bool held, string detail)
    {
        using SmallWorld world = Reads("invariants: [{name: n, " + never + "}]");
        Judgement judged = ScenarioRunner.Run(world.Write(), null, default).Result!.Judgements.Single();
        Assert.That(judged.Held, Is.EqualTo(held));
        Assert.That(judged.Detail, held ? Is.EqualTo(detail) : Does.StartWith("first at "));
    }

    [TestCase("never: {dataClass: persnal}", "MS3005")]
    [TestCase("never: {leaves: asia}", "MS3005")]
    [TestCase("never: {}, always: 'count > 0'", "MS3010")]
    [TestCase("never: {path: sideways}", "MS3003")]
    public void Never_ThatMakesNoSense_IsRefused(string never, string code)
    {
        using SmallWorld world = Reads("invariants: [{name: n, " + never + "}]");
        ScenarioOutcome outcome = ScenarioRunner.Run(world.Write(), null, default);
        Assert.That(outcome.Result, Is.Null);
        Assert.That(outcome.Diagnostics.Select(static d => d.Code), Does.Contain(code));
    }

    private static SmallWorld Reads(string more)
    {
        var world = new SmallWorld("ap", "eu", "us");
        world.Workload("eu", "records", 2).Service("eu", "records").Service("us", "records");
        world.Workload("us", "reader").Workload("eu", "reader").Workload("eu", "spare");
        world.Spec("""
            duration: 12s
            topology: {geo: {america: [us], europe: [eu], asia-pacific: [ap]}}
            workloads:
              - {match: {workload: records}, responseBytes: 4KiB, dataClass: personal, errors: {rate: 10%, status: 503}}
              - {match: {workload: spare}, dataClass: other}
            traffic:
              - {name: us, from: {context: us, workload: reader}, rate: 10/s, request: {curl: http://records/}}
              - {name: eu, from: {context: eu, workload: reader}, rate: 20/s, request: {curl: http://records/}}
            """);
        return more.Length == 0 ? world : world.Spec(more);
    }

    /// <summary>Services in random clusters that call each other; what each hop's access log adds up to is the ledger.
    /// </summary>
    private static void SumsAreRight(ulong seed)
    {
        var rng = new RngStream(seed);
        using var world = new SmallWorld(Clusters);
        int services = 2 + (int)rng.NextBelow(4);
        var workloads = new StringBuilder("workloads:\n");
        for (int i = 0; i < services; i++)
        {
            string[] at = [.. Clusters.Where(_ => rng.NextBelow(2) == 0)];
            foreach (string cluster in at.Length == 0 ? Clusters[..1] : at)
            {
                world.Workload(cluster, "s" + Text(i), 1 + (int)rng.NextBelow(2));
            }

            Array.ForEach(Clusters, c => world.Service(c, "s" + Text(i)));
            string data = rng.NextBelow(3) == 0 ? "" : ", dataClass: c" + Text((int)rng.NextBelow(2));
            string calls = string.Join(", ", Enumerable.Range(i + 1, services - i - 1).Where(_ => rng.NextBelow(2) == 0)
                .Select(static n => "{to: s" + Text(n) + ", probability: 70%}"));
            workloads.Append(CultureInfo.InvariantCulture, $"  - {{match: {{workload: s{i}}}, responseBytes: ")
                .Append(CultureInfo.InvariantCulture, $"{100 + rng.NextBelow(5000)}{data}, calls: [{calls}], ")
                .Append(CultureInfo.InvariantCulture, $"errors: {{rate: {rng.NextBelow(30)}%}}}}\n");
        }

        var traffic = new StringBuilder("traffic:\n");
        foreach (string cluster in Clusters)
        {
            world.Workload(cluster, "client");
            traffic.Append(CultureInfo.InvariantCulture, $"  - {{name: {cluster}, from: {{context: {cluster}, ")
                .Append("workload: client}, rate: 20/s, request: {curl: http://s0/}}\n");
        }

        world.Spec($"duration: 4s\nseed: {seed % 1000}\ntopology: {{geo: {{near: [us, eu]}}}}")
            .Spec(workloads.ToString().TrimEnd()).Spec(traffic.ToString().TrimEnd());
        Compare(SmallWorld.Read(world.Write()));
    }

    private static void Compare(ScenarioDocument document)
    {
        var simulation = new ScenarioSimulation(document, 0, 2, new DiagnosticBag());
        var counter = new Counter(simulation);
        simulation.Hops = counter;
        simulation.Prepare();
        simulation.RunUntil(document.DurationNs);
        simulation.Drain();
        IReadOnlyList<LedgerEntry> ledger = simulation.Ledger.Entries();
        SortedDictionary<string, (long, long)> sums = new(StringComparer.Ordinal);
        foreach (LedgerEntry l in ledger)
        {
            string key = $"{l.DataClass} {l.From}/{l.Holder} {l.To}/{l.Reader}";
            (long requests, long bytes) = sums.GetValueOrDefault(key);
            sums[key] = (requests + l.Requests, bytes + l.Bytes);
        }

        Assert.That(sums, Is.EqualTo(counter.Sums));
        Assert.That(ledger.Distinct().Count(), Is.EqualTo(ledger.Count));
        Assert.That(ledger.Select(static l => (l.FromGeo == l.ToGeo) == (Near(l.From) == Near(l.To))), Is.All.True);
    }

    private static string Near(string cluster) => cluster is "us" or "eu" ? "near" : cluster;

    private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);

    /// <summary>Adds up the access logs of the callers' sidecars.</summary>
    private sealed class Counter(ScenarioSimulation simulation) : IHopObserver
    {
        public SortedDictionary<string, (long Requests, long Bytes)> Sums { get; } = new(StringComparer.Ordinal);

        public void CallEnded(ref readonly CallSlot call, int lastPod, int code, ResponseFlags flags)
        {
            if (code != 200 || lastPod < 0
                || simulation.PodOf(lastPod) is not { Application.DataClass.Length: > 0 } pod)
            {
                return;
            }

            PodRuntime to = simulation.PodOf(call.ClientPod);
            string key = $"{pod.Application.DataClass} {pod.Cluster}/default/{pod.Workload} "
                + $"{to.Cluster}/default/{to.Workload}";
            (long requests, long bytes) = Sums.GetValueOrDefault(key);
            Sums[key] = (requests + 1, bytes + pod.Application.ResponseBytes);
        }

        public void InboundEnded(PodRuntime pod, long arrivedNs, int code, ResponseFlags flags)
        {
        }

        public void Application(PodRuntime pod, ApplicationEvent what, int code, long nowNs)
        {
        }
    }
}

using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Scenario;

/// <summary>The scenario file: typed values with places, and every mistake found at once.</summary>
internal sealed class ScenarioReaderTests
{
    private const string Minimal = """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        spec:
          clusters:
            - {name: us-east, region: us-east}
            - {name: eu-west, region: eu-west}

        """;

    internal static ScenarioDocument Read(string text, out DiagnosticBag bag, string variant = "",
        params string[] overrides)
    {
        bag = new DiagnosticBag();
        return ScenarioReader.Read(text, "s.yaml", ".", overrides, variant, bag)!;
    }

    private static string[] Errors(string text, string variant = "", params string[] overrides)
    {
        Read(text, out DiagnosticBag bag, variant, overrides);
        return bag.Items.Where(static d => d.Severity == Severity.Error).Select(static d => d.ToString()).ToArray();
    }

    [Test]
    public void Minimal_file_reads_without_findings_and_with_defaults()
    {
        ScenarioDocument d = Read(Minimal, out DiagnosticBag bag);
        Assert.That(bag.Items, Is.Empty);
        Assert.That(d.Istio.Value, Is.EqualTo("1.29"));
        Assert.That(d.Admission.Value, Is.EqualTo(AdmissionMode.Strict));
        Assert.That(d.DurationNs.Value, Is.EqualTo(SimDuration.Minute));
        Assert.That(d.Clusters[1].PodSubnet.Value, Is.EqualTo("10.20.0.0/16"));
        Assert.That(d.Clusters[1].ServiceSubnet.Value, Is.EqualTo("10.97.0.0/16"));
        Assert.That(d.Clusters[0].Region.Span.Line, Is.EqualTo(5));
        Assert.That(d.Proxy.OutlierSweepPhaseNs, Is.Null);
    }

    [Test]
    public void Unknown_key_is_an_error_with_line_and_guess()
    {
        string[] errors = Errors(Minimal + "  durration: 5m\n");
        Assert.That(errors, Is.EqualTo((string[])
            ["s.yaml:7: error MS3001: spec has no key \"durration\" (did you mean \"duration\"?)"]));
    }

    [Test]
    public void All_mistakes_are_found_at_once()
    {
        string[] errors = Errors(Minimal + """
              duration: 5 minutes
              seed: -1
              admission: harsh
              start: yesterday
              workloads:
                - match: {workload: a}
                  serviceTime: {dist: lognormal, p50: 12ms}
                  errors: {rate: 120%}
                  responseBytes: 4QiB
              traffic: oops
              timeline:
                - {at: 1m, as: x}
                - {at: 2m, run: "kubectl get pods", fault: {type: errors}}
              assert: ['availability{service="a"} >= 99.9ms']
            """);
        Assert.That(errors, Has.Length.EqualTo(12), string.Join('\n', errors));
        Assert.That(errors, Has.All.StartsWith("s.yaml:"));
    }

    [TestCase("rate: 20/s", 20)]
    [TestCase("rate: 600/m", 10)]
    [TestCase("rate: 0.5/s", 0.5)]
    public void Rates_are_per_second(string line, double expected)
    {
        ScenarioDocument d = Read(Traffic(line), out DiagnosticBag bag);
        Assert.That(bag.Items, Is.Empty);
        Assert.That(d.Traffic[0].RatePerSecond.Value, Is.EqualTo(expected));
    }

    [TestCase("rate: 20")]
    [TestCase("rate: 20/y")]
    [TestCase("rate: -1/s")]
    [TestCase("rate: [20/s]")]
    public void Bad_rate_is_an_error_with_its_line(string line)
    {
        string[] errors = Errors(Traffic(line));
        Assert.That(errors, Has.Length.EqualTo(1));
        Assert.That(errors[0], Does.StartWith("s.yaml:10:"));
    }

    [Test]
    public void Faults_that_there_are_not_are_refused_with_those_that_are()
    {
        string[] errors = Errors(Minimal + "  timeline: [{at: 1s, fault: {type: earthquake, select: {}}}]\n");
        Assert.That(errors[0], Does.Contain("MS3003").And.Contain("errors, slow, partition, pod-kill"));
    }

    [Test]
    public void Fault_refuses_keys_of_other_faults()
    {
        string[] errors = Errors(Minimal
            + "  timeline: [{at: 1s, fault: {type: pod-kill, select: {context: us-east}, status: 500}}]\n");
        Assert.That(errors, Has.Length.EqualTo(1));
        Assert.That(errors[0], Does.Contain("the fault pod-kill has no \"status\""));
    }

    [Test]
    public void Calls_are_sequences_of_parallel_calls()
    {
        ScenarioDocument d = Read(Minimal + """
              workloads:
                - match: {workload: a}
                  calls: [{to: b, timeout: 1s}, [{to: c}, {to: d, probability: 10%, optional: true}]]
                  onCallError: {forward: true}
            """, out DiagnosticBag bag);
        Assert.That(bag.Items, Is.Empty);
        IReadOnlyList<CallStep> calls = d.Workloads[0].Calls;
        Assert.That(calls.Select(static s => s.Parallel.Count), Is.EqualTo((int[])[1, 2]));
        Assert.That(calls[0].Parallel[0].TimeoutNs.Value, Is.EqualTo(SimDuration.Second));
        Assert.That(calls[1].Parallel[1].Probability.Value, Is.EqualTo(0.1));
        Assert.That(calls[1].Parallel[1].Optional.Value, Is.True);
        Assert.That(d.Workloads[0].OnCallError.Value, Is.EqualTo(CallErrorPolicy.Forward));
    }

    [Test]
    public void Band_of_a_step_ends_with_its_fault_or_the_step_that_ends_it()
    {
        ScenarioDocument d = Read(Minimal + """
              duration: 20m
              timeline:
                - {at: 15m, ends: outage, run: "kubectl --context=us-east scale deployment/a --replicas=2"}
                - {at: 5m, as: outage, run: "kubectl --context=us-east scale deployment/a --replicas=0"}
                - {at: 9m, as: slow, fault: {type: slow, select: {context: us-east}, factor: 10, for: 2m}}
                - {at: 10m, as: open, fault: {type: errors, select: {context: us-east}}}
            """, out DiagnosticBag bag);
        Assert.That(bag.Items, Is.Empty);
        Assert.That(d.Timeline.Select(static s => s.Index), Is.EqualTo((int[])[1, 2, 3, 0]));
        Assert.That(d.BandOf("outage"), Is.EqualTo((5 * SimDuration.Minute, 15 * SimDuration.Minute)));
        Assert.That(d.BandOf("slow"), Is.EqualTo((9 * SimDuration.Minute, 11 * SimDuration.Minute)));
        Assert.That(d.BandOf("open"), Is.EqualTo((10 * SimDuration.Minute, 20 * SimDuration.Minute)));
        Assert.That(d.BandOf("nothing"), Is.Null);
    }

    [Test]
    public void Names_that_nothing_bears_are_errors()
    {
        string[] errors = Errors(Minimal + """
              timeline: [{at: 1s, as: outage, fault: {type: app-down, select: {context: us-eats}}}]
              assert: [{expr: 'errors == 0', during: outag}]
              topology: {links: [{between: [us-east, mars], rtt: 3m}]}
            """);
        Assert.That(errors, Has.Length.EqualTo(3));
        Assert.That(errors, Has.Some.Contains("did you mean \"us-east\"?"));
        Assert.That(errors, Has.Some.Contains("did you mean \"outage\"?"));
    }

    [Test]
    public void Variant_is_laid_over_the_document()
    {
        const string text = Minimal + """
              seed: 1
              traffic:
                - name: a
                  from: {context: us-east, workload: w}
                  rate: 20/s
                  request: {curl: http://x/}
              variants:
                - name: fast
                  description: more of it
                  spec:
                    seed: 2
                    traffic: [{name: a, rate: 40/s}]
                  manifests: [{cluster: eu-west, add: [.]}]
            """;
        ScenarioDocument plain = Read(text, out DiagnosticBag bag);
        Assert.That(bag.Items, Is.Empty);
        Assert.That((plain.Seed.Value, plain.Traffic[0].RatePerSecond.Value), Is.EqualTo((1UL, 20.0)));
        Assert.That(plain.Variants.Single().Name.Value, Is.EqualTo("fast"));
        ScenarioDocument fast = Read(text, out bag, "fast");
        Assert.That(bag.Items, Is.Empty);
        Assert.That((fast.Seed.Value, fast.Traffic[0].RatePerSecond.Value), Is.EqualTo((2UL, 40.0)));
        Assert.That(fast.Traffic[0].From.Workload.Value, Is.EqualTo("w"));
        Assert.That(fast.Clusters[1].Manifests.Single().Value, Is.EqualTo("."));
        Assert.That(fast.Clusters[0].Manifests, Is.Empty);
        Assert.That(fast.Variant, Is.EqualTo("fast"));
        Assert.That(Errors(text, "fsat").Single(), Does.Contain("did you mean \"fast\"?"));
    }

    [Test]
    public void Overrides_set_values_by_path_and_name()
    {
        ScenarioDocument d = Read(Traffic("rate: 1/s"), out DiagnosticBag bag, "", "seed=9",
            "traffic[t].rate=40/s", "clusters[0].zones=[a, b]", "spec.compat.istio=1.22");
        Assert.That(bag.Items, Is.Empty);
        Assert.That(d.Seed.Value, Is.EqualTo(9UL));
        Assert.That(d.Traffic[0].RatePerSecond.Value, Is.EqualTo(40));
        Assert.That(d.Clusters[0].Zones.Select(static z => z.Value), Is.EqualTo((string[])["a", "b"]));
        Assert.That(d.Istio.Value, Is.EqualTo("1.22"));
    }

    [TestCase("seeed=9", "did you mean \"seed\"?")]
    [TestCase("traffic[x].rate=4/s", "has no item [x]")]
    [TestCase("seed", "needs path=value")]
    [TestCase("seed.x=1", "must be an integer, not a mapping")]
    [TestCase("traffic.x=1", "is no mapping")]
    public void Bad_override_is_an_error(string assignment, string expected) =>
        Assert.That(Errors(Traffic("rate: 1/s"), "", assignment), Has.Some.Contains(expected));

    [TestCase("")]
    [TestCase("- a\n")]
    [TestCase("a: b: c\n")]
    [TestCase("spec: [1]\n")]
    [TestCase("spec: {clusters: 7, traffic: {}, timeline: [1, [2]], variants: x}\n")]
    public void Broken_files_give_findings_and_no_exception(string text) => Assert.That(Errors(text), Is.Not.Empty);

    private static string Traffic(string line) => Minimal + $$"""
              traffic:
                - name: t
                  from: {context: us-east, workload: w}
                  {{line}}
                  request: {curl: http://x/}
            """;
}

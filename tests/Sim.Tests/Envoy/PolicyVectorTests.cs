using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of ROUND_ROBIN, LEAST_REQUEST, RANDOM and slow start.</summary>
internal sealed class PolicyVectorTests
{
    private static IEnumerable<TestCaseData> RoundRobinCases() => VectorFiles.Cases("envoy-round-robin");

    private static IEnumerable<TestCaseData> LeastRequestCases() => VectorFiles.Cases("envoy-least-request");

    private static IEnumerable<TestCaseData> RandomCases() => VectorFiles.Cases("envoy-random");

    private static IEnumerable<TestCaseData> SlowStartCases() => VectorFiles.Cases("envoy-slow-start");

    [TestCaseSource(nameof(RoundRobinCases))]
    public void Round_robin(object vector)
    {
        JsonElement input = ((VectorCase)vector).Case.GetProperty("input");
        var config = new ClusterConfig { Name = "c", CommonLb = new CommonLbConfig { UpdateMergeWindowNs = 0 } };
        var cluster = new UpstreamCluster(
            config, Locality.Empty, ChosenDraws.First(input.GetProperty("seed").U64()), 0);
        foreach (JsonElement op in input.Items("ops"))
        {
            switch (op.Text("op"))
            {
                case "hosts":
                    cluster.Update(Assignment(op), 0);
                    break;
                case "weight":
                    cluster.Hosts.Single(h => h.Endpoint.Address == op.Text("id")).Weight = (uint)op.Int("weight");
                    break;
                case "pick":
                    foreach (string expected in op.Texts("expect"))
                    {
                        LbContext context = ContextOf(op, cluster);
                        Assert.That(
                            cluster.ChooseHost(ref context, 0)?.Endpoint.Address, Is.EqualTo(expected), op.ToString());
                    }

                    break;
                default:
                    throw new InvalidDataException(op.ToString());
            }
        }
    }

    [TestCaseSource(nameof(LeastRequestCases))]
    public void Least_request(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        double bias = input.Number("active_request_bias", 1.0);
        switch (input.Text("mode"))
        {
            case "n_choices" or "full_scan":
                CheckUnweighted(input, expect);
                break;
            case "effective_weight":
                Assert.That(
                    LeastRequestLoadBalancer.EffectiveWeight((uint)input.Int("weight"),
                        input.Int("active_requests"), bias),
                    Is.EqualTo(expect.Number("effective_weight", 0)).Within(1e-12));
                break;
            case "weighted":
                CheckWeighted(input, bias);
                break;
            case "equal_weights_bias_configured":
                CheckShare(input, expect, bias);
                break;
            default:
                throw new InvalidDataException(input.ToString());
        }
    }

    [TestCaseSource(nameof(RandomCases))]
    public void Random(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        ulong draw = input.GetProperty("draw").U64();
        JsonElement[] priorities = [.. input.Items("priorities")];
        int priority = PriorityLoad.Choose(
            draw, [.. priorities.Select(static p => (uint)p.Int("healthy_load"))], new uint[priorities.Length], out _);
        Assert.That(priority, Is.EqualTo(expect.Int("priority")));
        Host[] hosts = [.. Enumerable.Range(0, priorities[priority].Int("hosts")).Select(static i =>
            TestHosts.Make(i))];
        Host? host = RandomLoadBalancer.Pick(hosts, draw);
        int? index = host is null ? null : Array.IndexOf(hosts, host);
        Assert.That(index, Is.EqualTo(expect.Get("host")?.GetInt32()));
        Assert.That(expect.Int("draws_used"), Is.EqualTo(1));
    }

    [TestCaseSource(nameof(SlowStartCases))]
    public void Slow_start(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expect = c.GetProperty("expect");
        var config = new SlowStartConfig(
            input.Int("window_ms"), input.Number("aggression", 1.0), input.Number("min_weight_percent", 10));
        if (input.Get("elapsed_ms") is JsonElement elapsed)
        {
            Assert.That(
                SlowStart.Factor(elapsed.GetInt64(), config),
                Is.EqualTo(expect.Number("factor", 0)).Within(1e-12).Percent);
            return;
        }

        CheckSlowStartSchedule(input, expect, config);
    }

    private static void CheckSlowStartSchedule(JsonElement input, JsonElement expect, SlowStartConfig config)
    {
        const long Now = 1000 * SimDuration.Second;
        double bias = input.Number("active_request_bias", 1.0);
        bool isLeastRequest = input.Text("policy") == "least_request";
        JsonElement[] stated = [.. input.Items("hosts")];
        Host[] hosts = [.. stated.Select((h, i) => TestHosts.Make(i, "", (uint)h.Int("weight", 1)))];
        for (int i = 0; i < hosts.Length; i++)
        {
            hosts[i].RqActive = stated[i].Int("active_at_build");
            if (stated[i].Get("elapsed_ms") is JsonElement ms)
            {
                hosts[i].HealthySinceNs = Now - (ms.GetInt64() * SimDuration.Millisecond);
            }
            else
            {
                hosts[i].Flags = HealthFlags.FailedActiveHc;
            }
        }

        var slowStart = new SlowStart(config, Now);
        double WeightOf(Host h) => slowStart.Apply(
            isLeastRequest ? LeastRequestLoadBalancer.EffectiveWeight(h.Weight, h.RqActive, bias) : h.Weight, h, Now);
        var weights = new CallbackWeights(i => WeightOf(hosts[i]));
        EdfScheduler scheduler = EdfScheduler.CreateWithPicks(hosts.Length, ref weights,
            input.GetProperty("seed").U64());
        for (int i = 0; i < hosts.Length; i++)
        {
            hosts[i].RqActive = stated[i].Int("active_at_pick");
        }

        Assert.That(hosts.Select(WeightOf), Is.EqualTo(expect.Doubles("effective_weights")).Within(1e-12));
        int[] sequence = expect.Ints("sequence");
        Assert.That(sequence.Select(_ => scheduler.PickAndAdd(ref weights)), Is.EqualTo(sequence));
    }

    private static void CheckUnweighted(JsonElement input, JsonElement expect)
    {
        Host[] hosts = [.. input.Ints("active_requests").Select(static (active, i) =>
        {
            Host host = TestHosts.Make(i);
            host.RqActive = active;
            return host;
        })];

        // The first draw chooses the priority.
        var draws = new ScriptedDraws([.. input.Items("draws").Skip(1).Select(static d => d.U64())]);
        Host picked = input.Text("mode") == "full_scan"
            ? LeastRequestLoadBalancer.PickByFullScan(hosts, ref draws)
            : LeastRequestLoadBalancer.PickOfChoices(
                hosts, new Modulus((uint)hosts.Length), (uint)input.Int("choice_count", 2), ref draws);
        Assert.That(Array.IndexOf(hosts, picked), Is.EqualTo(expect.Int("host")));
        Assert.That(draws.Used + 1, Is.EqualTo(expect.Int("draws_used")));
    }

    private static void CheckWeighted(JsonElement input, double bias)
    {
        uint[] hostWeights = [.. input.Items("weights").Select(static w => w.GetUInt32())];
        UpstreamCluster? cluster = null;
        var active = new int[hostWeights.Length];
        foreach (JsonElement op in input.Items("ops"))
        {
            switch (op.Text("op"))
            {
                case "build":
                    cluster = LeastRequest(hostWeights, bias, ChosenDraws.First(input.GetProperty("seed").U64()),
                        active);
                    break;
                case "active":
                    active = op.Ints("values");
                    for (int i = 0; cluster is not null && i < active.Length; i++)
                    {
                        cluster.Hosts[i].RqActive = active[i];
                    }

                    break;
                case "pick":
                    var context = default(LbContext);
                    int[] expected = op.Ints("expect");
                    int[] picks = [.. expected.Select(_ => IndexOf(cluster!, cluster!.ChooseHost(ref context, 0)))];
                    Assert.That(picks, Is.EqualTo(expected), op.ToString());
                    break;
                default:
                    throw new InvalidDataException(op.ToString());
            }
        }
    }

    private static void CheckShare(JsonElement input, JsonElement expect, double bias)
    {
        uint[] hostWeights = [.. input.Items("weights").Select(static w => w.GetUInt32())];
        UpstreamCluster cluster = LeastRequest(hostWeights, bias, new RngStream(17), input.Ints("active_requests"));
        var context = default(LbContext);
        int picks = input.Int("picks");
        int second = Enumerable.Range(0, picks).Count(_ => IndexOf(cluster, cluster.ChooseHost(ref context, 0)) == 1);
        Assert.That(
            (double)second / picks, Is.EqualTo(expect.Number("host_1_share", 0)).Within(expect.Number("tolerance", 0)));
    }

    private static UpstreamCluster LeastRequest(uint[] weights, double bias, RngStream rng, int[] active)
    {
        var config = new ClusterConfig
        {
            Name = "c",
            LbPolicy = LbPolicy.LeastRequest,
            LeastRequest = new LeastRequestConfig(ActiveRequestBias: bias),
        };
        var cluster = new UpstreamCluster(config, Locality.Empty, rng, 0);

        // Weights are evaluated when the schedule is built: the hosts must exist, and be busy, before that.
        ClusterLoadAssignment With(uint extra) => new()
        {
            ClusterName = "c",
            Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, [.. weights.Select((w, i) => new LbEndpoint
            {
                Address = "h" + i.ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 1,
                    Weight = w + extra,
            })])],
        };
        cluster.Update(With(1), 0);
        for (int i = 0; i < active.Length; i++)
        {
            cluster.Hosts[i].RqActive = active[i];
        }

        cluster.Update(With(0), 0);
        return cluster;
    }

    private static int IndexOf(UpstreamCluster cluster, Host? host) => cluster.Hosts.ToList().IndexOf(host!);

    private static LbContext ContextOf(JsonElement op, UpstreamCluster cluster)
    {
        var context = default(LbContext);
        context.HostSelectionRetryMax = op.Int("host_selection_retry_count");
        foreach (string rejected in op.Texts("rejected"))
        {
            context.IsRetry = true;
            context.AvoidPreviousHosts = true;
            context.AddAttempted(cluster.Hosts.Single(h => h.Endpoint.Address == rejected));
        }

        return context;
    }

    private static ClusterLoadAssignment Assignment(JsonElement op) => new()
    {
        ClusterName = "c",
        Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null,
            [.. op.Items("hosts").Select(static h => new LbEndpoint
        {
            Address = h.Text("id"),
            Port = 1,
            Weight = (uint)h.Int("weight", 1),
            HealthStatus = Enum.Parse<EdsHealthStatus>(h.Text("health", "healthy"), ignoreCase: true),
        })])],
    };

    private readonly struct CallbackWeights(Func<int, double> weightOf) : IEdfWeights
    {
        public double WeightOf(int entry) => weightOf(entry);
    }
}

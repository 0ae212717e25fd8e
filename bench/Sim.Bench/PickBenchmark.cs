using BenchmarkDotNet.Attributes;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Bench;

/// <summary>Priority, locality and host of one attempt: 300 endpoints in three priorities.</summary>
[MemoryDiagnoser]
public class PickBenchmark
{
    private UpstreamCluster _cluster = null!;

    /// <summary>Policy.</summary>
    [Params(LbPolicy.LeastRequest, LbPolicy.RoundRobin, LbPolicy.Random)]
    public LbPolicy Policy { get; set; }

    /// <summary>Builds the cluster.</summary>
    [GlobalSetup]
    public void Build()
    {
        LocalityLbEndpoints Zone(int priority) => new(
            new Locality("r" + priority, "z", ""), priority, 1,
            [.. Enumerable.Range(0, 100).Select(i => new LbEndpoint { Address = $"10.0.{priority}.{i}", Port = 80 })]);
        ClusterConfig config = new()
        {
            Name = "c",
            LbPolicy = Policy,
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [Zone(0), Zone(1), Zone(2)],
            },
        };
        _cluster = new UpstreamCluster(config, new Locality("r0", "z", ""), new RngStream(1), 0);
    }

    /// <summary>One pick.</summary>
    [Benchmark]
    public Host? Pick()
    {
        LbContext context = default;
        return _cluster.ChooseHost(ref context, 0);
    }
}

using Sim.Core;
using Sim.Envoy;
using Sim.Runs;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Requests through a gateway allocate nothing, on one connection or on one each.</summary>
[TestFixture]
internal sealed class GatewayAllocationTests
{
    private const int Count = 5000;

    [TestCase("gw-b01")]
    [TestCase("gw-b04")]
    public void Requests_ThroughAGateway_AllocateNothing(string name)
    {
        GatewayCase c = GatewayCase.Read(
            Path.Combine(RepositoryPaths.Root, "tests", "Oracle", "gateway-e2e", "balancing", name));
        var world = new GatewayWorld(c, 1, SimDuration.Millisecond) { Keeps = false };
        const string Host = "transaction-service.bank.svc.cluster.local";
        var template = new RequestTemplate(0, Host, 80, new RequestHeaders("GET", Host, "/", null, 0));
        Send(world, template);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(world, template);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(bytes, Is.Zero);
        Assert.That(world.Lifecycle.Ended, Is.EqualTo(2 * Count));
    }

    private static void Send(GatewayWorld world, RequestTemplate template)
    {
        for (int i = 0; i < Count; i++)
        {
            world.Lifecycle.StartEntry(world.Client.Id, template, 0);
            world.RunUntil(world.NowNs + (20 * SimDuration.Millisecond));
        }
    }
}

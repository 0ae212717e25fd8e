using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Istiod;

namespace Sim.Tests.Runs.Gateways;

/// <summary>A closed loop without think time: as many requests under way as there are workers.</summary>
internal sealed class ClosedLoop
{
    private readonly GatewayWorld _world;
    private readonly RequestTemplate _template;
    private int _left;

    private ClosedLoop(GatewayCase c, ulong seed)
    {
        string kind = c.Get("load", "kind");
        double seconds = double.Parse(c.Get("load", "applicationSeconds"), CultureInfo.InvariantCulture);
        _world = new GatewayWorld(c, seed, (long)(seconds * SimDuration.Second));
        int port = kind switch { "tcp" => 9000, "grpc" => 90, _ => 80 };
        const string Host = "transaction-service.bank.svc.cluster.local";
        var lines = new List<KeyValuePair<string, string>>();
        if (kind == "grpc")
        {
            lines.Add(new("content-type", "application/grpc"));
        }

        string authority = port == 80 ? Host : Host + ":" + port.ToString(CultureInfo.InvariantCulture);
        _template = new RequestTemplate(0, Host, port, new RequestHeaders(
            kind == "grpc" ? "POST" : "GET", authority, "/", lines, 0)) { Lines = lines };
        Workers = int.Parse(c.Get("load", "concurrency"), CultureInfo.InvariantCulture);
        _left = int.Parse(c.Get("load", "requests"), CultureInfo.InvariantCulture);
    }

    public int Workers { get; }

    public IReadOnlyList<EntryOutcome> Ended => _world.Ended;

    /// <summary>Requests by the caller's chosen host.</summary>
    public Dictionary<string, int> PerUpstream => Count(Ended.Select(static o => o.HostAddress));

    /// <summary>Requests by serving pod.</summary>
    public Dictionary<string, int> PerPod => Count(Served.Select(PodOf));

    /// <summary>Pods by connection of the caller.</summary>
    public IEnumerable<IGrouping<long, string>> Connections => Served.GroupBy(static o => o.Connection, PodOf);

    private IEnumerable<EntryOutcome> Served => Ended.Where(static o => o.HostPod >= 0 && o.Code == 200);

    public static ClosedLoop Run(GatewayCase c, ulong seed)
    {
        var loop = new ClosedLoop(c, seed);
        loop._world.OnEnded = _ => loop.Next();
        int workers = loop.Workers;
        for (int i = 0; i < workers; i++)
        {
            // Workers do not start at the same instant.
            loop._world.Lifecycle.At(1 + (i * 20 * SimDuration.Microsecond), loop.Next);
        }

        loop._world.RunUntil(2 * SimDuration.Minute);
        return loop;
    }

    private void Next()
    {
        if (_left > 0)
        {
            _left--;
            _world.Lifecycle.At(_world.NowNs + (20 * SimDuration.Microsecond),
                () => _world.Lifecycle.StartEntry(_world.Client.Id, _template, 0));
        }
    }

    private string PodOf(EntryOutcome o) =>
        _world.Lifecycle.Pods[o.HostPod].Cluster + "." + _world.Lifecycle.Pods[o.HostPod].PodName;

    private static Dictionary<string, int> Count(IEnumerable<string> names) =>
        names.GroupBy(static n => n).ToDictionary(static g => g.Key, static g => g.Count(), StringComparer.Ordinal);
}

using Sim.Core;

namespace Sim.Bench.Operations;

/// <summary>The same requests as a plain C# program would simulate them: closures, the framework's queue, dictionaries,
/// LINQ and strings. The reference of the ratios, not a part of the product.</summary>
internal sealed class PlainRequest : Operation
{
    private readonly PriorityQueue<Action, (double Time, long Sequence)> _future = new();
    private readonly RngStream _stream = new(21);
    private readonly List<List<PlainServer>> _services = [];
    private readonly List<(Dictionary<string, string> Headers, string Cluster)> _routes = [];
    private readonly List<string> _allowed = [];
    private readonly List<double> _latencies = [];
    private readonly double _gap;
    private double _now;
    private long _sequence;
    private int _ended;

    public PlainRequest(int endpoints)
    {
        for (int i = 0; i < endpoints / MeshParts.HostsPerCluster; i++)
        {
            _services.Add(
                [.. Enumerable.Range(0, MeshParts.HostsPerCluster).Select(static n => new PlainServer(n / 10))]);
        }

        for (int i = 0; i < 10; i++)
        {
            _routes.Add((new Dictionary<string, string> { ["region"] = "r" + i, ["version"] = "v1" }, "a"));
            _allowed.Add("spiffe://cluster.local/ns/default/sa/" + (i == 9 ? "account" : "other-" + i));
        }

        _gap = 0.01 / (0.7 * 4 * endpoints / 3);
        Schedule(0, Arrive);
    }

    public override long Run(int count)
    {
        int end = _ended + count;
        while (_ended < end)
        {
            _future.TryDequeue(out Action? action, out (double Time, long Sequence) key);
            _now = key.Time;
            action!();
        }

        return _ended;
    }

    private void Schedule(double delay, Action action) => _future.Enqueue(action, (_now + delay, _sequence++));

    private double Exponential(double mean) => -mean * Math.Log(1 - _stream.NextDouble());

    private void Arrive()
    {
        Schedule(Exponential(_gap), Arrive);
        double begin = _now;
        string region = "r" + _stream.NextBelow(10);
        var headers = new Dictionary<string, string> { ["region"] = region, ["version"] = "v1" };
        (Dictionary<string, string> Headers, string Cluster) route = _routes.First(r =>
            r.Headers.All(h => headers.TryGetValue(h.Key, out string? value) && value == h.Value));
        List<PlainServer> hosts = _services[(int)_stream.NextBelow((uint)_services.Count)];
        List<PlainServer> healthy = [.. hosts.Where(static h => h.Priority == 0 && h.IsHealthy)];
        PlainServer one = healthy[(int)_stream.NextBelow((uint)healthy.Count)];
        PlainServer other = healthy[(int)_stream.NextBelow((uint)healthy.Count)];
        PlainServer server = one.Active <= other.Active ? one : other;
        if (route.Cluster.Length == 0 || !_allowed.Any(static a => a.EndsWith("/sa/account", StringComparison.Ordinal)))
        {
            return;
        }

        server.Active++;
        Schedule(0.00015, () => Serve(server, begin));
    }

    private void Serve(PlainServer server, double begin)
    {
        if (server.Busy == 4)
        {
            server.Line.Enqueue(begin);
            return;
        }

        server.Busy++;
        Schedule(Exponential(0.01), () => Finish(server, begin));
    }

    private void Finish(PlainServer server, double begin)
    {
        server.Busy--;
        if (server.Line.TryDequeue(out double next))
        {
            Serve(server, next);
        }

        Schedule(0.00015, () =>
        {
            server.Active--;
            if (_latencies.Count < 100_000)
            {
                _latencies.Add(_now - begin);
            }

            _ended++;
        });
    }

    private sealed class PlainServer(int priority)
    {
        public int Priority { get; } = priority;

        public bool IsHealthy { get; } = true;

        public int Active { get; set; }

        public int Busy { get; set; }

        public Queue<double> Line { get; } = new();
    }
}

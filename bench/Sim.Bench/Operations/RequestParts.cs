using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.World;

namespace Sim.Bench.Operations;

/// <summary>The parts of a request on the engine, without the life of requests around them: route, authorization,
/// priority, locality and pick, network, server, network, outlier detection, time-out, histogram. What is possible.
/// </summary>
/// <remarks>One service for 30 endpoints, one client for each service, each with its own view of it; four workers an
/// endpoint at 70 % load; 10 ms of exponential service. The general path costs four events a request, the fused one
/// three.</remarks>
internal sealed class RequestParts : Operation
{
    private const int Workers = 4;
    private const double ServiceNs = 10e6;
    private const long DelayNs = 150_000;
    private const long TimeoutNs = 2_000_000_000;

    private readonly EventLoop<Handler, NoProbe, WheelPendingSet> _loop = new(new WheelPendingSet(1_024), default);
    private readonly SlotPool<Request> _requests = new(1_024);
    private readonly LogLinearHistogram _latency = new();
    private readonly CompiledRouteConfiguration _routes = CompiledRouteConfiguration.Compile(MeshParts.Routes());
    private readonly RbacEngine _authorization = RbacEngine.Compile(MeshParts.Policies());
    private readonly RequestHeaders[] _templates = MeshParts.Requests(true);
    private readonly UpstreamCluster[] _clusters;
    private readonly ServerQueue[] _servers;
    private readonly FusedServerQueue[] _fused;
    private readonly DeadlineQueue<Requests> _timeouts;
    private readonly Distribution _gap;
    private readonly Distribution _service = Distribution.Exponential(ServiceNs);
    private readonly RngStream _arrivals = new(11);
    private readonly RngStream _services = new(12);
    private readonly bool _isFused;
    private RbacRequest _caller = MeshParts.Caller(0);
    private int _ended;

    public RequestParts(int endpoints, bool isFused)
    {
        _isFused = isFused;
        _clusters = new UpstreamCluster[endpoints / MeshParts.HostsPerCluster];
        _servers = new ServerQueue[endpoints];
        _fused = new FusedServerQueue[endpoints];
        for (int i = 0; i < _clusters.Length; i++)
        {
            _clusters[i] = Cluster(i * MeshParts.HostsPerCluster);
        }

        for (int i = 0; i < endpoints; i++)
        {
            _servers[i] = new ServerQueue(Workers);
            _fused[i] = new FusedServerQueue(Workers);
        }

        // Priority 0 holds a third of the hosts and takes everything while it is healthy.
        _gap = Distribution.Exponential(ServiceNs / (0.7 * Workers * endpoints / 3));
        _timeouts = new DeadlineQueue<Requests>(
            _loop, new Requests(_requests), TimeoutNs, (1, (int)Kind.Timeout, 0));
        _loop.SetHandler(new Handler(this));
        _loop.Schedule(0, 2, (int)Kind.Arrival, 0, 0);
    }

    private enum Kind
    {
        Arrival,
        ServerArrival,
        ServiceDone,
        Answer,
        Timeout,
    }

    public override int WarmUp => Math.Max(1_000_000, 60 * _servers.Length);

    /// <summary>Events handled.</summary>
    public long Events => _loop.Handled;

    /// <summary>Median time of a request, nanoseconds.</summary>
    public long MedianNs => _latency.Quantile(0.5);

    public override long Run(int count)
    {
        int end = _ended + count;
        while (_ended < end)
        {
            _loop.RunUntil(long.MaxValue, Math.Clamp(end - _ended, 1, 65_536));
        }

        return _latency.Count;
    }

    private static int ServerOf(Host host) => Unsafe.Unbox<int>(host.Companion!);

    private static UpstreamCluster Cluster(int first)
    {
        UpstreamCluster cluster = MeshParts.Cluster(first, RngStream.Create(1, 0, "cluster-" + first, "lb"));
        int tag = first;
        foreach (Host host in cluster.Hosts)
        {
            host.Companion = tag++;
        }

        cluster.Outlier = new OutlierDetector(
            cluster.Config.OutlierDetection!, RngStream.Create(1, 0, "cluster-" + first, "outlier"), cluster,
            cluster.Hosts, long.MaxValue);
        return cluster;
    }

    private void Handle(in SimEvent item)
    {
        switch ((Kind)item.Kind)
        {
            case Kind.Arrival:
                Arrive();
                break;
            case Kind.ServerArrival when _isFused:
                FusedServe(item.Target, item.Generation);
                break;
            case Kind.ServerArrival:
                Serve(item.Target);
                break;
            case Kind.ServiceDone:
                Finish(item.Target, item.Generation);
                break;
            case Kind.Answer when _requests.IsAlive(item.Target, item.Generation):
                Answer(item.Target, 200);
                break;
            case Kind.Timeout:
                TimeOut();
                break;
        }
    }

    private void Arrive()
    {
        long now = _loop.NowNs;
        _loop.Schedule(now + _gap.SampleNs(_arrivals), 2, (int)Kind.Arrival, 0, 0);
        int slot = _requests.Rent();
        uint generation = _requests.GenerationOf(slot);
        ulong random = _arrivals.NextUInt64();
        int client = (int)(((random >> 32) * (ulong)_clusters.Length) >> 32);
        RequestHeaders template = _templates[(int)((random & 0xffff) * (ulong)_templates.Length >> 16)];
        CompiledRoute route = _routes.Match(template, random).Route!;
        _caller.Headers = template;
        var context = default(LbContext);
        Host? host = _clusters[client].ChooseHost(ref context, now);
        ref Request request = ref _requests[slot];
        request.BeginNs = now;
        request.Client = client;
        request.Host = host;
        if (host is null || route.Source.DirectResponseStatus != 0 || !_authorization.Evaluate(in _caller).IsAllowed)
        {
            _requests.Return(slot);
            return;
        }

        host.RqActive++;
        _timeouts.Add(slot, generation);
        _loop.Schedule(now + DelayNs, 2, (int)Kind.ServerArrival, slot, generation);
    }

    private void FusedServe(int slot, uint generation)
    {
        int server = ServerOf(_requests[slot].Host!);
        long end = _fused[server].ArriveNs(_loop.NowNs, _service, _services);
        _loop.Schedule(end + DelayNs, 2, (int)Kind.Answer, slot, generation);
    }

    private void Serve(int slot)
    {
        if (_servers[ServerOf(_requests[slot].Host!)].Offer(slot, out _) == ServerAdmission.Started)
        {
            Begin(slot);
        }
    }

    private void Begin(int slot) => _loop.Schedule(
        _loop.NowNs + _service.SampleNs(_services), 1, (int)Kind.ServiceDone, slot, _requests.GenerationOf(slot));

    private void Finish(int slot, uint generation)
    {
        if (_servers[ServerOf(_requests[slot].Host!)].Release(out int next))
        {
            Begin(next);
        }

        _loop.Schedule(_loop.NowNs + DelayNs, 2, (int)Kind.Answer, slot, generation);
    }

    private void Answer(int slot, int status)
    {
        ref Request request = ref _requests[slot];
        request.Host!.RqActive--;
        _clusters[request.Client].Outlier!.PutHttpResponse(request.Host, status, _loop.NowNs);
        _latency.Record(_loop.NowNs - request.BeginNs);
        _requests.Return(slot);
        _ended++;
    }

    /// <summary>Nobody waits two seconds at this load: a time-out would mean a wrong model.</summary>
    private void TimeOut()
    {
        if (_timeouts.TryFire(out _, out _))
        {
            throw new InvalidOperationException("a request timed out");
        }
    }

    private struct Request
    {
        public long BeginNs;
        public Host? Host;
        public int Client;
    }

    private readonly struct Requests(SlotPool<Request> slots) : IDeadlineOwner
    {
        public bool IsAlive(int slot, uint life) => slots.IsAlive(slot, life);
    }

    private readonly struct Handler(RequestParts model) : IEventHandler
    {
        public void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public void Handle(in SimEvent item) => model.Handle(in item);
    }
}

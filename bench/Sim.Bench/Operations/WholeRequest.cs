using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.Runs;
using Sim.World;
using Sim.Xds;

namespace Sim.Bench.Operations;

/// <summary>The product's whole request: the life of requests between sidecars, with routes, mutual TLS, connection
/// pools, authorization, workers, outlier detection and retries.</summary>
/// <remarks>One service for 30 endpoints and one client for each service; four workers an endpoint at 70 % load; 10 ms
/// of exponential service; ten kinds of requests. Manifests, control planes and reports are outside.</remarks>
internal sealed class WholeRequest<TSet> : Operation, IRunSink
    where TSet : struct, IPendingSet
{
    private const int Workers = 4;
    private const double ServiceNs = 10e6;
    private const long ForeverNs = 100 * 365 * SimDuration.Day;

    private readonly EventLoop<LifecycleHandler, NoProbe, TSet> _loop;
    private readonly RequestLifecycle _lifecycle;
    private readonly LogLinearHistogram _latency = new(SimDuration.Hour);
    private readonly IReadOnlyList<RbacRules> _policies = MeshParts.Policies();
    private readonly Distribution _serviceTime = Distribution.Exponential(ServiceNs);
    private readonly int _endpoints;
    private readonly bool _hasTimeouts;

    /// <param name="set">Set of events.</param>
    /// <param name="endpoints">Endpoints: a multiple of 30.</param>
    /// <param name="prepares">Memory is asked for early; null = as a run of so many pods does.</param>
    /// <param name="hasTimeouts">Requests and tries have timeouts.</param>
    public WholeRequest(TSet set, int endpoints, bool? prepares = null, bool hasTimeouts = false)
    {
        _hasTimeouts = hasTimeouts;
        _endpoints = endpoints;
        _loop = new EventLoop<LifecycleHandler, NoProbe, TSet>(set, default);
        var latency = new LatencyTable(1, 25 * SimDuration.Microsecond);
        latency.Set(0, 0, new PlaceLink { MedianNs = 150 * SimDuration.Microsecond });
        var options = new LifecycleOptions { Seed = 1, Latency = latency, MovesData = false };
        _lifecycle = new RequestLifecycle(options, _loop, this);
        for (int i = 0; i < endpoints; i++)
        {
            AddServer(i);
        }

        int[] clients = new int[endpoints / MeshParts.HostsPerCluster];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = AddClient(i);
        }

        _loop.Prepares = prepares ?? _lifecycle.Pods.Count >= RequestLifecycle.ManyPods;
        StartTraffic(clients);
    }

    public override int WarmUp => Math.Max(500_000, 20 * _endpoints);

    /// <summary>Times of the requests so far.</summary>
    public LogLinearHistogram Latency => _latency;

    /// <summary>Requests that did not end with 200.</summary>
    public long Failed { get; private set; }

    public override long Run(int count)
    {
        long end = _latency.Count + count;
        while (_latency.Count < end)
        {
            _loop.RunUntil(ForeverNs, (int)Math.Clamp(end - _latency.Count, 1, 65_536));
        }

        return Failed == 0 ? _loop.Handled : throw new InvalidOperationException("a request failed");
    }

    public void EntryEnded(in EntryOutcome outcome)
    {
        _latency.Record(outcome.EndNs - outcome.StartNs);
        Failed += outcome.Code == 200 ? 0 : 1;
    }

    public void Ejected(long atNs, ClusterRuntime cluster, string host, int hostPod, string type, int times) =>
        Failed++;

    public void Unejected(long atNs, ClusterRuntime cluster, string host) => Failed++;

    private void StartTraffic(int[] clients)
    {
        RequestHeaders[] templates = MeshParts.Requests(true);
        TrafficSource[] sources = new TrafficSource[templates.Length];

        // Priority 0 holds a third of the hosts and takes everything while it is healthy.
        double rate = 0.7 * Workers * _endpoints / 3 / (ServiceNs / SimDuration.Second) / sources.Length;
        for (int i = 0; i < sources.Length; i++)
        {
            var template = new RequestTemplate(i, "10.96.0.1", 80, templates[i]);
            var arrivals = new ArrivalProcess(
                [new RatePiece(0, ForeverNs, rate, rate)], ArrivalPattern.Poisson,
                RngStream.Create(1, 0, "traffic-" + i, "gap"));
            sources[i] = new TrafficSource(
                i, template, arrivals, false, RngStream.Create(1, 0, "traffic-" + i, "sender"), _loop);
            sources[i].SetSenders(clients);
        }

        _loop.SetHandler(new LifecycleHandler(_lifecycle, sources));
        foreach (TrafficSource source in sources)
        {
            source.Start();
        }
    }

    private void AddServer(int number)
    {
        PodRuntime pod = NewPod("server-" + number, MeshParts.Address(number), "server");
        pod.ServiceTime = _serviceTime;
        pod.Application = new ApplicationPlan { Workers = Workers };
        _lifecycle.Push(pod, Snapshot() with
        {
            Inbound =
            [
                new InboundListener { Port = 8080, HttpRbac = _policies, Protocol = PortProtocol.Http },
            ],
        });
    }

    private int AddClient(int number)
    {
        PodRuntime pod = NewPod("client-" + number, "", "account");
        ClusterConfig config = MeshParts.Config();
        _lifecycle.Push(pod, Snapshot() with
        {
            Clusters = new Dictionary<string, ClusterConfig> { [config.Name] = config },
            Endpoints = new Dictionary<string, ClusterLoadAssignment>
            {
                [config.Name] = MeshParts.Assignment(number * MeshParts.HostsPerCluster),
            },
            Routes = new Dictionary<string, RouteConfiguration> { ["80"] = MeshParts.Routes(_hasTimeouts) },
            Outbound = [new OutboundListener { Address = "0.0.0.0", Port = 80, RouteConfig = "80" }],
        });
        return pod.Id;
    }

    private static ProxySnapshot Snapshot() => new()
    {
        Version = 1,
        Clusters = new Dictionary<string, ClusterConfig>(),
        Endpoints = new Dictionary<string, ClusterLoadAssignment>(),
        Routes = new Dictionary<string, RouteConfiguration>(),
        Locality = MeshParts.Home,
    };

    private PodRuntime NewPod(string name, string ip, string account)
    {
        var pod = new PodRuntime(_lifecycle.Pods.Count, "us-east", "default", name)
        {
            Ip = ip,
            Region = "us-east",
            Zone = "us-east-a",
            HasSidecar = true,
            Identity = new WorkloadIdentity("cluster.local/ns/default/sa/" + account, "cluster.local", "root"),
            Streams = new PodStreams(1, 0, name),
        };
        _lifecycle.AddPod(pod);
        return pod;
    }
}

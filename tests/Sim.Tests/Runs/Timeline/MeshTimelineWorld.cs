using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.World;
using Sim.Xds;

namespace Sim.Tests.Runs.Timeline;

/// <summary>A recorded call graph as a simulated one: every pod an application and a sidecar.</summary>
internal sealed class MeshTimelineWorld
{
    private const int Port = 8080;
    private const string Kind = "x-kind";
    private const long RoundTripNs = 200 * SimDuration.Microsecond;
    private readonly JsonElement _script;
    private readonly Dictionary<string, RequestTemplate> _templates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ips = new(StringComparer.Ordinal);
    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);
    private readonly List<PodRuntime> _callers = [];

    public MeshTimelineWorld(JsonElement recording, JsonElement repetition, ulong seed)
    {
        _script = recording.GetProperty("case");
        World = new TimelineWorld(seed, RoundTripNs, ProxyPassNs(recording));
        foreach (JsonElement pod in _script.GetProperty("pods").EnumerateArray())
        {
            _ips[pod.Text("id")] = "10.0.0." + (_ips.Count + 1).ToString(CultureInfo.InvariantCulture);
            if (pod.Get("eds_add_ms") is null)
            {
                _listed.Add(pod.Text("id"));
            }
        }

        JsonElement sweeps = repetition.GetProperty("first_sweep_ms");
        double? Phase(string id) => sweeps.Get(id) is JsonElement ms ? ms.GetDouble() / 2000 : null;
        foreach (JsonElement pod in _script.GetProperty("pods").EnumerateArray())
        {
            Add(pod, Phase(pod.Text("id")));
        }

        int index = 0;
        JsonElement clients = _script.GetProperty("clients");
        foreach (JsonElement client in clients.EnumerateArray())
        {
            AddClient(client, Phase(client.Text("id")), (index++, clients.GetArrayLength()));
        }
    }

    public TimelineWorld World { get; }

    public long EndNs => TimelineScript.Ms(_script, "duration_ms");

    /// <summary>Time of one pass through one proxy. The recorded machine's overhead of a tier differs from script to
    /// script, and capacities depend on it: the untroubled median latency tells it.</summary>
    private long ProxyPassNs(JsonElement recording)
    {
        // Where requests queue for workers the median holds their waiting, too.
        bool queues = _script.GetProperty("services").EnumerateObject()
            .Any(static s => s.Value.GetProperty("app").Int("workers") > 0);
        if (queues || recording.GetProperty("summary").Get("before.entry.p50_ms") is not JsonElement untroubled)
        {
            return 550 * SimDuration.Microsecond;
        }

        (double services, int hops) = Path(_script.GetProperty("clients")[0].Text("calls"));
        double overhead = (untroubled.GetProperty("mean").GetDouble() - services) * SimDuration.Millisecond;
        double pass = ((overhead / hops) - RoundTripNs) / 4;
        Assert.That(pass, Is.InRange(0.3e6, 1.2e6), "nanoseconds of a proxy pass");
        return (long)pass;
    }

    /// <summary>Service times and hops one after the other from the call of a service to its answer.</summary>
    private (double ServiceMs, int Hops) Path(string service)
    {
        JsonElement app = _script.GetProperty("services").GetProperty(service).GetProperty("app");
        (double ServiceMs, int Hops)[] below = [.. app.Items("calls").Select(c => Path(c.Text("service")))];
        (double ServiceMs, int Hops) path = app.Text("mode") == "parallel" && below.Length > 0
            ? below.MaxBy(static b => b.ServiceMs + (2.2 * b.Hops))
            : (below.Sum(static b => b.ServiceMs), below.Sum(static b => b.Hops));
        return (path.ServiceMs + app.GetProperty("service_ms").GetDouble(), path.Hops + 1);
    }

    private void Add(JsonElement description, double? phase)
    {
        string id = description.Text("id");
        string service = description.Text("service");
        JsonElement app = _script.GetProperty("services").GetProperty(service).GetProperty("app");
        PodRuntime pod = World.AddMeshPod(id, _ips[id], description.Text("region"), phase);
        pod.ServiceTime = Distribution.Constant(TimelineScript.Ms(app, "service_ms"));
        pod.Application = Plan(app);
        _callers.Add(pod);
        Configure(pod, service, app.Items("calls").Select(static c => c.Text("service")));
        TimelineFaults.Schedule(World.Lifecycle, pod, description.GetProperty("faults"),
            TimelineScript.Ms(app, "service_ms"));
        if (description.Get("start_ms") is not null)
        {
            World.Lifecycle.Refuse(pod, keepsWork: true);
            World.Lifecycle.At(TimelineScript.Ms(description, "start_ms"), () => World.Lifecycle.Accept(pod));
        }

        if (description.Get("stop_ms") is not null)
        {
            World.Lifecycle.At(
                TimelineScript.Ms(description, "stop_ms"), () => World.Lifecycle.Refuse(pod, keepsWork: true));
        }

        ScheduleEndpoints(description, id);
    }

    private void ScheduleEndpoints(JsonElement description, string id)
    {
        if (description.Get("eds_add_ms") is not null)
        {
            World.Lifecycle.At(TimelineScript.Ms(description, "eds_add_ms"), () => Relist(id, isListed: true));
        }

        if (description.Get("eds_remove_ms") is not null)
        {
            World.Lifecycle.At(TimelineScript.Ms(description, "eds_remove_ms"), () => Relist(id, isListed: false));
        }
    }

    private void Relist(string id, bool isListed)
    {
        _ = isListed ? _listed.Add(id) : _listed.Remove(id);
        foreach (PodRuntime caller in _callers)
        {
            ProxySnapshot old = caller.Proxy!.Snapshot!;
            World.Lifecycle.Push(caller, old with
            {
                Version = old.Version + 1,
                Endpoints = old.Endpoints.ToDictionary(static e => e.Key, e => Endpoints(e.Key, caller.Region)),
            });
        }
    }

    private void AddClient(JsonElement client, double? phase, (int Index, int Count) place)
    {
        string id = client.Text("id");
        PodRuntime pod = World.AddMeshPod(id, "", client.Text("region"), phase);
        _callers.Add(pod);
        string service = client.Text("calls");
        Configure(pod, "", [service]);
        RngStream stream = World.Stream("arrivals" + id);
        List<long> times = TimelineArrivals.Times(
            client, client.GetProperty("rate").GetDouble(), client.Text("arrivals"), place, EndNs, stream);
        string[] kinds = client.Texts("kinds");
        if (kinds.Length == 0)
        {
            kinds = ["normal"];
        }

        foreach (string kind in kinds.Distinct())
        {
            List<long> own = [.. times.Where((_, n) => kinds[n % kinds.Length] == kind)];
            World.AddTraffic(
                pod, Template(service, client.Int("timeout_ms"), kind), new ArrivalProcess(own, stream));
        }
    }

    private RequestTemplate Template(string service, int timeoutMs, string kind)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{service} {timeoutMs} {kind}");
        if (!_templates.TryGetValue(key, out RequestTemplate? template))
        {
            KeyValuePair<string, string>[] lines = kind.Length == 0 ? [] : [new(Kind, kind)];
            template = new RequestTemplate(_templates.Count, service, Port,
                new RequestHeaders("POST", service, "/", lines, _templates.Count))
            {
                Lines = lines,
                Service = service,
                ClientTimeoutNs = timeoutMs * SimDuration.Millisecond,
            };
            _templates.Add(key, template);
        }

        return template;
    }

    private ApplicationPlan Plan(JsonElement app)
    {
        bool isParallel = app.Text("mode") == "parallel";
        int group = 0;
        string onError = app.Text("on_error");
        return new ApplicationPlan
        {
            Calls =
            [
                .. app.Items("calls").Select(c => new CallPlan(
                    Template(c.Text("service"), c.Int("timeout_ms"), ""),
                    isParallel ? 0 : group++, 1, c.Flag("optional"))
                {
                    CarriesAlong = [Kind],
                }),
            ],
            OnCallError = onError == "pass" ? CallErrorAction.Forward : CallErrorAction.Respond,
            OnCallErrorStatus = onError == "pass" ? 500 : int.Parse(onError, CultureInfo.InvariantCulture),
            Workers = app.Int("workers"),
            QueuePlaces = app.Int("queue"),
        };
    }

    private void Configure(PodRuntime pod, string service, IEnumerable<string> callees)
    {
        string[] names = [.. callees];
        World.Lifecycle.Push(pod, new ProxySnapshot
        {
            Version = 1,
            Locality = new Locality(pod.Region, "", ""),
            Clusters = names.ToDictionary(static n => n, Cluster),
            Endpoints = names.ToDictionary(static n => n, n => Endpoints(n, pod.Region)),
            Routes = new Dictionary<string, RouteConfiguration>
            {
                ["8080"] = new("8080", [.. names.Select(n => new VirtualHost(n, [n], [RouteTo(n)]))]),
            },
            Inbound = service.Length == 0 ? [] : [Listener(service, pod.PodName)],
        });
    }

    private ClusterConfig Cluster(string service)
    {
        JsonElement cluster = _script.GetProperty("services").GetProperty(service).GetProperty("cluster");
        return new ClusterConfig
        {
            Name = service,
            LbPolicy = TimelineScript.Policy(cluster),
            ConnectTimeoutNs = TimelineScript.Ms(cluster, "connect_timeout_ms"),
            CircuitBreakers = TimelineScript.Breakers(cluster),
            OutlierDetection = TimelineScript.Outlier(cluster),
            CommonLb = new CommonLbConfig
            {
                HealthyPanicThreshold = cluster.GetProperty("healthy_panic_threshold").GetDouble(),
            },
        };
    }

    private ClusterLoadAssignment Endpoints(string service, string region)
    {
        IEnumerable<LocalityLbEndpoints> groups = _script.GetProperty("pods").EnumerateArray()
            .Where(p => p.Text("service") == service && _listed.Contains(p.Text("id")))
            .GroupBy(static p => p.Text("region")).Select(g => new LocalityLbEndpoints(
                new Locality(g.Key, "", ""), g.Key == region ? 0 : 1, 1,
                [.. g.Select(p => new LbEndpoint { Address = _ips[p.Text("id")], Port = Port })]));
        return new ClusterLoadAssignment
        {
            ClusterName = service,
            Endpoints = [.. groups.OrderBy(static g => g.Priority)],
        };
    }

    private Route RouteTo(string service)
    {
        JsonElement route = _script.GetProperty("services").GetProperty(service).GetProperty("route");
        return new Route
        {
            Clusters = [new WeightedCluster(service, 1)],
            TimeoutNs = TimelineScript.Ms(route, "timeout_ms"),
            RetryPolicy = TimelineScript.Retries(route),
            Fault = TimelineScript.Fault(route),
        };
    }

    private InboundListener Listener(string service, string pod) => new()
    {
        Port = Port,
        RetryPolicy = new RetryPolicy { RetryOn = "reset-before-request", NumRetries = 2 },
        HttpRbac = TimelineScript.Rbac(_script.GetProperty("services").GetProperty(service), pod),
    };
}

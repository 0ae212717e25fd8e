using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.Tests.Runs.Timeline;
using Sim.Xds;

namespace Sim.Tests.Runs.Requests;

/// <summary>One recording of family envoy-request as a small world: a client proxy and scripted servers.</summary>
internal sealed class RequestScriptWorld
{
    private const int Port = 8080;
    private readonly JsonElement _case;
    private readonly PodRuntime _client;
    private readonly Dictionary<string, string> _hostOfIp = new(StringComparer.Ordinal);
    private readonly Dictionary<RequestHeaders, string> _plans = [];
    private int _requests;

    public RequestScriptWorld(JsonElement recording, ulong seed)
    {
        _case = recording;
        World = new TimelineWorld(seed, 200 * SimDuration.Microsecond);
        var clusters = new Dictionary<string, ClusterConfig>(StringComparer.Ordinal);
        var endpoints = new Dictionary<string, ClusterLoadAssignment>(StringComparer.Ordinal);
        foreach (JsonProperty c in recording.Get("clusters")?.EnumerateObject() ?? default)
        {
            clusters.Add(c.Name, Cluster(c.Name, c.Value));
            endpoints.Add(c.Name, Endpoints(c.Name, c.Value));
        }

        Route[] routes = [.. recording.Items("routes").Select(r =>
            RequestScriptReader.Route(r, recording.GetProperty("virtual_host")))];
        _client = World.AddClient("client", new ProxySnapshot
        {
            Version = 1,
            Locality = Locality.Empty,
            Clusters = clusters,
            Endpoints = endpoints,
            Routes = new Dictionary<string, RouteConfiguration>
            {
                ["8080"] = new("8080", [new VirtualHost("main", ["*"], routes)]),
            },
        }, trustsEnvoyHeaders: !recording.Flag("untrusted_client"));
    }

    public TimelineWorld World { get; }

    /// <summary>Tries that reached a server: request, number, host, time.</summary>
    public List<(int Request, int Attempt, string Host, long AtNs)> Tries { get; } = [];

    /// <summary>Host id of an outcome; null = none.</summary>
    public string? HostOf(in EntryOutcome outcome) =>
        outcome.HostAddress.Length == 0 ? null : _hostOfIp[outcome.HostAddress.Split(':')[0]];

    /// <summary>Starts a request at a time.</summary>
    public void Start(JsonElement request, long atNs)
    {
        KeyValuePair<string, string>[] lines = [.. MatcherJson.Lines(request.Get("headers"))];
        int id = _requests++;
        var template = new RequestTemplate(id, "main", Port,
            new RequestHeaders(request.Text("method", "GET"), "main", request.Text("path", "/"), lines, id))
        {
            Lines = lines,
            BodyBytes = request.Int("body_bytes"),
            ClientTimeoutNs = request.Int("abort_after_ms") * SimDuration.Millisecond,
        };
        _plans.Add(template.Headers, request.Text("plan", "200"));
        World.Lifecycle.At(atNs, () => World.Lifecycle.StartEntry(_client.Id, template, 0));
    }

    /// <summary>Counters of a cluster.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counters(string cluster) =>
        _client.Proxy!.ClusterOf(cluster)!.Breakers.Counters.All();

    private ClusterConfig Cluster(string name, JsonElement e) => new()
    {
        Name = name,
        Protocol = e.Flag("http2") ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1,
        LbPolicy = e.Text("lb_policy", "ROUND_ROBIN") switch
        {
            "LEAST_REQUEST" => LbPolicy.LeastRequest,
            "RANDOM" => LbPolicy.Random,
            _ => LbPolicy.RoundRobin,
        },
        ConnectTimeoutNs = e.Int("connect_timeout_ms", 5000) * SimDuration.Millisecond,
        CircuitBreakers = TimelineScript.Breakers(e, "DEFAULT"),
        HighPriorityCircuitBreakers = TimelineScript.Breakers(e, "HIGH"),
        MaxStreamDurationNs = e.DurationNs("max_stream_duration", 0),
        IdleTimeoutNs = e.DurationNs("idle_timeout", SimDuration.Hour),
        MaxRequestsPerConnection = (uint)e.Int("max_requests_per_connection"),
        OutlierDetection = TimelineScript.Outlier(e),
    };

    private ClusterLoadAssignment Endpoints(string cluster, JsonElement e)
    {
        var groups = new SortedDictionary<int, List<LbEndpoint>>();
        foreach (JsonElement host in e.Items("hosts"))
        {
            string ip = "10.0.0." + (_hostOfIp.Count + 1).ToString(CultureInfo.InvariantCulture);
            _hostOfIp.Add(ip, host.Text("id"));
            PodRuntime pod = World.AddServer(cluster + "-" + host.Text("id"), ip, 0);
            pod.Script = new Script(this, host.Text("id"));
            pod.MaxStreams = e.Int("h2_max_streams", int.MaxValue);
            if (host.Text("kind") == "refused")
            {
                World.Lifecycle.Refuse(pod);
            }
            else if (host.Text("kind") == "blackhole")
            {
                World.Lifecycle.Freeze(pod);
            }

            int priority = host.Int("priority");
            (groups.TryGetValue(priority, out List<LbEndpoint>? list) ? list : groups[priority] = [])
                .Add(new LbEndpoint { Address = ip, Port = Port });
        }

        return new ClusterLoadAssignment
        {
            ClusterName = cluster,
            DropOverloadPercent = e.Items("drop_overloads").Sum(static d =>
                (double)d.GetProperty("drop_percentage").Int("numerator")),
            Endpoints = [.. groups.Select(static g => new LocalityLbEndpoints(Locality.Empty, g.Key, 1, g.Value))],
        };
    }

    /// <summary>Answers as the request's plan says: attempts in order, the last one repeats; notes when which host was
    /// asked.</summary>
    private sealed class Script(RequestScriptWorld world, string host) : IServerScript
    {
        public ServerAnswer Answer(RequestTemplate request, int attempt)
        {
            string[] attempts = world._plans[request.Headers].Split('|');
            world.Tries.Add((request.Headers.Id, attempt, host, world.World.Lifecycle.Now));
            return RequestScriptReader.Answer(attempts[Math.Min(attempt, attempts.Length) - 1]);
        }
    }
}

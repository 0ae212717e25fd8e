using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of circuit breakers and connection pools.</summary>
internal sealed class PoolVectorTests
{
    private static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("envoy-circuit-breaker");

    [TestCaseSource(nameof(Cases))]
    public void Circuit_breaker(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        switch (c.Text("op"))
        {
            case "resource":
                CheckResource(input, expected);
                break;
            case "pool":
                new PoolVectorRun(input).Check(expected);
                break;
            case "preconnect":
                Assert.That(
                    ConnectionPool.ConnectionsToOpen(
                        input.Int("pending"), input.Int("active"), input.Int("concurrent_streams_per_connection"),
                        input.Number("per_upstream_preconnect_ratio", 1), input.Text("host_health") == "healthy"),
                    Is.EqualTo(expected.Int("connections_to_open")));
                break;
            default:
                Assert.Fail("unknown op " + c.Text("op"));
                break;
        }
    }

    private static void CheckResource(JsonElement input, JsonElement expected)
    {
        uint max = input.GetProperty("max").GetUInt32();
        var limits = new CircuitBreakerThresholds
        {
            MaxConnections = max, MaxPendingRequests = max, MaxRequests = max, MaxRetries = max,
        };
        foreach (BreakerResource resource in Enum.GetValues<BreakerResource>())
        {
            var breakers = new CircuitBreakers(limits, CircuitBreakerThresholds.EnvoyDefault);
            JsonElement[] after = [.. expected.Items("after")];
            string[] operations = input.Texts("operations");
            for (int i = 0; i < operations.Length; i++)
            {
                if (operations[i] == "inc")
                {
                    breakers.Increment(resource, false);
                }
                else
                {
                    breakers.Decrement(resource, false);
                }

                Assert.That(breakers.Count(resource, false), Is.EqualTo(after[i].Int("count")));
                Assert.That(breakers.CanCreate(resource, false), Is.EqualTo(after[i].Flag("can_create")));
                Assert.That(breakers.Open(resource, false), Is.EqualTo(after[i].Int("open")));
                Assert.That(breakers.Remaining(resource, false), Is.EqualTo(after[i].Int("remaining")));
            }
        }
    }
}

/// <summary>One vector of op pool, run event by event.</summary>
internal sealed class PoolVectorRun
{
    private readonly ConnectionPool _pool;
    private readonly CircuitBreakers _breakers;
    private readonly PoolActions _actions = new();
    private readonly List<int> _opened = [];
    private readonly List<string> _outcomes = [];
    private readonly bool _isHttp2;

    public PoolVectorRun(JsonElement input)
    {
        JsonElement limits = input.GetProperty("limits");
        _isHttp2 = input.Text("protocol") == "http2";
        _breakers = new CircuitBreakers(
            new CircuitBreakerThresholds
            {
                MaxConnections = (uint)limits.Int("max_connections", 1024),
                MaxPendingRequests = (uint)limits.Int("max_pending_requests", 1024),
                MaxRequests = (uint)limits.Int("max_requests", 1024),
            },
            CircuitBreakerThresholds.EnvoyDefault);
        for (int i = 0; i < limits.Int("connections_used_by_other_hosts"); i++)
        {
            _breakers.Increment(BreakerResource.Connections, false);
        }

        var options = new ConnectionPoolOptions
        {
            MaxConcurrentStreams = limits.Int("max_concurrent_streams", _isHttp2 ? int.MaxValue : 1),
            MaxRequestsPerConnection = (uint)limits.Int("max_requests_per_connection"),
        };
        _pool = new ConnectionPool(TestHosts.Make(1), options, _breakers);
        foreach (JsonElement e in input.Items("events"))
        {
            _actions.Clear();
            _outcomes.Add(Apply(e));
        }
    }

    public void Check(JsonElement expected)
    {
        Assert.That(_outcomes, Is.EqualTo(expected.Texts("outcomes")));
        Dictionary<string, long> counters = _breakers.Counters.All().ToDictionary();
        counters["requests_overflow"] = _breakers.Counters.RqActiveOverflow;
        counters["rq_pending_open"] = _breakers.Open(BreakerResource.PendingRequests, false);
        counters["rq_open"] = _breakers.Open(BreakerResource.Requests, false);
        counters["cx_open"] = _breakers.Open(BreakerResource.Connections, false);
        foreach (JsonProperty p in expected.Get("counters")?.EnumerateObject() ?? default)
        {
            Assert.That(counters[p.Name], Is.EqualTo(p.Value.GetInt64()), p.Name);
        }
    }

    private string Apply(JsonElement e)
    {
        int id = e.Int("id");
        switch (e.Text("op"))
        {
            case "new_stream":
                PoolOutcome outcome = _pool.NewStream(id, _actions);
                return outcome.Kind switch
                {
                    PoolOutcomeKind.Overflow => "overflow",
                    PoolOutcomeKind.Attached =>
                        "attach " + id + " to connection " + _opened.LastIndexOf(outcome.Connection),
                    _ => "pending," + Opened(),
                };
            case "connected":
                _pool.Connected(_opened[e.Int("connection")], int.MaxValue, _actions);
                break;
            case "connect_timeout":
                _pool.ConnectFailed(_opened[e.Int("connection")], ResetReason.ConnectionTimeout, _actions);
                break;
            case "remote_close":
                _pool.Closed(_opened[e.Int("connection")], _actions);
                break;
            case "response_complete":
                _pool.StreamDone(id, keepsConnection: true, _actions);
                break;
            default:
                Assert.Fail("unknown event " + e);
                break;
        }

        return Describe();
    }

    private string Opened()
    {
        List<string> texts = [];
        for (int i = 0; i < _actions.Count; i++)
        {
            if (_actions[i].Kind == PoolActionKind.Open)
            {
                _opened.Add(_actions[i].Connection);
                texts.Add("new connection " + (_opened.Count - 1));
            }
        }

        return texts.Count == 0 ? "no connection" : string.Join(',', texts);
    }

    private string Describe()
    {
        var texts = new List<(int Order, string Text)>();
        for (int i = 0; i < _actions.Count; i++)
        {
            PoolAction a = _actions[i];
            switch (a.Kind)
            {
                case PoolActionKind.Attach:
                    texts.Add((a.Stream,
                        "attach " + a.Stream + " to connection " + _opened.LastIndexOf(a.Connection)));
                    break;
                case PoolActionKind.Reset when a.Reason == ResetReason.Overflow:
                    texts.Add((a.Stream, "overflow " + a.Stream));
                    break;
                case PoolActionKind.Reset:
                    string verb = a.Reason == ResetReason.ConnectionTermination ? "reset " : "fail ";
                    texts.Add((a.Stream, verb + a.Stream + " " + SnakeCase(a.Reason)));
                    break;
                case PoolActionKind.Idle when texts.Count == 0:
                    texts.Add((int.MaxValue, "connection " + _opened.LastIndexOf(a.Connection) + " idle"));
                    break;
                case PoolActionKind.Open:
                    _opened.Add(a.Connection);
                    texts.Add((int.MaxValue, "new connection " + (_opened.Count - 1)));
                    break;
                default:
                    break;
            }
        }

        return string.Join(',', texts.OrderBy(static t => t.Order).Select(static t => t.Text));
    }

    private static string SnakeCase(ResetReason reason) => reason.Text().Replace(' ', '_');
}

using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>Everything that watches a run: the proxies' counters and the clusters' Prometheus servers.</summary>
/// <remarks>It stands beside the event loop: the run stops where a server has something to do, is looked at, and goes
/// on. No event, draw or figure of the run depends on it.</remarks>
internal sealed class Observatory : IObservedWorkloads
{
    private readonly RequestLifecycle _lifecycle;
    private readonly IReadOnlyList<LiveCluster> _clusters;
    private readonly Dictionary<int, (LiveCluster Cluster, PodState State)> _states = [];
    private readonly Dictionary<(string Cluster, string Ip), PodRuntime> _byIp = [];
    private readonly List<ClusterPrometheus> _servers = [];
    private readonly IReadOnlyList<KeyValuePair<string, Sourced<string>>> _reachable;
    private readonly ScenarioDocument _document;
    private readonly long _startMs;

    public Observatory(ScenarioDocument document, RequestLifecycle lifecycle, IReadOnlyList<LiveCluster> clusters)
    {
        PrometheusSpec spec = document.Observation.Servers!;
        _document = document;
        _lifecycle = lifecycle;
        _clusters = clusters;
        _reachable = spec.Reachable;
        _startMs = document.Start.Value.ToUnixTimeMilliseconds();
        Hops = new HopMetrics(lifecycle, this, spec.HasEnvoyStats);
    }

    /// <summary>Counts hops.</summary>
    public HopMetrics Hops { get; }

    /// <summary>When somebody has something to do next, simulated nanoseconds.</summary>
    public long DueNs => (_servers.Min(static s => s.DueMs) - _startMs) * SimDuration.Millisecond;

    /// <summary>A pod was made.</summary>
    public void PodMade(PodRuntime pod, LiveCluster cluster, PodState state)
    {
        _states[pod.Id] = (cluster, state);
        _byIp[(cluster.Name, state.Ip)] = pod;
    }

    /// <summary>The clusters are up: their servers start.</summary>
    public void Start(RunRecorder recorder, DiagnosticBag findings)
    {
        foreach (LiveCluster cluster in _clusters)
        {
            if (_document.Observation.HasServer(cluster.Name))
            {
                _servers.Add(new ClusterPrometheus(_document, cluster, recorder, findings, Answer));
            }
        }

        RuleExamination.Check(_document, _servers, findings);
    }

    /// <summary>Does what is due now.</summary>
    public void Observe(long nowNs)
    {
        long nowMs = _startMs + (nowNs / SimDuration.Millisecond);
        foreach (ClusterPrometheus server in _servers)
        {
            server.Refresh(nowMs);
        }

        foreach (ClusterPrometheus server in _servers)
        {
            server.Scrape(nowMs);
        }

        foreach (ClusterPrometheus server in _servers)
        {
            server.Evaluate(nowMs);
        }
    }

    /// <summary>What was seen.</summary>
    public Observation Build(DiagnosticBag findings)
    {
        var observation = new Observation(
            [.. _servers.Select(static s => s.Build())],
            [.. _servers.SelectMany(static s => s.Alerts.Alerts).OrderBy(static a => a.FromNs)],
            [.. _servers.SelectMany(static s => s.Alerts.Rules)]);
        RuleExamination.Judge(_servers, observation, findings);
        return observation;
    }

    /// <inheritdoc/>
    public MetricWorkload WorkloadOf(PodRuntime pod)
    {
        PodState state = _states[pod.Id].State;
        return new MetricWorkload(state.Workload, state.Namespace, state.Cluster)
        {
            App = state.Labels.GetValueOrDefault("app") ?? "",
            Version = state.Labels.GetValueOrDefault("version") ?? "",
            Principal = pod.Identity is { } identity ? "spiffe://" + identity.Principal : "",
            CanonicalService = state.Labels.GetValueOrDefault("service.istio.io/canonical-name") ?? "",
            CanonicalRevision = state.Labels.GetValueOrDefault("service.istio.io/canonical-revision") ?? "",
            HasProxy = pod.HasSidecar,
        };
    }

    /// <inheritdoc/>
    /// <remarks>Istio: pilot/pkg/networking/core/cluster.go: of several services of a port the first one names the
    /// inbound cluster. Simplified: in the order of the manifests.</remarks>
    public string ServiceOf(PodRuntime pod, int port)
    {
        (LiveCluster cluster, PodState state) = _states[pod.Id];
        foreach (Service s in cluster.LiveObjects().Of<Service>())
        {
            bool isOwner = s.Namespace == state.Namespace && s.Spec is { Selector.Count: > 0 } spec
                && KubeText.Selects(spec.Selector, state.Labels) && spec.Ports.Any(p => Leads(p, port));
            if (isOwner)
            {
                return $"{s.Name}.{s.Namespace}.svc.cluster.local";
            }
        }

        return "";
    }

    private static bool Leads(ServicePort p, int port) =>
        p.TargetPort is null ? p.Port?.Value == port : p.TargetPort.Value.Number is not { } number || number == port;

    /// <summary>What is at an address: a proxy's page, an application, another server, or nothing.</summary>
    /// <remarks>Istio: the agent serves 15020/stats/prometheus, Envoy 15090/stats/prometheus; both ports are outside
    /// of the capture, so STRICT does not matter there.</remarks>
    private ScrapeAnswer Answer(ClusterPrometheus server, ScrapeConfig job, DiscoveredTarget target, long nowMs)
    {
        string address = target.Target.Address;
        int colon = address.LastIndexOf(':');
        string host = colon < 0 ? address : address[..colon];
        if (_byIp.TryGetValue((server.Cluster.Name, host), out PodRuntime? pod))
        {
            bool isPage = pod.HasSidecar && target.Path == TargetDiscovery.StatsPath
                && colon > 0 && address[(colon + 1)..] is "15020" or "15090";
            return pod.Refuses || pod.IsBlackHole ? new ScrapeAnswer(null, null, "the pod does not answer")
                : isPage && Hops.PageOf(pod) is { } page ? new ScrapeAnswer(page.Show(), null)
                : new ScrapeAnswer(null, null, $"no metrics under {target.Path} at this port");
        }

        foreach ((string reachable, Sourced<string> cluster) in _reachable)
        {
            ClusterPrometheus? other = _servers.Find(s => s.Cluster.Name == cluster.Value);
            if (reachable == address && other is not null)
            {
                return target.Path == "/federate"
                    ? new ScrapeAnswer(null, Federation.Expose(
                        other.Store, job.Matches, other.Config.Scraping.ExternalLabels, nowMs,
                        ObservationChecks.DialectOf(_document)))
                    : new ScrapeAnswer(new MetricsPage(), null);
            }
        }

        return host == "localhost" ? new ScrapeAnswer(new MetricsPage(), null)
            : new ScrapeAnswer(null, null, $"{host} does not resolve");
    }
}

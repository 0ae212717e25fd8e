using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry;

namespace Sim.Runs.Observing;

/// <summary>A kind of request that proxies of a cluster can report.</summary>
/// <param name="What">Caller and called.</param>
/// <param name="Request">The request, with the outcome only on the sides whose proxies are in the cluster.</param>
/// <param name="IsAnswered">A caller with a sidecar reaches a ready pod of a service by mutual TLS or, where the server
/// has no proxy, in plaintext.</param>
/// <param name="HasFreeHost">Its labels of the service are whatever the caller wrote.</param>
internal sealed record PossibleReport(string What, IstioRequest Request, bool IsAnswered, bool HasFreeHost = false);

/// <summary>Every kind of request that the proxies of a cluster can report, from the objects that are there.</summary>
/// <remarks>Labels are those of <see cref="IstioMetrics"/>. Simplified: a service's endpoints are the pods of the
/// clusters whose API servers the cluster's istiod reads; policies and routes are not asked.</remarks>
internal sealed class PossibleReports
{
    private static readonly MetricOutcome Answered = new(200);

    private readonly ScenarioDocument _document;
    private readonly LiveCluster _own;
    private readonly List<LiveCluster> _clusters;
    private readonly List<LiveCluster> _read;

    private PossibleReports(ScenarioDocument document, LiveCluster own, IReadOnlyList<LiveCluster> clusters)
    {
        _document = document;
        _own = own;
        _clusters = [.. clusters];
        _read = [.. clusters.Where(c => c == own || Reads(own.Name, c.Name))];
    }

    /// <summary>The reports of a cluster's proxies.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="own">Cluster whose Prometheus would store them.</param>
    /// <param name="clusters">All clusters.</param>
    public static IReadOnlyList<PossibleReport> Of(
        ScenarioDocument document, LiveCluster own, IReadOnlyList<LiveCluster> clusters)
    {
        var possible = new PossibleReports(document, own, clusters);
        return [.. possible.AtSource(), .. possible.AtDestination()];
    }

    private bool Reads(string reader, string read) =>
        _document.FindCluster(reader)?.RemoteSecrets.Any(r => r.Value == read) == true;

    private IEnumerable<PossibleReport> AtSource()
    {
        List<(Service Service, LiveCluster In)> services = [.. _read.SelectMany(static c =>
            c.LiveObjects().Of<Service>().Select(s => (s, c)))];
        List<string> routed = [.. _read.SelectMany(static c => c.LiveObjects().Of<VirtualService>())
            .SelectMany(static v => v.Spec?.Hosts ?? []).Select(static h => h.Value).Distinct()];
        foreach (Workload caller in WorkloadsOf(_own).Where(static w => w.Metric.HasProxy))
        {
            foreach ((Service service, LiveCluster at) in services)
            {
                foreach (Workload server in _read.SelectMany(WorkloadsOf).Where(w => IsOf(service, w)))
                {
                    bool isOwn = server.Metric.Cluster == _own.Name;
                    yield return new PossibleReport(
                        $"{caller.Name} calls {service.Name}.{service.Namespace} on {server.Name}",
                        Request(caller, HostOf(service), server) with
                        {
                            AtSource = Answered, AtDestination = isOwn ? Answered : null,
                        }, IsAnswered: at == _own && server.IsReady);
                }

                yield return Unanswered(caller, MetricServiceKind.Kubernetes, HostOf(service));
                yield return Unanswered(caller, MetricServiceKind.None, HostOf(service));
            }

            foreach (string host in _read.SelectMany(static c => c.LiveObjects().Of<ServiceEntry>())
                .SelectMany(static e => e.Spec?.Hosts ?? []).Select(static h => h.Value).Distinct())
            {
                yield return Unanswered(caller, MetricServiceKind.ServiceEntry, host);
            }

            foreach (string host in routed)
            {
                yield return Unanswered(caller, MetricServiceKind.None, host);
            }

            yield return Unanswered(caller, MetricServiceKind.Passthrough, "") with { HasFreeHost = true };
            yield return Unanswered(caller, MetricServiceKind.BlackHole, "") with { HasFreeHost = true };
        }
    }

    private IEnumerable<PossibleReport> AtDestination()
    {
        foreach (Workload server in WorkloadsOf(_own).Where(static w => w.Metric.HasProxy))
        {
            List<string> hosts = [.. _own.LiveObjects().Of<Service>().Where(s => IsOf(s, server)).Select(HostOf)];
            foreach (string host in hosts.Count > 0 ? hosts : [""])
            {
                foreach (Workload caller in _clusters.SelectMany(WorkloadsOf))
                {
                    bool isFar = caller.Metric.Cluster != _own.Name;
                    IstioRequest request = Request(caller, host, server) with { AtDestination = Answered };
                    yield return new PossibleReport($"{caller.Name} calls {host} on {server.Name}", request,
                        isFar && caller.Metric.HasProxy && server.IsReady && host.Length > 0
                        && Reads(caller.Metric.Cluster, _own.Name) && Knows(caller.Metric.Cluster, host));
                    yield return new PossibleReport(
                        $"{caller.Name} calls {host} in plaintext", request with { IsMutualTls = false }, false);
                }

                yield return new PossibleReport($"somebody calls {host}", new IstioRequest
                {
                    ServiceKind = MetricServiceKind.Kubernetes, ServiceHost = host, Destination = server.Metric,
                    AtDestination = Answered,
                }, false);
            }
        }
    }

    private bool Knows(string cluster, string host) => _clusters.First(c => c.Name == cluster).LiveObjects()
        .Of<Service>().Any(s => HostOf(s) == host);

    private static PossibleReport Unanswered(Workload caller, MetricServiceKind kind, string host) => new(
        $"{caller.Name} calls {host}",
        new IstioRequest
        {
            ServiceKind = kind,
            ServiceHost = kind is MetricServiceKind.Kubernetes or MetricServiceKind.ServiceEntry ? host : "",
            HostHeader = host,
            Source = caller.Metric,
            AtSource = Answered,
        }, false);

    private static IstioRequest Request(Workload caller, string host, Workload server) => new()
    {
        ServiceKind = MetricServiceKind.Kubernetes,
        ServiceHost = host,
        HostHeader = host,
        Source = caller.Metric,
        Destination = server.Metric,
        IsMutualTls = caller.Metric.HasProxy && server.Metric.HasProxy,
    };

    private static string HostOf(Service service) => $"{service.Name}.{service.Namespace}.svc.cluster.local";

    private static bool IsOf(Service service, Workload workload) =>
        service.Namespace == workload.Metric.Namespace
        && service.Spec is { Selector.Count: > 0 } spec && KubeText.Selects(spec.Selector, workload.Pod.Labels);

    /// <summary>Workloads of a cluster in the order of their first pods; a ready pod speaks for them.</summary>
    private IEnumerable<Workload> WorkloadsOf(LiveCluster cluster) => cluster.Pods
        .Where(static p => p is { IsGone: false, IsTerminating: false })
        .GroupBy(static p => (p.Namespace, p.Workload, p.HasSidecar))
        .Select(g =>
        {
            PodState pod = g.FirstOrDefault(static p => p.IsReady) ?? g.First();
            string domain = _document.FindCluster(cluster.Name)?.TrustDomain.Value is { Length: > 0 } d ? d
                : "cluster.local";
            return new Workload(pod, new MetricWorkload(pod.Workload, pod.Namespace, pod.Cluster)
            {
                App = pod.Labels.GetValueOrDefault("app") ?? "",
                Version = pod.Labels.GetValueOrDefault("version") ?? "",
                Principal = $"spiffe://{domain}/ns/{pod.Namespace}/sa/{pod.ServiceAccount}",
                CanonicalService = pod.Labels.GetValueOrDefault("service.istio.io/canonical-name") ?? "",
                CanonicalRevision = pod.Labels.GetValueOrDefault("service.istio.io/canonical-revision") ?? "",
                HasProxy = pod.HasSidecar,
            });
        });

    private sealed record Workload(PodState Pod, MetricWorkload Metric)
    {
        public string Name => $"{Metric.Cluster}/{Metric.Namespace}/{Metric.Name}";

        public bool IsReady => Pod.IsReady;
    }
}

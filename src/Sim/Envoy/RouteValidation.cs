using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A reason why Envoy refuses routes.</summary>
/// <param name="Text">What is wrong, with Envoy's name of the field.</param>
/// <param name="Origin">Where the route stands.</param>
/// <param name="RefusesAll">It is found when the message is read, before anything of it is used: every resource that
/// came with this one is refused, too.</param>
public readonly record struct RouteProblem(string Text, SourceSpan Origin, bool RefusesAll);

/// <summary>Finds what Envoy would refuse in routes: the proxy would keep the configuration it had. Expressions are
/// looked at by <see cref="CompiledRouteConfiguration.Compile"/>.</summary>
/// <remarks>
/// Envoy: api/envoy/config/route/v3/route_components.proto, extensions/filters/http/fault/v3/fault.proto and
/// extensions/filters/common/fault/v3 (rules of fields), source/common/router/config_impl.cc (the rest);
/// source/common/config/watch_map.cc#onConfigUpdate reads all resources of a response before any is used.
/// </remarks>
public static class RouteValidation
{
    private const string Weights = "weighted_clusters.clusters: value must contain at least 1 item(s)";

    /// <summary>Every reason for refusal; none when the routes are accepted.</summary>
    public static IReadOnlyList<RouteProblem> Check(RouteConfiguration configuration)
    {
        var problems = new List<RouteProblem>();
        var domains = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (VirtualHost host in configuration.VirtualHosts)
        {
            foreach (string domain in host.Domains.Where(d => !domains.Add(d)))
            {
                problems.Add(new RouteProblem(domain == "*"
                    ? $"Only a single wildcard domain is permitted in route {configuration.Name}"
                    : "Only unique values for domains are permitted. Duplicate entry of domain "
                    + $"{domain} in route {configuration.Name}",
                    host.Routes.Count > 0 ? host.Routes[0].Origin : default, false));
            }

            foreach (Route route in host.Routes)
            {
                CheckRoute(route, problems);
            }
        }

        return problems;
    }

    /// <summary>Every reason for refusal of a listener's TCP proxies; none when it is accepted.</summary>
    public static IReadOnlyList<RouteProblem> Check(OutboundListener listener)
    {
        var problems = new List<RouteProblem>();
        IEnumerable<IReadOnlyList<WeightedCluster>> choices = listener.TcpRoutes.Select(static r => r.Clusters)
            .Concat(listener.TlsRoutes.Where(static r => r.RouteConfig.Length == 0).Select(static r => r.Clusters));
        bool isChoice = listener is
        {
            RouteConfig.Length: 0, TcpRoutes.Count: 0, TlsRoutes.Count: 0, SniClusters.Count: 0,
        };
        foreach (IReadOnlyList<WeightedCluster> clusters in isChoice ? [listener.TcpClusters] : choices)
        {
            CheckWeights(clusters, default, problems);
        }

        return problems;
    }

    private static void CheckRoute(Route route, List<RouteProblem> problems)
    {
        void Add(string text, bool refusesAll) => problems.Add(new RouteProblem(text, route.Origin, refusesAll));
        if (route.DirectResponseStatus != 0)
        {
            if (route.DirectResponseStatus is < 200 or >= 600)
            {
                Add("direct_response.status: value must be inside range [200, 600)", true);
            }
        }
        else if (route.Redirect is null)
        {
            CheckWeights(route.Clusters, route.Origin, problems);
        }

        if (route.Fault is { } fault)
        {
            if (fault.AbortHttpStatus != 0 && fault.AbortHttpStatus is < 200 or >= 600)
            {
                Add("fault: abort.http_status: value must be inside range [200, 600)", false);
            }

            if (fault.DelayNs < 0)
            {
                Add("fault: delay.fixed_delay: value must be greater than 0s", false);
            }
        }

        if (route.RetryPolicy is { BackoffMaxNs: > 0 } retry && retry.BackoffMaxNs < retry.BackoffBaseNs)
        {
            Add("retry_policy.max_interval must greater than or equal to the base_interval", false);
        }
    }

    private static void CheckWeights(
        IReadOnlyList<WeightedCluster> clusters, SourceSpan origin, List<RouteProblem> problems)
    {
        if (clusters.Count == 0)
        {
            problems.Add(new RouteProblem(Weights, origin, true));
        }
        else if (clusters.Count > 1)
        {
            problems.AddRange(ClusterValidation.CheckWeights([.. clusters.Select(static c => (uint?)c.Weight)])
                .Select(p => new RouteProblem(p, origin, false)));
        }
    }
}

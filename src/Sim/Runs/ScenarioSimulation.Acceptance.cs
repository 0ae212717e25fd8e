using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs.Scenario;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Configuration that a proxy refuses: what it took last stays.</content>
/// <remarks>
/// Envoy refuses by resource (source/common/config/delta_subscription_state.cc, rds_impl.cc, lds_api.cc), but where
/// a field of a route breaks its rule, every route configuration of the response: istiod sends all that the proxy
/// watches. Simplified: clusters are refused one by one in that case, too; a listener whose routes were refused from
/// the start is there, without routes; a proxy that never took anything becomes ready all the same.
/// </remarks>
internal sealed partial class ScenarioSimulation
{
    private readonly HashSet<object> _accepted = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<RouteProblem> _refused = [];
    private readonly HashSet<(PodRuntime, RouteProblem)> _told = [];
    private RouteProblem? _refusal;

    /// <summary>What a proxy takes of a configuration.</summary>
    /// <param name="pod">Its pod.</param>
    /// <param name="snapshot">What it is told.</param>
    /// <param name="refusal">The first thing it refuses; null = it takes everything.</param>
    private ProxySnapshot Accepted(PodRuntime pod, ProxySnapshot snapshot, out RouteProblem? refusal)
    {
        refusal = _refusal = null;
        ProxySnapshot? before = pod.Proxy?.Snapshot;
        if (before is not null && ReferenceEquals(before.Routes, snapshot.Routes)
            && ReferenceEquals(before.Clusters, snapshot.Clusters)
            && ReferenceEquals(before.Outbound, snapshot.Outbound))
        {
            return snapshot; // It holds all of these already.
        }

        IReadOnlyDictionary<string, RouteConfiguration> routes = RoutesOf(pod, before, snapshot);
        IReadOnlyDictionary<string, ClusterConfig> clusters = ClustersOf(pod, before, snapshot);
        IReadOnlyList<OutboundListener> outbound = ListenersOf(pod, before, snapshot);
        refusal = _refusal;
        return ReferenceEquals(routes, snapshot.Routes) && ReferenceEquals(clusters, snapshot.Clusters)
            && ReferenceEquals(outbound, snapshot.Outbound) ? snapshot
            : snapshot with { Routes = routes, Clusters = clusters, Outbound = outbound };
    }

    private IReadOnlyDictionary<string, RouteConfiguration> RoutesOf(
        PodRuntime pod, ProxySnapshot? before, ProxySnapshot snapshot)
    {
        Dictionary<string, RouteConfiguration>? routes = null;
        foreach (RouteConfiguration r in snapshot.Routes.Values.Where(r => !_accepted.Contains(r))
                     .OrderBy(static r => r.Name, StringComparer.Ordinal))
        {
            if (ProblemOf(r) is not { } problem)
            {
                _accepted.Add(r);
            }
            else if (problem.RefusesAll)
            {
                Refused(pod, $"all route configurations, because of {r.Name},", problem);
                return before?.Routes ?? new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal);
            }
            else
            {
                routes ??= new Dictionary<string, RouteConfiguration>(snapshot.Routes, StringComparer.Ordinal);
                Keep(routes, r.Name, before?.Routes.GetValueOrDefault(r.Name));
                Refused(pod, "route configuration " + r.Name, problem);
            }
        }

        return routes ?? snapshot.Routes;
    }

    private static RouteProblem? ProblemOf(RouteConfiguration routes)
    {
        IReadOnlyList<RouteProblem> problems = RouteValidation.Check(routes);
        if (problems.Count > 0)
        {
            return problems.Any(static p => p.RefusesAll) ? problems.First(static p => p.RefusesAll) : problems[0];
        }

        if (!HasExpressions(routes))
        {
            return null;
        }

        var found = new DiagnosticBag();
        CompiledRouteConfiguration.Compile(routes, diagnostics: found);
        return found.Items.Count == 0 ? null : new RouteProblem(found.Items[0].Message, found.Items[0].Span, false);
    }

    private IReadOnlyDictionary<string, ClusterConfig> ClustersOf(
        PodRuntime pod, ProxySnapshot? before, ProxySnapshot snapshot)
    {
        Dictionary<string, ClusterConfig>? clusters = null;
        foreach (ClusterConfig c in snapshot.Clusters.Values.Where(c => _accepted.Add(c)))
        {
            if (ClusterValidation.Check(c) is { Count: > 0 } problems)
            {
                _accepted.Remove(c);
                clusters ??= new Dictionary<string, ClusterConfig>(snapshot.Clusters, StringComparer.Ordinal);
                Keep(clusters, c.Name, before?.Clusters.GetValueOrDefault(c.Name));
                Refused(pod, "cluster " + c.Name, new RouteProblem(problems[0], c.Origin, false));
            }
        }

        return clusters ?? snapshot.Clusters;
    }

    private IReadOnlyList<OutboundListener> ListenersOf(PodRuntime pod, ProxySnapshot? before, ProxySnapshot snapshot)
    {
        List<OutboundListener>? listeners = null;
        foreach (OutboundListener l in snapshot.Outbound.Where(l => _accepted.Add(l)))
        {
            if (RouteValidation.Check(l) is not { Count: > 0 } problems)
            {
                continue;
            }

            _accepted.Remove(l);
            listeners ??= [.. snapshot.Outbound];
            listeners.Remove(l);
            if (before?.Outbound.FirstOrDefault(b => b.Address == l.Address && b.Port == l.Port) is { } last)
            {
                listeners.Add(last);
            }

            Refused(pod, string.Create(CultureInfo.InvariantCulture, $"listener {l.Address}_{l.Port}"), problems[0]);
        }

        return listeners ?? snapshot.Outbound;
    }

    private static void Keep<T>(Dictionary<string, T> resources, string name, T? last)
        where T : class
    {
        resources.Remove(name);
        if (last is not null)
        {
            resources.Add(name, last);
        }
    }

    /// <summary>Tells of a refusal, once for each proxy.</summary>
    private void Refused(PodRuntime pod, string what, RouteProblem problem)
    {
        var refusal = new RouteProblem(
            $"refuses {what} and keeps what it took last: {problem.Text}", problem.Origin, problem.RefusesAll);
        _refusal ??= refusal;
        if (_told.Add((pod, refusal)))
        {
            _recorder.Note(_lifecycle.Now, "push", pod.FullName, refusal.Text, refusal.Origin);
        }

        if (_refused.Add(refusal))
        {
            _findings.Warn(ScenarioCodes.Refused, pod.FullName + " " + refusal.Text, refusal.Origin,
                "other proxies that are told the same refuse it as well");
        }
    }

    private static bool HasExpressions(RouteConfiguration r) => r.VirtualHosts.Any(static v => v.Routes.Any(static x =>
        x.Match.PathKind is PathMatchKind.Regex or PathMatchKind.UriTemplate || x.RegexRewrite is not null
        || x.Match.Headers.Any(static h => h.Match?.Kind == StringMatchKind.Regex)
        || x.Match.QueryParameters.Any(static q => q.Match?.Kind == StringMatchKind.Regex)
        || x.HashPolicies.Any(static h => h.RegexRewrite is not null)));
}

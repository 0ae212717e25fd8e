using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Faults of whole clusters: control plane, API server, DNS; configuration that a proxy refuses.</content>
internal sealed partial class ScenarioSimulation
{
    private readonly Dictionary<string, List<DnsFault>> _dnsFaults = new(StringComparer.Ordinal);
    private readonly HashSet<object> _accepted = new(ReferenceEqualityComparer.Instance);

    private List<string> ClustersOf(MatchSpec match) =>
    [
        .. _document.Clusters.Where(c => (match.Cluster.Value.Length == 0 || match.Cluster.Value == c.Name.Value)
            && (match.Region.Value.Length == 0 || match.Region.Value == c.Region.Value))
            .Select(static c => c.Name.Value),
    ];

    /// <summary>Begins a fault of clusters.</summary>
    /// <returns>What ends it.</returns>
    private Action OfClusters(FaultSpec fault)
    {
        List<string> clusters = ClustersOf(fault.Select);
        switch (fault.Kind.Value)
        {
            case FaultKind.IstiodDown:
                clusters.ForEach(c => _control.StopIstiod(c, _lifecycle.Now));
                return () => clusters.ForEach(c => _control.StartIstiod(c, _lifecycle.Now));
            case FaultKind.KubeApiDown:
                List<string>? readers = fault.Target is { } target ? ClustersOf(target) : null;
                clusters.ForEach(c => _control.StopApiServer(c, readers));
                return () => clusters.ForEach(c => _control.StartApiServer(c, readers, _lifecycle.Now));
            default:
                var failure = new DnsFault(
                    fault.Host.Value ?? "", fault.Answer.Value == DnsFailureAnswer.Nxdomain, fault.Span);
                clusters.ForEach(c => ChangeDns(c, failure, begins: true));
                return () => clusters.ForEach(c => ChangeDns(c, failure, begins: false));
        }
    }

    private void ChangeDns(string cluster, DnsFault failure, bool begins)
    {
        if (!_dnsFaults.TryGetValue(cluster, out List<DnsFault>? faults))
        {
            _dnsFaults.Add(cluster, faults = []);
        }

        if (begins)
        {
            _lifecycle.MakeDnsClusters(cluster);
            faults.Insert(0, failure);
        }
        else
        {
            faults.Remove(failure);
        }

        FollowNames();
    }

    private void EndCertificate(LiveCluster cluster, PodState state, bool hasEnded)
    {
        if (!_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod))
        {
            return;
        }

        bool was = pod.Identity?.IsExpired == true;
        _lifecycle.EndCertificate(pod, hasEnded ? 1 : -1);
        if (pod.Identity is { } identity && identity.IsExpired != was)
        {
            _recorder.Note(_lifecycle.Now, "pod", pod.FullName,
                hasEnded ? "its certificate has expired" : "its certificate is renewed");
        }
    }

    private void Disconnect(LiveCluster cluster, PodState state, long sinceNs)
    {
        if (_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod) && pod.Proxy is { } proxy)
        {
            proxy.DisconnectedSinceNs = sinceNs;
        }
    }

    /// <summary>What a proxy takes of a configuration: a cluster or route configuration that it refuses stays as it
    /// was.</summary>
    /// <remarks>Envoy refuses by resource: source/common/config/delta_subscription_state.cc, rds_impl.cc. Simplified: a
    /// listener whose routes were refused from the start is there, without routes.</remarks>
    private ProxySnapshot Accepted(PodRuntime pod, ProxySnapshot snapshot)
    {
        ProxySnapshot? before = pod.Proxy?.Snapshot;
        if (before is not null && ReferenceEquals(before.Routes, snapshot.Routes)
            && ReferenceEquals(before.Clusters, snapshot.Clusters))
        {
            return snapshot; // It holds all of these already.
        }

        Dictionary<string, RouteConfiguration>? routes = null;
        foreach (RouteConfiguration r in snapshot.Routes.Values.Where(r => !_accepted.Contains(r))
                     .OrderBy(static r => r.Name, StringComparer.Ordinal))
        {
            var problems = new DiagnosticBag();
            if (HasExpressions(r))
            {
                CompiledRouteConfiguration.Compile(r, diagnostics: problems);
            }

            if (problems.Items.Count == 0)
            {
                _accepted.Add(r);
                continue;
            }

            routes ??= new Dictionary<string, RouteConfiguration>(snapshot.Routes, StringComparer.Ordinal);
            routes.Remove(r.Name);
            if (before?.Routes.GetValueOrDefault(r.Name) is { } last)
            {
                routes.Add(r.Name, last);
            }

            Refused(pod, "route configuration " + r.Name, problems.Items[0].Message, problems.Items[0].Span);
        }

        Dictionary<string, ClusterConfig>? clusters = null;
        foreach (ClusterConfig c in snapshot.Clusters.Values.Where(c => _accepted.Add(c)))
        {
            if (ClusterValidation.Check(c) is not { Count: > 0 } problems)
            {
                continue;
            }

            _accepted.Remove(c);
            clusters ??= new Dictionary<string, ClusterConfig>(snapshot.Clusters, StringComparer.Ordinal);
            clusters.Remove(c.Name);
            if (before?.Clusters.GetValueOrDefault(c.Name) is { } last)
            {
                clusters.Add(c.Name, last);
            }

            Refused(pod, "cluster " + c.Name, problems[0], c.Origin);
        }

        return routes is null && clusters is null ? snapshot : snapshot with
        {
            Routes = routes ?? snapshot.Routes, Clusters = clusters ?? snapshot.Clusters,
        };
    }

    private void Refused(PodRuntime pod, string what, string why, SourceSpan span) => _recorder.Note(
        _lifecycle.Now, "push", pod.FullName, string.Create(
            CultureInfo.InvariantCulture, $"refuses {what} and keeps the last one it took: {why}"), span);

    private static bool HasExpressions(RouteConfiguration r) => r.VirtualHosts.Any(static v => v.Routes.Any(static x =>
        x.Match.PathKind is PathMatchKind.Regex or PathMatchKind.UriTemplate || x.RegexRewrite is not null
        || x.Match.Headers.Any(static h => h.Match?.Kind == StringMatchKind.Regex)
        || x.Match.QueryParameters.Any(static q => q.Match?.Kind == StringMatchKind.Regex)
        || x.HashPolicies.Any(static h => h.RegexRewrite is not null)));
}

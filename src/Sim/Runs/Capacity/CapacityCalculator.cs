using Sim.Core;
using Sim.Envoy;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Runs.Capacity;

/// <summary>Follows the mean rates of all traffic through routes, priorities and calls to the pods, and holds them
/// against what the pods can do.</summary>
/// <remarks>
/// A pod with c workers that a request holds for s seconds (its own work and, one group after another, its calls) does
/// c / s a second. Priorities take their share of healthy hosts times 1.4, the rest spills over (Envoy:
/// source/common/upstream/load_balancer_impl.cc#distributeLoad); a lost region's hosts count as known to be gone.
/// Simplified: means only, so what is just below its limit may still queue or tip over (a limit of 90 % leaves room for
/// that); the pods of a workload in a region are held against their demand together; hosts of a priority are equal; no
/// retries, timeouts and errors; what calls in a lost region stays up, as if its users came in by another door.
/// </remarks>
internal sealed class CapacityCalculator(MatrixWorld world)
{
    private const int LevelsMost = 32;
    private const int Draws = 100;

    private readonly RequestLifecycle _lifecycle = world.Lifecycle;
    private readonly int _count = world.Lifecycle.Pods.Count;
    private bool[] _isLost = new bool[world.Lifecycle.Pods.Count];
    private readonly Dictionary<int, int> _ingress = [];
    private double[] _holdNs = [];
    private double _unserved;

    public CapacityTable Calculate(
        double limit, IReadOnlyList<(int[] Senders, RequestTemplate Template, double Rate)> traffic)
    {
        var losses = new List<LossVerdict>();
        var rows = new List<CapacityRow>();
        double[] calm = Flow(traffic);
        string[] regions = [.. world.Document.Clusters.Select(static c => c.Region.Value ?? "")
            .Where(static r => r.Length > 0).Distinct(StringComparer.Ordinal)];
        foreach (string loss in regions.Prepend(CapacityTable.None))
        {
            _isLost = [.. Enumerable.Range(0, _count).Select(
                i => calm[i] > 0 && _lifecycle.Pods[i].Region == loss)];
            double[] load = Flow(traffic);
            List<CapacityRow> own = Rows(loss, load, calm);
            CapacityRow? busiest = own.MaxBy(static r => r.Utilization);
            double most = busiest?.Utilization ?? 0;
            losses.Add(new LossVerdict(loss, most, busiest?.Place ?? "", _unserved, most >= limit || _unserved > 0));
            rows.AddRange(own);
        }

        return new CapacityTable(limit, losses, rows);
    }

    /// <summary>Highest rate of a traffic source. Users who wait for answers send most when these come at once.
    /// </summary>
    public static double PeakOf(TrafficSpec t) => t.Model.Value == TrafficModel.Closed
        ? t.Users / (Math.Max(t.ThinkNs, SimDuration.Millisecond) / 1e9) : t.Diurnal is { } d ? d.HighPerSecond
        : t.Stages.Select(static s => s.ToPerSecond.Value).Append(t.RatePerSecond).Max();

    /// <summary>Requests a second that come to each pod.</summary>
    private double[] Flow(IReadOnlyList<(int[] Senders, RequestTemplate Template, double Rate)> traffic)
    {
        var total = new double[_count];
        double[] level = new double[_count];
        _unserved = 0;
        _holdNs = [.. Enumerable.Repeat(-1.0, _count)];
        foreach ((int[] senders, RequestTemplate template, double rate) in traffic)
        {
            foreach (int sender in senders)
            {
                Spread(_lifecycle.Pods[sender], template, rate / senders.Length, level);
            }
        }

        for (int depth = 0; depth < LevelsMost && level.Any(static r => r > 0); depth++)
        {
            var next = new double[_count];
            for (int i = 0; i < _count; i++)
            {
                total[i] += level[i];
                foreach (CallPlan call in level[i] > 0 ? _lifecycle.Pods[i].Application.Calls : [])
                {
                    Spread(_lifecycle.Pods[i], call.Template, level[i] * call.Probability, next);
                }
            }

            level = next;
        }

        return total;
    }

    private void Spread(PodRuntime client, RequestTemplate template, double rate, double[] into)
    {
        foreach ((int pod, double share) in SharesOf(client, template))
        {
            if (pod < 0)
            {
                _unserved += rate * share;
            }
            else
            {
                into[pod] += rate * share;
            }
        }
    }

    /// <summary>Pods that answer a request of a client, with their shares; -1 = none does.</summary>
    private List<(int Pod, double Share)> SharesOf(PodRuntime client, RequestTemplate template)
    {
        var shares = new List<(int, double)>();
        ResolvedRoute first = _lifecycle.Resolver.Resolve(client, template, 0, null);
        bool isCertain = first.Immediate is { } || client.Proxy?.Known(template.Id) is not null
            || first.Route?.Source.Clusters.Count <= 1;
        int draws = isCertain ? 1 : Draws;
        for (int i = 0; i < draws; i++)
        {
            ResolvedRoute route = i == 0 ? first : _lifecycle.Resolver.Resolve(client, template, (ulong)i, null);
            if (route.Cluster is { } cluster)
            {
                int from = shares.Count;
                AddHosts(client, cluster, 1.0 / draws, shares);
                SendOn(client, template, route, shares, from);
            }
            else
            {
                shares.Add((-1, 1.0 / draws));
            }
        }

        return shares;
    }

    /// <summary>Where connections go that a gateway passes on.</summary>
    private List<(int Pod, double Share)> SharesOf(PodRuntime gateway, int port, in FirstBytes bytes)
    {
        var shares = new List<(int, double)>();
        ByteWay? way = ByteWay.Choose(gateway.Proxy!.ByteListener(port)!, bytes);
        int draws = way?.Chain.Clusters.Count > 1 ? Draws : 1;
        for (int i = 0; i < draws; i++)
        {
            ResolvedRoute? route = way is null ? null : _lifecycle.Resolver.ResolveBytes(
                gateway, way, _lifecycle.TunnelTemplate(port, bytes.ServerName), (ulong)i, null);
            if (route?.Cluster is { } cluster)
            {
                AddHosts(gateway, cluster, 1.0 / draws, shares);
            }
            else
            {
                shares.Add((-1, 1.0 / draws));
            }
        }

        return shares;
    }

    /// <summary>What comes to gateways goes where their routes lead.</summary>
    private void SendOn(
        PodRuntime client, RequestTemplate template, ResolvedRoute route, List<(int Pod, double Share)> shares,
        int from)
    {
        FirstBytes bytes = FirstBytes.Of(route.Cluster!.Config.Tls, "", client, route.ServerName, route.IsTcp);
        List<(int Pod, double Share)> taken = shares[from..];
        shares.RemoveRange(from, shares.Count - from);
        foreach ((int pod, double share) in taken)
        {
            if (pod >= 0 && _ingress.TryGetValue(pod, out int port))
            {
                PodRuntime gateway = _lifecycle.Pods[pod];
                if (ByteWay.Takes(gateway, port, bytes))
                {
                    shares.AddRange(SharesOf(gateway, port, bytes).Select(s => (s.Pod, s.Share * share)));
                    continue;
                }

                shares.AddRange(SharesOf(gateway, _lifecycle.TakenIn(template, port, client, gateway))
                    .Select(s => (s.Pod, s.Share * share)));
            }
            else
            {
                shares.Add((pod, share));
            }
        }
    }

    private void AddHosts(PodRuntime client, ClusterRuntime cluster, double share, List<(int, double)> shares)
    {
        var alive = new SortedDictionary<int, List<int>>();
        var all = new SortedDictionary<int, int>();
        foreach (Host host in cluster.Upstream.Hosts)
        {
            int[] pods = Behind(client, cluster, host);
            all[host.Priority] = all.GetValueOrDefault(host.Priority) + Math.Max(1, pods.Length);
            if (!alive.TryGetValue(host.Priority, out List<int>? list))
            {
                alive.Add(host.Priority, list = []);
            }

            list.AddRange(pods.Where(p => !_isLost[p]));
        }

        double left = 1;
        var loads = new List<(int Priority, double Load)>();
        foreach ((int priority, List<int> pods) in alive)
        {
            double load = Math.Min(left, Math.Min(1, 1.4 * pods.Count / all[priority]));
            left -= load;
            loads.Add((priority, load));
        }

        double sum = loads.Sum(static l => l.Load);
        if (sum <= 0)
        {
            shares.Add((-1, share));
            return;
        }

        foreach ((int priority, double load) in loads.Where(static l => l.Load > 0))
        {
            shares.AddRange(alive[priority].Select(p => (p, share * load / sum / alive[priority].Count)));
        }
    }

    /// <summary>Pods that a host stands for: itself, those of a Service's address, those behind a gateway.</summary>
    private int[] Behind(PodRuntime client, ClusterRuntime cluster, Host host)
    {
        int pod = _lifecycle.PodAt(host.Endpoint.Address);
        if (pod >= 0)
        {
            ProxyRuntime? gateway = _lifecycle.Pods[pod].IsGateway ? _lifecycle.Pods[pod].Proxy : null;
            if (gateway?.ByteListener(host.Endpoint.Port) is { ReadsHttp: false })
            {
                _ingress[pod] = host.Endpoint.Port;
            }

            return [pod];
        }

        if (_lifecycle.Addresses?.Find(client.Cluster, host.Endpoint.Address, host.Endpoint.Port) is not { } backends)
        {
            return [];
        }

        foreach ((int gateway, int port) in backends.Ready)
        {
            if (_lifecycle.Pods[gateway].Proxy is { } proxy
                && (proxy.HttpListener(port) is not null || proxy.ByteListener(port) is not null))
            {
                _ingress[gateway] = port;
            }
        }

        return [.. backends.Ready.SelectMany(r => !_lifecycle.Pods[r.Pod].IsGateway || _ingress.ContainsKey(r.Pod)
            ? [r.Pod]
            : _lifecycle.Pods[r.Pod].Proxy?.SniCluster(r.Port, cluster.Config.Tls.Sni)?.Upstream.Hosts
                .Select(h => _lifecycle.PodAt(h.Endpoint.Address)).Where(static p => p >= 0) ?? [])
            .Distinct().Order()];
    }

    /// <summary>How long a request holds a worker of a pod: its work and its calls, group after group.</summary>
    private double HoldNs(int pod, int depth = 0)
    {
        PodRuntime p = _lifecycle.Pods[pod];
        if (_holdNs[pod] >= 0 || depth > LevelsMost)
        {
            return Math.Max(0, _holdNs[pod]);
        }

        double hold = p.ServiceTime.MeanNs;
        foreach (IGrouping<int, CallPlan> group in p.Application.Calls.GroupBy(static c => c.Group))
        {
            hold += group.Max(c => c.Probability * SharesOf(p, c.Template).Where(static s => s.Pod >= 0).Sum(s =>
                s.Share * (HoldNs(s.Pod, depth + 1) + (4 * _lifecycle.ProxyPassNs)
                    + (2 * _lifecycle.Options.Latency.MedianNs(p, _lifecycle.Pods[s.Pod])))));
        }

        return _holdNs[pod] = hold;
    }

    private List<CapacityRow> Rows(string loss, double[] load, double[] calm)
    {
        var rows = new List<CapacityRow>();
        foreach (var group in _lifecycle.Pods.Where(p => calm[p.Id] > 0 && !_isLost[p.Id])
            .GroupBy(static p => (Workload: p.Namespace + "/" + p.Workload, p.Region))
            .OrderBy(static g => g.Key.Workload, StringComparer.Ordinal)
            .ThenBy(static g => g.Key.Region, StringComparer.Ordinal))
        {
            PodRuntime busiest = group.MaxBy(p => Utilization(p, load))!;
            rows.Add(new CapacityRow(loss, group.Key.Workload, group.Key.Region, group.Count(),
                group.Sum(p => load[p.Id]), group.Sum(CapacityOf), busiest.FullName, Utilization(busiest, load)));
        }

        return rows;
    }

    private double CapacityOf(PodRuntime pod) => pod.Application.Workers == 0 || HoldNs(pod.Id) <= 0
        ? double.PositiveInfinity : pod.Application.Workers * 1e9 / HoldNs(pod.Id);

    private double Utilization(PodRuntime pod, double[] load) => load[pod.Id] / CapacityOf(pod);
}

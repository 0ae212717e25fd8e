using Sim.Core;
using Sim.Engine;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>Asks for the memory that events which are due together will need: step by step, each step for all of them,
/// so that their waits overlap. Nothing here changes anything that a run can see.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>From so many pods on, what a run touches is more than the processor keeps near.</summary>
    public const int ManyPods = 2_000;

    private const int Steps = 11;
    private const int EventsMost = 64;

    /// <summary>Asks for the memory of events that are due next.</summary>
    /// <param name="due">The events.</param>
    /// <param name="sources">Sources of traffic.</param>
    public void Prepare(ReadOnlySpan<SimEvent> due, TrafficSource[] sources)
    {
        if (due.Length > EventsMost)
        {
            return;
        }

        Span<int> arrivals = stackalloc int[EventsMost];
        Span<int> jobs = stackalloc int[EventsMost];
        Span<int> answered = stackalloc int[EventsMost];
        (int a, int j, int r) = (0, 0, 0);
        foreach (ref readonly SimEvent item in due)
        {
            switch ((EventKind)item.Kind)
            {
                case EventKind.Arrival:
                    arrivals[a++] = item.Target;
                    break;
                case EventKind.ServerArrival or EventKind.ServiceDone:
                    jobs[j++] = item.Target;
                    _jobs.Prefetch(item.Target);
                    break;
                case EventKind.Response:
                    answered[r++] = item.Target;
                    _jobs.Prefetch(item.Target);
                    break;
                default:
                    break;
            }
        }

        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < a; i++)
            {
                PrepareArrival(sources[arrivals[i]], step);
            }

            for (int i = 0; step < 2 && i < j; i++)
            {
                PrepareServer(_pods[_jobs[jobs[i]].Pod], step);
            }

            for (int i = 0; step < 4 && i < r; i++)
            {
                PrepareResponse(_jobs[answered[i]].Call, step);
            }
        }
    }

    private static void PrepareServer(PodRuntime pod, int step)
    {
        switch (step)
        {
            case 0:
                pod.Prefetch();
                break;
            default:
                Prefetch.Fields(pod.LastInbound, 32);
                Prefetch.Fields(pod.ServiceTime, 16);
                Prefetch.Fields(pod.ServiceStream, 32);
                break;
        }
    }

    private void PrepareResponse(int index, int step)
    {
        if (index < 0)
        {
            return;
        }

        if (step == 0)
        {
            _calls.Prefetch(index);
            return;
        }

        ref CallSlot call = ref _calls[index];
        if (call.Host is not { } host || call.Cluster is not { } cluster)
        {
            return;
        }

        switch (step)
        {
            case 1:
                host.Prefetch();
                Prefetch.Fields(cluster, 64);
                Prefetch.Fields(call.Route, 100);
                PrepareConnection(call.Connection);
                _connections.PrefetchStream(index);
                break;
            case 2:
                Prefetch.Fields(host.Companion, 80);
                host.Outlier?.Prefetch();
                Prefetch.Fields(host.Pool, 100);
                Prefetch.Fields(cluster.Breakers, 88);
                Prefetch.Fields(cluster.Outlier, 88);
                break;
            default:
                Prefetch.Fields(cluster.Breakers.Counters, 128);
                break;
        }
    }

    private void PrepareConnection(int connection)
    {
        if (connection >= 0)
        {
            _connections.PrefetchConnection(connection);
            Prefetch.Place(in _ends[connection]);
        }
    }

    private void PrepareArrival(TrafficSource source, int step)
    {
        int sender = source.ExpectedSender;
        if (sender < 0 || _pods[sender] is not { } pod)
        {
            return;
        }

        switch (step)
        {
            case 0:
                Prefetch.Fields(pod, 280);
                return;
            case 1:
                Prefetch.Fields(pod.Streams, 64);
                Prefetch.Fields(pod.Proxy, 100);
                return;
            case 2:
                Prefetch.Fields(pod.RouteStream, 32);
                pod.Proxy?.Prefetch(source.Template.Id);
                return;
        }

        if (pod.Proxy?.Known(source.Template.Id) is { } route)
        {
            PrepareRoute(route, step);
        }
    }

    private void PrepareRoute(ResolvedRoute route, int step)
    {
        switch (step)
        {
            case 3:
                Prefetch.Fields(route, 112);
                break;
            case 4:
                Prefetch.Fields(route.Parts ??= PartsOf(route), 160);
                break;
            case 5:
                foreach (object part in route.Parts!)
                {
                    Prefetch.Fields(part, 96);
                }

                break;
            case 6 or 7:
                route.Cluster?.Upstream.Balancer.Prefetch(step == 6);
                break;
            default:
                if (route.Cluster?.Upstream.Balancer.Expected is { } host)
                {
                    PreparePair(host, step);
                }

                break;
        }
    }

    private void PreparePair(Host host, int step)
    {
        switch (step)
        {
            case 8:
                Prefetch.Fields(host.Companion, 80);
                host.Outlier?.Prefetch();
                Prefetch.Fields(host.Pool, 100);
                break;
            case 9 when host.Pool is { } pool:
                PrepareConnection(pool.FirstReady);
                break;
            default:
                break;
        }
    }

    private static object[] PartsOf(ResolvedRoute route)
    {
        if (route.Cluster is not { } cluster)
        {
            return [];
        }

        List<object> parts =
        [
            cluster, cluster.Upstream, cluster.Breakers, cluster.Breakers.Counters,
            .. cluster.Upstream.Balancer.Parts,
        ];
        if (cluster.Outlier is { } outlier)
        {
            parts.Add(outlier);
        }

        return [.. parts];
    }
}

using Sim.Core;

namespace Sim.Runs;

/// <summary>The streams of one pod, one for each purpose, so that one kind of draw never shifts another.</summary>
internal sealed class PodStreams
{
    public PodStreams(ulong seed, int replication, string pod)
    {
        Service = RngStream.Create(seed, replication, pod, "service-time");
        Decision = RngStream.Create(seed, replication, pod, "application");
        Route = RngStream.Create(seed, replication, pod, "route");
        Backoff = RngStream.Create(seed, replication, pod, "back-off");
        Network = RngStream.Create(seed, replication, pod, "network");
        Fault = RngStream.Create(seed, replication, pod, "fault");
        Entry = RngStream.Create(seed, replication, pod, "kube-proxy");
        Start = RngStream.Create(seed, replication, pod, "start");
    }

    /// <summary>Service times.</summary>
    public RngStream Service { get; }

    /// <summary>Errors and optional calls of the application.</summary>
    public RngStream Decision { get; }

    /// <summary>One number a request: fractions, weighted clusters, mirrors.</summary>
    public RngStream Route { get; }

    /// <summary>Back-offs of retries.</summary>
    public RngStream Backoff { get; }

    /// <summary>Delays of packets that leave the pod.</summary>
    public RngStream Network { get; }

    /// <summary>Fault injection.</summary>
    public RngStream Fault { get; }

    /// <summary>Endpoints that connections to addresses of Services go to.</summary>
    public RngStream Entry { get; }

    /// <summary>Phases of timers.</summary>
    public RngStream Start { get; }
}

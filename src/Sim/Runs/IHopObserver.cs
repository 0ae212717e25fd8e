using Sim.Envoy;

namespace Sim.Runs;

/// <summary>What an application tells of a request.</summary>
internal enum ApplicationEvent
{
    /// <summary>The request reached it.</summary>
    Received,

    /// <summary>Its queue was full: 503.</summary>
    Rejected,

    /// <summary>A worker took it.</summary>
    Started,

    /// <summary>It was answered.</summary>
    Finished,

    /// <summary>Its connection was reset instead of an answer.</summary>
    FinishedByReset,
}

/// <summary>Hears what the access logs of both sidecars of every hop and the applications would say.</summary>
internal interface IHopObserver
{
    /// <summary>A call ended at the caller's sidecar.</summary>
    void CallEnded(ref readonly CallSlot call, int lastPod, int code, ResponseFlags flags);

    /// <summary>A request ended at the server's sidecar. Code 0 = the caller left first.</summary>
    void InboundEnded(PodRuntime pod, long arrivedNs, int code, ResponseFlags flags);

    /// <summary>The same with everything that is known of the request.</summary>
    void InboundEnded(PodRuntime pod, ref readonly JobSlot job, int code, ResponseFlags flags) =>
        InboundEnded(pod, job.ArrivedNs, code, flags);

    /// <summary>Something happened to a request inside an application.</summary>
    void Application(PodRuntime pod, ApplicationEvent what, int code, long nowNs);
}

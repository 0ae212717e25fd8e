namespace Sim.Runs.Scenario;

/// <summary>Delays between a change in a cluster and the moment a sidecar has learned of it. All nanoseconds.</summary>
/// <param name="ScheduleNs">From a pod's creation to its being on a node, containers starting.</param>
/// <param name="ReadinessNs">From the moment the application is up to the pod's being Ready.</param>
/// <param name="EndpointSliceNs">From a pod's change to the EndpointSlice object that says so.</param>
/// <param name="WatchNs">From an object's change to istiod's hearing of it.</param>
/// <param name="DebounceNs">istiod waits for quiet this long (PILOT_DEBOUNCE_AFTER).</param>
/// <param name="DebounceMaxNs">istiod waits at most this long (PILOT_DEBOUNCE_MAX).</param>
/// <param name="PushNs">From the push's begin to the proxy's having the configuration.</param>
/// <param name="DrainNs">How long a terminating sidecar keeps serving after SIGTERM.</param>
/// <param name="GracePeriodNs">terminationGracePeriodSeconds where the pod template has none.</param>
/// <param name="DnsTimeToLiveNs">Time to live of an answer of cluster DNS (CoreDNS: 30 s).</param>
/// <param name="CertificateLifeNs">Life of a workload certificate (SECRET_TTL, 24 h).</param>
/// <param name="CertificateRenewal">Share of its life after which it is renewed, above 0 and below 1
/// (SECRET_GRACE_PERIOD_RATIO, half).</param>
public sealed record DelaySpec(
    Sourced<long> ScheduleNs, Sourced<long> ReadinessNs, Sourced<long> EndpointSliceNs, Sourced<long> WatchNs,
    Sourced<long> DebounceNs, Sourced<long> DebounceMaxNs, Sourced<long> PushNs, Sourced<long> DrainNs,
    Sourced<long> GracePeriodNs, Sourced<long> DnsTimeToLiveNs, Sourced<long> CertificateLifeNs,
    Sourced<double> CertificateRenewal);

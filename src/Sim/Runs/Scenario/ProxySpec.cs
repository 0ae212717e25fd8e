namespace Sim.Runs.Scenario;

/// <summary>Settings of every sidecar that no manifest carries.</summary>
/// <param name="UpdateMergeWindowNs">Envoy's update merge window; Istio leaves Envoy's default of 1 s.</param>
/// <param name="OutlierSweepPhaseNs">Instant of the first outlier sweep after a proxy's start; null = each proxy's
/// own, drawn from the seed.</param>
public sealed record ProxySpec(Sourced<long> UpdateMergeWindowNs, Sourced<long>? OutlierSweepPhaseNs);

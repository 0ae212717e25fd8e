namespace Sim.Envoy;

/// <summary>Lists that the rate detectors fill and empty in one sweep. Detectors of one run can share them: sweeps do
/// not overlap.</summary>
/// <remarks>They grow to the largest cluster; then a sweep allocates nothing. Not thread-safe.</remarks>
public sealed class OutlierScratch
{
    internal List<Host> ByRate { get; } = [];

    internal List<double> Rates { get; } = [];

    internal List<(Host Host, OutlierEjectionType Type)> ByPercentage { get; } = [];

    internal List<(Host Host, OutlierEjectionType Type)> Outliers { get; } = [];
}

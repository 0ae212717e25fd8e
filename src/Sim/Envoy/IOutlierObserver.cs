namespace Sim.Envoy;

/// <summary>Follows the decisions of outlier detection, as Envoy's event log does.</summary>
/// <remarks>Envoy: source/common/upstream/outlier_detection_impl.cc#EventLoggerImpl.</remarks>
public interface IOutlierObserver
{
    /// <summary>A host was found to be an outlier.</summary>
    /// <param name="host">The host.</param>
    /// <param name="type">Detector.</param>
    /// <param name="enforced">False when it was found but is not ejected.</param>
    /// <param name="timesEjected">Ejections of the host so far, this one included.</param>
    /// <param name="nowNs">Time in nanoseconds.</param>
    void Ejected(Host host, OutlierEjectionType type, bool enforced, int timesEjected, long nowNs);

    /// <summary>A host came back.</summary>
    /// <param name="host">The host.</param>
    /// <param name="nowNs">Time in nanoseconds.</param>
    void Unejected(Host host, long nowNs);
}

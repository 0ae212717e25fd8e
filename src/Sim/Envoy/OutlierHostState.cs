namespace Sim.Envoy;

/// <summary>State of outlier detection for one host in one client proxy.</summary>
/// <remarks>Envoy: source/common/upstream/outlier_detection_impl.h#DetectorHostMonitorImpl. Made by the
/// detector.</remarks>
public sealed class OutlierHostState
{
    // The runtime puts structs last, in this order: the counts of every answer lie beside the runs of errors.
    /// <summary>Answers of the server in the running interval.</summary>
    public SuccessBucket External;

    /// <summary>Connects and local failures in the running interval (split mode).</summary>
    public SuccessBucket LocalOrigin;

    /// <summary>Length of the current run of 5xx answers.</summary>
    public uint Consecutive5xx;

    /// <summary>Length of the current run of 502, 503 and 504.</summary>
    public uint ConsecutiveGatewayFailure;

    /// <summary>Length of the current run of local failures.</summary>
    public uint ConsecutiveLocalOriginFailure;

    /// <summary>Ejections so far.</summary>
    public int NumEjections;

    /// <summary>Multiplier of the base ejection time; falls by one at a clean sweep.</summary>
    public int EjectTimeMultiplier;

    /// <summary>Random addition to the current ejection, in nanoseconds.</summary>
    public long JitterNs;

    /// <summary>Time of the last ejection.</summary>
    public long EjectedAtNs;

    /// <summary>Time of the last return; null = never ejected and returned.</summary>
    public long? UnejectedAtNs;

    internal OutlierHostState(OutlierDetector detector) => Detector = detector;

    /// <summary>Success rate of answers in percent at the last sweep, -1 when not computed.</summary>
    public double ExternalSuccessRate { get; internal set; } = -1;

    /// <summary>Success rate of connecting in percent at the last sweep, -1 when not computed.</summary>
    public double LocalOriginSuccessRate { get; internal set; } = -1;

    internal OutlierDetector Detector { get; }

    internal long DegradedAtNs { get; set; }

    internal int DegradeTimeMultiplier { get; set; }

    internal long? UndegradedAtNs { get; set; }

    /// <summary>Asks for the memory that every answer writes.</summary>
    internal void Prefetch()
    {
        Core.Prefetch.Place(in Consecutive5xx);
        Core.Prefetch.Place(in External);
    }

    internal void ResetRuns()
    {
        Consecutive5xx = 0;
        ConsecutiveGatewayFailure = 0;
        ConsecutiveLocalOriginFailure = 0;
    }
}

/// <summary>Two counters over the running interval and over the one before.</summary>
public struct SuccessBucket
{
    /// <summary>Successes of the running interval.</summary>
    public uint Success;

    /// <summary>Results of the running interval.</summary>
    public uint Total;

    /// <summary>Successes of the interval before.</summary>
    public uint LastSuccess;

    /// <summary>Results of the interval before.</summary>
    public uint LastTotal;

    /// <summary>Ends the running interval.</summary>
    public void Swap()
    {
        LastSuccess = Success;
        LastTotal = Total;
        Success = 0;
        Total = 0;
    }
}

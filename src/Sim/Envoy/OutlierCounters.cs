namespace Sim.Envoy;

/// <summary>Counters of outlier detection under Envoy's names.</summary>
/// <remarks>Envoy: source/common/upstream/outlier_detection_impl.h#ALL_OUTLIER_DETECTION_STATS.</remarks>
public sealed class OutlierCounters
{
    private static readonly string[] TypeNames =
    [
        "consecutive_5xx", "consecutive_gateway_failure", "success_rate", "consecutive_local_origin_failure",
        "local_origin_success_rate", "failure_percentage", "local_origin_failure_percentage", "degradation",
    ];

    private readonly long[] _detected = new long[TypeNames.Length];
    private readonly long[] _enforced = new long[TypeNames.Length];

    /// <summary>Ejections in force now (gauge). A host ejected by two detectors in one sweep counts twice.</summary>
    public long EjectionsActive { get; internal set; }

    /// <summary>Ejections enforced.</summary>
    public long EjectionsEnforcedTotal { get; internal set; }

    /// <summary>Ejections refused by the cap.</summary>
    public long EjectionsOverflow { get; internal set; }

    /// <summary>Deprecated total: 5xx and success-rate outliers that the cap did not stop, enforced or not.</summary>
    public long EjectionsTotal { get; internal set; }

    /// <summary>Deprecated: runs of 5xx.</summary>
    public long EjectionsConsecutive5xx { get; internal set; }

    /// <summary>Deprecated: success-rate outliers.</summary>
    public long EjectionsSuccessRate { get; internal set; }

    /// <summary>Outliers found by a detector, enforced or not.</summary>
    public long Detected(OutlierEjectionType type) => _detected[(int)type];

    /// <summary>Ejections by a detector.</summary>
    public long Enforced(OutlierEjectionType type) => _enforced[(int)type];

    /// <summary>All counters and gauges with their names below <c>outlier_detection.</c>, zeros included.</summary>
    public IEnumerable<KeyValuePair<string, long>> All()
    {
        yield return new("ejections_active", EjectionsActive);
        yield return new("ejections_enforced_total", EjectionsEnforcedTotal);
        yield return new("ejections_overflow", EjectionsOverflow);
        yield return new("ejections_total", EjectionsTotal);
        yield return new("ejections_consecutive_5xx", EjectionsConsecutive5xx);
        yield return new("ejections_success_rate", EjectionsSuccessRate);
        for (int i = 0; i < TypeNames.Length; i++)
        {
            yield return new("ejections_detected_" + TypeNames[i], _detected[i]);
            if (i != (int)OutlierEjectionType.Degraded)
            {
                yield return new("ejections_enforced_" + TypeNames[i], _enforced[i]);
            }
        }
    }

    internal void CountDetected(OutlierEjectionType type) => _detected[(int)type]++;

    internal void CountEnforced(OutlierEjectionType type)
    {
        EjectionsEnforcedTotal++;
        _enforced[(int)type]++;
    }
}

using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Arithmetic of outlier detection, free of state.</summary>
/// <remarks>Envoy: source/common/upstream/outlier_detection_impl.cc.</remarks>
public static class OutlierMath
{
    /// <summary>Whether one more host may be ejected.</summary>
    /// <remarks>Envoy: #DetectorImpl::ejectHost. Hosts of all priorities count.</remarks>
    /// <param name="active">Ejections in force.</param>
    /// <param name="hosts">Hosts of the cluster, at least 1.</param>
    /// <param name="maxEjectionPercent">Cap in percent.</param>
    /// <param name="alwaysEjectOneHost">The first ejection is free.</param>
    public static bool MayEject(long active, int hosts, uint maxEjectionPercent, bool alwaysEjectOneHost) =>
        PercentAfter(active, hosts) <= Math.Min(100u, maxEjectionPercent) || (alwaysEjectOneHost && active == 0);

    /// <summary>Share of ejected hosts in percent after one more ejection.</summary>
    public static double PercentAfter(long active, int hosts) => 100.0 * (active + 1) / hosts;

    /// <summary>Mean, population standard deviation and the success rate below which a host is an outlier.</summary>
    /// <remarks>Envoy: #DetectorImpl::successRateEjectionThreshold.</remarks>
    /// <param name="rates">Success rates in percent, at least one.</param>
    /// <param name="stdevFactor">Factor of the standard deviation in thousandths.</param>
    public static (double Mean, double Stdev, double Threshold) SuccessRateThreshold(
        ReadOnlySpan<double> rates, uint stdevFactor)
    {
        double sum = 0;
        foreach (double rate in rates)
        {
            sum += rate;
        }

        double mean = sum / rates.Length;
        double variance = 0;
        foreach (double rate in rates)
        {
            variance += (rate - mean) * (rate - mean);
        }

        variance /= rates.Length;
        double stdev = Math.Sqrt(variance);
        return (mean, stdev, mean - (stdev * (stdevFactor / 1000.0)));
    }

    /// <summary>Whether a success rate in percent means a failure percentage at or above the threshold.</summary>
    public static bool IsFailurePercentageOutlier(double successRate, uint threshold) =>
        100.0 - successRate >= threshold;

    /// <summary>Longest ejection: as configured, else the larger of 300 s and the base time.</summary>
    public static long MaxEjectionTimeNs(OutlierDetectionConfig config) =>
        config.MaxEjectionTimeNs ?? Math.Max(300 * SimDuration.Second, config.BaseEjectionTimeNs);

    /// <summary>The multiplier after one more ejection. It stops growing once the maximum time is reached.</summary>
    public static int NextMultiplier(int multiplier, long baseNs, long maxNs) =>
        (Int128)multiplier * baseNs < (Int128)maxNs + baseNs ? multiplier + 1 : multiplier;

    /// <summary>Length of an ejection in nanoseconds without jitter.</summary>
    public static long EjectionTimeNs(int multiplier, long baseNs, long maxNs) =>
        (long)Int128.Min((Int128)multiplier * baseNs, maxNs);

    /// <summary>Random addition in nanoseconds: whole milliseconds, uniform in 0..max.</summary>
    public static long JitterNs(ulong random, long maxJitterNs) =>
        maxJitterNs < SimDuration.Millisecond ? 0
            : (long)(random % (ulong)((maxJitterNs / SimDuration.Millisecond) + 1)) * SimDuration.Millisecond;

    /// <summary>Why Envoy would refuse the settings; null when it takes them.</summary>
    public static string? Refusal(OutlierDetectionConfig config)
    {
        if (config.MaxEjectionPercent > 100)
        {
            return "OutlierDetectionValidationError.MaxEjectionPercent: value must be less than or equal to 100";
        }

        uint[] percentages =
        [
            config.EnforcingConsecutive5xx, config.EnforcingConsecutiveGatewayFailure,
            config.EnforcingConsecutiveLocalOriginFailure, config.EnforcingSuccessRate,
            config.EnforcingLocalOriginSuccessRate, config.EnforcingFailurePercentage,
            config.EnforcingFailurePercentageLocalOrigin, config.FailurePercentageThreshold,
        ];
        if (Array.Exists(percentages, static p => p > 100))
        {
            return "OutlierDetectionValidationError: value must be less than or equal to 100";
        }

        if (config.IntervalNs <= 0 || config.BaseEjectionTimeNs <= 0 || config.MaxEjectionTimeNs <= 0)
        {
            return "OutlierDetectionValidationError: value must be greater than 0s";
        }

        return MaxEjectionTimeNs(config) < config.BaseEjectionTimeNs
            ? "outlier detector's max_ejection_time cannot be smaller than base_ejection_time" : null;
    }
}

using System.Runtime.InteropServices;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The detectors that compare whole intervals: success rate and failure percentage.</summary>
/// <remarks>
/// Envoy: source/common/upstream/outlier_detection_impl.cc#DetectorImpl::processSuccessRateEjections. Candidates of
/// both are chosen before either ejects, so one host may be found by both in one sweep. O(hosts) per sweep.
/// </remarks>
public sealed class OutlierRateDetector
{
    private readonly OutlierDetectionConfig _config;
    private readonly bool _isLocalOrigin;
    private readonly List<Host> _byRate;
    private readonly List<double> _rates;
    private readonly List<(Host Host, OutlierEjectionType Type)> _byPercentage;
    private readonly List<(Host Host, OutlierEjectionType Type)> _outliers;

    internal OutlierRateDetector(OutlierDetectionConfig config, bool isLocalOrigin, OutlierScratch scratch)
    {
        _byRate = scratch.ByRate;
        _rates = scratch.Rates;
        _byPercentage = scratch.ByPercentage;
        _outliers = scratch.Outliers;
        _config = config;
        _isLocalOrigin = isLocalOrigin;
    }

    /// <summary>Mean success rate in percent at the last sweep, -1 when not computed.</summary>
    public double Average { get; private set; } = -1;

    /// <summary>Success rate below which hosts were outliers at the last sweep, -1 when not computed.</summary>
    public double Threshold { get; private set; } = -1;

    /// <summary>Outliers of the interval that has just been swapped out: by success rate, then by percentage. The list
    /// holds until the next call of any detector with the same scratch.</summary>
    internal List<(Host Host, OutlierEjectionType Type)> Judge(Host[] hosts)
    {
        Average = -1;
        Threshold = -1;
        _outliers.Clear();
        if (hosts.Length < _config.SuccessRateMinimumHosts && hosts.Length < _config.FailurePercentageMinimumHosts)
        {
            return _outliers;
        }

        int percentageCandidates = Collect(hosts);
        if (_byRate.Count > 0 && _byRate.Count >= _config.SuccessRateMinimumHosts)
        {
            (Average, _, Threshold) = OutlierMath.SuccessRateThreshold(
                CollectionsMarshal.AsSpan(_rates), _config.SuccessRateStdevFactor);
            for (int i = 0; i < _byRate.Count; i++)
            {
                if (_rates[i] < Threshold)
                {
                    _outliers.Add((_byRate[i], _isLocalOrigin ? OutlierEjectionType.SuccessRateLocalOrigin
                        : OutlierEjectionType.SuccessRate));
                }
            }
        }

        if (percentageCandidates > 0 && percentageCandidates >= _config.FailurePercentageMinimumHosts)
        {
            _outliers.AddRange(_byPercentage);
        }

        return _outliers;
    }

    private int Collect(Host[] hosts)
    {
        _byRate.Clear();
        _rates.Clear();
        _byPercentage.Clear();
        int percentageCandidates = 0;
        uint shownVolume = Math.Min(_config.SuccessRateRequestVolume, _config.FailurePercentageRequestVolume);
        foreach (Host host in hosts)
        {
            OutlierHostState state = host.Outlier!;
            SuccessBucket bucket = _isLocalOrigin ? state.LocalOrigin : state.External;
            if ((host.Flags & HealthFlags.FailedOutlierCheck) != 0 || bucket.LastTotal == 0)
            {
                continue;
            }

            double rate = bucket.LastSuccess * 100.0 / bucket.LastTotal;
            if (bucket.LastTotal >= shownVolume)
            {
                Show(state, rate);
            }

            if (bucket.LastTotal >= _config.SuccessRateRequestVolume)
            {
                _byRate.Add(host);
                _rates.Add(rate);
            }

            if (bucket.LastTotal >= _config.FailurePercentageRequestVolume)
            {
                percentageCandidates++;
                if (OutlierMath.IsFailurePercentageOutlier(rate, _config.FailurePercentageThreshold))
                {
                    _byPercentage.Add((host, _isLocalOrigin ? OutlierEjectionType.FailurePercentageLocalOrigin
                        : OutlierEjectionType.FailurePercentage));
                }
            }
        }

        return percentageCandidates;
    }

    private void Show(OutlierHostState state, double rate)
    {
        if (_isLocalOrigin)
        {
            state.LocalOriginSuccessRate = rate;
        }
        else
        {
            state.ExternalSuccessRate = rate;
        }
    }
}

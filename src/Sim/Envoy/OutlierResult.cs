namespace Sim.Envoy;

/// <summary>What a filter reports to outlier detection besides plain status codes.</summary>
/// <remarks>Envoy: envoy/upstream/outlier_detection.h#Result.</remarks>
public enum OutlierResult
{
    /// <summary>A connection exists or a stream was attached to one; more will be reported.</summary>
    LocalOriginConnectSuccess,

    /// <summary>A connection was made and nothing more will be reported (TCP).</summary>
    LocalOriginConnectSuccessFinal,

    /// <summary>The connection failed, or the stream was reset.</summary>
    LocalOriginConnectFailed,

    /// <summary>No answer in time.</summary>
    LocalOriginTimeout,

    /// <summary>The server's answer was good (non-HTTP protocols).</summary>
    ExtOriginRequestSuccess,

    /// <summary>The server's answer was bad (non-HTTP protocols).</summary>
    ExtOriginRequestFailed,
}

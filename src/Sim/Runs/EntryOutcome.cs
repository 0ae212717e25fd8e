using Sim.Envoy;

namespace Sim.Runs;

/// <summary>How one request of the entry traffic ended; passed by reference to the recorder, never kept.</summary>
internal struct EntryOutcome
{
    /// <summary>Number of the request, from 0, in order of arrival.</summary>
    public long Id;

    /// <summary>Index of the traffic source.</summary>
    public int Traffic;

    /// <summary>Client pod.</summary>
    public int ClientPod;

    /// <summary>Start, simulated nanoseconds.</summary>
    public long StartNs;

    /// <summary>End, simulated nanoseconds.</summary>
    public long EndNs;

    /// <summary>Status code; 0 = none.</summary>
    public int Code;

    /// <summary>Response flags at the client's proxy.</summary>
    public ResponseFlags FlagBits;

    /// <summary>Response code details.</summary>
    public string Details;

    /// <summary>Disposition.</summary>
    public Disposition Disposition;

    /// <summary>Attempts made upstream.</summary>
    public int Attempts;

    /// <summary>Pod behind the last host; -1 = none.</summary>
    public int HostPod;

    /// <summary>The last host; null = none.</summary>
    public Host? Host;

    /// <summary>The last host was an east-west gateway.</summary>
    public bool ByGateway;

    /// <summary>Gateway pod in the middle of the last connection; -1 = none.</summary>
    public int Via;

    /// <summary>Names the last connection that carried the request; -1 = none did.</summary>
    public long Connection;

    /// <summary>The server knew the caller by its certificate.</summary>
    public bool ByMtls;

    /// <summary>Envoy cluster of the request; null = none.</summary>
    public ClusterRuntime? Upstream;

    /// <summary>What let the request pass; null when no policy applied.</summary>
    public RbacVerdict? Verdict;

    /// <summary>Response flags as the access log writes them.</summary>
    public readonly string Flags => FlagBits.ToString();

    /// <summary>Address of the last host; empty = none.</summary>
    public readonly string HostAddress => Host?.Address ?? "";

    /// <summary>Name of the Envoy cluster; empty = none.</summary>
    public readonly string Cluster => Upstream?.Config.Name ?? "";

    /// <summary>The rule that let the request pass; empty when no policy applied.</summary>
    public readonly string AllowedBy => Verdict?.Rule ?? "";
}

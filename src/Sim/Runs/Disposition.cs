namespace Sim.Runs;

/// <summary>How a request of the entry traffic ended: a closed list, see docs/dispositions.md.</summary>
public enum Disposition : byte
{
    /// <summary>The application answered below 500.</summary>
    Served,

    /// <summary>The application, or the sidecar in front of it, answered 5xx and the answer was passed on.</summary>
    UpstreamError,

    /// <summary>403 of an AuthorizationPolicy.</summary>
    DeniedRbac,

    /// <summary>401 of a RequestAuthentication.</summary>
    DeniedJwt,

    /// <summary>503 UH: no host could be picked.</summary>
    NoHealthyUpstream,

    /// <summary>404 NR: no route matched.</summary>
    NoRoute,

    /// <summary>503 NC: the route names a cluster that does not exist.</summary>
    NoCluster,

    /// <summary>503 UF: no connection could be made, retries included.</summary>
    ConnectFailed,

    /// <summary>503 UC: the connection ended under the request.</summary>
    ConnectionLost,

    /// <summary>503 UR or 502 UPE: the upstream reset the stream or broke the protocol.</summary>
    UpstreamReset,

    /// <summary>503 UO: a circuit breaker was full.</summary>
    Overflow,

    /// <summary>504 UT: the route's or the last try's timeout.</summary>
    Timeout,

    /// <summary>DC: the caller gave up first.</summary>
    ClientGaveUp,

    /// <summary>FI: aborted by fault injection.</summary>
    FaultInjected,

    /// <summary>429 RL: rate limited.</summary>
    RateLimited,

    /// <summary>Answered by the proxy itself: direct response or redirect.</summary>
    DirectResponse,

    /// <summary>The caller's name look-up failed before any proxy saw the request.</summary>
    NameNotResolved,

    /// <summary>A caller without sidecar was cut off: plaintext to STRICT.</summary>
    PlaintextRefused,

    /// <summary>502: unknown host under REGISTRY_ONLY.</summary>
    EgressBlocked,

    /// <summary>Left the mesh by PassthroughCluster: what answers there is not modelled.</summary>
    Passthrough,

    /// <summary>The command line of the caller could not be run (curl exit 2).</summary>
    ClientError,
}

/// <summary>Names and meanings of dispositions.</summary>
public static class Dispositions
{
    private static readonly string[] Names =
    [
        "SERVED", "UPSTREAM_ERROR", "DENIED_RBAC", "DENIED_JWT", "NO_HEALTHY_UPSTREAM", "NO_ROUTE", "NO_CLUSTER",
        "CONNECT_FAILED", "CONNECTION_LOST", "UPSTREAM_RESET", "OVERFLOW", "TIMEOUT", "CLIENT_GAVE_UP",
        "FAULT_INJECTED", "RATE_LIMITED", "DIRECT_RESPONSE", "NAME_NOT_RESOLVED", "PLAINTEXT_REFUSED",
        "EGRESS_BLOCKED", "PASSTHROUGH", "CLIENT_ERROR",
    ];

    /// <summary>Number of dispositions.</summary>
    public static int Count => Names.Length;

    /// <summary>Name as it stands in files, <c>NO_HEALTHY_UPSTREAM</c>.</summary>
    public static string NameOf(Disposition disposition) => Names[(int)disposition];

    /// <summary>Whether a request counts as available: it was answered with a status below 500.</summary>
    public static bool IsGood(int code) => code is > 0 and < 500;

    /// <summary>Exit code of curl (without <c>--fail</c>) for a request that ended so.</summary>
    /// <remarks>A sidecar takes its application's connection before it has one of its own: when that fails and there
    /// is no HTTP to answer with, the application's is closed without a byte (52). Simplified: a reset (56) in its
    /// place, which depends on what the kernel still holds unread, is not told from it.</remarks>
    /// <param name="disposition">How it ended.</param>
    /// <param name="code">Status; 0 = none.</param>
    /// <param name="hasSidecar">The caller has a sidecar.</param>
    /// <param name="flags">Response flags in its sidecar's log; <c>-</c> = none.</param>
    public static int CurlExit(Disposition disposition, int code, bool hasSidecar, string flags) => disposition switch
    {
        Disposition.NameNotResolved => 6,
        Disposition.PlaintextRefused => 56,
        Disposition.ClientGaveUp => 28,
        Disposition.ClientError => 2,
        Disposition.Passthrough => 7,
        Disposition.ConnectFailed or Disposition.NoHealthyUpstream when code == 0 =>
            hasSidecar && flags != "-" ? 52 : 7,
        _ => code == 0 ? 52 : 0,
    };
}

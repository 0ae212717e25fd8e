namespace Sim.Runs.Matrix;

/// <summary>What becomes of a request in a truth table: a closed list.</summary>
public enum MatrixVerdict
{
    /// <summary>It reaches the application.</summary>
    Allowed,

    /// <summary>An AuthorizationPolicy refuses it: 403, or on TCP the connection is closed.</summary>
    Denied,

    /// <summary>A RequestAuthentication refuses its token: 401.</summary>
    Unauthenticated,

    /// <summary>One side refuses the other's certificate, or hears no TLS where it wants it.</summary>
    TlsFailure,

    /// <summary>Plaintext to a STRICT port: the server closes the connection.</summary>
    PlaintextRefused,

    /// <summary>No route matches: 404 NR.</summary>
    NoRoute,

    /// <summary>The route names a cluster that does not exist: 503 NC.</summary>
    NoCluster,

    /// <summary>The cluster has no host: 503 UH.</summary>
    NoEndpoint,

    /// <summary>No way leads to the host, or nothing accepts the connection there.</summary>
    Unreachable,

    /// <summary>The caller's DNS does not know the name.</summary>
    NotResolved,

    /// <summary>Unknown host under REGISTRY_ONLY: 502.</summary>
    EgressBlocked,

    /// <summary>It leaves the mesh unseen: what answers there is not modelled.</summary>
    Passthrough,

    /// <summary>The caller's proxy answers itself: a direct response or a redirect.</summary>
    DirectResponse,

    /// <summary>Fault injection aborts every one.</summary>
    FaultInjected,

    /// <summary>The caller cannot send: its proxy has no configuration, or curl refuses the line.</summary>
    NotSent,

    /// <summary>Several of these, by chance or by the host that is picked.</summary>
    Mixed,
}

using Sim.Envoy;

namespace Sim.Runs;

/// <summary>Where a call stands.</summary>
internal enum CallPhase : byte
{
    Free,

    /// <summary>Waits for a connection.</summary>
    Pending,

    /// <summary>Attached to a connection, the answer is outstanding.</summary>
    Sent,

    /// <summary>Waits for its next try.</summary>
    Backoff,

    /// <summary>Held by an injected delay.</summary>
    Delayed,
}

/// <summary>One call of an application through its own sidecar, tries included.</summary>
internal struct CallSlot
{
    public CallPhase Phase;
    public bool Traced;
    public bool HasSentBytes;

    /// <summary>The last failed connect failed in its handshake, not by refusal.</summary>
    public bool HandshakeFailed;
    public short Attempts;
    public int Traffic;
    public int ClientPod;
    public int ParentJob;
    public uint ParentJobGeneration;
    public int CallIndex;
    public long Id;
    public long StartNs;
    public ulong Random;
    public RequestTemplate Template;
    public ResolvedRoute? Route;
    public ClusterRuntime? Cluster;
    public Host? Host;
    public int Connection;
    public int LastPeer;

    /// <summary>Gateway in the middle of the last connection; -1 = none.</summary>
    public int LastVia;

    /// <summary>Index and generation of the last connection that carried a try; -1 = none did.</summary>
    public long LastConnection;
    public bool ByMtls;
    public int Job;
    public uint JobGeneration;
    public ResponseFlags Flags;
    public RetryState Retry;
    public LbContext Lb;

    /// <summary>Reason of a reset that is on its way.</summary>
    public ResetReason ToldReset;
}

/// <summary>Where a piece of server work stands.</summary>
internal enum JobPhase : byte
{
    Free,

    /// <summary>On its way to the server.</summary>
    Travelling,

    /// <summary>Waits for a worker.</summary>
    Queued,

    /// <summary>In its service time.</summary>
    Working,

    /// <summary>Waits for calls of its own.</summary>
    Calling,

    /// <summary>Waits for a connection of the inbound proxy to its application.</summary>
    InboundPending,

    /// <summary>The application is about to reset the connection.</summary>
    ResetByApplication,

    /// <summary>Waits for the inbound proxy's next try.</summary>
    InboundRetry,

    /// <summary>The answer travels back.</summary>
    Answering,
}

/// <summary>One attempt at a server: the request as it arrives, is worked on and is answered.</summary>
internal struct JobSlot
{
    public JobPhase Phase;
    public bool HoldsWorker;
    public bool ByMtls;
    public bool IsLost;
    public bool Failed;

    /// <summary>The application will reset the connection instead of answering.</summary>
    public bool WillReset;
    public short Group;
    public short PendingCalls;
    public int Pod;
    public int Call;
    public uint CallGeneration;
    public int InboundPort;

    /// <summary>Gateway on the way; -1 = none.</summary>
    public int Via;
    public int Connection;
    public int Status;
    public int FirstFailure;

    /// <summary>Reason the caller hears when the application resets.</summary>
    public ResetReason ResetReason;

    /// <summary>What a scripted server answers besides its status; null = nothing.</summary>
    public ResponseHeaders? Headers;
    public int ClientPod;
    public RequestTemplate Template;
    public string Details;
    public string AllowedBy;

    /// <summary>When the request reached the server's proxy; -1 = it has not.</summary>
    public long ArrivedNs;

    /// <summary>The proxy's way to its application; null without sidecar and for TCP.</summary>
    public InboundCluster? Inbound;

    /// <summary>Stream in the pool of <see cref="Inbound"/>; -1 = none.</summary>
    public int InboundStream;

    /// <summary>Tries of the server's proxy.</summary>
    public short InboundTries;

    /// <summary>Flags in the log of the server's proxy.</summary>
    public ResponseFlags InboundFlags;

    /// <summary>Retries of the server's proxy.</summary>
    public RetryState InboundRetry;
}

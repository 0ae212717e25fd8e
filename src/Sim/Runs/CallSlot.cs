using Sim.Engine;
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

    /// <summary>The answer has begun, more of it is outstanding.</summary>
    Receiving,

    /// <summary>Waits for its next try.</summary>
    Backoff,

    /// <summary>Held by an injected delay.</summary>
    Delayed,
}

/// <summary>One call of an application through its own sidecar: what every request needs. What only a second try needs
/// is in <see cref="TryState"/>.</summary>
internal struct CallSlot
{
    public RequestTemplate Template;
    public ResolvedRoute? Route;
    public ClusterRuntime? Cluster;
    public Host? Host;
    public ResponseFlags Flags;
    public long Id;
    public long StartNs;
    public int Traffic;
    public int ClientPod;
    public int ParentJob;
    public uint ParentJobGeneration;
    public int CallIndex;
    public int Connection;

    /// <summary>Pod at the other end of the last connection; -1 = none.</summary>
    public int LastPeer;

    /// <summary>Gateway in the middle of the last connection; -1 = none.</summary>
    public int LastVia;

    /// <summary>Index of the last connection that carried a try; -1 = none did.</summary>
    public int LastConnection;

    /// <summary>Generation of <see cref="LastConnection"/>.</summary>
    public uint LastConnectionGeneration;
    public int Job;
    public uint JobGeneration;
    public short Attempts;
    public CallPhase Phase;

    /// <summary>Reason of a reset that is on its way.</summary>
    public ResetReason ToldReset;
    public bool HasSentBytes;

    /// <summary>The last failed connect failed in its handshake, not by refusal.</summary>
    public bool HandshakeFailed;
    public bool ByMtls;

    /// <summary>The call's <see cref="TryState"/> holds something.</summary>
    public bool HasTries;

    /// <summary>A pool has a stream for it, waiting or on a connection.</summary>
    public bool HasStream;

    /// <summary>The gateway of <see cref="LastVia"/> made a call of its own for it.</summary>
    public bool HasOwnHop;

    /// <summary>Its branch of the explanation, <see cref="RequestTrace"/>; 0 = nobody asked for one.</summary>
    public int Branch;

    /// <summary>It is explained.</summary>
    public readonly bool Traced => Branch > 0;
}

/// <summary>What a call needs once a first try has failed.</summary>
internal struct TryState
{
    public RetryState Retry;
    public LbContext Lb;
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
internal struct JobSlot : IQueuedSlot
{
    public RequestTemplate Template;

    /// <summary>What the server's filters said; null = they were not asked.</summary>
    public RbacVerdict? Verdict;

    /// <summary>Filters that know the caller by a number; null = none yet.</summary>
    public JudgeTable? CallerTable;

    /// <summary>What a scripted server answers besides its status; null = nothing.</summary>
    public ResponseHeaders? Headers;

    /// <summary>The proxy's way to its application; null without sidecar and for TCP.</summary>
    public InboundCluster? Inbound;

    /// <summary>When the request reached the server's proxy; -1 = it has not.</summary>
    public long ArrivedNs;

    /// <summary>Flags in the log of the server's proxy.</summary>
    public ResponseFlags InboundFlags;
    public int Pod;
    public int Call;
    public uint CallGeneration;
    public int ClientPod;
    public int Connection;

    /// <summary>Gateway on the way; -1 = none.</summary>
    public int Via;
    public int InboundPort;

    /// <summary>Way of the answer in the table of latencies; counts without <see cref="Via"/> only.</summary>
    public int WayBack;

    /// <summary>Number of the caller in <see cref="CallerTable"/>.</summary>
    public int Caller;

    /// <summary>Index of the first of the application's calls that failed; of a gateway its own call.</summary>
    public int FirstFailure;

    /// <summary>Generation of a gateway's own call.</summary>
    public uint ForwardedGeneration;
    public short Status;
    public short Group;
    public short PendingCalls;

    /// <summary>Tries of the server's proxy.</summary>
    public short InboundTries;
    public JobPhase Phase;

    /// <summary>Reason the caller hears when the application resets.</summary>
    public ResetReason ResetReason;
    public bool HoldsWorker;
    public bool ByMtls;
    public bool IsLost;
    public bool Failed;

    /// <summary>The application will reset the connection instead of answering.</summary>
    public bool WillReset;

    /// <summary>The pool of <see cref="Inbound"/> has a stream for it.</summary>
    public bool HasInboundStream;

    /// <summary>The retries of the server's proxy were asked.</summary>
    public bool HasInboundRetry;

    /// <summary>Branch of the call that it works for; 0 = nobody asked for an explanation.</summary>
    public int Branch;

    /// <inheritdoc/>
    public int Next { get; set; }

    /// <inheritdoc/>
    public int Previous { get; set; }

    /// <summary>Response code details that the caller sees.</summary>
    public readonly string Details => Verdict is { Allowed: false } refused ? refused.Details : "via_upstream";

    /// <summary>The rule that let the request pass; empty when no policy applied.</summary>
    public readonly string AllowedBy => Verdict is { Allowed: true } passed ? passed.Rule : "";
}

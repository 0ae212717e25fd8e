using Sim.Core;

namespace Sim.Runs;

/// <summary>What an application makes of a failed call.</summary>
public enum CallErrorAction
{
    /// <summary>It answers with a status of its own.</summary>
    Respond,

    /// <summary>It passes the callee's status on; its own client timeout becomes 504.</summary>
    Forward,
}

/// <summary>One call an application makes while it works on a request.</summary>
/// <param name="Template">What is sent.</param>
/// <param name="Group">Calls of one group run in parallel; groups run in sequence, from 0 upwards.</param>
/// <param name="Probability">Share of requests that make the call, 0..1.</param>
/// <param name="IsOptional">A failure is ignored.</param>
public sealed record CallPlan(RequestTemplate Template, int Group, double Probability = 1, bool IsOptional = false)
{
    /// <summary>Headers of the incoming request that the call carries along, in lower case.</summary>
    public IReadOnlyList<string> CarriesAlong { get; init; } = [];
}

/// <summary>How an application behaves.</summary>
public sealed record ApplicationPlan
{
    /// <summary>Calls in order of their groups.</summary>
    public IReadOnlyList<CallPlan> Calls { get; init; } = [];

    /// <summary>What becomes of a failed call.</summary>
    public CallErrorAction OnCallError { get; init; } = CallErrorAction.Respond;

    /// <summary>Status of <see cref="CallErrorAction.Respond"/>.</summary>
    public int OnCallErrorStatus { get; init; } = 500;

    /// <summary>Requests worked on at a time; 0 = no limit.</summary>
    public int Workers { get; init; }

    /// <summary>Requests that wait for a worker; a full queue answers 503.</summary>
    public int QueuePlaces { get; init; } = int.MaxValue;

    /// <summary>Share of requests answered with <see cref="ErrorStatus"/>.</summary>
    public double ErrorRate { get; init; }

    /// <summary>Status of failed requests.</summary>
    public int ErrorStatus { get; init; } = 500;

    /// <summary>Size of an answer in bytes.</summary>
    public long ResponseBytes { get; init; } = 1024;

    /// <summary>Class of the data it serves, for the residency ledger; empty = none.</summary>
    public string DataClass { get; init; } = "";

    /// <summary>Work for callers that left is dropped (real applications finish it).</summary>
    public bool CancelsAbandonedWork { get; init; }

    /// <summary>How long it keeps an address that DNS gave, nanoseconds; 0 = it asks every time.</summary>
    public long DnsCacheNs { get; init; }

    /// <summary>How long it remembers that DNS gave none, nanoseconds; 0 = it asks every time.</summary>
    public long DnsNegativeCacheNs { get; init; }

    /// <summary>Where the behaviour is written.</summary>
    public SourceSpan Span { get; init; }
}

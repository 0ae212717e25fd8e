using Sim.Core;
using Sim.Runs.Capacity;
using Sim.Runs.Judging;
using Sim.Runs.Matrix;
using Sim.Runs.Roi;
using Sim.Runs.Observing;

namespace Sim.Runs;

/// <summary>How a run ended.</summary>
public enum Verdict
{
    /// <summary>Every assertion, SLO, probe and invariant held.</summary>
    Held,

    /// <summary>At least one did not.</summary>
    Failed,

    /// <summary>The run was interrupted: the figures cover what had been simulated.</summary>
    Interrupted,
}

/// <summary>What must be known to repeat a run and to weigh it.</summary>
/// <param name="Version">Version of meshsim.</param>
/// <param name="Istio">Behaviour profile.</param>
/// <param name="ProfileBasis">How far the profile was checked: against software, or from sources only.</param>
/// <param name="Admission">strict, warn or lax.</param>
/// <param name="Extensions">Lab-only meanings in use, sorted.</param>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="Variant">Name of the variant; empty = the scenario as it stands.</param>
/// <param name="Seed">Seed.</param>
/// <param name="Replication">Index of the replication, from 0.</param>
/// <param name="Replications">Number of replications.</param>
/// <param name="InputHash">Hash of every input byte, 16 hex digits.</param>
/// <param name="Directory">Scenario folder as the user gave it.</param>
/// <param name="Set">Overrides <c>path=value</c> that the run was asked with; null = none.</param>
public sealed record RunStamp(
    string Version, string Istio, string ProfileBasis, string Admission, IReadOnlyList<string> Extensions,
    string Scenario, string Variant, ulong Seed, int Replication, int Replications, string InputHash,
    string Directory, IReadOnlyList<string>? Set = null);

/// <summary>One assertion, SLO, probe or invariant, judged.</summary>
/// <param name="Kind">assertion, slo, probe, invariant or recover.</param>
/// <param name="Text">As the user wrote it.</param>
/// <param name="Held">Whether it held.</param>
/// <param name="Measured">What was measured, with unit.</param>
/// <param name="Limit">What was asked, with unit.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="Detail">More, for people: budget used, first failure, ...</param>
/// <param name="BudgetUsed">Part of the error budget that was used, 0 and up (1 = all of it); null when there is no
/// budget.</param>
public sealed record Judgement(
    string Kind, string Text, bool Held, string Measured, string Limit, SourceSpan Span, string Detail = "",
    double? BudgetUsed = null);

/// <summary>A stay of a host outside the balancing of one client proxy.</summary>
/// <param name="AtNs">Time of the ejection.</param>
/// <param name="Client">Client proxy, <c>cluster/namespace/pod</c>.</param>
/// <param name="UpstreamCluster">Envoy cluster.</param>
/// <param name="Host">Host, <c>ip:port</c>.</param>
/// <param name="HostPod">Pod behind it, <c>cluster/namespace/pod</c>; empty when unknown.</param>
/// <param name="Type">Detector.</param>
/// <param name="UntilNs">End; null = until the end of the run.</param>
/// <param name="TimesEjected">Number of ejections of the host so far.</param>
public sealed record EjectionRecord(
    long AtNs, string Client, string UpstreamCluster, string Host, string HostPod, string Type, long? UntilNs,
    int TimesEjected);

/// <summary>Something that happened: a timeline step, a fault's begin or end, a push, a diagnostic at run
/// time.</summary>
/// <param name="AtNs">When.</param>
/// <param name="Kind">timeline, fault, push, pod, endpoint, ejection, probe, alert, note.</param>
/// <param name="Subject">What it concerns.</param>
/// <param name="Text">A sentence.</param>
/// <param name="Span">Where its cause stands.</param>
public sealed record RunEvent(long AtNs, string Kind, string Subject, string Text, SourceSpan Span = default);

/// <summary>A span of time in which a fault or outage held.</summary>
/// <param name="Name">Name (the timeline's <c>as</c>) or text.</param>
/// <param name="Kind">Kind of fault, or <c>outage</c>.</param>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End; the end of the run when it never ended.</param>
public sealed record FaultBand(string Name, string Kind, long FromNs, long ToNs);

/// <summary>Key of a time-series bin: who called what from where, and who served.</summary>
/// <param name="Traffic">Name of the traffic source.</param>
/// <param name="Service">Called service, short name and namespace <c>name.namespace</c>.</param>
/// <param name="ClientRegion">Region of the caller.</param>
/// <param name="ClientCluster">Cluster of the caller.</param>
/// <param name="ServedRegion">Region of the host that answered; <c>none</c> when no host did.</param>
/// <param name="ServedCluster">Cluster of the host that answered; <c>none</c> when no host did.</param>
public sealed record SeriesKey(
    string Traffic, string Service, string ClientRegion, string ClientCluster, string ServedRegion,
    string ServedCluster);

/// <summary>One bin of one series.</summary>
/// <param name="Key">Series.</param>
/// <param name="BinStartNs">Start of the bin; requests belong to the bin in which they started.</param>
/// <param name="Code">Status code; 0 = none.</param>
/// <param name="Flags">Envoy's response flags, <c>-</c> when none.</param>
/// <param name="Disposition">Disposition, see docs/dispositions.md.</param>
/// <param name="Good">Whether it counts as available.</param>
/// <param name="Count">Requests.</param>
public sealed record SeriesPoint(
    SeriesKey Key, long BinStartNs, int Code, string Flags, string Disposition, bool Good, long Count);

/// <summary>Latency of one traffic source in one bin, in nanoseconds.</summary>
/// <param name="Traffic">Traffic source.</param>
/// <param name="ClientRegion">Region of the caller.</param>
/// <param name="BinStartNs">Start of the bin.</param>
/// <param name="Count">Requests that ended with an answer.</param>
/// <param name="P50Ns">Median.</param>
/// <param name="P90Ns">90th percentile.</param>
/// <param name="P99Ns">99th percentile.</param>
/// <param name="MaxNs">Largest.</param>
public sealed record LatencyPoint(
    string Traffic, string ClientRegion, long BinStartNs, long Count, long P50Ns, long P90Ns, long P99Ns, long MaxNs);

/// <summary>One request of the entry traffic, for requests.csv and <c>why</c>.</summary>
/// <param name="Id">Number of the request, from 0, in order of arrival.</param>
/// <param name="Traffic">Traffic source or probe.</param>
/// <param name="StartNs">Start.</param>
/// <param name="EndNs">End.</param>
/// <param name="Client">Client pod, <c>cluster/namespace/pod</c>.</param>
/// <param name="ClientRegion">Region of the client.</param>
/// <param name="Service">Called service <c>name.namespace</c>.</param>
/// <param name="Code">Status code; 0 = none.</param>
/// <param name="Flags">Flags at the client's proxy.</param>
/// <param name="Details">Response code details.</param>
/// <param name="Disposition">Disposition.</param>
/// <param name="Attempts">Upstream attempts.</param>
/// <param name="Host">Last host <c>ip:port</c>; empty when none.</param>
/// <param name="HostPod">Pod behind it <c>cluster/namespace/pod</c>; empty when none.</param>
/// <param name="ServedRegion">Region of that pod; <c>none</c> when none.</param>
/// <param name="ServedCluster">Cluster of that pod; <c>none</c> when none.</param>
/// <param name="CurlExit">Exit code a curl client would give.</param>
public sealed record RequestRecord(
    long Id, string Traffic, long StartNs, long EndNs, string Client, string ClientRegion, string Service, int Code,
    string Flags, string Details, string Disposition, int Attempts, string Host, string HostPod, string ServedRegion,
    string ServedCluster, int CurlExit);

/// <summary>Availability of one service as seen from one region, for the uptime bars.</summary>
/// <param name="Service">Service <c>name.namespace</c>.</param>
/// <param name="ClientRegion">Region of the callers.</param>
/// <param name="BinStartNs">Start of the bin.</param>
/// <param name="BinNs">Length of the bin.</param>
/// <param name="Total">Requests started in it.</param>
/// <param name="Good">Those that count as available.</param>
public sealed record UptimePoint(
    string Service, string ClientRegion, long BinStartNs, long BinNs, long Total, long Good);

/// <summary>Bytes of one data class that went from one place to another.</summary>
/// <param name="DataClass">Class declared on the workload.</param>
/// <param name="From">Cluster that served (where the data lies).</param>
/// <param name="To">Cluster that received.</param>
/// <param name="FromGeo">Geography of <paramref name="From"/>.</param>
/// <param name="ToGeo">Geography of <paramref name="To"/>.</param>
/// <param name="Path">direct or gateway.</param>
/// <param name="AllowedBy">Rule that let it pass; <c>no policy</c> when none applies.</param>
/// <param name="Requests">Requests.</param>
/// <param name="Bytes">Response bytes.</param>
public sealed record LedgerEntry(
    string DataClass, string From, string To, string FromGeo, string ToGeo, string Path, string AllowedBy,
    long Requests, long Bytes)
{
    /// <summary>Workload that holds the data, <c>namespace/name</c>.</summary>
    public string Holder { get; init; } = "";

    /// <summary>Workload that received it, <c>namespace/name</c>.</summary>
    public string Reader { get; init; } = "";

    /// <summary>When the first answer arrived.</summary>
    public long FirstNs { get; init; }

    /// <summary>Entry request of the first answer; -1 = unknown.</summary>
    public long FirstRequest { get; init; } = -1;
}

/// <summary>A pod at the end of a run.</summary>
/// <param name="Cluster">Cluster.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Workload">Workload.</param>
/// <param name="Region">Region; empty = unknown.</param>
/// <param name="Zone">Zone; empty = unknown.</param>
/// <param name="HasSidecar">Whether a sidecar was injected.</param>
/// <param name="IsReady">Whether it is Ready.</param>
public sealed record PodRecord(
    string Cluster, string Namespace, string Name, string Workload, string Region, string Zone, bool HasSidecar,
    bool IsReady);

/// <summary>The result of one run: everything the reports are drawn from.</summary>
/// <remarks>All times are simulated nanoseconds since the start. Lists are in a stable order.</remarks>
public sealed record RunResult
{
    /// <summary>Version of the <c>run.json</c> contract.</summary>
    public const string SchemaId = "meshsim/run/1";

    /// <summary>Stamp.</summary>
    public required RunStamp Stamp { get; init; }

    /// <summary>Verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Description of the scenario.</summary>
    public string Description { get; init; } = "";

    /// <summary>Simulated time.</summary>
    public required long DurationNs { get; init; }

    /// <summary>Warm-up, left out of assertions and SLOs.</summary>
    public long WarmupNs { get; init; }

    /// <summary>Timestamp of the start, ISO 8601, for metrics.</summary>
    public string Start { get; init; } = "";

    /// <summary>Fingerprint of all events in order, 16 hex digits.</summary>
    public required string EventsFingerprint { get; init; }

    /// <summary>Fingerprint of all results, 16 hex digits.</summary>
    public required string ResultsFingerprint { get; init; }

    /// <summary>Number of engine events.</summary>
    public long EventCount { get; init; }

    /// <summary>Requests of the entry traffic in total.</summary>
    public required long RequestsTotal { get; init; }

    /// <summary>Requests by disposition, sorted by name.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> ByDisposition { get; init; }

    /// <summary>Requests by status code, sorted.</summary>
    public required IReadOnlyList<KeyValuePair<int, long>> ByCode { get; init; }

    /// <summary>Judgements in the order of the scenario file.</summary>
    public IReadOnlyList<Judgement> Judgements { get; init; } = [];

    /// <summary>Findings about the input.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    /// <summary>What was read but is not modelled.</summary>
    public IReadOnlyList<Diagnostic> NotModelled { get; init; } = [];

    /// <summary>Ejections in order.</summary>
    public IReadOnlyList<EjectionRecord> Ejections { get; init; } = [];

    /// <summary>Events in order.</summary>
    public IReadOnlyList<RunEvent> Events { get; init; } = [];

    /// <summary>Fault bands.</summary>
    public IReadOnlyList<FaultBand> Faults { get; init; } = [];

    /// <summary>Length of a bin of <see cref="Series"/> and <see cref="Latency"/>.</summary>
    public long BinNs { get; init; } = SimDuration.Second;

    /// <summary>Counts per bin, sorted by bin and key.</summary>
    public IReadOnlyList<SeriesPoint> Series { get; init; } = [];

    /// <summary>Latency per bin.</summary>
    public IReadOnlyList<LatencyPoint> Latency { get; init; } = [];

    /// <summary>Uptime per service, region and bin.</summary>
    public IReadOnlyList<UptimePoint> Uptime { get; init; } = [];

    /// <summary>Requests kept for requests.csv (all, or a stated sample).</summary>
    public IReadOnlyList<RequestRecord> Requests { get; init; } = [];

    /// <summary>Pods at the end, by cluster in the order of their creation.</summary>
    public IReadOnlyList<PodRecord> Pods { get; init; } = [];

    /// <summary>Who called whom, and who served.</summary>
    public ServiceGraph Calls { get; init; } = ServiceGraph.None;

    /// <summary>Residency ledger.</summary>
    public IReadOnlyList<LedgerEntry> Ledger { get; init; } = [];

    /// <summary>Capacity against demand; null unless the method is static.</summary>
    public CapacityTable? Capacity { get; init; }

    /// <summary>Savings computed from stated figures; null when there are none.</summary>
    public RoiTable? Roi { get; init; }

    /// <summary>Truth table; null when the scenario asks for none.</summary>
    public PolicyMatrix? Matrix { get; init; }

    /// <summary>Error budgets of the objectives, of the first replication.</summary>
    public IReadOnlyList<ErrorBudget> Budgets { get; init; } = [];

    /// <summary>What Prometheus saw; nothing when nobody watched.</summary>
    public Observation Observation { get; init; } = Observation.None;
}

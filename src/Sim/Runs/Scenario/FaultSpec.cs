using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Kind of a fault, named as Chaos Mesh and FIS name them.</summary>
public enum FaultKind
{
    /// <summary>Applications answer with an error status (a brown-out).</summary>
    Errors,

    /// <summary>Applications take longer.</summary>
    Slow,

    /// <summary>Two sets of pods cannot reach each other.</summary>
    Partition,

    /// <summary>Pods are killed; their Deployment makes new ones.</summary>
    PodKill,

    /// <summary>Pod and sidecar are gone, unknown to the control plane.</summary>
    PodFailure,

    /// <summary>The application is gone, its sidecar answers.</summary>
    AppDown,

    /// <summary>A whole region is gone.</summary>
    RegionOutage,

    /// <summary>A whole zone is gone.</summary>
    ZoneOutage,

    /// <summary>A node is gone.</summary>
    NodeDown,

    /// <summary>A node is drained.</summary>
    Drain,

    /// <summary>Links take longer.</summary>
    Latency,

    /// <summary>Links lose packets.</summary>
    PacketLoss,

    /// <summary>Fewer CPU cycles than needed.</summary>
    CpuSaturation,

    /// <summary>An east-west gateway is gone.</summary>
    GatewayDown,

    /// <summary>istiod is gone.</summary>
    IstiodDown,

    /// <summary>An API server is gone.</summary>
    KubeApiDown,

    /// <summary>Names do not resolve.</summary>
    DnsFailure,

    /// <summary>Certificates expire.</summary>
    CertExpiry,

    /// <summary>Roots differ.</summary>
    CaMismatch,

    /// <summary>A configuration is pushed and taken back.</summary>
    ConfigPush,

    /// <summary>Failures by mean times.</summary>
    Random,
}

/// <summary>How many of the selected pods a fault hits.</summary>
public enum FaultMode
{
    /// <summary>All.</summary>
    All,

    /// <summary>One, drawn from the seed.</summary>
    One,

    /// <summary><c>value</c> of them.</summary>
    Fixed,

    /// <summary>A share of them, rounded down but at least one.</summary>
    Percent,
}

/// <summary>What becomes of packets between partitioned pods.</summary>
public enum PartitionAction
{
    /// <summary>They vanish.</summary>
    Drop,

    /// <summary>New connections are refused and open ones are reset.</summary>
    Reject,
}

/// <summary>Which way a partition works, seen from the selected pods.</summary>
public enum PartitionDirection
{
    /// <summary>Both ways.</summary>
    Both,

    /// <summary>Packets from the selected pods to the target are lost.</summary>
    To,

    /// <summary>Packets from the target to the selected pods are lost.</summary>
    From,
}

/// <summary>What cluster DNS says while it fails.</summary>
public enum DnsFailureAnswer
{
    /// <summary>It does not answer: those who ask know nothing new.</summary>
    Servfail,

    /// <summary>There is no such name.</summary>
    Nxdomain,
}

/// <summary>A fault. Only the fields of its kind have a meaning.</summary>
public sealed record FaultSpec
{
    /// <summary>Kind.</summary>
    public required Sourced<FaultKind> Kind { get; init; }

    /// <summary>Pods it concerns.</summary>
    public required MatchSpec Select { get; init; }

    /// <summary>How many of them.</summary>
    public Sourced<FaultMode> Mode { get; init; } = Sourced.None<FaultMode>();

    /// <summary>Number (<see cref="FaultMode.Fixed"/>) or share 0..1 (<see cref="FaultMode.Percent"/>).</summary>
    public Sourced<double> Value { get; init; } = Sourced.None<double>();

    /// <summary>How long; 0 = to the end of the run, or for an instant where the kind is one.</summary>
    public Sourced<long> ForNs { get; init; } = Sourced.None<long>();

    /// <summary>Status of <see cref="FaultKind.Errors"/>.</summary>
    public Sourced<int> Status { get; init; } = Sourced.None<int>();

    /// <summary>Share of requests, 0..1, of <see cref="FaultKind.Errors"/> and <see cref="FaultKind.Slow"/>; of packets
    /// that <see cref="FaultKind.PacketLoss"/> loses; of the processor that
    /// <see cref="FaultKind.CpuSaturation"/> takes.</summary>
    public Sourced<double> Rate { get; init; } = Sourced.None<double>();

    /// <summary>Factor on the service time of <see cref="FaultKind.Slow"/>.</summary>
    public Sourced<double> Factor { get; init; } = Sourced.None<double>();

    /// <summary>Time added to the service time of <see cref="FaultKind.Slow"/>, to each way of
    /// <see cref="FaultKind.Latency"/>.</summary>
    public Sourced<long> AddNs { get; init; } = Sourced.None<long>();

    /// <summary>Packets vanish (true) rather than being refused, of <see cref="FaultKind.PodFailure"/>,
    /// <see cref="FaultKind.GatewayDown"/>, <see cref="FaultKind.NodeDown"/> and outages of zones and regions.
    /// </summary>
    public Sourced<bool> Silent { get; init; } = Sourced.None<bool>();

    /// <summary>Node of <see cref="FaultKind.NodeDown"/> and <see cref="FaultKind.Drain"/>; empty = those of the
    /// selected pods.</summary>
    public Sourced<string> Node { get; init; } = Sourced.None<string>();

    /// <summary>Other side of <see cref="FaultKind.Partition"/>, <see cref="FaultKind.Latency"/> and
    /// <see cref="FaultKind.PacketLoss"/>; null = every other pod.</summary>
    public MatchSpec? Target { get; init; }

    /// <summary>What becomes of packets of <see cref="FaultKind.Partition"/>.</summary>
    public Sourced<PartitionAction> Action { get; init; } = Sourced.None<PartitionAction>();

    /// <summary>Which way, of <see cref="FaultKind.Partition"/>.</summary>
    public Sourced<PartitionDirection> Direction { get; init; } = Sourced.None<PartitionDirection>();

    /// <summary>Manifests of <see cref="FaultKind.ConfigPush"/>.</summary>
    public IReadOnlyList<Sourced<string>> Files { get; init; } = [];

    /// <summary>Faults of which <see cref="FaultKind.Random"/> draws one each time.</summary>
    public IReadOnlyList<FaultSpec> Faults { get; init; } = [];

    /// <summary>Time from a repair to the next failure of <see cref="FaultKind.Random"/>; null for the others.
    /// </summary>
    public DistributionSpec? Mtbf { get; init; }

    /// <summary>Time from a failure to its repair of <see cref="FaultKind.Random"/>; null for the others.</summary>
    public DistributionSpec? Mttr { get; init; }

    /// <summary>This fault and those that it draws from.</summary>
    public IEnumerable<FaultSpec> All => Faults.SelectMany(static f => f.All).Prepend(this);

    /// <summary>Full name of <see cref="FaultKind.DnsFailure"/>; empty = every name.</summary>
    public Sourced<string> Host { get; init; } = Sourced.None<string>();

    /// <summary>What is said of it, of <see cref="FaultKind.DnsFailure"/>.</summary>
    public Sourced<DnsFailureAnswer> Answer { get; init; } = Sourced.None<DnsFailureAnswer>();

    /// <summary>Concerns whole clusters: their control plane, API server or DNS.</summary>
    public bool IsOfClusters => Kind.Value is FaultKind.IstiodDown or FaultKind.KubeApiDown or FaultKind.DnsFailure
        or FaultKind.ConfigPush;

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }
}

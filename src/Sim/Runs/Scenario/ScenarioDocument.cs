using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Roi;

namespace Sim.Runs.Scenario;

/// <summary>How the scenario is evaluated.</summary>
public enum MethodKind
{
    /// <summary>Requests are simulated one by one.</summary>
    Requests,

    /// <summary>Capacity and policies only, no time.</summary>
    Static,

    /// <summary>Sampled outages, annualised.</summary>
    Incidents,
}

/// <summary>A scenario file with variant and overrides applied: typed, immutable, every value with its place.</summary>
/// <remarks>Every key is described by <see cref="ScenarioKeys"/>. Durations are nanoseconds, ratios 0..1.</remarks>
public sealed record ScenarioDocument
{
    /// <summary>Folder of the scenario: what relative paths refer to.</summary>
    public required string Directory { get; init; }

    /// <summary>The scenario file as the user gave it.</summary>
    public required string File { get; init; }

    /// <summary>Name of the variant; empty = the scenario as it stands.</summary>
    public string Variant { get; init; } = "";

    /// <summary>What the variant says about itself; empty when there is none.</summary>
    public string VariantDescription { get; init; } = "";

    /// <summary>Overrides <c>path=value</c>, in order.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>Name of the scenario.</summary>
    public required Sourced<string> Name { get; init; }

    /// <summary>Labels, in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>What it is about.</summary>
    public Sourced<string> Description { get; init; } = Sourced.None<string>();

    /// <summary>Behaviour profile: 1.22, 1.29 or 1.31.</summary>
    public Sourced<string> Istio { get; init; } = Sourced.None<string>();

    /// <summary>Admission.</summary>
    public Sourced<AdmissionMode> Admission { get; init; } = Sourced.None<AdmissionMode>();

    /// <summary>Lab-only meanings that are switched on, in file order.</summary>
    public IReadOnlyList<Sourced<string>> Extensions { get; init; } = [];

    /// <summary>Simulated time, warm-up included.</summary>
    public Sourced<long> DurationNs { get; init; } = Sourced.None<long>();

    /// <summary>Warm-up, left out of assertions, SLOs and invariants.</summary>
    public Sourced<long> WarmupNs { get; init; } = Sourced.None<long>();

    /// <summary>Length of a bin of the recorded series.</summary>
    public Sourced<long> BinNs { get; init; } = Sourced.None<long>();

    /// <summary>Timestamp of the simulated time 0.</summary>
    public Sourced<DateTimeOffset> Start { get; init; } = Sourced.None<DateTimeOffset>();

    /// <summary>Seed.</summary>
    public Sourced<ulong> Seed { get; init; } = Sourced.None<ulong>();

    /// <summary>Number of replications.</summary>
    public Sourced<int> Replications { get; init; } = Sourced.None<int>();

    /// <summary>Delays of the control plane and of pods.</summary>
    public required DelaySpec Delays { get; init; }

    /// <summary>Settings of every sidecar that no manifest carries.</summary>
    public required ProxySpec Proxy { get; init; }

    /// <summary>Clusters in file order.</summary>
    public IReadOnlyList<ClusterSpec> Clusters { get; init; } = [];

    /// <summary>Links and round-trip times.</summary>
    public required TopologySpec Topology { get; init; }

    /// <summary>Behaviour of pods; the first match wins.</summary>
    public IReadOnlyList<WorkloadSpec> Workloads { get; init; } = [];

    /// <summary>Traffic sources.</summary>
    public IReadOnlyList<TrafficSpec> Traffic { get; init; } = [];

    /// <summary>Timeline, by time, then in file order.</summary>
    public IReadOnlyList<TimelineStep> Timeline { get; init; } = [];

    /// <summary>Probes.</summary>
    public IReadOnlyList<ProbeSpec> Probes { get; init; } = [];

    /// <summary>Service level objectives.</summary>
    public IReadOnlyList<SloSpec> Slos { get; init; } = [];

    /// <summary>Invariants.</summary>
    public IReadOnlyList<InvariantSpec> Invariants { get; init; } = [];

    /// <summary>Assertions.</summary>
    public IReadOnlyList<AssertSpec> Assertions { get; init; } = [];

    /// <summary>What the static method asks for; defaults otherwise.</summary>
    public StaticSpec Static { get; init; } = new();

    /// <summary>Savings computed from stated figures; null when there are none.</summary>
    public RoiTable? Roi { get; init; }

    /// <summary>File of <see cref="Roi"/>; empty = none.</summary>
    public Sourced<string> RoiFile { get; init; } = Sourced.None<string>();

    /// <summary>The truth table; all defaults when the file says nothing.</summary>
    public MatrixSpec Matrix { get; init; } = new();

    /// <summary>Objectives of OpenSLO documents.</summary>
    public IReadOnlyList<OpenSloObjective> OpenSlos { get; init; } = [];

    /// <summary>Prometheus servers, rules, and what is expected of alerts and queries.</summary>
    public ObservationSpec Observation { get; init; } = ObservationSpec.None;

    /// <summary>Names and descriptions of all variants of the file.</summary>
    public IReadOnlyList<VariantInfo> Variants { get; init; } = [];

    /// <summary>How the scenario is evaluated.</summary>
    public Sourced<MethodKind> Method { get; init; } = Sourced.None<MethodKind>();

    /// <summary>The runs of an experiment; all defaults when the file says nothing.</summary>
    public SweepSpec Sweep { get; init; } = new();

    /// <summary>What fails how often; null unless the method is incidents.</summary>
    public IncidentSpec? Incidents { get; init; }

    /// <summary>The document as one tree, variant and overrides applied; for hashing and display.</summary>
    public required YamlNode Root { get; init; }

    /// <summary>The cluster of a name, or null.</summary>
    public ClusterSpec? FindCluster(string name)
    {
        foreach (ClusterSpec c in Clusters)
        {
            if (c.Name.Value == name)
            {
                return c;
            }
        }

        return null;
    }

    /// <summary>The timeline step that bears a name (its <c>as</c>), or null.</summary>
    public TimelineStep? FindStep(string name)
    {
        foreach (TimelineStep s in Timeline)
        {
            if (s.As.Value == name && name.Length > 0)
            {
                return s;
            }
        }

        return null;
    }

    /// <summary>The span of time in which a named step holds: to the end of its fault, to the step that ends it, or
    /// to the end of the run.</summary>
    /// <returns>Begin and end in simulated nanoseconds; null when no step bears the name.</returns>
    public (long FromNs, long ToNs)? BandOf(string name)
    {
        TimelineStep? step = FindStep(name);
        if (step is null)
        {
            return null;
        }

        long end = DurationNs;
        if (step.Fault is { ForNs.Value: > 0 } fault)
        {
            end = Math.Min(end, step.AtNs + fault.ForNs);
        }

        foreach (TimelineStep s in Timeline)
        {
            if (s.Ends.Value == name && s.AtNs >= step.AtNs)
            {
                end = Math.Min(end, s.AtNs);
            }
        }

        return (step.AtNs, end);
    }

    /// <summary>Region that requests of a source begin in; empty = unknown.</summary>
    public string RegionOf(SourceSpec from) => from.Region.Value is { Length: > 0 } region ? region
        : FindCluster(from.Cluster)?.Region.Value ?? "";

    /// <summary>The geography a region belongs to; the region itself when none is declared.</summary>
    public string GeoOf(string region)
    {
        foreach (GeoSpec g in Topology.Geo)
        {
            if (g.Regions.Any(r => r.Value == region))
            {
                return g.Name;
            }
        }

        return region;
    }
}

/// <summary>A variant's name and what it says about itself.</summary>
/// <param name="Name">Name.</param>
/// <param name="Description">Description; empty when there is none.</param>
public sealed record VariantInfo(Sourced<string> Name, string Description);

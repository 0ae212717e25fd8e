using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>A named table of round-trip times.</summary>
public enum TopologyPreset
{
    /// <summary>Public-cloud regions, SCENARIO reference table in docs/scenario.md.</summary>
    PublicCloud,

    /// <summary>No delay anywhere: for figures checked by hand.</summary>
    Zero,
}

/// <summary>Links between places.</summary>
/// <param name="Preset">Table that the rest overrides.</param>
/// <param name="Geo">Geographies for the residency ledger.</param>
/// <param name="Links">Overridden links; the last match wins.</param>
/// <param name="ProxyOverheadNs">Added by each pass through a proxy.</param>
/// <param name="SameNodeNs">Round trip inside a node; null = the preset's.</param>
/// <param name="SameZoneNs">Round trip inside a zone; null = the preset's.</param>
/// <param name="CrossZoneNs">Round trip between zones of a region; null = the preset's.</param>
/// <param name="JitterRatio">p99 of a round trip between regions over its median, less 1; null = the preset's.</param>
public sealed record TopologySpec(
    Sourced<TopologyPreset> Preset, IReadOnlyList<GeoSpec> Geo, IReadOnlyList<LinkSpec> Links,
    Sourced<long> ProxyOverheadNs, Sourced<long>? SameNodeNs, Sourced<long>? SameZoneNs, Sourced<long>? CrossZoneNs,
    Sourced<double>? JitterRatio);

/// <summary>A geography and its regions.</summary>
/// <param name="Name">Name, such as <c>eu</c>.</param>
/// <param name="Regions">Regions in it.</param>
public sealed record GeoSpec(string Name, IReadOnlyList<Sourced<string>> Regions);

/// <summary>The link between two places, each a region, zone or cluster name.</summary>
/// <param name="A">One end.</param>
/// <param name="B">Other end.</param>
/// <param name="RttNs">Median round-trip time; null = the preset's.</param>
/// <param name="JitterNs">99th percentile less the median; null = the preset's.</param>
/// <param name="Loss">Share of packets lost, 0..1.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record LinkSpec(
    Sourced<string> A, Sourced<string> B, Sourced<long>? RttNs, Sourced<long>? JitterNs, Sourced<double> Loss,
    SourceSpan Span);

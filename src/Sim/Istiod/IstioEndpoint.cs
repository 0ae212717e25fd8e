using System.Collections.Immutable;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Health of an endpoint as istiod keeps it.</summary>
internal enum EndpointHealth
{
    Healthy,
    UnHealthy,
    Draining,
    Terminating,
}

/// <summary>One address of a service at one port.</summary>
/// <remarks>Istio: pilot/pkg/model/service.go#IstioEndpoint.</remarks>
internal sealed class IstioEndpoint
{
    public required string Address { get; init; }

    public required int Port { get; init; }

    public required string PortName { get; init; }

    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    public Locality Locality { get; init; } = Locality.Empty;

    public string Network { get; init; } = "";

    public string Cluster { get; init; } = "";

    /// <summary>Complete identity; empty = none.</summary>
    public string ServiceAccount { get; init; } = "";

    public string TlsMode { get; init; } = "";

    public uint Weight { get; init; }

    public EndpointHealth Health { get; init; }

    public bool SendUnhealthy { get; init; }

    public string Namespace { get; init; } = "";

    public string Workload { get; init; } = "";

    public string NodeName { get; init; } = "";

    public string Hostname { get; init; } = "";

    /// <summary>Text of the locality as written, by which groups are formed.</summary>
    public string LocalityLabel { get; init; } = "";
}

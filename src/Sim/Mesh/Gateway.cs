using System.Collections.Immutable;

namespace Sim.Mesh;

/// <summary>TLS of a gateway server.</summary>
public enum ServerTlsMode
{
    /// <summary>No TLS block.</summary>
    None,

    /// <summary>Passed on by SNI.</summary>
    Passthrough,

    /// <summary>Server certificate.</summary>
    Simple,

    /// <summary>Both certificates.</summary>
    Mutual,

    /// <summary>Passed on by SNI to the cluster of that name.</summary>
    AutoPassthrough,

    /// <summary>Mesh mTLS.</summary>
    IstioMutual,

    /// <summary>Client certificate optional.</summary>
    OptionalMutual,
}

/// <summary>A server of a Gateway.</summary>
/// <param name="Port">Port.</param>
/// <param name="Hosts">Hosts, perhaps <c>namespace/host</c>.</param>
/// <param name="TlsMode">TLS.</param>
/// <param name="HttpsRedirect">All requests are answered with 301 to https.</param>
public sealed record GatewayServer(ServicePort Port, IReadOnlyList<string> Hosts, ServerTlsMode TlsMode,
    bool HttpsRedirect)
{
    /// <summary>Name; empty = none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Address; empty = any.</summary>
    public string Bind { get; init; } = "";
}

/// <summary>Servers of gateway pods.</summary>
/// <param name="Meta">Name, age, place.</param>
/// <param name="Selector">Labels of the pods.</param>
/// <param name="Servers">Servers.</param>
public sealed record Gateway(
    ConfigMeta Meta, ImmutableSortedDictionary<string, string> Selector, IReadOnlyList<GatewayServer> Servers);

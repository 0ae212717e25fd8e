using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>How manifests are read.</summary>
public sealed record MeshOptions
{
    /// <summary>Extension: <c>source.cluster</c> is a key of AuthorizationPolicy.</summary>
    public const string SourceCluster = "source.cluster";

    /// <summary>Extension: <c>SERVICE.NAMESPACE.global</c> names that service in all clusters.</summary>
    public const string GlobalHosts = "global-hosts";

    /// <summary>Extension: <c>REGION/*</c> names a region in failover settings, and misplaced fields of
    /// DestinationRules are read where they were meant.</summary>
    public const string RegionWildcards = "region-wildcards";

    /// <summary>Profile.</summary>
    public IstioProfile Profile { get; init; } = IstioProfile.V1_29;

    /// <summary>Extensions in force.</summary>
    public ImmutableSortedSet<string> Extensions { get; init; } = ImmutableSortedSet<string>.Empty;

    /// <summary>PILOT_SKIP_VALIDATE_TRUST_DOMAIN: servers accept every trust domain under the root.</summary>
    public bool SkipValidateTrustDomain { get; init; }

    /// <summary>PILOT_SEND_UNHEALTHY_ENDPOINTS: endpoints that are not ready are sent, marked unhealthy.</summary>
    public bool SendUnhealthyEndpoints { get; init; }

    /// <summary>The three extensions' names.</summary>
    public static ImmutableSortedSet<string> KnownExtensions { get; } =
        ImmutableSortedSet.Create(StringComparer.Ordinal, SourceCluster, GlobalHosts, RegionWildcards);

    /// <summary>Whether an extension is on.</summary>
    public bool Has(string extension) => Extensions.Contains(extension);
}

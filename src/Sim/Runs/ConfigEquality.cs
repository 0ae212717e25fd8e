using System.Text.Json;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>Whether two configurations say the same; where they stand in files does not count.</summary>
/// <remarks>Envoy compares the hash of the whole protobuf message: a cluster that is sent again unchanged keeps its
/// state, its outlier detection included (source/common/upstream/cluster_manager_impl.cc#addOrUpdateCluster).</remarks>
internal static class ConfigEquality
{
    public static bool Same(ClusterConfig a, ClusterConfig b) =>
        ReferenceEquals(a, b) || Text(WithoutPlaces(a)) == Text(WithoutPlaces(b));

    public static bool Same(ClusterLoadAssignment? a, ClusterLoadAssignment b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        return a is not null && Text(a with { Origin = default }) == Text(b with { Origin = default });
    }

    public static bool Same(RetryPolicy? a, RetryPolicy? b) => ReferenceEquals(a, b)
        || (a is not null && b is not null && Text(a with { Origin = default }) == Text(b with { Origin = default }));

    private static ClusterConfig WithoutPlaces(ClusterConfig c) => c with
    {
        Origin = default,
        Tls = c.Tls with { Origin = default },
        InlineEndpoints = c.InlineEndpoints is null ? null : c.InlineEndpoints with { Origin = default },
    };

    private static string Text<T>(T value) => JsonSerializer.Serialize(value);
}

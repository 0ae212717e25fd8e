using System.Globalization;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Chooses one of a route's weighted clusters. O(clusters), allocates nothing.</summary>
/// <remarks>
/// Envoy: source/common/router/weighted_cluster_specifier.cc#WeightedClusterSpecifierPlugin::pickWeightedCluster. The
/// number is the request's one random number, the same that route fractions and mirrors use, so those are correlated.
/// </remarks>
public sealed class WeightedClusterPicker
{
    private readonly ulong[] _ends;
    private readonly string _headerName;

    /// <summary>A picker.</summary>
    /// <param name="clusters">Clusters in order.</param>
    /// <param name="randomValueHeader">Request header whose integer replaces the random number; empty = none.</param>
    public WeightedClusterPicker(IReadOnlyList<WeightedCluster> clusters, string randomValueHeader = "")
    {
        _headerName = randomValueHeader.ToLowerInvariant();
        _ends = new ulong[clusters.Count];
        ulong sum = 0;
        for (int i = 0; i < _ends.Length; i++)
        {
            sum += clusters[i].Weight;
            _ends[i] = sum;
        }

        TotalWeight = sum;
    }

    /// <summary>Sum of the weights.</summary>
    public ulong TotalWeight { get; }

    /// <summary>Index of the cluster; -1 when there is none or all weights are 0.</summary>
    /// <param name="randomValue">The request's random number.</param>
    public int Pick(ulong randomValue)
    {
        if (TotalWeight == 0)
        {
            return -1;
        }

        ulong value = randomValue % TotalWeight;
        ulong[] ends = _ends;
        int i = 0;
        while (value >= ends[i])
        {
            i++;
        }

        return i;
    }

    /// <summary>Index of the cluster for a request, whose header may replace the random number.</summary>
    public int Pick(ulong randomValue, RequestHeaders request) =>
        Pick(_headerName.Length == 0 ? randomValue : Effective(randomValue, request.Headers.Lines(_headerName)));

    /// <summary>The number that decides: the header's when it is a single 64-bit integer, else the random
    /// one.</summary>
    public static ulong Effective(ulong randomValue, ReadOnlySpan<string> headerLines) =>
        headerLines.Length == 1 && ulong.TryParse(
            headerLines[0],
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out ulong value) ? value : randomValue;
}

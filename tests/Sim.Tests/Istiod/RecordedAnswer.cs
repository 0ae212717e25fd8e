using System.Text.Json;
using Sim.Core;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>A recorded answer in the simulator's types.</summary>
internal sealed record RecordedAnswer(
    IReadOnlyList<ClusterConfig> Clusters, IReadOnlyList<ClusterLoadAssignment> Endpoints,
    IReadOnlyList<RouteConfiguration> Routes, IReadOnlyList<string> Listeners)
{
    public static RecordedAnswer Read(JsonElement json, IstioProfile profile)
    {
        int[] codes = profile == IstioProfile.V1_22 ? [503] : [];
        return new RecordedAnswer(
            [.. XdsAnswerReader.Items(json, "clusters").Select(XdsAnswerReader.Cluster)],
            [.. XdsAnswerReader.Child(json, "endpoints").EnumerateObject()
                .Select(static e => XdsAnswerReader.Endpoints(e.Name, e.Value))],
            [.. XdsAnswerReader.Items(json, "routes").Select(r => XdsRouteReader.Configuration(r, codes))],
            [.. ListenerText.Of(json)]);
    }
}

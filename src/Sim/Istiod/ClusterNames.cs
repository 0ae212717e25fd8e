using System.Globalization;

namespace Sim.Istiod;

/// <summary>Names of clusters.</summary>
/// <remarks>Istio: pilot/pkg/model/service.go#BuildSubsetKey, #BuildDNSSrvSubsetKey, #BuildInboundSubsetKey.</remarks>
internal static class ClusterNames
{
    public const string Passthrough = "PassthroughCluster";
    public const string BlackHole = "BlackHoleCluster";
    public const string InboundPassthrough = "InboundPassthroughCluster";

    public static string Outbound(string host, int port, string subset = "") =>
        string.Create(CultureInfo.InvariantCulture, $"outbound|{port}|{subset}|{host}");

    public static string Sni(string host, int port, string subset = "") =>
        string.Create(CultureInfo.InvariantCulture, $"outbound_.{port}_.{subset}_.{host}");

    public static string Inbound(int port) => string.Create(CultureInfo.InvariantCulture, $"inbound|{port}||");
}

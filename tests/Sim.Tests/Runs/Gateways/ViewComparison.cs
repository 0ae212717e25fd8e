using System.Globalization;
using System.Text.Json;
using Sim.Istiod;
using Sim.Xds;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Compares what caller and gateway were told with the recording.</summary>
internal static class ViewComparison
{
    public static IEnumerable<string> Compare(GatewayCase c, GatewayWorld world)
    {
        JsonElement view = c.Expected.GetProperty("view");
        string state = c.Get("situation", "clientSees").Contains("states/before", StringComparison.Ordinal)
            ? "before" : "";
        ProxySnapshot client = world.Snapshot(c.Proxies[0], state);
        foreach (string d in Endpoints("client", view, client).Concat(Tls(view, client)).Concat(States(c, view, world)))
        {
            yield return d;
        }

        if (c.Proxies.FirstOrDefault(static p => p.IsGateway) is not { } reference)
        {
            yield break;
        }

        ProxySnapshot gateway = world.Snapshot(reference, "");
        foreach (string d in Endpoints("gateway", view, gateway))
        {
            yield return d;
        }

        OutboundListener? listener = gateway.Outbound.FirstOrDefault(static l => l.SniClusters.Count > 0);
        if (view.TryGetProperty("gatewayListens", out JsonElement listens)
            && listens.GetBoolean() != listener is not null)
        {
            yield return "gateway listens: recorded " + listens.GetRawText();
        }

        if (view.TryGetProperty("gatewayChains", out JsonElement chains))
        {
            string recorded = string.Join(' ', chains.EnumerateArray().Select(static s => s.GetString()));
            string simulated = string.Join(' ', (listener?.SniClusters ?? []).Where(
                static s => s.Contains("transaction-service", StringComparison.Ordinal)));
            if (recorded != simulated)
            {
                yield return $"gateway chains: recorded {recorded}, simulated {simulated}";
            }
        }
    }

    /// <summary>Server name and accepted identities of the caller's clusters.</summary>
    private static IEnumerable<string> Tls(JsonElement view, ProxySnapshot client)
    {
        if (!view.TryGetProperty("clientTls", out JsonElement clusters))
        {
            yield break;
        }

        foreach (JsonProperty p in clusters.EnumerateObject())
        {
            bool isAutomatic = p.Value.TryGetProperty("tlsMode-istio", out JsonElement tls);
            if (!isAutomatic)
            {
                tls = p.Value.GetProperty("all");
            }

            string recorded = (isAutomatic ? "automatic " : "") + (tls.ValueKind == JsonValueKind.String
                ? tls.GetString() : tls.GetProperty("sni").GetString() + " " + Sorted(
                    tls.GetProperty("serverNames").EnumerateArray().Select(static n => n.GetString()!)));
            UpstreamTls? mine = client.Clusters.GetValueOrDefault(p.Name)?.Tls;
            string simulated = mine is null ? "no cluster"
                : mine.Mode == UpstreamTlsMode.Plaintext ? "plaintext"
                : (mine.Mode == UpstreamTlsMode.AutoMtls ? "automatic " : "") + mine.Sni + " "
                    + Sorted(mine.SubjectAltNames.Select(static n =>
                        n.StartsWith("spiffe://", StringComparison.Ordinal) ? n : "spiffe://" + n));
            if (recorded != simulated)
            {
                yield return $"TLS of {p.Name}: recorded {recorded}, simulated {simulated}";
            }
        }
    }

    /// <summary>Endpoints in the other states of a timeline.</summary>
    private static IEnumerable<string> States(GatewayCase c, JsonElement view, GatewayWorld world)
    {
        if (!view.TryGetProperty("states", out JsonElement states))
        {
            yield break;
        }

        foreach (JsonProperty state in states.EnumerateObject())
        {
            foreach (string d in Endpoints("client", state.Value, world.Snapshot(c.Proxies[0], state.Name)).Concat(
                         Endpoints("gateway", state.Value, world.Snapshot(c.Proxies.First(static p => p.IsGateway),
                             state.Name))))
            {
                yield return state.Name + ": " + d;
            }
        }
    }

    private static IEnumerable<string> Endpoints(string who, JsonElement view, ProxySnapshot snapshot)
    {
        if (!view.TryGetProperty(who, out JsonElement clusters))
        {
            yield break;
        }

        foreach (JsonProperty p in clusters.EnumerateObject())
        {
            string recorded = Sorted(p.Value.EnumerateArray().Select(Recorded));
            ClusterLoadAssignment? mine = snapshot.Endpoints.GetValueOrDefault(p.Name)
                ?? snapshot.Clusters.GetValueOrDefault(p.Name)?.InlineEndpoints;
            string simulated = Sorted((mine?.Endpoints ?? []).Select(Simulated));
            if (recorded != simulated)
            {
                yield return $"{who} {p.Name}: recorded {recorded}, simulated {simulated}";
            }
        }
    }

    private static string Sorted(IEnumerable<string> groups) =>
        string.Join("; ", groups.Order(StringComparer.Ordinal));

    private static string Recorded(JsonElement g) => Group(
        g.GetProperty("priority").GetInt32(), g.GetProperty("locality").GetString()!,
        g.GetProperty("weight").ValueKind == JsonValueKind.Null ? "-" : g.GetProperty("weight").GetRawText(),
        g.GetProperty("endpoints").EnumerateArray().Select(static e => e.GetProperty("address").GetString() + "*"
            + e.GetProperty("weight").GetRawText()
            + (e.TryGetProperty("tlsMode", out JsonElement t) && t.GetString() == "istio" ? " mtls" : "")));

    private static string Simulated(LocalityLbEndpoints g) => Group(
        g.Priority, g.Locality.ToString().TrimEnd('/'), g.Weight?.ToString(CultureInfo.InvariantCulture) ?? "-",
        g.Endpoints.Select(static e => string.Create(CultureInfo.InvariantCulture, $"{e.Address}:{e.Port}*{e.Weight}")
            + (e.TlsMode == "istio" ? " mtls" : "")));

    private static string Group(int priority, string locality, string weight, IEnumerable<string> endpoints) =>
        string.Create(CultureInfo.InvariantCulture, $"P{priority} {locality} w={weight} [")
        + string.Join(", ", endpoints) + "]";
}

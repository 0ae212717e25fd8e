using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Takes a proxy's configuration apart into items that can be compared.</summary>
internal static class ProxyItems
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>All items: clusters, endpoints, routes, listeners, inbound policies.</summary>
    public static IEnumerable<ConfigItem> Of(ProxyView view) =>
        Clusters(view.Snapshot).Concat(Endpoints(view)).Concat(Routes(view.Snapshot))
            .Concat(Listeners(view.Snapshot)).Concat(Policies(view.Snapshot));

    /// <summary>A cluster's settings without its endpoints.</summary>
    public static IEnumerable<ConfigSetting> Settings(ClusterConfig c, string path = "") => ConfigItem.Leaves(
        ClusterJson.Of(c), path, at => at.Contains("tls.", StringComparison.Ordinal) && c.Tls.Origin.IsKnown
            ? c.Tls.Origin : c.Origin, "name", "load_assignment");

    /// <summary>A route's settings.</summary>
    public static IEnumerable<ConfigSetting> Settings(Route r, string path, params string[] without) =>
        ConfigItem.Leaves(RouteJson.Of(r), path, at => SpanOf(r, at), without);

    private static IEnumerable<ConfigItem> Clusters(ProxySnapshot snapshot) =>
        ClusterTable.Select(snapshot, new ClusterFilter())
            .Select(static c => new ConfigItem("cluster", c.Name, c.Origin, [.. Settings(c)]));

    private static IEnumerable<ConfigItem> Endpoints(ProxyView view)
    {
        ILookup<string, HostStatus> hosts = view.Hosts.ToLookup(static h => h.Cluster, StringComparer.Ordinal);
        foreach (ClusterConfig c in ClusterTable.Select(view.Snapshot, new ClusterFilter()))
        {
            ClusterLoadAssignment? assignment = view.Snapshot.Endpoints.GetValueOrDefault(c.Name) ?? c.InlineEndpoints;
            if (assignment is null || !view.Snapshot.Clusters.ContainsKey(c.Name))
            {
                continue;
            }

            SourceSpan span = assignment.Origin.IsKnown ? assignment.Origin : c.Origin;
            IEnumerable<ConfigSetting> groups = assignment.Endpoints
                .GroupBy(static g => string.Create(CultureInfo.InvariantCulture, $"P{g.Priority} [{g.Locality}]"))
                .Select(g => new ConfigSetting(g.Key, "weight " + string.Join('+', g.Select(static x =>
                    x.Weight?.ToString(CultureInfo.InvariantCulture) ?? "none")), span));
            yield return new ConfigItem("endpoints", c.Name, span,
                [.. groups, .. hosts[c.Name].Select(h => new ConfigSetting(
                    string.Create(CultureInfo.InvariantCulture, $"host {h.Address}:{h.Port}"), Text(h), span))]);
        }
    }

    private static string Text(HostStatus h) => string.Create(
        CultureInfo.InvariantCulture, $"P{h.Priority} [{h.Locality}] weight {h.Weight} {h.HealthName}")
        + (h.HasFailedOutlierCheck ? " ejected" : "");

    private static IEnumerable<ConfigItem> Routes(ProxySnapshot snapshot)
    {
        foreach (RouteConfiguration r in snapshot.Routes.Values.OrderBy(static r => r.Name, StringComparer.Ordinal))
        {
            foreach (VirtualHost v in RouteTable.InOrder(r))
            {
                SourceSpan span = v.Routes.Count == 0 ? default : v.Routes[0].Origin;
                var settings = new List<ConfigSetting>
                {
                    new("domains", string.Join(", ", v.Domains), span),
                };
                var keys = new List<string>();
                foreach (Route route in v.Routes)
                {
                    string key = Key(route, keys);
                    keys.Add(key);
                    settings.AddRange(Settings(route, key, "match", "name"));
                }

                settings.AddRange(keys.Count < 2 ? [] : [new ConfigSetting("order", string.Join(" > ", keys), span)]);
                yield return new ConfigItem("route", r.Name + " " + v.Name, span, settings);
            }
        }
    }

    /// <summary>A route by its conditions; those of an earlier one count up.</summary>
    private static string Key(Route route, List<string> earlier)
    {
        RouteMatch m = route.Match;
        string more = string.Join(" ", m.Headers.Select(static h => h.Name + (h.Invert ? "!" : "")
                + (h.Match is { } s ? "=" + s.Value : ""))
            .Concat(m.QueryParameters.Select(static q => "?" + q.Name + (q.Match is { } s ? "=" + s.Value : "")))
            .Concat(m.Metadata.Select(static d => "@" + string.Join('.', d.Path))));
        string key = "[" + RouteTable.Match(m) + (more.Length == 0 ? "" : " " + more) + "]";
        int before = earlier.Count(e => e == key || e.StartsWith(key + "#", StringComparison.Ordinal));
        return before == 0 ? key : key + "#" + (before + 1).ToString(CultureInfo.InvariantCulture);
    }

    private static SourceSpan SpanOf(Route r, string path)
    {
        if (path.Contains(".retry_policy.", StringComparison.Ordinal) && r.RetryPolicy?.Origin.IsKnown == true)
        {
            return r.RetryPolicy.Origin;
        }

        if (path.Contains(".cluster", StringComparison.Ordinal) && r.Clusters.Count == 1
            && r.Clusters[0].Origin.IsKnown)
        {
            return r.Clusters[0].Origin;
        }

        for (int i = 0; i < r.Clusters.Count; i++)
        {
            string index = string.Create(CultureInfo.InvariantCulture, $".clusters[{i}]");
            if (path.Contains(index, StringComparison.Ordinal) && r.Clusters[i].Origin.IsKnown)
            {
                return r.Clusters[i].Origin;
            }
        }

        return r.Origin;
    }

    private static IEnumerable<ConfigItem> Listeners(ProxySnapshot snapshot)
    {
        foreach (ListenerView l in ListenerChains.Of(snapshot).Where(static l => l.Name != "virtualInbound"))
        {
            SourceSpan span = l.Chains.SelectMany(static c => c.Clusters).Select(static c => c.Origin)
                .FirstOrDefault(static o => o.IsKnown);
            yield return new ConfigItem("listener", l.Name, span, [.. l.Chains
                .GroupBy(ListenerTable.Match, StringComparer.Ordinal)
                .Select(g => new ConfigSetting(g.Key, string.Join(", ", g.Select(Target)), span))]);
        }
    }

    private static string Target(FilterChain c) => c.Clusters.Count < 2 ? ListenerTable.Destination(c)
        : string.Join(" ", c.Clusters.Select(static w =>
            string.Create(CultureInfo.InvariantCulture, $"{w.Name}*{w.Weight}")));

    private static IEnumerable<ConfigItem> Policies(ProxySnapshot snapshot)
    {
        foreach (InboundListener i in snapshot.Inbound.OrderBy(static i => i.Port))
        {
            string subject = i.Port == 0 ? "inbound, other ports"
                : string.Create(CultureInfo.InvariantCulture, $"inbound {i.Port}");
            var settings = new List<ConfigSetting>
            {
                new("mtls", i.Mtls.ToString().ToUpperInvariant(), i.MtlsOrigin),
                new("accepted trust domains", string.Join(", ", i.TrustDomains), default),
                new("token issuers", string.Join(", ", i.TokenIssuers.Select(static t => t.Issuer)), default),
                new("retries", i.RetryPolicy is { } p
                    ? string.Create(CultureInfo.InvariantCulture, $"{p.NumRetries} on {p.RetryOn}") : "none", default),
            };
            IReadOnlyList<RbacRules> rules = i.Protocol is PortProtocol.Tcp or PortProtocol.Tls
                ? i.TcpRbac : i.HttpRbac;
            foreach (RbacRules r in rules)
            {
                string action = (r.IsCustom ? "CUSTOM" : r.Action.ToString().ToUpperInvariant())
                    + (r.IsShadow ? " (dry run)" : "");
                settings.AddRange(r.Policies.OrderBy(static p => p.Name, StringComparer.Ordinal).Select(
                    p => new ConfigSetting(action + " " + p.Name, Text(p), p.Origin)));
                settings.AddRange(r.Policies.Count > 0 ? []
                    : [new ConfigSetting(action + " nothing", "on", i.MtlsOrigin)]);
            }

            yield return new ConfigItem("policy", subject, i.MtlsOrigin, settings);
        }
    }

    private static string Text(RbacPolicy p) =>
        "to " + JsonSerializer.Serialize(p.Permissions, Compact) + " by "
            + JsonSerializer.Serialize(p.Principals, Compact);
}

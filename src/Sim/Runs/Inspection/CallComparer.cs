using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Compares the effective route of one call from every client cluster.</summary>
/// <remarks>Names: whether the name resolves, not to which address. Endpoints: how many there are in each priority,
/// counted as the caller sees them (its zone, its region, elsewhere). Settings of a cluster that not every caller uses
/// are left out: the cluster itself is the difference.</remarks>
public static class CallComparer
{
    private const string Used = "used";

    /// <summary>Compares.</summary>
    public static CallReport Compare(CallRequest request)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request.Scenario, findings);
        CurlRequest? curl = CurlParser.Parse(request.Call, new SourceSpan("--call", 0, 0), false, findings);
        if (document is null || curl is null || findings.HasErrors)
        {
            return new CallReport([], [], findings.Items);
        }

        ScenarioSimulation simulation = ProxyInspector.At(document, request.AtNs, findings);
        List<PodRuntime> callers = Callers(simulation, document, request.From);
        if (callers.Count < 2)
        {
            findings.Error("MS4005", callers.Count == 0 ? "no cluster has such a caller with a sidecar"
                : $"only {callers[0].Cluster} has such a caller with a sidecar", default,
                "--from WORKLOAD or WORKLOAD.NAMESPACE of a workload that two clusters have");
            return new CallReport([], [], findings.Items);
        }

        (RequestTemplate template, _) = simulation.AddManual(curl);
        List<List<ConfigSetting>> all = [.. callers.Select(p => Settings(simulation, p, template))];
        string[] clusters = [.. all.SelectMany(static s => s).Where(static x => x.Value == Used)
            .Select(static x => x.Path).Distinct(StringComparer.Ordinal)
            .Where(c => !all.TrueForAll(s => s.Exists(x => x.Path == c)))];
        string[] paths = [.. all.SelectMany(static s => s.Select(static x => x.Path)).Distinct(StringComparer.Ordinal)
            .Where(p => !Array.Exists(
                clusters, c => p.Length > c.Length && p.StartsWith(c, StringComparison.Ordinal)))];
        return new CallReport(
            [.. callers.Select(static p => p.FullName)],
            [.. paths.Select(path => new CallRow(path, [.. all.Select(s => ValueOf(s, path))]))], findings.Items);
    }

    private static CallValue ValueOf(List<ConfigSetting> settings, string path)
    {
        ConfigSetting found = settings.Find(s => s.Path == path);
        return new CallValue(found.Value ?? "", found.Span);
    }

    private static List<PodRuntime> Callers(ScenarioSimulation simulation, ScenarioDocument document, string from)
    {
        int dot = from.LastIndexOf('.');
        string name = dot < 0 ? from : from[..dot];
        string ns = dot < 0 ? "" : from[(dot + 1)..];
        var result = new List<PodRuntime>();
        foreach (IGrouping<string, PodRuntime> cluster in simulation.Proxies().Where(static p => !p.IsGateway)
                     .GroupBy(static p => p.Cluster))
        {
            PodRuntime? caller = name.Length > 0
                ? cluster.FirstOrDefault(p => p.Workload == name && (ns.Length == 0 || p.Namespace == ns))
                : cluster.FirstOrDefault(p => document.Traffic.Any(t => t.From.Workload == p.Workload
                    && (t.From.Cluster.Value is not { Length: > 0 } where || where == p.Cluster)))
                    ?? cluster.First();
            if (caller is not null)
            {
                result.Add(caller);
            }
        }

        return result;
    }

    private static List<ConfigSetting> Settings(
        ScenarioSimulation simulation, PodRuntime pod, RequestTemplate template)
    {
        var settings = new List<ConfigSetting>();
        if (simulation.NameOf(pod, template.Host) is { } answer)
        {
            settings.Add(new ConfigSetting("name", answer.Address.Length > 0 ? answer.Fqdn : "does not resolve",
                answer.Span));
        }

        ResolvedRoute resolved = simulation.Resolve(pod, template);
        if (resolved.Immediate is { } reply)
        {
            settings.Add(new ConfigSetting("answer", string.Create(
                CultureInfo.InvariantCulture, $"{reply.Disposition} {reply.Code}"), reply.Origin));
        }

        if (resolved.Route?.Source is { } route)
        {
            settings.AddRange(ProxyItems.Settings(route, "", "name"));
            foreach (WeightedCluster c in route.Clusters.Where(static c => c.Weight > 0))
            {
                settings.AddRange(Cluster(simulation, pod, c.Name));
            }
        }

        return settings;
    }

    private static IEnumerable<ConfigSetting> Cluster(ScenarioSimulation simulation, PodRuntime pod, string name)
    {
        ProxySnapshot snapshot = pod.Proxy!.Snapshot!;
        if (!snapshot.Clusters.TryGetValue(name, out ClusterConfig? config))
        {
            return [new ConfigSetting(name, "there is no such cluster", default)];
        }

        ClusterLoadAssignment? assignment = snapshot.Endpoints.GetValueOrDefault(name);
        SourceSpan span = assignment?.Origin.IsKnown == true ? assignment.Origin : config.Origin;
        IEnumerable<ConfigSetting> endpoints = simulation.ViewOf(pod).Hosts.Where(h => h.Cluster == name)
            .GroupBy(static h => h.Priority).OrderBy(static g => g.Key).Select(g => new ConfigSetting(
                string.Create(CultureInfo.InvariantCulture, $"{name} endpoints P{g.Key}"),
                string.Join(", ", g.GroupBy(h => Distance(h.Locality, snapshot.Locality)).OrderBy(static d => d.Key)
                    .Select(static d => string.Create(
                        CultureInfo.InvariantCulture, $"{d.Count()} {d.Key[2..]}"))), span));
        return ProxyItems.Settings(config, name).Concat(endpoints)
            .Prepend(new ConfigSetting(name, Used, config.Origin));
    }

    private static string Distance(Locality host, Locality own) =>
        host.Region.Length == 0 || own.Region.Length == 0 ? "4 of unknown place"
        : host.Region != own.Region ? "3 elsewhere"
        : host.Zone == own.Zone ? "1 of its zone" : "2 of its region";
}

using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <content>Requests: those of the lab, and those that show what a stored resource does.</content>
internal sealed partial class LabSession
{
    /// <summary>An address that no object has: a sidecar that listens for HTTP on all addresses of a port takes it and
    /// looks at the host only.</summary>
    private const string Anywhere = "240.0.0.1";

    /// <summary>What each stored route and host does with requests, in order of their lines.</summary>
    public IReadOnlyList<LabTrial> Try()
    {
        var trials = new List<LabTrial>();
        foreach (LabResource r in _resources.Where(static r => r.IsStored).DistinctBy(static r =>
            (r.Cluster, r.Resource)))
        {
            switch (ObjectOf(r))
            {
                case VirtualService { Spec: { } spec } service:
                    trials.AddRange(Try(r, service, spec));
                    break;
                case ServiceEntry { Spec: { } spec } entry:
                    trials.AddRange(spec.Hosts.Take(1).Where(h => !IsAsked(h.Value)).Select(h =>
                        TryName(r, entry, h)).OfType<LabTrial>());
                    break;
                default:
                    break;
            }
        }

        return [.. trials.OrderBy(static t => t.Line)];
    }

    /// <summary>The resources with what those that select pods govern.</summary>
    public IReadOnlyList<LabResource> Governed() =>
    [
        .. _resources.Select(r => r.IsStored ? r with
        {
            Effect = ObjectOf(r) switch
            {
                AuthorizationPolicy p => Selected(r.Cluster, p.Namespace, p.Spec?.Selector?.MatchLabels),
                PeerAuthentication p => Selected(r.Cluster, p.Namespace, p.Spec?.Selector?.MatchLabels),
                RequestAuthentication p => Selected(r.Cluster, p.Namespace, p.Spec?.Selector?.MatchLabels),
                _ => "",
            },
        } : r),
    ];

    private KubeObject? ObjectOf(LabResource r) => Cluster(r.Cluster).LiveObjects().Objects
        .FirstOrDefault(o => o.Resource == r.Resource);

    private string Selected(string cluster, string space, SpannedMap<Spanned<string>>? labels)
    {
        List<PodState> pods = [.. Cluster(cluster).Pods.Where(p => p is { IsGone: false, IsTerminating: false }
            && (space == "istio-system" || p.Namespace == space)
            && (labels is null || labels.All(l => p.Labels.GetValueOrDefault(l.Key) == l.Value.Value)))];
        int proxies = pods.Count(static p => p.HasSidecar);
        return string.Create(CultureInfo.InvariantCulture, $"selects {pods.Count} pods, {proxies} with a sidecar")
            + (proxies == 0 ? ": it enforces nothing" : "");
    }

    private IEnumerable<LabTrial> Try(LabResource resource, VirtualService service, VirtualServiceSpec spec)
    {
        bool isMesh = spec.Gateways.Count == 0 || spec.Gateways.Any(static g => g.Value == "mesh");
        if (!isMesh || spec.Hosts.Count == 0 || CallerIn(resource.Cluster, service.Namespace) is not { } caller)
        {
            yield break;
        }

        string target = TargetOf(caller, resource.Cluster, service.Namespace, spec.Hosts[0].Value);
        foreach (HttpRoute route in spec.Http)
        {
            if (HeadersOf(route) is not { } match)
            {
                continue;
            }

            string host = target.Contains(Anywhere, StringComparison.Ordinal)
                ? $" -H 'Host: {spec.Hosts[0].Value}'" : "";
            string curl = $"curl{match.Headers}{host} http://{target}{match.Path}";
            var bag = new DiagnosticBag();
            SourceSpan span = route.Span.IsKnown ? Placed(route.Span) : Span(resource.Line);
            if (CurlParser.Parse(curl, span, false, bag) is { } request)
            {
                string what = $"{service.Resource}, {match.What}";
                LabTrial trial = Send(caller, request, _request.Tries, span.Line, what);
                string by = trial.Steps.FirstOrDefault(static s => s.Step == "route")?.Text ?? "";
                bool isOwn = by.Length == 0 || by.StartsWith(service.Resource + ",", StringComparison.Ordinal);
                yield return trial with { Overruled = isOwn ? "" : by.Split(',')[0] };
            }
        }
    }

    private bool IsAsked(string host) => _steps.Exists(s =>
        s.Request is { } r && r.Curl.Contains("://" + host, StringComparison.Ordinal));

    /// <summary>One call of a host that a ServiceEntry makes known, by its name.</summary>
    private LabTrial? TryName(LabResource resource, ServiceEntry entry, Spanned<string> host)
    {
        if (host.Value.StartsWith('*') || CallerIn(resource.Cluster, entry.Namespace) is not { } caller)
        {
            return null;
        }

        ServiceEntryPort? port = entry.Spec!.Ports.FirstOrDefault(static p =>
            p.Protocol?.Value.ToUpperInvariant() is "HTTP" or "HTTPS" or "HTTP2" or "TLS");
        if (port?.Number is not { } number)
        {
            return null;
        }

        string scheme = port.Protocol!.Value.ToUpperInvariant() is "HTTPS" or "TLS" ? "https" : "http";
        string curl = string.Create(CultureInfo.InvariantCulture, $"curl {scheme}://{host.Value}:{number.Value}/");
        SourceSpan span = Placed(host.Span);
        return CurlParser.Parse(curl, span, false, new DiagnosticBag()) is { } request
            ? Send(caller, request, 1, span.Line, entry.Resource + ", by its name") : null;
    }

    /// <summary>Headers and path that meet the first match of a route; null when it asks for more than can be written
    /// on a curl line.</summary>
    private static (string Headers, string Path, string What)? HeadersOf(HttpRoute route)
    {
        if (route.Match.Count == 0)
        {
            return ("", "/", "default route");
        }

        HttpMatchRequest m = route.Match[0];
        if (m.Port is not null || m.Authority is not null || m.Scheme is not null || m.SourceLabels.Count > 0
            || m.Gateways.Count > 0 || m.QueryParams.Count > 0 || m.SourceNamespace is not null)
        {
            return null;
        }

        string headers = "";
        var what = new List<string>();
        foreach (SpannedEntry<StringMatch> h in m.Headers)
        {
            if (ValueOf(h.Value) is not { } value)
            {
                return null;
            }

            headers += $" -H '{h.Key}: {value}'";
            what.Add(h.Key + ": " + value);
        }

        string? path = m.Uri is null ? "/" : ValueOf(m.Uri);
        string? method = m.Method is null ? "" : ValueOf(m.Method);
        if (path is null || method is null || path.AsSpan().IndexOfAny(' ', '\'') >= 0)
        {
            return null;
        }

        headers += method.Length > 0 ? " -X " + method : "";
        what.Add(m.Uri is null ? "" : path);
        return (headers, path.StartsWith('/') ? path : "/" + path,
            string.Join(' ', what.Prepend(method).Where(static w => w.Length > 0)));
    }

    private static string? ValueOf(StringMatch match) => match.Exact?.Value ?? match.Prefix?.Value;

    /// <summary>Host and port under which a VirtualService's host is called: its own Service, its name where that
    /// resolves, else any address, so that only the Host header counts.</summary>
    private string TargetOf(int caller, string cluster, string space, string host)
    {
        string[] parts = host.Split('.');
        Service? service = parts.Length == 1 || (parts.Length >= 2 && parts[^1] is "local" or "svc")
            ? Cluster(cluster).LiveObjects().Find<Service>(parts.Length > 1 ? parts[1] : space, parts[0]) : null;
        ServiceEntry? entry = Cluster(cluster).LiveObjects().Of<ServiceEntry>()
            .FirstOrDefault(e => e.Spec?.Hosts.Any(h => h.Value == host) == true);
        long port = service?.Spec is { Ports: [var first, ..] } ? first.Port?.Value ?? 80
            : entry?.Spec is { Ports: [var known, ..] } ? known.Number?.Value ?? 80 : 80;
        bool isName = _simulation.NameOf(_simulation.PodOf(caller), host) is { Address.Length: > 0 };
        string name = service is not null ? $"{service.Name}.{service.Namespace}.svc.cluster.local"
            : isName ? host : Anywhere;
        return port == 80 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
    }

    /// <summary>Who calls: the pod that the lab itself calls from, else the first with a sidecar.</summary>
    private int? CallerIn(string cluster, string space)
    {
        string? used =
            _steps.LastOrDefault(s => s.Cluster == cluster && s.Request is { From.Length: > 0 })?.Request!.From;
        PodState? pod = used is null ? null : _simulation.FindPod(used);
        pod = pod is { IsServing: true, IsTerminating: false } ? pod
            : Cluster(cluster).Pods.Where(static p => p is { IsServing: true, IsTerminating: false, HasSidecar: true })
                .OrderBy(p => p.Namespace != space).ThenBy(static p => p.Namespace, StringComparer.Ordinal)
                .ThenBy(static p => p.Workload, StringComparer.Ordinal).ThenBy(static p => p.Id).FirstOrDefault();
        int sender = pod is null ? -1 : _simulation.FindSendingPod(cluster, pod.Namespace, pod.Name);
        return sender < 0 ? null : sender;
    }

    private LabTrial Send(int sender, CurlRequest curl, int count, int line, string what)
    {
        IReadOnlyList<RequestRecord> ended =
            _simulation.SendAll(sender, curl, count, 20 * SimDuration.Millisecond, out RequestTrace trace);
        List<LabAnswer> answers =
        [
            .. ended.Select(r => AnswerOf(r)).GroupBy(static a => a)
                .Select(static g => g.Key with { Count = g.Count() }).OrderByDescending(static a => a.Count)
                .ThenBy(static a => a.Code).ThenBy(static a => a.ServedCluster, StringComparer.Ordinal)
                .ThenBy(static a => a.ServedWorkload, StringComparer.Ordinal)
                .ThenBy(static a => a.ServedVersion, StringComparer.Ordinal),
        ];
        List<WhyStep> steps = [.. trace.Steps.Select(s => s with { Span = Placed(s.Span) })];
        List<WhyStep> own = [.. steps.Where(static s => s.Depth == 0 && s.Span.IsKnown)];
        bool isServed = answers.Count > 0 && answers[0].Code is >= 200 and < 400;
        string prefix = answers.Count > 0 && answers[0].Disposition == "DENIED_RBAC" ? "RBAC" : isServed ? "route" : "";
        SourceSpan deciding =
            (own.LastOrDefault(s => s.Step.StartsWith(prefix, StringComparison.Ordinal)) ?? own.LastOrDefault())?.Span
            ?? Span(line);
        string from = _simulation.PodOf(sender).FullName;
        return new LabTrial(line, curl.Text, from, what, answers, steps, deciding);
    }

    private LabAnswer AnswerOf(RequestRecord r)
    {
        PodState? server = r.HostPod.Length > 0 && r.Code > 0 ? _simulation.FindPod(r.HostPod) : null;
        bool isAnswered = server is not null
            && r.Disposition is "SERVED" or "UPSTREAM_ERROR" or "DENIED_RBAC" or "DENIED_JWT";
        return new LabAnswer(1, r.Code, r.Flags, r.Details, r.Disposition, r.CurlExit,
            isAnswered ? r.ServedCluster : "none", isAnswered ? r.ServedRegion : "none",
            isAnswered ? server!.Workload : "", isAnswered ? server!.Labels.GetValueOrDefault("version") ?? "" : "");
    }
}

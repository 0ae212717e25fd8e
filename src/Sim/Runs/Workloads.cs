using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Turns what a scenario says about applications and requests into what a run needs.</summary>
internal sealed class Workloads
{
    private readonly ScenarioDocument _document;
    private readonly Dictionary<WorkloadSpec, (ApplicationPlan Plan, Distribution Time)> _plans =
        new(ReferenceEqualityComparer.Instance);

    private readonly Dictionary<string, (ApplicationPlan Plan, Distribution Time)> _byNamespace =
        new(StringComparer.Ordinal);

    private int _templates;

    /// <summary>Host header that a request carries for the host it was written for.</summary>
    public Func<string, string> HostRewrite { get; set; } = static host => host;

    public Workloads(ScenarioDocument document) => _document = document;

    /// <summary>Behaviour and service time of a pod's application.</summary>
    public (ApplicationPlan Plan, Distribution Time) Of(PodState pod)
    {
        foreach (WorkloadSpec spec in _document.Workloads)
        {
            if (spec.Match.Matches(pod.Cluster, pod.Namespace, pod.Workload, pod.Region, pod.Zone, pod.Name,
                pod.Labels))
            {
                if (!_plans.TryGetValue(spec, out (ApplicationPlan, Distribution) known))
                {
                    known = (PlanOf(spec, pod.Namespace), TimeOf(spec.ServiceTime));
                    _plans.Add(spec, known);
                }

                return known;
            }
        }

        if (!_byNamespace.TryGetValue("", out (ApplicationPlan, Distribution) plain))
        {
            plain = (new ApplicationPlan(), Distribution.Constant(SimDuration.Millisecond));
            _byNamespace.Add("", plain);
        }

        return plain;
    }

    /// <summary>A request as a curl line describes it.</summary>
    public RequestTemplate TemplateOf(CurlRequest curl, long timeoutNs)
    {
        int id = _templates++;
        var lines = curl.Headers.ToList();
        return new RequestTemplate(id, curl.Host, curl.Port,
            new RequestHeaders(curl.Method, HostRewrite(curl.Authority), curl.Path, lines, id, curl.Scheme))
        {
            ClientTimeoutNs = timeoutNs > 0 ? timeoutNs : curl.MaxTimeNs,
            UsageError = curl.Exit == 0 ? "" : "curl refuses this command line: exit 2",
            Lines = lines,
            Service = ServiceOf(curl.Host),
            Span = curl.Span,
        };
    }

    /// <summary><c>name.namespace</c> of a host; other hosts stay as they are.</summary>
    public static string ServiceOf(string host)
    {
        string[] parts = host.Split('.');
        return parts.Length switch
        {
            1 => host + ".default",
            >= 3 when parts[2] is "svc" or "global" => parts[0] + "." + parts[1],
            _ => host,
        };
    }

    /// <summary>A distribution as declared.</summary>
    public Distribution TimeOf(DistributionSpec d) => d.Kind switch
    {
        DistributionKind.Constant => Distribution.Constant(d.ValueNs ?? 0),
        DistributionKind.Uniform => Distribution.Uniform(d.MinNs ?? 0, d.MaxNs ?? 0),
        DistributionKind.Exponential => Distribution.Exponential(d.MeanNs ?? 0),
        DistributionKind.Lognormal when d.P50Ns is { } p50 => Distribution.LogNormal(p50, d.P99Ns ?? p50),
        DistributionKind.Lognormal => Distribution.LogNormalByMean(d.MeanNs ?? 0, d.Cv ?? 1),
        DistributionKind.Gamma => Distribution.Gamma(d.MeanNs ?? 0, d.Cv ?? 1),
        DistributionKind.Pareto => Distribution.Pareto(d.MinNs ?? 0, d.Shape ?? 2),
        _ => Distribution.Empirical(Samples(d.File)),
    };

    /// <summary>Durations of a file, one a line.</summary>
    public List<long> Samples(string file)
    {
        var list = new List<long>();
        foreach (string line in File.ReadAllLines(ScenarioFiles.Resolve(_document, file)))
        {
            if (SimDuration.TryParse(line.Trim(), out long ns))
            {
                list.Add(ns);
            }
        }

        return list;
    }

    private ApplicationPlan PlanOf(WorkloadSpec spec, string ns)
    {
        var calls = new List<CallPlan>();
        for (int group = 0; group < spec.Calls.Count; group++)
        {
            foreach (CallSpec c in spec.Calls[group].Parallel)
            {
                calls.Add(new CallPlan(TemplateOf(c, ns), group, c.Probability, c.Optional));
            }
        }

        return new ApplicationPlan
        {
            Calls = calls,
            OnCallError = spec.OnCallError.Value == CallErrorPolicy.Forward ? CallErrorAction.Forward
                : CallErrorAction.Respond,
            OnCallErrorStatus = spec.OnCallErrorStatus,
            Workers = spec.Concurrency,
            QueuePlaces = spec.Queue.IsWritten ? spec.Queue : int.MaxValue,
            ErrorRate = spec.ErrorRate,
            ErrorStatus = spec.ErrorStatus,
            ResponseBytes = spec.ResponseBytes,
            DataClass = spec.DataClass,
            DnsCacheNs = spec.DnsCacheNs,
            DnsNegativeCacheNs = spec.DnsNegativeCacheNs,
            CancelsAbandonedWork = spec.AbandonedWork.Value == AbandonedWork.Cancel,
            Span = spec.Span,
        };
    }

    private RequestTemplate TemplateOf(CallSpec call, string ns)
    {
        string to = call.To;
        int port = 80;
        int colon = to.LastIndexOf(':');
        if (colon > 0 && int.TryParse(to.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int p))
        {
            port = p;
            to = to[..colon];
        }

        string host = to.Split('.').Length switch
        {
            1 => to + "." + ns + ".svc.cluster.local",
            2 => to + ".svc.cluster.local",
            _ => to,
        };
        int id = _templates++;
        string authority = port == 80 ? host : host + ":" + port.ToString(CultureInfo.InvariantCulture);
        return new RequestTemplate(id, host, port,
            new RequestHeaders(call.Method, authority, call.Path, null, id))
        {
            ClientTimeoutNs = call.TimeoutNs,
            Service = ServiceOf(host),
            Span = call.Span,
        };
    }
}

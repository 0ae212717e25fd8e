using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads workloads, traffic and request sources.</summary>
internal sealed class LoadReader(bool isTimeoutMaxTime, DiagnosticBag diagnostics)
{
    public WorkloadSpec ReadWorkload(ScenarioObject o)
    {
        ScenarioObject errors = o.Object("errors");
        ScenarioObject onError = o.Object("onCallError");
        Sourced<bool> forward = onError.Boolean("forward", false);
        if (forward && onError.Has("respond"))
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{onError.Path} has both respond and forward", onError.Span,
                "keep one");
        }

        var workload = new WorkloadSpec
        {
            Match = ReadMatch(o.Object("match")),
            ServiceTime = new DistributionReader(diagnostics).Read(o, "serviceTime"),
            Concurrency = o.Integer("concurrency", 0, 0, 1_000_000),
            Queue = o.Integer("queue", 1024, 0, 10_000_000),
            ErrorRate = errors.Share("rate", 0),
            ErrorStatus = errors.Integer("status", 500, 200, 599),
            StartupNs = o.Duration("startup", WorkloadSpec.DefaultStartupNs),
            CompletesAfterNs = o.Duration("completesAfter", 0),
            ResponseBytes = o.Size("responseBytes", 1024),
            DataClass = o.Text("dataClass"),
            Calls = ReadCalls(o),
            OnCallError = new(forward ? CallErrorPolicy.Forward : CallErrorPolicy.Respond, onError.Span),
            OnCallErrorStatus = onError.Integer("respond", 500, 200, 599),
            AbandonedWork = o.Choice("abandonedWork", AbandonedWork.Finish),
            DnsCacheNs = o.Duration("dnsCache", 0),
            DnsNegativeCacheNs = o.Duration("dnsNegativeCache", 0),
            Span = o.Span,
        };
        errors.Close();
        onError.Close();
        o.Close();
        return workload;
    }

    public static MatchSpec ReadMatch(ScenarioObject o)
    {
        var match = new MatchSpec(
            o.Text("context"), o.Text("namespace"), o.Text("workload"), o.Text("region"), o.Text("zone"),
            o.Text("pod"), o.TextMap("labels"), o.Span);
        o.Close();
        return match;
    }

    public SourceSpec ReadSource(ScenarioObject o)
    {
        Sourced<string> workload = o.Text("workload");
        Sourced<string> exec = o.Text("exec");
        Sourced<string> ingress = o.Text("ingress");
        Sourced<string> region = o.Text("region");
        if (exec.Value.Length > 0)
        {
            if (workload.Value.Length > 0)
            {
                diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path} has both workload and exec", exec.Span,
                    "keep one");
            }

            workload = ReadExec(o, exec);
        }

        bool isOutside = ingress.Value.Length > 0;
        Sourced<string> context = o.Text("context");
        Sourced<string> address = o.Text("address", OutsideCallers.DefaultAddress);
        CheckSource(o, workload, isOutside);
        if (isOutside && !System.Net.IPAddress.TryParse(address, out _))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.PathOf("address")}: \"{address}\" is not an IP address",
                address.Span, "such as " + OutsideCallers.DefaultAddress);
        }

        var source = new SourceSpec(
            context, o.Text("namespace", isOutside ? "istio-system" : "default"), workload, region, ingress, address,
            o.Span);
        o.Close();
        return source;
    }

    private void CheckSource(ScenarioObject o, Sourced<string> workload, bool isOutside)
    {
        if (isOutside && workload.Value.Length > 0)
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path} has both a workload and ingress", workload.Span,
                "callers from outside are no workload: keep one");
        }
        else if (isOutside && !o.Has("region") && !o.Has("context"))
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} does not say where its callers are", o.Span,
                "add region: NAME, or context: CLUSTER for one cluster's gateway");
        }
        else if (!isOutside && o.IsPresent && workload.Value.Length == 0)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} names no workload", o.Span,
                "add workload: NAME or exec: deployment/NAME, or ingress: GATEWAY for callers from outside");
        }

        foreach (string key in isOutside ? [] : (string[])["region", "address"])
        {
            if (o.Node(key) is { } node)
            {
                diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: \"{key}\" is for callers from outside",
                    node.Span, "add ingress: GATEWAY, or remove it");
            }
        }
    }

    public CurlRequest ReadCurl(Sourced<string> line) =>
        line.Value.Length == 0 ? CurlRequest.None
            : CurlParser.Parse(line, line.Span, isTimeoutMaxTime, diagnostics) ?? CurlRequest.None;

    public TrafficSpec ReadTraffic(ScenarioObject o)
    {
        Sourced<TrafficModel> model = o.Choice("model", TrafficModel.Open);
        ScenarioObject request = o.Object("request");
        CurlRequest curl = ReadCurl(request.Text("curl"));
        Sourced<long> timeout = request.Duration("timeout", curl.MaxTimeNs);
        request.Close();
        var traffic = new TrafficSpec
        {
            Name = o.Text("name"),
            From = ReadSource(o.Object("from")),
            Model = model,
            Users = model.Value == TrafficModel.Closed ? o.Integer("users", 1, 1, 1_000_000)
                : Sourced.None<int>(),
            ThinkNs = o.Duration("think", SimDuration.Second),
            RatePerSecond = o.Rate("rate"),
            Stages = o.Objects("stages").Select(ReadStage).ToList(),
            Diurnal = ReadDiurnal(o.Object("diurnal")),
            Trace = o.Text("trace"),
            Arrivals = o.Choice("arrivals", ArrivalKind.Poisson),
            StartNs = o.Duration("start", 0),
            StopNs = o.Duration("stop", long.MaxValue),
            Request = curl,
            TimeoutNs = timeout,
            Span = o.Span,
        };
        CheckModel(o, traffic);
        o.Close();
        return traffic;
    }

    private static readonly string[] s_ofOpen = ["rate", "stages", "diurnal", "trace"];
    private static readonly string[] s_ofClosed = ["users", "think"];

    private void CheckModel(ScenarioObject o, TrafficSpec traffic)
    {
        bool isClosed = traffic.Model.Value == TrafficModel.Closed;
        foreach (string key in isClosed ? s_ofOpen : s_ofClosed)
        {
            if (o.Node(key) is { } node)
            {
                diagnostics.Error(ScenarioCodes.Conflict,
                    $"{o.Path}: {(isClosed ? "closed" : "open")} traffic has no \"{key}\"", node.Span,
                    isClosed ? "users and think make its rate" : "model: closed, or a rate");
            }
        }

        if (!isClosed)
        {
            CheckShape(o, traffic);
            return;
        }

        if (!o.Has("users") && o.IsPresent)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} is closed and has no users", o.Span,
                "add users: 100");
        }

        if (traffic.Arrivals.Value == ArrivalKind.Bursty)
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: closed traffic has no bursts",
                traffic.Arrivals.Span, "arrivals: poisson or constant");
        }
    }

    private void CheckShape(ScenarioObject o, TrafficSpec traffic)
    {
        int shapes = (traffic.Stages.Count > 0 ? 1 : 0) + (traffic.Diurnal is null ? 0 : 1)
            + (traffic.Trace.Value.Length > 0 ? 1 : 0);
        if (shapes > 1)
        {
            diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path} has more than one of stages, diurnal and trace",
                o.Span, "keep one");
        }
        else if (shapes == 0 && !o.Has("rate") && o.IsPresent)
        {
            diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path} says nothing about its rate", o.Span,
                "add rate: 20/s, or stages, diurnal or trace");
        }
    }

    private static StageSpec ReadStage(ScenarioObject o)
    {
        var stage = new StageSpec(o.Rate("to"), o.Duration("over", 0), o.Duration("hold", 0));
        o.Close();
        return stage;
    }

    private static DiurnalSpec? ReadDiurnal(ScenarioObject o)
    {
        var diurnal = new DiurnalSpec(o.Rate("low"), o.Rate("high"), o.Duration("peakAt", 14 * SimDuration.Hour));
        o.Close();
        return o.IsPresent ? diurnal : null;
    }

    private Sourced<string> ReadExec(ScenarioObject o, Sourced<string> exec)
    {
        string[] parts = exec.Value.Split('/');
        if (parts.Length == 2 && parts[1].Length > 0
            && parts[0] is "deployment" or "deployments" or "deploy" or "statefulset" or "statefulsets" or "sts"
                or "daemonset" or "daemonsets" or "ds" or "replicaset" or "replicasets" or "rs")
        {
            return new(parts[1], exec.Span);
        }

        diagnostics.Error(ScenarioCodes.BadValue,
            $"{o.PathOf("exec")}: \"{exec}\" is not KIND/NAME of a workload", exec.Span,
            "deployment/NAME, statefulset/NAME, daemonset/NAME or replicaset/NAME");
        return exec;
    }

    private List<CallStep> ReadCalls(ScenarioObject o)
    {
        var steps = new List<CallStep>();
        int i = 0;
        foreach (YamlNode item in o.Items("calls"))
        {
            string path = o.Indexed("calls", i++);
            IReadOnlyList<YamlNode> parallel = item is YamlSequence s ? s.Items : [item];
            var calls = new List<CallSpec>();
            for (int j = 0; j < parallel.Count; j++)
            {
                string callPath = item is YamlSequence
                    ? string.Create(CultureInfo.InvariantCulture, $"{path}[{j}]") : path;
                calls.Add(ReadCall(new ScenarioObject("call", parallel[j], callPath, diagnostics)));
            }

            if (calls.Count > 0)
            {
                steps.Add(new CallStep(calls));
            }
        }

        return steps;
    }

    private static CallSpec ReadCall(ScenarioObject o)
    {
        var call = new CallSpec(
            o.Text("to"), o.Duration("timeout", 0), o.Share("probability", 1), o.Boolean("optional", false),
            o.Text("method", "GET"), o.Text("path", "/"), o.Span);
        o.Close();
        return call;
    }
}

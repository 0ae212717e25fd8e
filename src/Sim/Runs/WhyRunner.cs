using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Explains one request: what happened to it, step by step, with the deciding lines.</summary>
public static class WhyRunner
{
    /// <summary>Simulates up to the moment asked for, sends the request (or waits for the recorded one) and follows it
    /// to its end.</summary>
    public static WhyReport Explain(WhyRequest request)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(request.Scenario, findings);
        if (document is null || findings.HasErrors)
        {
            return new WhyReport("", [], "", findings.Items);
        }

        var simulation = new ScenarioSimulation(document, 0, 2, findings) { Trace = new RequestTrace() };
        if (request.RequestId is { } id)
        {
            simulation.TracedRequest = id;
            simulation.Prepare();
            simulation.RunUntil(document.DurationNs, () => !simulation.Trace.IsComplete);
            simulation.Drain();
            return Report(document, simulation, string.Create(
                CultureInfo.InvariantCulture, $"there is no request {id} in this run"), findings);
        }

        simulation.Prepare();
        simulation.RunUntil(request.AtNs ?? document.WarmupNs);
        CurlRequest? curl = CurlParser.Parse(request.Curl, new SourceSpan("--curl", 0, 0), false, findings);
        string[] from = request.From.Split('/');
        (RequestTemplate Template, int Traffic)? sent = curl is null ? null : simulation.AddManual(curl);
        int pod = from.Length switch
        {
            3 when from[0] == OutsideCallers.Cluster => sent is { } s
                ? simulation.FindOutside(from[1], from[2], s.Template) : -1,
            1 => simulation.FindSender("", "", from[0]),
            2 => simulation.FindSender(from[0], "", from[1]),
            _ => simulation.FindSender(from[0], from[1], from[2]),
        };
        if (pod < 0)
        {
            findings.Error("MS4002", $"no running pod of workload {request.From} at this time", default,
                "--from CLUSTER/WORKLOAD, CLUSTER/NAMESPACE/WORKLOAD, or outside/REGION/GATEWAY");
        }

        if (sent is not { } manual || pod < 0)
        {
            return new WhyReport("", [], "", findings.Items);
        }

        simulation.SendTraced(pod, manual.Template, manual.Traffic);
        long until = simulation.NowNs;
        for (int i = 0; i < 600 && !simulation.Trace.IsComplete; i++)
        {
            until += SimDuration.Second;
            simulation.RunUntil(until);
        }

        return Report(document, simulation, "the request did not end within ten minutes", findings);
    }

    private static WhyReport Report(
        ScenarioDocument document, ScenarioSimulation simulation, string missing, DiagnosticBag findings)
    {
        RequestTrace trace = simulation.Trace!;
        if (!trace.IsComplete)
        {
            findings.Error("MS4003", missing, default, "requests.csv has the numbers of recorded requests");
        }

        foreach (LedgerEntry moved in simulation.Ledger.Traced)
        {
            InvariantSpec? broken = document.Invariants.FirstOrDefault(i => i.Never?.Covers(moved) ?? false);
            string verdict = broken is null ? "" : $"; invariant {broken.Name} says never";
            trace.At(RequestTrace.Root).Note("ledger", string.Create(CultureInfo.InvariantCulture,
                $"{moved.Bytes} bytes of {moved.DataClass} from {moved.From}/{moved.Holder} ({moved.FromGeo}) to ")
                + $"{moved.To}/{moved.Reader} ({moved.ToGeo}), {moved.Path}, allowed by {moved.AllowedBy}{verdict}",
                broken?.Span ?? default);
        }

        return new WhyReport(trace.Title, trace.Steps, trace.Conclusion, findings.Items);
    }
}

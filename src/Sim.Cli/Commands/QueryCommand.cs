using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry.PromQl;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim query</c>: PromQL to the Prometheus of a run.</summary>
internal static class QueryCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("query", "Ask PromQL of the Prometheus that watched a run.");
        Argument<string> folder = new("FOLDER")
        {
            Description = "A run's folder (its run.json says what to simulate again), or a scenario folder.",
        };
        Argument<string> promql = new("PROMQL") { Description = "The expression." };
        Option<string> cluster = new("--cluster")
        {
            Description = "Whose Prometheus; may be left out when there is only one.",
            HelpName = "CLUSTER",
        };
        Option<string> at = CommonOptions.Time("--at", "When, such as 6m; without it, at the end of the run.");
        Option<string> from = CommonOptions.Time("--from", "Start of a range; 0s without it.");
        Option<string> range = CommonOptions.Time("--range", "Ask at many times: from --from on for so long.");
        Option<string> step = CommonOptions.Time("--step", "Step of the range; 15s without it.");
        Option<string> variant = new("--variant") { Description = "Variant of a scenario.", HelpName = "NAME" };
        Option<string> output = CommonOptions.Choice("-o", "--output", "Form of the answer", "table", "json");
        command.Arguments.Add(folder);
        command.Arguments.Add(promql);
        foreach (Option option in (Option[])[cluster, at, from, range, step, variant, output])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Execute(host, new Question(
            parsed.GetRequiredValue(folder), parsed.GetRequiredValue(promql), parsed.GetValue(cluster) ?? "",
            parsed.GetValue(variant) ?? "", Ns(parsed.GetValue(at)), Ns(parsed.GetValue(from)) ?? 0,
            Ns(parsed.GetValue(range)), Ns(parsed.GetValue(step)) ?? 15 * SimDuration.Second,
            parsed.GetValue(output) == "json")));
        ExamplesHelp.Attach(command,
            "meshsim query scenarios/compliance-alerts 'sum by (reporter) (istio_requests_total)' --cluster us-east",
            "meshsim query out/run 'histogram_quantile(0.99, sum by (le) "
                + "(rate(istio_request_duration_milliseconds_bucket[1m])))' --range 5m --step 30s --cluster us-east",
            "meshsim query out/run ALERTS --at 6m -o json --cluster us-east");
        return command;
    }

    private static long? Ns(string? text) => SimDuration.TryParse(text, out long ns) ? ns : null;

    private static int Execute(CliHost host, Question q)
    {
        if (!CommonOptions.Exists(q.Folder, host)
            || RequestedRun.Of(host, new ScenarioRequest(q.Folder, null, 1, q.Variant)) is not { } request)
        {
            return ExitCodes.Usage;
        }

        (RunResult? result, int code) = RequestedRun.Simulate(host, request);
        if (result is null)
        {
            return code;
        }

        if (ServerOf(host, q, result.Observation) is not { } server)
        {
            return ExitCodes.Usage;
        }

        PromQlResult answer = Ask(q, server, result.DurationNs);
        if (answer.Error is { } error)
        {
            host.Error.WriteLine($"meshsim: PromQL {server.Version}: {error}");
            return ExitCodes.Input;
        }

        if (q.IsJson)
        {
            QueryView.WriteJson(answer, server, host.Out);
        }
        else
        {
            QueryView.WriteTable(answer, server, host.Out);
        }

        return ExitCodes.Ok;
    }

    private static PromQlResult Ask(Question q, ObservedCluster server, long endNs)
    {
        long At(long ns) => server.StartMs + (ns / SimDuration.Millisecond);
        return q.RangeNs is { } range
            ? PromQlQuery.Range(q.PromQl, server.Dialect, server.Store!, new PromQlRange(
                At(q.FromNs), At(q.FromNs + range), Math.Max(1, q.StepNs / SimDuration.Millisecond)), server.Options)
            : PromQlQuery.Instant(q.PromQl, server.Dialect, server.Store!, At(q.AtNs ?? endNs), server.Options);
    }

    private static ObservedCluster? ServerOf(CliHost host, Question q, Observation observation)
    {
        string names = string.Join(", ", observation.Clusters.Select(static c => c.Cluster));
        ObservedCluster? server = q.Cluster.Length > 0
            ? observation.Clusters.FirstOrDefault(c => c.Cluster == q.Cluster)
            : observation.Clusters.Count == 1 ? observation.Clusters[0] : null;
        if (server is null)
        {
            host.Error.WriteLine(observation.Clusters.Count == 0
                ? "meshsim: no Prometheus watched this run: write prometheus: {} into spec of the scenario"
                : q.Cluster.Length > 0 ? $"meshsim: cluster {q.Cluster} has no Prometheus; there is one in {names}"
                : $"meshsim: say whose Prometheus: --cluster, one of {names}");
        }

        return server;
    }

    private sealed record Question(
        string Folder, string PromQl, string Cluster, string Variant, long? AtNs, long FromNs, long? RangeNs,
        long StepNs, bool IsJson);
}

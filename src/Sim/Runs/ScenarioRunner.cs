using Sim.Core;
using Sim.Runs.Capacity;
using Sim.Runs.Judging;
using Sim.Runs.Kube;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Reads a scenario, simulates its replications and judges them.</summary>
public static class ScenarioRunner
{
    /// <summary>Version written into stamps.</summary>
    public const string Version = "0.1.0";

    private const int RequestsKept = 100_000;

    /// <summary>Runs a scenario.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="progress">Hears of progress from the thread that runs; null = nobody.</param>
    /// <param name="cancellation">Stops after the present chunk of events; what was simulated is kept and marked.
    /// </param>
    public static ScenarioOutcome Run(
        ScenarioRequest request, Action<RunProgress>? progress, CancellationToken cancellation)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = Read(request, findings);
        if (document is null || findings.HasErrors)
        {
            return new ScenarioOutcome(null, [], findings.Items);
        }

        if (document.Method.Value == MethodKind.Static)
        {
            RunResult only = WithMatrix(document, StaticRunner.Run(
                document, StampOf(request, document, 0, 1, ScenarioFiles.InputHash(document)), findings));
            return new ScenarioOutcome(only, [only], only.Findings);
        }

        int total = Math.Max(1, request.Replications ?? document.Replications);
        string hash = ScenarioFiles.InputHash(document);
        var results = new RunResult?[total];
        var meter = new ProgressMeter(document.DurationNs, total, progress);
        void Simulate(int index)
        {
            var own = new DiagnosticBag();
            own.AddRange(findings.Items);
            results[index] = SimulateOne(document, index, StampOf(request, document, index, total, hash), own, meter,
                cancellation);
        }

        if (request.Threads > 1 && total > 1)
        {
            Parallel.For(0, total, new ParallelOptions { MaxDegreeOfParallelism = request.Threads }, Simulate);
        }
        else
        {
            for (int i = 0; i < total; i++)
            {
                Simulate(i);
            }
        }

        List<RunResult> all = results.Where(static r => r is not null).Select(static r => r!).ToList();
        return new ScenarioOutcome(WithMatrix(document, Judged(document, all)), all, all[0].Findings);
    }

    /// <summary>Findings of a scenario's manifests and file, without simulating.</summary>
    /// <param name="request">Which scenario, variant and overrides.</param>
    public static AnalysisOutcome Analyze(ScenarioRequest request)
    {
        var findings = new DiagnosticBag();
        ScenarioDocument? document = Read(request, findings);
        if (document is null || findings.HasErrors)
        {
            return new AnalysisOutcome(findings.Items, IsReadable: false);
        }

        var simulation = new ScenarioSimulation(document, 0, 2, findings);
        simulation.Prepare(isAnalysis: true);
        return new AnalysisOutcome(
            ScenarioAnalysis.Complete(document, simulation.Clusters, findings.Items), IsReadable: true);
    }

    /// <summary>Names of a scenario's variants in their order; null when it cannot be read.</summary>
    /// <param name="request">Which scenario and overrides.</param>
    public static IReadOnlyList<string>? VariantsOf(ScenarioRequest request) =>
        Read(request with { Variant = "" }, new DiagnosticBag())?.Variants
            .Select(static v => v.Name.Value).ToList();

    /// <summary>Reads the scenario a request names, overrides applied.</summary>
    internal static ScenarioDocument? Read(ScenarioRequest request, DiagnosticBag findings)
    {
        var overrides = (request.Set ?? []).ToList();
        if (request.Seed is { } seed)
        {
            overrides.Add("seed=" + seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        ScenarioDocument? document = ScenarioReader.Read(request.Directory, overrides, request.Variant, findings);
        if (document is not null && !findings.HasErrors)
        {
            TimelineChanges.Check(document, findings);
        }

        return document;
    }

    private static RunResult SimulateOne(
        ScenarioDocument document, int replication, RunStamp stamp, DiagnosticBag findings, ProgressMeter meter,
        CancellationToken cancellation)
    {
        RunResult result = SimulateOne(document, replication, stamp, findings,
            (nowNs, requests) => meter.Report(replication, nowNs, requests), cancellation);
        if (result.Verdict != Verdict.Interrupted)
        {
            meter.Finish(replication, result.RequestsTotal);
        }

        return result;
    }

    /// <summary>Simulates one replication; not judged.</summary>
    internal static RunResult SimulateOne(
        ScenarioDocument document, int replication, RunStamp stamp, DiagnosticBag findings,
        Action<long, long>? progress, CancellationToken cancellation)
    {
        var simulation = new ScenarioSimulation(document, replication, RequestsKept, findings);
        simulation.Prepare();
        bool finished = simulation.RunUntil(document.DurationNs, () =>
        {
            progress?.Invoke(simulation.NowNs, simulation.Requests);
            return !cancellation.IsCancellationRequested;
        });
        if (finished)
        {
            simulation.Drain();
        }

        return simulation.Build(stamp, !finished);
    }

    /// <summary>The first of several results with the judgements of all.</summary>
    internal static RunResult Judged(ScenarioDocument document, List<RunResult> all)
    {
        RunResult first = all[0];
        bool interrupted = all.Exists(static r => r.Verdict == Verdict.Interrupted);
        IReadOnlyList<Judgement> judgements = Judge.Evaluate(
            document, all.Select(static r => JudgedRun.Of(r, r.Requests.Count == r.RequestsTotal)).ToList());
        Verdict verdict = interrupted ? Verdict.Interrupted
            : judgements.All(static j => j.Held) ? Verdict.Held : Verdict.Failed;
        return first with
        {
            Judgements = judgements,
            Verdict = verdict,
            Budgets = BudgetReading.Of(document, JudgedRun.Of(first, first.Requests.Count == first.RequestsTotal)),
        };
    }

    /// <summary>The result with the truth table that the scenario asks for, judged.</summary>
    private static RunResult WithMatrix(ScenarioDocument document, RunResult result)
    {
        result = result with { Roi = document.Roi };
        if (!document.Matrix.IsPresent || result.Verdict == Verdict.Interrupted)
        {
            return result;
        }

        var findings = new DiagnosticBag();
        if (MatrixRunner.Of(document, null, findings) is not { } matrix)
        {
            return result with { Findings = [.. result.Findings, findings.Items[^1]], Verdict = Verdict.Failed };
        }

        bool isHeld = result.Verdict == Verdict.Held && matrix.Judgements.All(static j => j.Held);
        return result with
        {
            Matrix = matrix,
            Judgements = [.. result.Judgements, .. matrix.Judgements],
            Verdict = isHeld ? Verdict.Held : Verdict.Failed,
        };
    }

    /// <summary>The stamp of one replication.</summary>
    internal static RunStamp StampOf(
        ScenarioRequest request, ScenarioDocument document, int replication, int total, string hash) =>
        new(Version, document.Istio, BasisOf(document.Istio), document.Admission.Value.ToString().ToLowerInvariant(),
            [.. document.Extensions.Select(static e => e.Value).Order(StringComparer.Ordinal)], document.Name,
            document.Variant, document.Seed, replication, total, hash, request.Directory, request.Set ?? []);

    private static string BasisOf(string profile) => profile switch
    {
        "1.29" => "held against running istiod 1.29.0 and Envoy 1.40.0",
        "1.22" => "held in part against running istiod 1.22.3; the rest from sources",
        _ => "from sources only: 1.29 with its dated switches",
    };

    /// <summary>Adds up the progress of all replications; safe from several threads.</summary>
    private sealed class ProgressMeter(long durationNs, int total, Action<RunProgress>? progress)
    {
        private readonly long[] _nowNs = new long[total];
        private readonly long[] _requests = new long[total];
        private readonly Lock _lock = new();
        private int _done;

        public void Report(int replication, long nowNs, long requests)
        {
            if (progress is null)
            {
                return;
            }

            lock (_lock)
            {
                _nowNs[replication] = Math.Min(nowNs, durationNs);
                _requests[replication] = requests;
                long simulated = _nowNs.Sum();
                progress(new RunProgress(
                    simulated / ((double)durationNs * total), simulated, _requests.Sum(), _done, total));
            }
        }

        public void Finish(int replication, long requests)
        {
            lock (_lock)
            {
                _done++;
            }

            Report(replication, durationNs, requests);
        }
    }
}

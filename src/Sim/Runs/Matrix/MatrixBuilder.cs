using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs.Matrix;

/// <summary>The parts of a simulation that a truth table is made from.</summary>
/// <param name="Document">Scenario.</param>
/// <param name="Lifecycle">Pods and their proxies.</param>
/// <param name="Workloads">Makes requests.</param>
/// <param name="Clusters">Clusters.</param>
/// <param name="PodOf">Pod of a state.</param>
internal sealed record MatrixWorld(
    ScenarioDocument Document, RequestLifecycle Lifecycle, Workloads Workloads, IReadOnlyList<LiveCluster> Clusters,
    Func<LiveCluster, PodState, PodRuntime> PodOf);

/// <summary>Makes a truth table of the configuration that proxies have now.</summary>
internal sealed class MatrixBuilder(MatrixWorld world, DiagnosticBag findings)
{
    private const int CellsMost = 100_000;

    private readonly MatrixSpec _spec = world.Document.Matrix;
    private readonly List<Judgement> _judgements = [];

    public PolicyMatrix? Build()
    {
        List<(MatrixCaller Caller, PodRuntime Pod)> callers = Callers();
        List<MatrixTarget> targets = Targets();
        string[] methods = _spec.Methods.Count == 0 ? ["GET"] : [.. _spec.Methods.Select(static m => m.Value)];
        string[] paths = _spec.Paths.Count == 0 ? ["/"] : [.. _spec.Paths.Select(static p => p.Value)];
        long count = (long)callers.Count * targets.Count * methods.Length * paths.Length;
        if (count > CellsMost)
        {
            findings.Error(ScenarioCodes.BadValue, string.Create(CultureInfo.InvariantCulture,
                $"a truth table of {count} cells is too large: at most {CellsMost}"), _spec.Span,
                "name callers and targets in spec.matrix");
            return null;
        }

        var cells = new List<MatrixCell>((int)count);
        var evaluator = new CellEvaluator(world.Lifecycle);
        foreach (MatrixTarget target in targets)
        {
            foreach (string path in paths)
            {
                foreach (string method in methods)
                {
                    RequestTemplate template = TemplateOf(target, method, path);
                    cells.AddRange(callers.Select(c => CellOf(evaluator, c.Caller, c.Pod, target, template)));
                }
            }
        }

        List<MatrixCell> judged = Judge(cells);
        List<PolicyDrift> drift = [.. DriftFinder.Verdicts(judged), .. DriftFinder.Objects(world.Clusters)];
        if (_spec.Drift.Value == DriftHandling.Fail)
        {
            _judgements.Add(new Judgement("matrix", "no drift between clusters", drift.Count == 0,
                string.Create(CultureInfo.InvariantCulture, $"{drift.Count} differences"), "none", _spec.Drift.Span,
                drift.Count == 0 ? "" : drift[0].Subject));
        }

        return new PolicyMatrix
        {
            AtNs = world.Lifecycle.Now, Cells = judged, Drift = drift, Judgements = _judgements,
        };
    }

    private MatrixCell CellOf(
        CellEvaluator evaluator, MatrixCaller caller, PodRuntime pod, MatrixTarget target, RequestTemplate template)
    {
        IReadOnlyList<MatrixOutcome> outcomes = evaluator.Of(pod, template);
        return new MatrixCell(caller, target, template.Headers.Method, template.Headers.Path ?? "/",
            CellEvaluator.VerdictOf(outcomes), [.. outcomes.Select(o => WithTrust(o, pod))]);
    }

    /// <summary>A refusal between two roots is decided by the scenario's own line.</summary>
    private MatrixOutcome WithTrust(MatrixOutcome outcome, PodRuntime client) =>
        outcome.Verdict != MatrixVerdict.TlsFailure || outcome.Origin.IsKnown ? outcome
            : outcome with
            {
                Origin = Written(outcome.Cluster) is { IsKnown: true } server ? server : Written(client.Cluster),
            };

    private SourceSpan Written(string cluster) => world.Document.FindCluster(cluster) is { } c
        ? c.TrustRoot.IsWritten ? c.TrustRoot.Span : c.TrustDomain.Span : default;

    /// <summary>One pod of each workload, in the order of the clusters, then by namespace and name.</summary>
    private List<(MatrixCaller Caller, PodRuntime Pod)> Callers()
    {
        var all = new List<(MatrixCaller Caller, PodRuntime Pod)>();
        foreach (LiveCluster cluster in world.Clusters)
        {
            all.AddRange(cluster.Pods
                .Where(static p => p is { IsServing: true, IsTerminating: false } && !EastWestGateway.IsGateway(p))
                .GroupBy(static p => (p.Namespace, p.Workload))
                .OrderBy(static g => g.Key.Namespace, StringComparer.Ordinal)
                .ThenBy(static g => g.Key.Workload, StringComparer.Ordinal)
                .Select(g => world.PodOf(cluster, g.First()))
                .Select(static p => (new MatrixCaller(
                    p.Cluster, p.Namespace, p.Workload, p.Identity?.Principal ?? ""), p)));
        }

        if (_spec.Callers.Count == 0)
        {
            return all;
        }

        var chosen = new List<(MatrixCaller Caller, PodRuntime Pod)>();
        foreach (Sourced<string> pattern in _spec.Callers)
        {
            var fitting = all.Where(c => MatrixPattern.Fits(pattern.Value, c.Caller)).ToList();
            chosen.AddRange(fitting.Where(c => !chosen.Contains(c)));
            if (fitting.Count == 0)
            {
                _judgements.Add(new Judgement("matrix", $"callers {pattern}", false, "no such workload",
                    "at least one running pod", pattern.Span));
            }
        }

        return chosen;
    }

    private List<MatrixTarget> Targets()
    {
        if (_spec.Targets.Count > 0)
        {
            return [.. _spec.Targets.Select(static t => Written(t.Value, t.Value))];
        }

        return [.. world.Clusters.SelectMany(static c => c.LiveObjects().Of<Service>())
            .Where(static s => s.Spec is not null && !IsGatewayService(s))
            .SelectMany(static s => s.Spec!.Ports.Select(p => Written(
                string.Create(CultureInfo.InvariantCulture, $"{s.Name}.{s.Namespace}:{p.Port?.Value ?? 0}"),
                string.Create(CultureInfo.InvariantCulture,
                    $"{s.Name}.{s.Namespace}.svc.cluster.local:{p.Port?.Value ?? 0}"))))
            .Distinct().OrderBy(static t => t.Text, StringComparer.Ordinal)];
    }

    private static bool IsGatewayService(Service s) => s.Label("istio") is "eastwestgateway"
        || s.Name is "istiod" or "istio-eastwestgateway";

    private static MatrixTarget Written(string text, string authority)
    {
        string host = authority.StartsWith("http://", StringComparison.Ordinal) ? authority[7..] : authority;
        host = host.TrimEnd('/');
        int colon = host.LastIndexOf(':');
        return colon > 0 && int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out int port) ? new MatrixTarget(text, host[..colon].ToLowerInvariant(), port)
            : new MatrixTarget(text, host.ToLowerInvariant(), 80);
    }

    private RequestTemplate TemplateOf(MatrixTarget target, string method, string path)
    {
        var headers = new List<KeyValuePair<string, string>>();
        string host = "";
        foreach (Sourced<string> line in _spec.Headers)
        {
            int colon = line.Value.IndexOf(':');
            string name = line.Value[..colon].Trim().ToLowerInvariant();
            string value = line.Value[(colon + 1)..].Trim();
            if (name == "host")
            {
                host = value;
            }
            else
            {
                headers.Add(new(name, value));
            }
        }

        string authority = host.Length > 0 ? host : target.Port == 80 ? target.Host
            : string.Create(CultureInfo.InvariantCulture, $"{target.Host}:{target.Port}");
        return world.Workloads.TemplateOf(
            new CurlRequest("", method, "http", target.Host, target.Port, path, authority, headers, 0, 0, 0, 0,
                _spec.Span), 0);
    }

    private List<MatrixCell> Judge(List<MatrixCell> cells)
    {
        int[] judged = new int[_spec.Expect.Count];
        int[] wrong = new int[_spec.Expect.Count];
        string[] first = new string[_spec.Expect.Count];
        var result = new List<MatrixCell>(cells.Count);
        foreach (MatrixCell cell in cells)
        {
            int row = RowOf(cell);
            if (row < 0)
            {
                result.Add(cell);
                continue;
            }

            string expected = _spec.Expect[row].Is;
            string verdict = Names.Kebab(cell.Verdict.ToString());
            bool isHeld = expected == verdict || (expected == MatrixExpectation.Refused
                && cell.Verdict is not (MatrixVerdict.Allowed or MatrixVerdict.Mixed or MatrixVerdict.Passthrough));
            judged[row]++;
            wrong[row] += isHeld ? 0 : 1;
            first[row] ??= isHeld ? null! : $"{cell.Request} is {verdict}: {cell.Deciding.Rule}"
                + (cell.Deciding.Origin.IsKnown ? " at " + cell.Deciding.Origin : "");
            result.Add(cell with { Expected = expected, Held = isHeld });
        }

        for (int i = 0; i < judged.Length; i++)
        {
            MatrixExpectation e = _spec.Expect[i];
            _judgements.Add(new Judgement("matrix", e.Text, judged[i] > 0 && wrong[i] == 0,
                judged[i] == 0 ? "no cell" : string.Create(CultureInfo.InvariantCulture,
                    $"{judged[i] - wrong[i]} of {judged[i]} cells"), "every cell, at least one", e.Span,
                first[i] ?? ""));
        }

        return result;
    }

    private int RowOf(MatrixCell cell)
    {
        for (int i = 0; i < _spec.Expect.Count; i++)
        {
            MatrixExpectation e = _spec.Expect[i];
            if (MatrixPattern.Fits(e.From, cell.Caller) && MatrixPattern.Fits(e.To, cell.Target)
                && MatrixPattern.Fits(e.Method, cell.Method) && MatrixPattern.Fits(e.Path, cell.Path))
            {
                return i;
            }
        }

        return -1;
    }
}

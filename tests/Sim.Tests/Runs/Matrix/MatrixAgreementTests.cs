using Sim.Core;
using Sim.Runs;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Matrix;

/// <summary>The truth table says what a real simulated request of the same caller, target, method and path meets: cells
/// are drawn from every edition of every pack, and one request is sent for each.</summary>
[TestFixture]
[Category("Long")]
[Parallelizable(ParallelScope.Children)]
internal sealed class MatrixAgreementTests
{
    private const int CellsOfAnEdition = 6;

    public static IEnumerable<TestCaseData> Editions()
    {
        string[] folders = Directory.GetDirectories(Path.Combine(RepositoryPaths.Root, "scenarios"));
        foreach (string folder in folders.Order(StringComparer.Ordinal)
                     .Where(static f => File.Exists(Path.Combine(f, ScenarioReader.FileName))))
        {
            ScenarioDocument? d = ScenarioReader.Read(folder, null, "", new DiagnosticBag());
            foreach (string variant in (d?.Variants.Select(static v => v.Name.Value) ?? []).Prepend(""))
            {
                yield return new TestCaseData(folder, variant).SetArgDisplayNames(Path.GetFileName(folder), variant);
            }
        }
    }

    [TestCaseSource(nameof(Editions))]
    public void Drawn_cells_are_what_a_simulated_request_meets(string folder, string variant)
    {
        var request = new ScenarioRequest(folder, Variant: variant, Set: AsEveryWorkload(folder, variant));
        MatrixReport report = MatrixRunner.Evaluate(request, null);
        Assert.That(report.Matrix, Is.Not.Null, string.Join('\n', report.Findings));
        var rng = RngStream.Create(1, 0, Path.GetFileName(folder) + "/" + variant, "cells");
        IReadOnlyList<MatrixCell> cells = report.Matrix!.Cells;
        for (int i = 0; i < Math.Min(CellsOfAnEdition, cells.Count); i++)
        {
            MatrixCell cell = cells[(int)rng.NextBelow((uint)cells.Count)];
            Compare(request, cell);
        }
    }

    [Test]
    public void Every_cell_of_the_truth_table_pack_and_of_the_trust_pack_is_what_a_request_meets()
    {
        foreach (string pack in (string[])["authz-truth-table", "trust-matrix"])
        {
            var request = new ScenarioRequest(Path.Combine(RepositoryPaths.Root, "scenarios", pack));
            foreach (MatrixCell cell in MatrixRunner.Evaluate(request, null).Matrix!.Cells)
            {
                Compare(request, cell);
            }
        }
    }

    /// <summary>Without the pack's own choice of callers and targets, with two methods and two paths.</summary>
    private static string[] AsEveryWorkload(string folder, string variant)
    {
        ScenarioDocument d = ScenarioReader.Read(folder, null, variant, new DiagnosticBag())!;
        return d.Matrix.IsPresent ? [] : ["matrix.methods=[GET, DELETE]", "matrix.paths=[/, /admin/users]"];
    }

    private static void Compare(ScenarioRequest request, MatrixCell cell)
    {
        string url = FormattableString.Invariant($"http://{cell.Target.Host}:{cell.Target.Port}{cell.Path}");
        WhyReport why = WhyRunner.Explain(new WhyRequest(request, cell.Caller.Name, $"-X {cell.Method} {url}"));
        string said = cell.Request + " is " + cell.Verdict + "\n"
            + string.Join('\n', cell.Outcomes.Select(static o => "  " + o)) + "\nbut the request was: " + why.Conclusion
            + "\n" + string.Join('\n', why.Steps.Select(static s => $"  {s.Step}: {s.Text}"));
        MatrixOutcome[] taken = [.. cell.Outcomes.Where(static o => o.IsTaken)];
        Assert.That(taken.Any(o => Fits(o, why)), said);
        if (cell.Verdict != MatrixVerdict.Mixed)
        {
            Assert.That(taken.All(o => o.Verdict == cell.Verdict), said);
        }
    }

    private static bool Fits(MatrixOutcome outcome, WhyReport why)
    {
        string ended = why.Conclusion.Split(' ')[0];
        bool isSame = outcome.Verdict switch
        {
            MatrixVerdict.Allowed => ended is "SERVED" or "UPSTREAM_ERROR"
                && why.Conclusion.Contains($"({outcome.Cluster}/{outcome.Workload}-", StringComparison.Ordinal),
            MatrixVerdict.Denied => ended == "DENIED_RBAC",
            MatrixVerdict.Unauthenticated => ended == "DENIED_JWT",
            MatrixVerdict.TlsFailure => ended is "CONNECT_FAILED" or "CONNECTION_LOST"
                && why.Conclusion.Contains(outcome.Flags, StringComparison.Ordinal),
            MatrixVerdict.PlaintextRefused => ended is "PLAINTEXT_REFUSED" or "CONNECTION_LOST",
            MatrixVerdict.NoRoute => ended == "NO_ROUTE",
            MatrixVerdict.NoCluster => ended == "NO_CLUSTER",
            MatrixVerdict.NoEndpoint => ended == "NO_HEALTHY_UPSTREAM",
            MatrixVerdict.Unreachable => ended is "CONNECT_FAILED" or "NO_HEALTHY_UPSTREAM" or "TIMEOUT",
            MatrixVerdict.NotResolved => ended == "NAME_NOT_RESOLVED",
            MatrixVerdict.EgressBlocked => ended == "EGRESS_BLOCKED",
            MatrixVerdict.Passthrough => ended == "PASSTHROUGH",
            MatrixVerdict.DirectResponse => ended == "DIRECT_RESPONSE",
            MatrixVerdict.FaultInjected => ended == "FAULT_INJECTED",
            _ => ended is "CLIENT_ERROR" or "CONNECT_FAILED",
        };
        WhyStep? rbac = why.Steps.LastOrDefault(static s => s is { Step: "RBAC", Depth: 0 });
        return isSame && (rbac is null || outcome.Verdict is not (MatrixVerdict.Denied or MatrixVerdict.Allowed)
            || rbac.Span == outcome.Origin);
    }
}

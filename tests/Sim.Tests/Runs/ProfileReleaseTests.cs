using Sim.Runs.Matrix;

namespace Sim.Tests.Runs;

/// <summary>Profiles follow the Envoy that goes with them: a header in two lines is one text up to Envoy 1.37 (Istio
/// 1.29) and compared line by line from 1.39 on (Istio 1.31), in policies and in routes.</summary>
[TestFixture]
internal sealed class ProfileReleaseTests
{
    [TestCase("1.22", "guarded", MatrixVerdict.Denied)]
    [TestCase("1.29", "guarded", MatrixVerdict.Denied)]
    [TestCase("1.31", "guarded", MatrixVerdict.Allowed)]
    [TestCase("1.22", "routed", MatrixVerdict.NoRoute)]
    [TestCase("1.29", "routed", MatrixVerdict.NoRoute)]
    [TestCase("1.31", "routed", MatrixVerdict.Allowed)]
    public void Header_in_two_lines_is_matched_as_the_release_does(string profile, string target, MatrixVerdict verdict)
    {
        using var world = new SmallWorld("us");
        world.Workload("us", "caller").Workload("us", "guarded").Service("us", "guarded")
            .Workload("us", "routed").Service("us", "routed").Objects("us", """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: admins, namespace: default}
                spec:
                  selector: {matchLabels: {app: guarded}}
                  action: ALLOW
                  rules: [{when: [{key: 'request.headers[x-role]', values: [admin]}]}]
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: routed, namespace: default}
                spec:
                  hosts: [routed]
                  http: [{match: [{headers: {x-role: {exact: admin}}}], route: [{destination: {host: routed}}]}]
                """).Spec($$"""
                compat: {istio: "{{profile}}"}
                matrix: {callers: [caller], targets: [{{target}}], headers: ['x-role: guest', 'x-role: admin']}
                """);
        MatrixCell cell = MatrixRunner.Evaluate(world.Write(), null).Matrix!.Cells.Single();
        Assert.That(cell.Verdict, Is.EqualTo(verdict), string.Join('\n', cell.Outcomes));
    }
}

using Sim.Runs;

namespace Sim.Scenarios.Tests;

/// <summary><c>why</c> names the deciding line of a failed, a denied, an allowed and a failed-over request.</summary>
internal sealed class WhyTests
{
    private const string Transaction = "http://transaction-service.default.svc.cluster.local/";
    private const string UserData = "http://eu-user-data.default.svc.cluster.local/";
    private const string Payments = "http://transaction-service.bank.svc.cluster.local/";

    [TestCase("data-residency", "", "us-east/account-service", UserData, 8,
        "RBAC", "403, no rule of the ALLOW policies", "policies/trust-domains.yaml:10", "DENIED_RBAC 403")]
    [TestCase("data-residency", "lab", "us-east/account-service", "http://eu-user-data.default.global/", 8,
        "RBAC", "403, denied by rule 1 of AuthorizationPolicy default/eu-data-residency", "40-exercise-4.yaml",
        "DENIED_RBAC 403")]
    [TestCase("data-residency", "trap", "us-east/eu-analytics-impostor", UserData, 8,
        "RBAC", "allowed by rule 0 of AuthorizationPolicy default/eu-data-residency", "policies/trap.yaml:9",
        "SERVED 200  eu-west")]
    [TestCase("data-residency", "cluster-local", "us-east/account-service", UserData, 8,
        "host", "no endpoint", "20-eu-user-data-name.yaml", "NO_HEALTHY_UPSTREAM 503 UH")]
    [TestCase("data-residency", "as-written", "us-east/account-service", "http://eu-user-data.default.global/", 8,
        "DNS", "does not resolve", "", "curl exit 6")]
    [TestCase("disaster-recovery", "", "us-east/account-service", Transaction, 300,
        "priority", "P0 [eu-west/eu-west-a/, eu-west/eu-west-b/] 2/2 healthy", "20-disaster-recovery.yaml",
        "SERVED 200  eu-west")]
    [TestCase("disaster-recovery", "brown-out-503", "us-east/account-service", Transaction, 40,
        "priority", "0/1 healthy, 1 ejected", "20-disaster-recovery.yaml", "SERVED 200  eu-west")]
    [TestCase("disaster-recovery", "as-written", "us-east/account-service", "http://transaction-service/", 90,
        "host", "no endpoint", "10-exercise-1.yaml", "NO_HEALTHY_UPSTREAM 503 UH")]
    [TestCase("east-west-path", "", "us-east/account-service", Payments, 8,
        "path", "to eu-west/bank/transaction-service-", "", "SERVED 200  eu-west")]
    [TestCase("east-west-path", "subset-of-the-caller", "us-east/account-service", Payments, 8,
        "gateway", "no filter chain for outbound_.80_.v1_.transaction-service.bank", "",
        "CONNECT_FAILED 503 URX,UF")]
    [TestCase("east-west-path", "servers-without-mtls", "us-east/account-service", Payments, 8,
        "gateway", "no healthy host: UH", "10-transaction-service.yaml", "CONNECT_FAILED 503 URX,UF")]
    public void Question_is_answered_with_the_deciding_line(
        string scenario, string variant, string from, string url, int second, string step, string says, string line,
        string conclusion)
    {
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            new ScenarioRequest(Path.Combine(Repository.Root, "scenarios", scenario), Variant: variant), from, url,
            second * Sim.Core.SimDuration.Second));
        WhyStep? found = report.Steps.FirstOrDefault(
            s => s.Step == step && s.Text.Contains(says, StringComparison.Ordinal));
        Assert.That(found, Is.Not.Null, string.Join('\n', report.Steps.Select(static s => $"{s.Step}: {s.Text}")));
        Assert.Multiple(() =>
        {
            Assert.That(found!.Span.IsKnown ? found.Span.ToString() : "", Does.Contain(line));
            Assert.That(found.Span.IsKnown, Is.EqualTo(line.Length > 0));
            Assert.That(report.Conclusion, Does.Contain(conclusion));
        });
    }

    [Test]
    public void Recorded_request_is_explained_as_it_went()
    {
        string folder = Path.Combine(Repository.Root, "scenarios", "disaster-recovery");
        var scenario = new ScenarioRequest(folder, Variant: "brown-out-503");
        RequestRecord failed = ScenarioRunner.Run(scenario, null, default).Result!.Requests
            .First(static r => r.Code == 503);
        WhyReport report = WhyRunner.Explain(new WhyRequest(scenario, "", "", RequestId: failed.Id));
        Assert.That(report.Conclusion, Does.StartWith("UPSTREAM_ERROR 503").And.Contain(failed.HostPod));
        Assert.That(report.Steps.Single(static s => s.Step == "answer").Text, Does.Contain("not tried again"));
    }
}

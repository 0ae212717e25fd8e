using Sim.Tests;

namespace Sim.Cli.Tests;

/// <summary><c>proxy-config</c> on packs of the repository: golden tables, filters, what cannot be shown.</summary>
/// <remarks>To write the golden files anew: <c>SIM_PUBLISH=1</c>.</remarks>
[TestFixture]
internal sealed class ProxyConfigCommandTests
{
    private static string Pack(string name) => Path.Combine(RepositoryPaths.Root, "scenarios", name);

    [TestCase("clusters-us", "clusters", "disaster-recovery", "account-service.default@us-east")]
    [TestCase("clusters-v1", "clusters", "global-canary", "us-east/account-service", "--subset", "v2")]
    [TestCase("endpoints-us", "endpoints", "disaster-recovery", "account-service.default@us-east", "--port", "8080")]
    [TestCase("endpoints-down", "endpoints", "disaster-recovery", "us-east/account-service", "--at", "6m", "--cluster",
        "outbound|80||transaction-service.default.svc.cluster.local")]
    [TestCase("endpoints-ejected", "endpoints", "disaster-recovery", "us-east/account-service", "--edition",
        "brown-out-503", "--at", "40s", "--cluster", "outbound|80||transaction-service.default.svc.cluster.local")]
    [TestCase("routes-us", "routes", "whose-config", "us-east/client")]
    [TestCase("routes-eu", "routes", "whose-config", "eu-west/client")]
    [TestCase("listeners-strict", "listeners", "strict-switch", "us/web", "--at", "35s", "--port", "15006")]
    [TestCase("listeners-gateway", "listeners", "east-west-path",
        "deployment/istio-eastwestgateway.istio-system@eu-west")]
    [TestCase("clusters-json", "clusters", "disaster-recovery", "us-east/account-service", "--fqdn",
        "transaction-service", "-o", "json")]
    [TestCase("routes-json", "routes", "whose-config", "us-east/client", "--name", "80", "-o", "json")]
    [TestCase("endpoints-json", "endpoints", "disaster-recovery", "us-east/account-service", "--cluster",
        "outbound|80||transaction-service.default.svc.cluster.local", "-o", "json")]
    [TestCase("listeners-json", "listeners", "whose-config", "us-east/vault", "--port", "15006", "-o", "json")]
    public void Output_EqualsTheGoldenFile(string golden, string part, string pack, string proxy, params string[] more)
    {
        Cli cli = new();
        int code = cli.Run(["proxy-config", part, Pack(pack), "--proxy", proxy, .. more]);
        Assert.That(code, Is.Zero, cli.Error);
        string file = Path.Combine(
            RepositoryPaths.Root, "tests", "Sim.Cli.Tests", "Golden", "proxy-config", golden + ".txt");
        if (Environment.GetEnvironmentVariable("SIM_PUBLISH") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, cli.Out);
        }

        Assert.That(cli.Out, Is.EqualTo(File.ReadAllText(file)));
    }

    [TestCase("nobody.default@us-east", "MS4005", "account-service.default@us-east")]
    [TestCase("transaction-service.default", "MS4005", "in several clusters: us-east, eu-west")]
    [TestCase("a/b/c/d", "MS4005", "names no proxy")]
    [TestCase("account-service.default@", "MS4005", "names no proxy")]
    public void ProxyThatIsNotThere_Is65AndSaysWhatIs(string proxy, string code, string says)
    {
        Cli cli = new();
        Assert.That(cli.Run("pc", "clusters", Pack("disaster-recovery"), "--proxy", proxy), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain(code).And.Contain(says));
        Assert.That(cli.Out, Is.Empty);
    }

    [Test]
    public void TimeAfterTheEnd_IsShownAsOfTheEndWithAWarning()
    {
        Cli cli = new();
        Assert.That(cli.Run("pc", "ep", Pack("whose-config"), "--proxy", "us-east/client", "--at", "1h"), Is.Zero);
        Assert.That(cli.Error, Does.Contain("MS4006").And.Contain("at 30s"));
    }

    [TestCase("proxy-config", "clusters")]
    [TestCase("proxy-config", "clusters", "scenarios/none", "--proxy", "x.y")]
    [TestCase("proxy-config", "clusters", ".", "--proxy", "x.y", "--at", "soon")]
    [TestCase("proxy-config", "clusters", ".", "--proxy", "x.y", "--direction", "sideways")]
    [TestCase("proxy-config", "secrets", ".", "--proxy", "x.y")]
    public void LinesThatMakeNoSense_Are64(params string[] args) => Assert.That(new Cli().Run(args), Is.EqualTo(64));

    [Test]
    public void Help_HasExamplesOfEveryPart()
    {
        Cli cli = new();
        foreach (string part in (string[])["clusters", "endpoints", "routes", "listeners"])
        {
            Assert.That(cli.Run("proxy-config", part, "--help"), Is.Zero);
            Assert.That(cli.Out, Does.Contain("Examples:\n  meshsim proxy-config " + part).And.Contain("Exit codes:"));
        }
    }

    [Test]
    public void Question_HasProxyAndTime()
    {
        Cli cli = new();
        cli.Run("proxy-config", "routes", Pack("whose-config"), "--proxy", "us-east/client", "--at", "10s");
        Assert.That(cli.AskedProxy!.Proxy, Is.EqualTo("us-east/client"));
        Assert.That(cli.AskedProxy.AtNs, Is.EqualTo(10_000_000_000));
    }
}

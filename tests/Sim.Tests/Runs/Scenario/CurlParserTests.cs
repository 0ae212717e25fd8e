using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Scenario;

/// <summary>curl lines, as the lab and SREs write them.</summary>
internal sealed class CurlParserTests
{
    private static CurlRequest? Parse(string line, out DiagnosticBag bag, bool isTimeoutMaxTime = false)
    {
        bag = new DiagnosticBag();
        return CurlParser.Parse(line, new SourceSpan("s.yaml", 3, 1), isTimeoutMaxTime, bag);
    }

    [Test]
    public void Header_and_url_are_read()
    {
        CurlRequest r = Parse("-H \"region: us\" http://transaction-service.default.svc.cluster.local/",
            out DiagnosticBag bag)!;
        Assert.That(bag.Items, Is.Empty);
        Assert.That((r.Method, r.Scheme, r.Host, r.Port, r.Path),
            Is.EqualTo(("GET", "http", "transaction-service.default.svc.cluster.local", 80, "/")));
        Assert.That(r.Header("Region"), Is.EqualTo("us"));
    }

    [TestCase("curl -X POST -d a=b http://h:8080/p?q=1#f", "POST h:8080 /p?q=1 3")]
    [TestCase("-d a -d b h", "POST h / 3")]
    [TestCase("-I https://h", "HEAD h / 0")]
    [TestCase("-XDELETE http://h/x", "DELETE h /x 0")]
    [TestCase("-H 'Host: a.global' http://b/", "GET a.global / 0")]
    [TestCase("-sS -o /dev/null -w '%{http_code}' http://h", "GET h / 0")]
    public void Lines_are_read_as_curl_reads_them(string line, string expected)
    {
        CurlRequest r = Parse(line, out DiagnosticBag bag)!;
        Assert.That(bag.Items, Is.Empty);
        Assert.That($"{r.Method} {r.Authority} {r.Path} {r.BodyBytes}", Is.EqualTo(expected));
    }

    [TestCase("http://h --max-time 5")]
    [TestCase("-m5 http://h")]
    [TestCase("--max-time=5 http://h")]
    public void Time_limit_is_in_seconds(string line) =>
        Assert.That(Parse(line, out _)!.MaxTimeNs, Is.EqualTo(5 * SimDuration.Second));

    [Test]
    public void Timeout_option_ends_curl_with_2_unless_the_extension_reads_it()
    {
        CurlRequest strict = Parse("http://h/ --timeout=5", out DiagnosticBag bag)!;
        Assert.That(strict.Exit, Is.EqualTo(2));
        Assert.That(bag.Items.Single().Severity, Is.EqualTo(Severity.Warning));
        CurlRequest lab = Parse("http://h/ --timeout=5", out bag, isTimeoutMaxTime: true)!;
        Assert.That(bag.Items, Is.Empty);
        Assert.That((lab.Exit, lab.MaxTimeNs), Is.EqualTo((0, 5 * SimDuration.Second)));
    }

    [TestCase("", "no URL")]
    [TestCase("-H 'a: b", "quote")]
    [TestCase("http://a http://b", "two URLs")]
    [TestCase("--max-tiem 5 http://a", "did you mean \"--max-time\"?")]
    [TestCase("ftp://a", "http or https")]
    [TestCase("http://a:99999/", "rejected")]
    [TestCase("http:///x", "rejected")]
    [TestCase("-m x http://a", "numerical")]
    [TestCase("-H nocolon http://a", "colon")]
    public void Bad_lines_are_errors(string line, string expected)
    {
        Assert.That(Parse(line, out DiagnosticBag bag), Is.Null);
        Assert.That(bag.Items.Single().ToString(), Does.Contain(expected));
    }
}

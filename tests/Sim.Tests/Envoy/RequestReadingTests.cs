using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>What a proxy reads out of a request: query, host, addresses, content types, cookies, first bytes.</summary>
internal sealed class RequestReadingTests
{
    [TestCase("/p", "a", null)]
    [TestCase("/p?a=1&b=2", "a", "1")]
    [TestCase("/p?a=1&b=2", "b", "2")]
    [TestCase("/p?a=1&a=2", "a", "1")]
    [TestCase("/p?a", "a", "")]
    [TestCase("/p?a=1#b=2", "b", null)]
    [TestCase("/p?a=1#b=2", "a", "1")]
    [TestCase("/p?a=%41%42c", "a", "ABc")]
    [TestCase("/p?%61=1", "a", "1")]
    [TestCase("/p?a=%4", "a", "%4")]
    [TestCase("/p?a=%4g", "a", "%4g")]
    [TestCase("/p?a=%g4", "a", "%g4")]
    [TestCase("/p?a=x%20", "a", "x ")]
    [TestCase("/p?a=b=c", "a", "b=c")]
    public void QueryParameter_EveryForm_IsDecodedOnce(string path, string name, string? expected) =>
        Assert.That(new RequestHeaders("GET", "h", path).QueryParameter(name), Is.EqualTo(expected));

    [TestCase("/p?q#f", "/p")]
    [TestCase("/p#f?q", "/p")]
    [TestCase("/p", "/p")]
    [TestCase("?q", "")]
    public void PathWithoutQuery_EveryForm_EndsAtTheFirstMark(string path, string expected) =>
        Assert.That(new RequestHeaders("GET", "h", path).PathWithoutQuery, Is.EqualTo(expected));

    [TestCase("Foo.Com:8080", "foo.com")]
    [TestCase("foo.com", "foo.com")]
    [TestCase("foo.com:", "foo.com:")]
    [TestCase("foo.com:80a", "foo.com:80a")]
    [TestCase("[::1]:80", "[::1]")]
    [TestCase("[::1]", "[::1]")]
    public void AuthorityLowerWithoutPort_EveryForm_DropsADecimalPort(string authority, string expected) =>
        Assert.That(new RequestHeaders("GET", authority, "/").AuthorityLowerWithoutPort, Is.EqualTo(expected));

    [TestCase("application/grpc", true)]
    [TestCase("application/grpc+proto", true)]
    [TestCase("application/grpc-web", false)]
    [TestCase("application/json", false)]
    [TestCase("xapplication/grpc", false)]
    [TestCase(null, false)]
    public void IsGrpc_EveryContentType_IsAsEnvoySays(string? type, bool expected) => Assert.That(
        new RequestHeaders("POST", "h", "/", Lines(("content-type", type))).IsGrpc, Is.EqualTo(expected));

    [Test]
    public void Headers_PseudoHeaders_CanBeReadAndHostIsTheAuthority()
    {
        var request = new RequestHeaders(
            "PUT", "h", "/p?q", Lines(("host", "other"), ("x-envoy-internal", "true")), scheme: "https");
        Assert.That(new[] { ":method", ":authority", "host", ":path", ":scheme" }
            .Select(n => request.Headers.FirstLine(n)), Is.EqualTo(new[] { "PUT", "h", "h", "/p?q", "https" }));
        Assert.That(request.IsInternal, Is.True);
        Assert.That(new RequestHeaders("PUT", "h", "/", Lines(("x-envoy-internal", "1"))).IsInternal, Is.False);
        Assert.That(new RequestHeaders("CONNECT", null, null).PathWithoutQuery, Is.Null);
        Assert.That(new RequestHeaders("CONNECT", null, null).AuthorityLower, Is.Empty);
    }

    [TestCase("10.0.0.0/8", "10.255.1.2", true)]
    [TestCase("10.0.0.0/8", "11.0.0.1", false)]
    [TestCase("10.1.2.3/8", "10.9.9.9", true)]
    [TestCase("10.0.0.1", "10.0.0.1", true)]
    [TestCase("10.0.0.1", "10.0.0.2", false)]
    [TestCase("10.0.0.1/40", "10.0.0.1", true)]
    [TestCase("0.0.0.0/0", "1.2.3.4", true)]
    [TestCase("0.0.0.0/0", "::1", false)]
    [TestCase("::/0", "1.2.3.4", false)]
    [TestCase("::/0", "fe80::1", true)]
    [TestCase("fd00::/8", "fd12::1", true)]
    [TestCase("fd00::/8", "fe12::1", false)]
    [TestCase("fd00::1", "fd00::1", true)]
    [TestCase("fd00::1", "fd00::2", false)]
    [TestCase("fd00::/127", "fd00::1", true)]
    [TestCase("fd00::/127", "fd00::2", false)]
    [TestCase("10.0.0.0/8", "nonsense", false)]
    public void Contains_EveryRange_ComparesTheBitsThatCount(string range, string address, bool expected) =>
        Assert.That(CidrRange.Parse(range)!.Value.Contains(IpAddress.Parse(address)), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("/8")]
    [TestCase("10.0.0.0/x")]
    [TestCase("10.0.0.0/-1")]
    [TestCase("name")]
    public void Parse_NoRange_IsNull(string text) => Assert.That(CidrRange.Parse(text), Is.Null);

    [Test]
    public void Parse_NoAddress_IsNone() => Assert.That(IpAddress.Parse(null), Is.EqualTo(IpAddress.None));

    [TestCase("a=1; b=2", "b", "2")]
    [TestCase("a=1; b=2", "a", "1")]
    [TestCase("ab=1; b=2", "b", "2")]
    [TestCase("b; b=2", "b", "2")]
    [TestCase("b=\"2\"", "b", "2")]
    [TestCase("b=\"", "b", "\"")]
    [TestCase("b=\"2", "b", "\"2")]
    [TestCase("b=2\"", "b", "2\"")]
    [TestCase("b=1; b=2", "b", "1")]
    [TestCase("b=", "b", null)]
    [TestCase("B=2", "b", null)]
    [TestCase("=2", "", "2")]
    public void Compute_Cookies_AreReadAsRecorded(string cookie, string name, string? value)
    {
        HashResult result = new HashPolicies([new HashPolicy("cookie", name)])
            .Compute(new RequestHeaders("GET", "h", "/", Lines(("cookie", cookie))), "", "");
        Assert.That(result.Hash, Is.EqualTo(value is null ? (ulong?)null : XxHash64.Of(value)));
        Assert.That(result.SetCookie, Is.Null);
    }

    [TestCase("10.0.0.1:80", "10.0.0.1")]
    [TestCase("10.0.0.1", "10.0.0.1")]
    [TestCase("[fd00::1]:80", "fd00::1")]
    [TestCase("[]:80", "")]
    public void Compute_SourceIp_LeavesThePortOut(string remote, string hashed)
    {
        var policies = new HashPolicies([new HashPolicy("source_ip")]);
        Assert.That(policies.Compute(new RequestHeaders("GET", "h", "/"), remote, "").Hash,
            Is.EqualTo(XxHash64.Of(hashed)));
        Assert.That(policies.Compute(new RequestHeaders("GET", "h", "/"), "", "").Hash, Is.Null);
        Assert.That(policies.IsEmpty, Is.False);
        Assert.That(new HashPolicies([]).IsEmpty, Is.True);
    }

    [Test]
    public void Compute_SeveralPolicies_AreChainedInOrder()
    {
        var request = new RequestHeaders("GET", "h", "/?q=3", Lines(("X-A", "1"), ("x-b", "2")));
        ulong a = XxHash64.Of("1");
        ulong expected = System.Numerics.BitOperations.RotateLeft(a, 1) ^ XxHash64.Of("2");
        Assert.That(Hash(By("header", "x-a"), By("header", "X-B")), Is.EqualTo(expected));
        Assert.That(Hash(By("header", "x-a", true), By("header", "x-b")), Is.EqualTo(a));
        Assert.That(Hash(By("header", "x-c", true), By("header", "x-a")), Is.EqualTo(a));
        Assert.That(Hash(By("query_parameter", "q")), Is.EqualTo(XxHash64.Of("3")));
        Assert.That(Hash(By("query_parameter", "Q")), Is.Null);
        Assert.That(Hash(By("filter_state", "x-a")), Is.Null);

        static HashPolicy By(string kind, string name, bool isTerminal = false) =>
            new(kind, name, Terminal: isTerminal);
        ulong? Hash(params HashPolicy[] policies) => new HashPolicies(policies).Compute(request, "", "").Hash;
    }

    [TestCase("GET / HTTP/1.1", "Yes")]
    [TestCase("M-SEARCH * HTTP/1.1", "Yes")]
    [TestCase("GET", "Undecided")]
    [TestCase("G", "Undecided")]
    [TestCase("", "Undecided")]
    [TestCase("GE / ", "No")]
    [TestCase("GETS", "No")]
    [TestCase("GET\r\n", "No")]
    [TestCase("get / ", "No")]
    [TestCase("\u0016\u0003", "No")]
    public void Guess_FirstBytes_AreHttpByTheirMethod(string bytes, string expected) =>
        Assert.That(RequestTarget.Guess(bytes).ToString(), Is.EqualTo(expected));

    [Test]
    public void Guess_EveryMethodOfTheParser_IsHttp([Values("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT",
        "OPTIONS", "TRACE", "PATCH", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK",
        "BIND", "REBIND", "UNBIND", "ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY",
        "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "MKCALENDAR", "LINK", "UNLINK", "SOURCE")] string method) =>
        Assert.That(RequestTarget.Guess(method + " "), Is.EqualTo(HttpGuess.Yes));

    [TestCase("/a/../b", "/b")]
    [TestCase("/a/./b", "/a/b")]
    [TestCase("/a/..", "/")]
    [TestCase("/a/.", "/a/")]
    [TestCase("/../a", "/a")]
    [TestCase("/a\\b", "/a/b")]
    [TestCase("/a b", "/a%20b")]
    [TestCase("/\u00e9", "/%C3%A9")]
    [TestCase("/%41%2f", "/A%2f")]
    [TestCase("/%4", "/%4")]
    [TestCase("/a//b", "/a//b")]
    [TestCase("/a?x=/../b", "/a?x=/../b")]
    [TestCase("/%00", null)]
    public void Normalize_ByTheStandard_IsAsRecorded(string path, string? expected) =>
        Assert.That(PathNormalizer.Normalize(path, PathNormalization.Base), Is.EqualTo(expected));

    private static IEnumerable<KeyValuePair<string, string>> Lines(params (string Name, string? Value)[] lines) =>
        lines.Where(static l => l.Value is not null)
            .Select(static l => new KeyValuePair<string, string>(l.Name, l.Value!));
}

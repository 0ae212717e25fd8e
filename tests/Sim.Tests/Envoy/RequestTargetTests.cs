using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Request lines as the codec and the connection manager take them.</summary>
internal sealed class RequestTargetTests
{
    [TestCase("GET / HTTP/1.1\r\n", "Yes")]
    [TestCase("M-SEARCH * HTTP/1.1", "Yes")]
    [TestCase("get / HTTP/1.1", "No")]
    [TestCase("HELLO world", "No")]
    [TestCase("GET\r\n", "No")]
    [TestCase("GET\n", "No")]
    [TestCase(" GET", "No")]
    [TestCase("GE", "Undecided")]
    [TestCase("GET", "Undecided")]
    [TestCase("", "Undecided")]
    [TestCase("GETX", "No")]
    [TestCase("\u0016\u0003\u0001", "No")]
    public void The_first_bytes_are_a_request_or_not_or_may_become_one(string bytes, string guess) =>
        Assert.That(RequestTarget.Guess(bytes).ToString(), Is.EqualTo(guess));

    [TestCase("GET"), TestCase("PROPFIND"), TestCase("M-SEARCH"), TestCase("SOURCE"), TestCase("PURGE")]
    public void Methods_that_the_codec_knows_pass(string method) => Assert.That(
        Refusal(Request(method, "/a")), Is.Null);

    [TestCase("get"), TestCase("QUERY"), TestCase("")]
    public void Others_pass_over_http2_only(string method)
    {
        LocalReply reply = Refusal(Request(method, "/a"))!;
        Assert.That((reply.Code, reply.Flag, reply.Details),
            Is.EqualTo((400, ResponseFlag.DownstreamProtocolError, "http1.codec_error")));
        Assert.That(Refusal(Request(method, "/a") with { IsHttp2 = true }), Is.Null);
    }

    [TestCase("http://other/x?y", "other", "/x?y")]
    [TestCase("HTTPS://other:8443/x", "other:8443", "/x")]
    [TestCase("http://other", "other", "/")]
    [TestCase("http://other?y=/z", "other", "/?y=/z")]
    [TestCase("http://o/", "o", "/")]
    public void An_absolute_target_has_its_own_host(string target, string host, string path)
    {
        InboundRequest request = Request("GET", target);
        Assert.That(RequestTarget.Check(ref request, PathNormalization.Base), Is.Null);
        Assert.That((request.Host, request.Path), Is.EqualTo((host, path)));
    }

    [TestCase("a"), TestCase(""), TestCase("*"), TestCase("ftp://other/x"), TestCase("http:///x"), TestCase("http://")]
    [TestCase("://other/x"), TestCase("http:/other/x"), TestCase("bank:80")]
    public void Any_other_target_is_refused(string target)
    {
        LocalReply reply = Refusal(Request("GET", target))!;
        Assert.That((reply.Code, reply.Details), Is.EqualTo((400, "http1.invalid_url")));
    }

    [TestCase("OPTIONS", "*", true)]
    [TestCase("OPTIONS", "a", false)]
    [TestCase("POST", "*", false)]
    [TestCase("CONNECT", "bank:443", true)]
    public void Options_may_ask_about_the_server_and_connect_names_an_authority(
        string method, string target, bool passes) => Assert.That(
        Refusal(Request(method, target), PathNormalization.None) is null, Is.EqualTo(passes));

    [Test]
    public void A_request_needs_a_host()
    {
        InboundRequest none = Request("GET", "/a") with { Host = null };
        Assert.That(Refusal(none), Is.SameAs(LocalReply.MissingHost));
        Assert.That(Refusal(none with { Path = "http://other/" }), Is.Null);
        Assert.That(Refusal(Request("GET", "/a#b")), Is.SameAs(LocalReply.PathRefused));
    }

    [Test]
    public void Http1_values_lose_the_blanks_around_them()
    {
        InboundRequest first = Request("GET", "/a/./b") with { Lines = [new("x", " \ta b\t ")] };
        InboundRequest second = first with { IsHttp2 = true };
        Assert.That(RequestTarget.Check(ref first, PathNormalization.Base), Is.Null);
        Assert.That(RequestTarget.Check(ref second, PathNormalization.Base), Is.Null);
        Assert.That((first.Path, first.Header("x")), Is.EqualTo(("/a/b", "a b")));
        Assert.That((second.Path, second.Header("x")), Is.EqualTo(("/a/b", " \ta b\t ")));
    }

    private static InboundRequest Request(string method, string target) => new(method, "bank", target, []);

    private static LocalReply? Refusal(InboundRequest request, PathNormalization mode = PathNormalization.Base) =>
        RequestTarget.Check(ref request, mode);
}

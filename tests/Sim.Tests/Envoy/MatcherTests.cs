using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Regular expressions, templates, paths, addresses and flags, where vectors are thin.</summary>
internal sealed class MatcherTests
{
    [TestCase("(?=a)b")]
    [TestCase("(?!a)b")]
    [TestCase("(?<=a)b")]
    [TestCase("(?>a)b")]
    [TestCase("(a)\\1")]
    [TestCase("a**")]
    [TestCase("a{1001}")]
    [TestCase("[a")]
    [TestCase("(a")]
    [TestCase("[[:nope:]]")]
    [TestCase("a\\")]
    [TestCase("\\cA")]
    public void Re2_WhatRe2Refuses_IsReportedAndNeverMatches(string pattern)
    {
        var bag = new DiagnosticBag();
        StringMatch match = StringMatch.Compile(
            new StringMatcher(StringMatchKind.Regex, pattern), new SourceSpan("vs.yaml", 7, 1), bag);
        Assert.That(bag.Items, Has.Count.EqualTo(1));
        Assert.That(bag.Items[0].Code, Is.EqualTo("MS5001"));
        Assert.That(match.Matches("ab"), Is.False);
    }

    [TestCase("/a/*", "/a/b", true)]
    [TestCase("/a/*", "/a/b/c", false)]
    [TestCase("/a/*", "/a/", false)]
    [TestCase("/a/**", "/a/", true)]
    [TestCase("/a/{**}", "/a/x/y", true)]
    [TestCase("/a/{**}", "/a", false)]
    [TestCase("/s/{**}/c", "/s//c", true)]
    [TestCase("/s/{**}/c", "/s/c", false)]
    [TestCase("/{*}/b", "/x/b", true)]
    [TestCase("/bank/{id}/accounts/*", "/bank/7/accounts/x", true)]
    [TestCase("/a.b/*", "/aXb/c", false)]
    public void UriTemplate_Matches(string template, string path, bool matches) =>
        Assert.That(UriTemplate.Compile(template, SourceSpan.None, null)!.IsMatch(path), Is.EqualTo(matches));

    [TestCase("/a/./b", PathNormalization.Base, "/a/b")]
    [TestCase("/a/..", PathNormalization.Base, "/")]
    [TestCase("/..", PathNormalization.Base, "/")]
    [TestCase("/a\\b", PathNormalization.Base, "/a/b")]
    [TestCase("/a/%2e%2E/b?x=/../y", PathNormalization.Base, "/b?x=/../y")]
    [TestCase("/a//b", PathNormalization.Base, "/a//b")]
    [TestCase("/a//b", PathNormalization.MergeSlashes, "/a/b")]
    [TestCase("/a%2Fb%5cc", PathNormalization.Base, "/a%2Fb%5cc")]
    [TestCase("/a%2Fb%5cc", PathNormalization.DecodeAndMergeSlashes, "/a/b/c")]
    [TestCase("/a/../b", PathNormalization.None, "/a/../b")]
    [TestCase("/a%00", PathNormalization.Base, null)]
    [TestCase("/a%00", PathNormalization.None, "/a%00")]
    [TestCase("/a#b", PathNormalization.None, null)]
    public void Normalize_Path_AsTheConnectionManagerDoes(string path, PathNormalization mode, string? expected) =>
        Assert.That(PathNormalizer.Normalize(path, mode), Is.EqualTo(expected));

    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.1", false)]
    [TestCase("0.0.0.0/0", "203.0.113.9", true)]
    [TestCase("0.0.0.0/0", "fd00::1", false)]
    [TestCase("10.1.2.3", "10.1.2.3", true)]
    [TestCase("fd00::/16", "fd00:1::", true)]
    [TestCase("::/0", "10.0.0.1", false)]
    [TestCase("10.0.0.0/8", "nonsense", false)]
    public void CidrRange_Contains(string range, string address, bool contains) =>
        Assert.That(CidrRange.Parse(range)!.Value.Contains(IpAddress.Parse(address)), Is.EqualTo(contains));

    [Test]
    public void ResponseFlags_AreWrittenInTheOrderTheyWereSet()
    {
        ResponseFlags http =
            ResponseFlags.Of(ResponseFlag.UpstreamRetryLimitExceeded, ResponseFlag.UpstreamConnectionFailure);
        ResponseFlags tcp =
            ResponseFlags.Of(ResponseFlag.UpstreamConnectionFailure, ResponseFlag.UpstreamRetryLimitExceeded);
        Assert.That(http.ToString(), Is.EqualTo("URX,UF"));
        Assert.That(tcp.ToString(), Is.EqualTo("UF,URX"));
        Assert.That(http.With(ResponseFlag.UpstreamConnectionFailure), Is.EqualTo(http));
        Assert.That(ResponseFlags.None.With(tcp), Is.EqualTo(tcp));
        Assert.That(ResponseFlags.None.ToString(), Is.EqualTo("-"));
        Assert.That(http.Has(ResponseFlag.UpstreamConnectionFailure), Is.True);
        Assert.That(http.Has(ResponseFlag.UpstreamOverflow), Is.False);
    }

    [Test]
    public void Match_TemplateAskedTwice_IsRememberedOnlyWithoutFractions()
    {
        var fraction = new RouteMatch { RuntimeFraction = new FractionalPercent(50, 100) };
        CompiledRouteConfiguration routes = CompiledRouteConfiguration.Compile(new RouteConfiguration("80",
        [
            new VirtualHost("v", ["*"],
            [
                new Route { Match = fraction, Clusters = [new WeightedCluster("a", 1)] },
                new Route { Clusters = [new WeightedCluster("b", 1)] },
            ]),
        ]));
        var request = new RequestHeaders("GET", "h", "/", null, 0);
        Assert.That(routes.Match(request, 10).Route!.Index, Is.Zero);
        Assert.That(routes.Match(request, 60).Route!.Index, Is.EqualTo(1));
        Assert.That(routes.Match(request, 10).Route!.Index, Is.Zero);
    }

    [Test]
    public void PutHttpResponse_ConfiguredErrorCodes_CountInsteadOf5xx()
    {
        Host host = TestHosts.Make(1);
        var config = new OutlierDetectionConfig { HttpErrorCodes = [429, 503], Consecutive5xx = 2,
            MaxEjectionPercent = 100 };
        var detector = new OutlierDetector(config, new RngStream(1), new Sink(), [host], config.IntervalNs);
        detector.PutHttpResponse(host, 500, 0);
        detector.PutHttpResponse(host, 500, 0);
        Assert.That(detector.Counters.EjectionsActive, Is.Zero);
        detector.PutHttpResponse(host, 429, 0);
        detector.PutHttpResponse(host, 503, 0);
        Assert.That(detector.Counters.EjectionsActive, Is.EqualTo(1));
    }

    [Test]
    public void Compile_RefusedTemplate_IsReported()
    {
        var bag = new DiagnosticBag();
        Assert.That(UriTemplate.Compile("/a/{**}/{*}", SourceSpan.None, bag), Is.Null);
        Assert.That(bag.Items[0].Code, Is.EqualTo("MS5002"));
    }

    private sealed class Sink : IHostHealthSink
    {
        public void HostHealthChanged(Host host, long nowNs)
        {
        }
    }
}

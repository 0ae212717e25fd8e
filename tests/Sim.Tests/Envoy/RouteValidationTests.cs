using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Every rule that makes Envoy refuse routes or a listener's TCP proxies, at its edge.</summary>
internal sealed class RouteValidationTests
{
    private static readonly Route s_good = new() { Clusters = [new WeightedCluster("a", 1)] };

    private static IEnumerable<TestCaseData> Refused()
    {
        static TestCaseData Case(string text, bool all, Route route) =>
            new TestCaseData(route, text, all).SetArgDisplayNames(text + (all ? " (all)" : ""));
        yield return Case("at least 1 item", true, new Route());
        yield return Case("the weights sum to 0", false, s_good with { Clusters = [new("a", 0), new("b", 0)] });
        yield return Case("the weights sum to 4294967296", false,
            s_good with { Clusters = [new("a", uint.MaxValue), new("b", 1)] });
        yield return Case("direct_response.status", true, new Route { DirectResponseStatus = 199 });
        yield return Case("direct_response.status", true, new Route { DirectResponseStatus = 600 });
        yield return Case("abort.http_status", false, s_good with { Fault = new() { AbortHttpStatus = 199 } });
        yield return Case("abort.http_status", false, s_good with { Fault = new() { AbortHttpStatus = 600 } });
        yield return Case("fixed_delay", false, s_good with { Fault = new() { DelayNs = -1 } });
        yield return Case("max_interval", false,
            s_good with { RetryPolicy = new() { BackoffBaseNs = 2, BackoffMaxNs = 1 } });
    }

    private static IEnumerable<Route> Accepted()
    {
        yield return s_good;
        yield return s_good with { Clusters = [new("a", 0)] };
        yield return s_good with { Clusters = [new("a", 0), new("b", uint.MaxValue)] };
        yield return new Route { DirectResponseStatus = 200 };
        yield return new Route { DirectResponseStatus = 599 };
        yield return new Route { Redirect = new RedirectAction(301) };
        yield return s_good with { Fault = new() { AbortHttpStatus = 200 } };
        yield return s_good with { Fault = new() { AbortHttpStatus = 599, DelayNs = 1 } };
        yield return s_good with { RetryPolicy = new() { BackoffBaseNs = 2, BackoffMaxNs = 2 } };
        yield return s_good with { RetryPolicy = new() { BackoffBaseNs = 2 } };
    }

    private static RouteConfiguration Of(params Route[] routes) => new("80", [new VirtualHost("h", ["h"], routes)]);

    [TestCaseSource(nameof(Refused))]
    public void Routes_that_break_a_rule_are_refused(Route route, string text, bool all)
    {
        RouteProblem problem = RouteValidation.Check(Of(s_good, route)).Single();
        Assert.That(problem.Text, Does.Contain(text));
        Assert.That(problem.RefusesAll, Is.EqualTo(all));
    }

    [TestCaseSource(nameof(Accepted))]
    public void Routes_at_the_edge_are_taken(Route route) =>
        Assert.That(RouteValidation.Check(Of(route)), Is.Empty);

    [TestCase("a", "A", "Duplicate entry of domain A in route 80")]
    [TestCase("*", "*", "Only a single wildcard domain is permitted in route 80")]
    public void A_domain_stands_once(string first, string second, string text)
    {
        var configuration = new RouteConfiguration("80",
            [new VirtualHost("x", [first], [s_good]), new VirtualHost("y", [second], [s_good])]);
        Assert.That(RouteValidation.Check(configuration).Single().Text, Does.EndWith(text));
    }

    [Test]
    public void Listeners_of_bytes_need_a_destination()
    {
        var listener = new OutboundListener { Address = "10.0.0.1", Port = 90 };
        Assert.That(RouteValidation.Check(listener).Single().Text, Does.Contain("at least 1 item"));
        Assert.That(RouteValidation.Check(listener with { TcpClusters = [new("a", 1)] }), Is.Empty);
        Assert.That(RouteValidation.Check(listener with { RouteConfig = "90" }), Is.Empty);
        Assert.That(RouteValidation.Check(listener with { TcpRoutes = [new TcpRoute(["1.2.3.4"], [])] }),
            Has.Count.EqualTo(1));
        Assert.That(RouteValidation.Check(listener with { TlsRoutes = [new TlsRoute(["*"], [], "90")] }), Is.Empty);
    }
}

using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Where redirects lead. Envoy: source/common/http/utility.cc#Utility::newUri.</summary>
internal sealed class RouteRedirectTests
{
    [TestCase("", "bank:8080", "http", "http://bank:8080/a?x=1")]
    [TestCase("", "bank:80", "http", "http://bank:80/a?x=1")]
    [TestCase("", "bank", "https", "https://bank/a?x=1")]
    [TestCase("new", "bank:8080", "http", "http://new/a?x=1")]
    [TestCase("new:99", "bank", "https", "https://new:99/a?x=1")]
    public void Host_scheme_and_path_stay_unless_another_is_stated(
        string host, string authority, string scheme, string location) =>
        Check(new RedirectAction(301, Host: host), authority, scheme, location);

    [TestCase("https", "bank:80", "http", "https://bank/a?x=1")]
    [TestCase("https", "bank:8080", "http", "https://bank:8080/a?x=1")]
    [TestCase("https", "bank:443", "http", "https://bank:443/a?x=1")]
    [TestCase("http", "bank:443", "https", "http://bank/a?x=1")]
    [TestCase("http", "bank:80", "https", "http://bank:80/a?x=1")]
    [TestCase("https", "bank:443", "https", "https://bank:443/a?x=1")]
    [TestCase("https", "bank", "http", "https://bank/a?x=1")]
    public void Another_scheme_drops_the_usual_port_of_the_one_before(
        string scheme, string authority, string came, string location) =>
        Check(new RedirectAction(301, Scheme: scheme), authority, came, location);

    [Test]
    public void A_stated_host_keeps_its_port_whatever_the_scheme() =>
        Check(new RedirectAction(301, Host: "new:80", Scheme: "https"), "bank", "http", "https://new:80/a?x=1");

    [TestCase("bank", 8443, "http", "http://bank:8443/a?x=1")]
    [TestCase("bank:99", 8443, "https", "https://bank:8443/a?x=1")]
    [TestCase("bank", 443, "http", "http://bank:443/a?x=1")]
    [TestCase("bank", 80, "https", "https://bank:80/a?x=1")]
    [TestCase("[::1]:99", 8443, "http", "http://[::1]:8443/a?x=1")]
    [TestCase("[::1]", 8443, "http", "http://[::1]:8443/a?x=1")]
    public void A_stated_port_replaces_the_one_asked_for(string authority, int port, string scheme, string location) =>
        Check(new RedirectAction(301, Port: port), authority, scheme, location);

    [TestCase(80, "http", "http://bank:80/a?x=1"), TestCase(443, "https", "https://bank:443/a?x=1")]
    public void A_stated_port_is_written_even_where_it_is_the_usual_one(int port, string scheme, string location) =>
        Check(new RedirectAction(301, Port: port), "bank:99", scheme, location);

    [Test]
    public void A_stated_port_stands_behind_a_stated_host() =>
        Check(new RedirectAction(301, Host: "new", Port: 8443), "bank:80", "http", "http://new:8443/a?x=1");

    [TestCase("/new", "/a?x=1", "/new?x=1")]
    [TestCase("/new?y=2", "/a?x=1", "/new?y=2")]
    [TestCase("/new", "/a", "/new")]
    public void A_stated_path_keeps_the_query_unless_it_has_its_own(string path, string asked, string expected) =>
        Assert.That(Location(new Route { Redirect = new RedirectAction(301, Path: path) }, "bank", "http", asked),
            Is.EqualTo("http://bank" + expected));

    [Test]
    public void A_prefix_is_replaced_where_the_route_matched()
    {
        var route = new Route
        {
            Match = new RouteMatch { Path = "/old" }, Redirect = new RedirectAction(301, PrefixRewrite: "/new"),
        };
        Assert.That(Location(route, "bank", "http", "/old/a?x=1"), Is.EqualTo("http://bank/new/a?x=1"));
    }

    [Test]
    public void A_redirect_rewrites_the_path_by_regular_expression()
    {
        var route = new Route
        {
            RegexRewrite = ("^/user/([^/]+)", "/u-\\1"), Redirect = new RedirectAction(301, Host: "new"),
        };
        Assert.That(Location(route, "bank", "http", "/user/7/x?y=/user/8"), Is.EqualTo("http://new/u-7/x?y=/user/8"));
    }

    [Test]
    public void What_a_request_does_not_say_is_http_no_host_and_the_root()
    {
        var route = new CompiledRoute(
            new Route { Redirect = new RedirectAction(301) }, 0, RepeatedHeaderRule.Joined, null);
        var request = new RequestHeaders("CONNECT", null, null, scheme: null);
        Assert.That(RouteRedirect.Location(route, request), Is.EqualTo("http:///"));
    }

    [Test]
    public void A_route_without_redirect_leads_nowhere() => Assert.That(
        static () => Location(new Route(), "bank", "http", "/a"),
        Throws.ArgumentException.With.Message.StartsWith("the route is no redirect"));

    [TestCase("bank:80", "https://bank/a?x"), TestCase("bank:8080", "https://bank:8080/a?x")]
    [TestCase("bank", "https://bank/a?x"), TestCase(null, "https:///a?x")]
    public void A_virtual_host_that_needs_tls_leads_there(string? authority, string location) =>
        Assert.That(RouteRedirect.ToHttps(new RequestHeaders("GET", authority, "/a?x")), Is.EqualTo(location));

    [Test]
    public void A_route_rewrites_a_prefix_or_by_regular_expression_or_not_at_all()
    {
        PathRewrite none = Compiled(new Route()).Rewrite;
        Assert.That((none.IsActive, none.Apply("/a?x")), Is.EqualTo((false, "/a?x")));
        PathRewrite prefix = Compiled(
            new Route { Match = new RouteMatch { Path = "/a" }, PrefixRewrite = "/b" }).Rewrite;
        Assert.That((prefix.IsActive, prefix.Apply("/a/c?/a")), Is.EqualTo((true, "/b/c?/a")));
        PathRewrite regex = Compiled(new Route { RegexRewrite = ("a+", "-") }).Rewrite;
        Assert.That((regex.IsActive, regex.Apply("/aa/a?aa")), Is.EqualTo((true, "/-/-?aa")));
    }

    private static void Check(RedirectAction redirect, string authority, string scheme, string location) =>
        Assert.That(Location(new Route { Redirect = redirect }, authority, scheme, "/a?x=1"), Is.EqualTo(location));

    private static string Location(Route route, string authority, string scheme, string path) =>
        RouteRedirect.Location(Compiled(route), new RequestHeaders("GET", authority, path, scheme: scheme));

    private static CompiledRoute Compiled(Route route) => new(route, 0, RepeatedHeaderRule.Joined, null);
}

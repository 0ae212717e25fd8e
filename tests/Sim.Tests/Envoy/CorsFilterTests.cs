using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Which preflight requests a proxy answers: oracle is the text of Envoy's cors_filter.cc.</summary>
internal sealed class CorsFilterTests
{
    private static RequestHeaders Request(string method, params (string, string)[] lines) => new(
        method, "pay", "/", [.. lines.Select(static l => new KeyValuePair<string, string>(l.Item1, l.Item2))]);

    private static CorsFilter Filter(StringMatcher origin, bool forwards = true) => new(
        new CorsPolicy { AllowOrigins = [origin], ForwardNotMatchingPreflights = forwards }, default, null);

    private static readonly StringMatcher Bank = new(StringMatchKind.Exact, "https://bank.example.com");

    [TestCase("OPTIONS", "https://bank.example.com", "PUT", ExpectedResult = true)]
    [TestCase("OPTIONS", "https://evil.example.com", "PUT", ExpectedResult = false)]
    [TestCase("OPTIONS", "https://bank.example.com", "", ExpectedResult = false)]
    [TestCase("OPTIONS", "", "PUT", ExpectedResult = false)]
    [TestCase("GET", "https://bank.example.com", "PUT", ExpectedResult = false)]
    public bool A_preflight_of_an_allowed_origin_is_answered(string method, string origin, string asked) =>
        Filter(Bank).Answers(Request(method, ("origin", origin), ("access-control-request-method", asked)));

    [TestCase(true, ExpectedResult = false)]
    [TestCase(false, ExpectedResult = true)]
    public bool One_of_another_origin_goes_on_unless_told_otherwise(bool forwards) => Filter(Bank, forwards).Answers(
        Request("OPTIONS", ("origin", "https://evil.example.com"), ("access-control-request-method", "GET")));

    [Test]
    public void An_exact_star_allows_every_origin() =>
        Assert.That(Filter(new StringMatcher(StringMatchKind.Exact, "*")).Answers(Request(
            "OPTIONS", ("origin", "null"), ("access-control-request-method", "GET"))), Is.True);
}

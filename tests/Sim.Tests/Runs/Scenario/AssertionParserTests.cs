using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Scenario;

/// <summary>The expression language fails loudly outside itself, with position and guess.</summary>
internal sealed class AssertionParserTests
{
    [TestCase("availabillity >= 99%", 0, "did you mean \"availability\"?")]
    [TestCase("p98 < 5ms", 0, "did you mean")]
    [TestCase("p99{servce=\"a\"} < 5ms", 4, "did you mean \"service\"?")]
    [TestCase("p99{service=a} < 5ms", 12, "service=")]
    [TestCase("p99 < 500", 6, "write a time")]
    [TestCase("availability >= 99.9", 16, "percentage")]
    [TestCase("availability >= 5ms", 16, "percentage")]
    [TestCase("count == 5%", 9, "plain number")]
    [TestCase("errors == 0 or count > 0", 12, "two assertions")]
    [TestCase("rate(istio_requests_total[5m]) > 0", 0, "one of")]
    [TestCase("istio_requests_total{response_code=\"200\"} > 0", 0, "both proxies")]
    [TestCase("istio_requests_total{reporter=\"destination\"} > 0", 30, "")]
    [TestCase("count{code=~\"(\"} > 0", 12, "")]
    [TestCase("errors[0s] == 0", 7, "[10s]")]
    [TestCase("errors[10s == 0", 11, "expected \"]\"")]
    [TestCase("5 > errors", 0, "")]
    [TestCase("errors", 6, "one of <")]
    [TestCase("errors = 0", 7, "one of <")]
    [TestCase("", 0, "")]
    [TestCase("errors == 0 ; x", 12, "")]
    [TestCase("count{code=\"200} > 1", 11, "")]
    public void Text_outside_the_language_is_refused_with_its_position(string text, int position, string hint)
    {
        AssertionSyntaxException e = Assert.Throws<AssertionSyntaxException>(() => AssertionParser.Parse(text))!;
        Assert.That((e.Position, e.Hint.Contains(hint, StringComparison.Ordinal)), Is.EqualTo((position, true)),
            e.Message + " / " + e.Hint);
    }

    [TestCase("response_cod < 500", 0)]
    [TestCase("duration < 500", 11)]
    [TestCase("response_flags < \"UH\"", 17)]
    [TestCase("response_code <", 15)]
    public void Bad_slo_condition_is_refused(string text, int position) =>
        Assert.That(Assert.Throws<AssertionSyntaxException>(() => AssertionParser.ParseGood(text))!.Position,
            Is.EqualTo(position));

    [Test]
    public void Percentages_are_exact_decimals()
    {
        var literal = (LiteralOperand)AssertionParser.Parse("availability >= 99.9%").All[0].Right;
        Assert.That(literal.Value, Is.EqualTo(0.999));
    }
}

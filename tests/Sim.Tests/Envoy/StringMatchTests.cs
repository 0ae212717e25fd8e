using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Comparisons of texts. Envoy ignores the case of ASCII letters only.</summary>
internal sealed class StringMatchTests
{
    [TestCase(StringMatchKind.Exact, "abc", "abc", true)]
    [TestCase(StringMatchKind.Exact, "abc", "ABC", false)]
    [TestCase(StringMatchKind.Exact, "abc", "abcd", false)]
    [TestCase(StringMatchKind.Prefix, "ab", "abc", true)]
    [TestCase(StringMatchKind.Prefix, "abc", "ab", false)]
    [TestCase(StringMatchKind.Suffix, "bc", "abc", true)]
    [TestCase(StringMatchKind.Suffix, "abc", "abc", true)]
    [TestCase(StringMatchKind.Suffix, "abc", "bc", false)]
    [TestCase(StringMatchKind.Contains, "b", "abc", true)]
    [TestCase(StringMatchKind.Contains, "c", "abc", true)]
    [TestCase(StringMatchKind.Contains, "d", "abc", false)]
    [TestCase(StringMatchKind.Contains, "", "", true)]
    [TestCase(StringMatchKind.Regex, "a.c", "abc", true)]
    [TestCase(StringMatchKind.Regex, "b", "abc", false)]
    [TestCase(StringMatchKind.Regex, "ABC", "abc", false)]
    [TestCase(StringMatchKind.Regex, "(", "(", false)]
    [TestCase(StringMatchKind.Present, "x", "abc", true)]
    [TestCase(StringMatchKind.Present, "x", "", true)]
    public void A_text_is_compared_as_its_kind_says(StringMatchKind kind, string value, string text, bool matches) =>
        Check(new StringMatcher(kind, value), text, matches);

    [TestCase(StringMatchKind.Exact, "aBc", "AbC", true)]
    [TestCase(StringMatchKind.Prefix, "AB", "abc", true)]
    [TestCase(StringMatchKind.Suffix, "BC", "abc", true)]
    [TestCase(StringMatchKind.Contains, "B", "abc", true)]
    [TestCase(StringMatchKind.Exact, "abc", "abd", false)]
    [TestCase(StringMatchKind.Exact, "a\u00e9Z", "A\u00e9z", true)]
    [TestCase(StringMatchKind.Exact, "a\u00e9", "A\u00c9", false)]
    [TestCase(StringMatchKind.Exact, "\u00e9a", "\u00e9b", false)]
    [TestCase(StringMatchKind.Exact, "\u00e9@", "\u00e9`", false)]
    [TestCase(StringMatchKind.Exact, "\u00e9[", "\u00e9{", false)]
    [TestCase(StringMatchKind.Exact, "\u00e9Ab-C", "\u00e9aB-c", true)]
    public void Case_is_ignored_for_ascii_letters_only(StringMatchKind kind, string value, string text, bool matches) =>
        Check(new StringMatcher(kind, value, IgnoreCase: true), text, matches);

    [Test]
    public void Case_always_counts_in_a_regular_expression() =>
        Check(new StringMatcher(StringMatchKind.Regex, "A.C", IgnoreCase: true), "abc", false);

    [Test]
    public void Only_a_regular_expression_is_read_as_one()
    {
        var bag = new DiagnosticBag();
        StringMatch.Compile(new StringMatcher(StringMatchKind.Exact, "("), default, bag);
        Assert.That(bag.Items, Is.Empty);
        StringMatch.Compile(new StringMatcher(StringMatchKind.Regex, "("), default, bag);
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS5001"));
    }

    private static void Check(StringMatcher matcher, string text, bool matches) =>
        Assert.That(StringMatch.Compile(matcher, default, null).Matches(text), Is.EqualTo(matches));
}

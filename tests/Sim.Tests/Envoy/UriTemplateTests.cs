using Sim.Core;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Path templates. Envoy: source/extensions/path/uri_template_lib.</summary>
internal sealed class UriTemplateTests
{
    [TestCase("/a/*/c", "/a/b/c", true)]
    [TestCase("/a/*/c", "/a/b.~-_%20!$&'()*+,;=:@/c", true)]
    [TestCase("/a/*/c", "/a//c", false)]
    [TestCase("/a/*/c", "/a/b/x/c", false)]
    [TestCase("/a/*/c", "/a/b/c/d", false)]
    [TestCase("/a/*", "/a/b", true)]
    [TestCase("/a/*", "/a/", false)]
    [TestCase("/a/**", "/a/b/c", true)]
    [TestCase("/a/**", "/a/", true)]
    [TestCase("/a/**", "/a", false)]
    [TestCase("/**/c", "/a/b/c", true)]
    [TestCase("/**/c", "/a/b/d", false)]
    [TestCase("/*/x/**", "/a/x/b/c", true)]
    [TestCase("/{name}/x", "/a/x", true)]
    [TestCase("/{name}/x", "/a/b/x", false)]
    [TestCase("/{name=*}/x", "/a/b/x", false)]
    [TestCase("/{name=*}/x", "/a/x", true)]
    [TestCase("/a/{name=**}", "/a/b/c", true)]
    [TestCase("/a/{**}", "/a/b/c", true)]
    [TestCase("/a/{*}", "/a/b", true)]
    [TestCase("/a/{*}", "/a/b/c", false)]
    [TestCase("/a.b", "/a.b", true)]
    [TestCase("/a.b", "/axb", false)]
    public void Stars_stand_for_a_segment_or_for_any_number(string template, string path, bool matches)
    {
        var bag = new DiagnosticBag();
        Assert.That(UriTemplate.Compile(template, default, bag)!.IsMatch(path), Is.EqualTo(matches));
        Assert.That(bag.Items, Is.Empty);
    }

    [TestCase("a/*", "it must begin with a slash")]
    [TestCase("", "it must begin with a slash")]
    [TestCase("/{name", "a brace is not closed")]
    [TestCase("/**/*", "** must be the last operator")]
    [TestCase("/{x=**}/**", "** must be the last operator")]
    public void A_template_that_is_refused_is_reported_with_its_place(string template, string problem)
    {
        var bag = new DiagnosticBag();
        var span = new SourceSpan("policy.yaml", 4, 2);
        Assert.That(UriTemplate.Compile(template, span, bag), Is.Null);
        Diagnostic told = bag.Items.Single();
        Assert.That((told.Code, told.Span), Is.EqualTo(("MS5002", span)));
        Assert.That(told.Message, Is.EqualTo("The path template '" + template + "' is refused: " + problem + "."));
    }
}

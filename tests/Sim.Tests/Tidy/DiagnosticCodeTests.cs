using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Tests.Tidy;

/// <summary>Every code that can be reported is explained and provoked by a test.</summary>
[TestFixture]
internal sealed class DiagnosticCodeTests
{
    private static readonly Regex Code = new("\"(MS[0-9]{4})\"", RegexOptions.Compiled);

    private static readonly Regex Constant =
        new("const string (\\w+) = \"((?:MS|IST)[0-9]{4})\"", RegexOptions.Compiled);

    private static IEnumerable<string> Used => SourceFile.All
        .Where(static f => f.Path.StartsWith("src/", StringComparison.Ordinal) && f.Stem != "DiagnosticCatalogue")
        .SelectMany(static f => Code.Matches(f.Text).Select(static m => m.Groups[1].Value))
        .Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Catalogue => DiagnosticCatalogue.All.Select(static d => d.Code);

    [Test]
    public void Codes_InUse_AreInTheCatalogue() => Assert.That(Used.Except(Catalogue), Is.Empty);

    [Test]
    public void Catalogue_HasEachCodeOnceAndInOrder() =>
        Assert.That(Catalogue, Is.Unique.And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));

    [Test]
    public void Catalogue_SaysWhatAndWhy() => Assert.That(
        DiagnosticCatalogue.All.Where(static d => d.Title.Length < 10 || d.Explanation.Length < 5), Is.Empty);

    [Test]
    public void Codes_OfOurOwn_AreProvokedByATest()
    {
        Dictionary<string, string> names = SourceFile.All.SelectMany(static f => Constant.Matches(f.Text))
            .GroupBy(static m => m.Groups[2].Value)
            .ToDictionary(static g => g.Key, static g => g.First().Groups[1].Value);
        string tests = string.Concat(SourceFile.All
            .Where(static f => f.Path.StartsWith("tests/", StringComparison.Ordinal)
                && !f.Path.StartsWith("tests/Sim.Tests/Tidy/", StringComparison.Ordinal)
                && !f.Path.EndsWith("/SampleRun.cs", StringComparison.Ordinal))
            .Select(static f => f.Text));
        Exceptions.Judge("untested-code", Used.Where(static c => c.StartsWith("MS", StringComparison.Ordinal))
            .Where(c => !tests.Contains(c, StringComparison.Ordinal)
                && !(names.TryGetValue(c, out string? name) && Regex.IsMatch(tests, $@"Codes\.{name}\b")))
            .Select(static c => (c, c)));
    }
}

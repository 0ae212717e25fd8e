using Sim.Core;
using Sim.Core.RegularExpressions;

namespace Sim.Tests.Core;

/// <summary>RE2's syntax and meaning: whole texts, first matches, groups, and its words for mistakes.</summary>
[TestFixture]
internal sealed class Re2Tests
{
    [TestCase("/a/[0-9]+", "/a/12", true)]
    [TestCase("/a/[0-9]+", "/a/12/", false, Description = "the whole text must match")]
    [TestCase("a|ab", "ab", true, Description = "alternation is grouped before it is anchored")]
    [TestCase("a$", "a\n", false, Description = "$ is the end of the text only")]
    [TestCase("(?m)a$\n^b", "a\nb", true)]
    [TestCase("a^b", "ab", false)]
    [TestCase("\\d{3}", "\u0661\u0662\u0663", false, Description = "digits are ASCII")]
    [TestCase("[\\d_]+", "1_2", true)]
    [TestCase("[[:alpha:]]+", "abC", true)]
    [TestCase("[^[:digit:]]+", "a1", false)]
    [TestCase("[[:^digit:]]+", "ab", true)]
    [TestCase("[[:alpha:]]+\\d", "abc1", true)]
    [TestCase("\\Qa.b\\E", "axb", false)]
    [TestCase("a\\Qb.c\\E+", "ab.cc", true, Description = "a repetition takes the last quoted character")]
    [TestCase("\\Qa+b", "a+b", true, Description = "a quote may run to the end")]
    [TestCase("(?P<name>a)(?i)B", "ab", true)]
    [TestCase("(?<name>a)(?s:.)", "a\n", true)]
    [TestCase("(?i:a)b", "Ab", true)]
    [TestCase("(?i:a)b", "AB", false, Description = "flags end with their group")]
    [TestCase("(a(?i)b)c", "aBC", false)]
    [TestCase("(?i)[k-l]", "\u212A", true, Description = "the sign of Kelvin is a k")]
    [TestCase("(?i)\\w", "\u017F", true, Description = "the long s is an s")]
    [TestCase("(?i)É", "é", true)]
    [TestCase("(?i)i", "\u0131", false, Description = "the dotless i is no i")]
    [TestCase("(?i-i)a", "A", false)]
    [TestCase("a{,3}", "a{,3}", true, Description = "not a repetition in RE2")]
    [TestCase("a{01}", "a{01}", true)]
    [TestCase("a{2}", "aa", true)]
    [TestCase("a{1,}", "aaa", true)]
    [TestCase("a{2,3}?", "aaa", true)]
    [TestCase("(?U)a+?b", "aab", true)]
    [TestCase("\\x41\\x{42}", "AB", true)]
    [TestCase("\\x{1F600}", "\U0001F600", true)]
    [TestCase("\\101\\07", "A\a", true)]
    [TestCase("[]a]+", "]a", true)]
    [TestCase("[a-]+", "a-", true)]
    [TestCase("[^\\D]+", "12", true)]
    [TestCase("[\\]\\-x]+", "]-x", true)]
    [TestCase("\\w+", "é", false)]
    [TestCase("\\bx\\b", "x", true)]
    [TestCase("é\\bx", "éx", true, Description = "é is no letter of a word")]
    [TestCase("x\\bé", "xé", true)]
    [TestCase("\\Bé\\B", "é", true)]
    [TestCase("\\pN\\p{Lu}\\P{L}", "٣É1", true)]
    [TestCase("\\p{^L}", "1", true)]
    [TestCase("[\\p{Lu}\\d]+", "É1", true)]
    [TestCase(".", "\U0001F600", true, Description = "a character beyond U+FFFF is one")]
    [TestCase("..", "\U0001F600", false)]
    [TestCase("[^a]{2}", "\U0001F600b", true)]
    [TestCase("[\U0001F600-\U0001F64F]+", "\U0001F610\U0001F64F", true)]
    [TestCase("[\U0001F600-\U0001F64F]", "\U0001F650", false)]
    [TestCase("[\U00010000-\U0010FFFE]", "\U0010FFFE", true)]
    [TestCase("[\U00010000-\U0010FFFE]", "\U0010FFFF", false)]
    [TestCase("", "", true)]
    [TestCase("(|a)*", "aa", true)]
    [TestCase("^*a", "a", true)]
    [TestCase("a b #c", "a b #c", true, Description = "blanks and hashes are characters")]
    public void Compile_WholeText_MatchesAsRe2Does(string pattern, string text, bool matches)
    {
        var expression = Re2.Compile(pattern, Re2Options.WholeText, out Re2Problem? problem);
        Assert.That(problem?.Re2Text, Is.Null);
        Assert.That(expression!.IsMatch(text), Is.EqualTo(matches));
        Assert.That(Re2.Compile("^(?:" + pattern + (pattern.Contains("\\Qa+", StringComparison.Ordinal) ? "\\E" : "")
            + ")$", Re2Options.None, out _)!.IsMatch(text), Is.EqualTo(matches), "as a matcher is wrapped");
    }

    [TestCase("(?=a)b", "invalid or unsupported Perl syntax: `(?=`", "invalid perl operator: (?=")]
    [TestCase("(?!a)b", "invalid or unsupported Perl syntax: `(?!`", "invalid perl operator: (?!")]
    [TestCase("(?<=a)b", "invalid named capture: `(?<=a)b`", "invalid named capture group: (?<=a)b")]
    [TestCase("(?P<n e>a)", "invalid named capture: `(?P<n e>`", "invalid named capture group: (?P<n e>")]
    [TestCase("(?>a)b", "invalid or unsupported Perl syntax: `(?>`", "invalid perl operator: (?>")]
    [TestCase("(?i", "invalid or unsupported Perl syntax: `(?i`", "invalid perl operator: (?i")]
    [TestCase("(?i-)a", "invalid or unsupported Perl syntax: `(?i-)`", "invalid perl operator: (?i-)")]
    [TestCase("(a)\\1", "invalid escape sequence: `\\1`", "invalid escape sequence: \\1")]
    [TestCase("\\8", "invalid escape sequence: `\\8`", "invalid escape sequence: \\8")]
    [TestCase("\\cA", "invalid escape sequence: `\\c`", "invalid escape sequence: \\c")]
    [TestCase("\\Ca", "invalid escape sequence: `\\C`", "invalid escape sequence: \\C")]
    [TestCase("\\Z", "invalid escape sequence: `\\Z`", "invalid escape sequence: \\Z")]
    [TestCase("\\xg1", "invalid escape sequence: `\\xg1`", "invalid escape sequence: \\xg1")]
    [TestCase("\\x{110000}", "invalid escape sequence: `\\x{110000`", "invalid escape sequence: \\x{110000")]
    [TestCase("[\\b]", "invalid escape sequence: `\\b`", "invalid escape sequence: \\b")]
    [TestCase("a**", "invalid nested repetition operator: `**`", "bad repetition operator: **")]
    [TestCase("a*+", "invalid nested repetition operator: `*+`", "bad repetition operator: *+")]
    [TestCase("a+??", "invalid nested repetition operator: `+??`", "bad repetition operator: +??")]
    [TestCase("a{2}{3}", "invalid nested repetition operator: `{2}{3}`", "bad repetition operator: {2}{3}")]
    [TestCase("*a", "missing argument to repetition operator: `*`", "no argument for repetition operator: *")]
    [TestCase("a|+?", "missing argument to repetition operator: `+?`", "no argument for repetition operator: +?")]
    [TestCase("({2})", "missing argument to repetition operator: `{2}`", "no argument for repetition operator: {2}")]
    [TestCase("a{1001}", "invalid repeat count: `{1001}`", "invalid repetition size: {1001}")]
    [TestCase("a{99999999999}", "invalid repeat count: `{99999999999}`", "invalid repetition size: {99999999999}")]
    [TestCase("a{3,2}", "invalid repeat count: `{3,2}`", "invalid repetition size: {3,2}")]
    [TestCase("((a{40}){26}){2}", "invalid repeat count: `{26}`", "invalid repetition size: {26}")]
    [TestCase("[a", "missing closing ]: `[a`", "missing ]: [a")]
    [TestCase("x[]", "missing closing ]: `[]`", "missing ]: []")]
    [TestCase("[z-a]", "invalid character class range: `z-a`", "invalid character class range: z-a")]
    [TestCase("[[:nope:]]", "invalid character class range: `[:nope:]`", "invalid character class range: [:nope:]")]
    [TestCase("\\p{Nope}", "invalid character class range: `\\p{Nope}`", "invalid character class range: \\p{Nope}")]
    [TestCase("\\pZ\\p{L", "invalid character class range: `\\p{L`", "invalid character class range: \\p{L")]
    [TestCase("(a", "missing closing ): `(a`", "missing ): (a")]
    [TestCase("a)", "unexpected ): `a)`", "unexpected ): a)")]
    [TestCase("a\\", "trailing backslash at end of expression: ``", "trailing \\")]
    public void Check_Mistake_IsToldInBothWords(string pattern, string go, string re2)
    {
        Re2Problem? problem = Re2.Check(pattern);
        Assert.That(problem?.GoText, Is.EqualTo("error parsing regexp: " + go));
        Assert.That(problem!.Re2Text, Is.EqualTo(re2));
        Assert.That(Re2.Compile(pattern, Re2Options.None, out _), Is.Null);
    }

    [Test]
    public void Check_HalfASurrogatePair_IsNoUtf8() =>
        Assert.That(Re2.Check("a[" + '\uD800' + "]")?.Kind, Is.EqualTo(Re2ErrorKind.Utf8));

    [Test]
    public void Compile_Script_IsTakenByTheCheckAndNotModelled()
    {
        Assert.That(Re2.Check("\\p{Greek}"), Is.Null);
        Assert.That(Re2.Compile("\\p{Greek}", Re2Options.None, out Re2Problem? problem), Is.Null);
        Assert.That(problem!.Kind, Is.EqualTo(Re2ErrorKind.NotModelled));
    }

    [TestCase(998, true)]
    [TestCase(1001, false)]
    public void Compile_ManyLevels_NestsUpToAThousand(int levels, bool isTaken)
    {
        string pattern = new string('(', levels) + "a" + new string(')', levels);
        Assert.That(Re2.Check(pattern)?.Kind, Is.EqualTo(isTaken ? null : (Re2ErrorKind?)Re2ErrorKind.Nesting));
        Assert.That(Re2.Compile(pattern, Re2Options.WholeText, out _)?.IsMatch("a"), Is.EqualTo(isTaken ? true : null));
    }

    [TestCase("(a+)(b?)", "xaay", 1, 3)]
    [TestCase("a*?", "aa", 0, 0)]
    [TestCase("a|ab", "xab", 1, 2, Description = "the first alternative, not the longest")]
    [TestCase("(?U)a+", "aaa", 0, 1)]
    [TestCase("[^a]+", "a\U0001F600a", 1, 3)]
    public void TryMatch_FirstMatch_HasRe2sBounds(string pattern, string text, int start, int end)
    {
        Assert.That(Re2.Compile(pattern, Re2Options.None, out _)!.TryMatch(text, out Re2Match? match), Is.True);
        Assert.That((match!.Start, match.End), Is.EqualTo((start, end)));
    }

    [TestCase("(a)(?P<n>b)(c)", "abc", "$3$n${2}$1", "cbba", Description = "named groups keep their number")]
    [TestCase("a(x)?", "a", "[$1]", "[]")]
    [TestCase("(a)", "a", "$1x ${1}x $$ $ ${", " ax $ $ ${")]
    [TestCase("(a)", "a", "$01$9${no}", "")]
    public void ExpandGo_Template_AsGoDoes(string pattern, string text, string template, string expected)
    {
        Assert.That(Re2.Compile(pattern, Re2Options.None, out _)!.TryMatch(text, out Re2Match? match), Is.True);
        Assert.That(match!.ExpandGo(template), Is.EqualTo(expected));
    }

    [TestCase("a*", "baac", "x", "xbxcx", Description = "no empty match touches the match before it")]
    [TestCase("", "ab", "-", "-a-b-")]
    [TestCase("", "\U0001F600", "-", "-\U0001F600-", Description = "never within a character")]
    [TestCase("/v(\\d)/(\\w+)", "/v1/x/v2/y", "/\\2/\\1\\\\", "/x/1\\/y/2\\")]
    public void ReplaceAll_EveryMatch_AsGlobalReplaceDoes(
        string pattern, string text, string rewrite, string expected) =>
        Assert.That(Re2.Compile(pattern, Re2Options.None, out _)!.ReplaceAll(text, m => m.ExpandRe2(rewrite)),
            Is.EqualTo(expected));

    [Test]
    public void IsMatch_WholeTexts_EqualsTheSetOfEndsOfANaiveMatcher()
    {
        var random = new RngStream(7);
        int matched = 0;
        for (int i = 0; i < 800; i++)
        {
            string pattern = Pattern(random, 3);
            Re2Node? node = Re2Parser.Parse(pattern, false, out _, out Re2Problem? problem);
            Assert.That(problem?.GoText, Is.Null, pattern);
            Re2 expression = Re2.Compile(pattern, Re2Options.WholeText, out _)!;
            for (int k = 0; k < 8; k++)
            {
                string text = string.Concat(Enumerable.Range(0, (int)random.NextBelow(5)).Select(_ => Letter(random)));
                bool expected = NaiveRe2.Ends(node!, text, 0).Contains(text.Length);
                matched += expected ? 1 : 0;
                Assert.That(expression.IsMatch(text), Is.EqualTo(expected), $"{pattern} on \"{text}\"");
            }
        }

        Assert.That(matched, Is.GreaterThan(200), "the texts fit often enough");
    }

    private static string Letter(RngStream random) =>
        new[] { "a", "b", "K", "\n", "é", "\U0001F600" }[(int)random.NextBelow(6)];

    private static string Pattern(RngStream random, int depth)
    {
        string Inner() => Pattern(random, depth - 1);
        string atom = (int)random.NextBelow(depth > 0 ? 14u : 8u) switch
        {
            0 => ".",
            1 => "[^a]",
            2 => "[a-bé]",
            3 => "(?i:k)",
            4 => "\\b",
            5 => "\\W",
            6 => "$",
            7 => Letter(random),
            8 or 9 => Inner() + Inner(),
            10 => "(" + Inner() + "|" + Inner() + ")",
            11 => "(?m:^" + Inner() + "$)",
            12 => "(?s:" + Inner() + ")",
            _ => "(?:" + Inner() + ")" + new[] { "*", "+", "?", "{2}", "{1,2}", "*?", "+?" }[(int)random.NextBelow(7)],
        };
        return atom;
    }
}

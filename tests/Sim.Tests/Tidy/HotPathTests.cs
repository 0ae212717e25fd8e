using System.Text.RegularExpressions;

namespace Sim.Tests.Tidy;

/// <summary>The files of docs/hot-path.md hold nothing that allocates or waits behind the reader's back.</summary>
[TestFixture]
internal sealed class HotPathTests
{
    private static readonly Regex Linq = new(
        @"\.(Select|SelectMany|Where|Any|All|First|FirstOrDefault|Last|LastOrDefault|Single|OrderBy|OrderByDescending|"
        + @"GroupBy|ToList|ToArray|ToDictionary|ToHashSet|Aggregate|Zip|Concat|Distinct|Cast|OfType)\s*[(<]",
        RegexOptions.Compiled);

    private static readonly Regex Waits = new(@"\b(async|await|lock\s*\()", RegexOptions.Compiled);

    private static readonly Regex InterfaceName =
        new(@"\bI[A-Z]\w*<[^;(){}=]*>\??\s+(\w+)", RegexOptions.Compiled);

    private static string[] Files =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "hot-path.md")),
            @"(?m)^\| `(src/[^`]+\.cs)` \|").Select(static m => m.Groups[1].Value)];

    [Test]
    public void Files_OfTheList_Exist() => Assert.That(
        Files, Is.Not.Empty.And.All.Matches<string>(static f => File.Exists(Path.Combine(RepositoryPaths.Root, f))));

    [Test]
    public void Files_OfTheList_HoldNothingThatAllocates() => Assert.That(
        SourceFile.All.Where(f => Files.Contains(f.Path)).SelectMany(static f => Violations(f)), Is.Empty);

    [TestCase("int A() => _x.Where(Good).Count();", "LINQ")]
    [TestCase("void A() { Run(x => x + y); }", "closure")]
    [TestCase("void A() { Func<int> f = () => y; }", "closure")]
    [TestCase("IReadOnlyList<int> hosts; void A() { foreach (int h in hosts) { } }", "foreach over an interface")]
    [TestCase("void A() { lock (this) { } }", "wait")]
    [TestCase("void A() { Run(static x => x + 1); }", null)]
    [TestCase("int A(int x) => x switch { 1 => 2, _ => 3 };", null)]
    [TestCase("int[] hosts; void A() { foreach (int h in hosts) { } }", null)]
    [TestCase("int B => F(x switch { 1 => 2, _ => 3 });", null)]
    public void Scan_FindsWhatItShould(string member, string? what)
    {
        string text = "class C { " + member + " }";
        SourceFile file = new("x.cs", text, SourceText.CodeOf(text));
        Assert.That(Violations(file).Select(static v => v.Split(": ")[1]),
            Is.EqualTo(what is null ? Array.Empty<string>() : new[] { what }));
    }

    private static IEnumerable<string> Violations(SourceFile file)
    {
        foreach (Match m in Linq.Matches(file.Code))
        {
            yield return $"{file.Path}:{file.LineOf(m.Index)}: LINQ";
        }

        foreach (Match m in Waits.Matches(file.Code))
        {
            yield return $"{file.Path}:{file.LineOf(m.Index)}: wait";
        }

        HashSet<string> interfaces = [.. InterfaceName.Matches(file.Code).Select(static m => m.Groups[1].Value)];
        foreach (Match m in Regex.Matches(file.Code, @"\bforeach\s*\([^)]*?\bin\s+(?:this\.)?(\w+)\s*\)"))
        {
            if (interfaces.Contains(m.Groups[1].Value))
            {
                yield return $"{file.Path}:{file.LineOf(m.Index)}: foreach over an interface";
            }
        }

        foreach (int position in Closures(file.Code))
        {
            yield return $"{file.Path}:{file.LineOf(position)}: closure";
        }
    }

    /// <summary>Lambdas that are not static: an arrow inside parentheses, or after an assignment.</summary>
    private static IEnumerable<int> Closures(string code)
    {
        Stack<char> open = [];
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] is '(' or '{' or '[')
            {
                open.Push(code[i]);
            }
            else if (code[i] is ')' or '}' or ']' && open.Count > 0)
            {
                open.Pop();
            }
            else if (code[i] == '=' && i + 1 < code.Length && code[i + 1] == '>')
            {
                string before = code[Math.Max(0, i - 120)..i];
                bool isLambda = (open.Count > 0 && open.Peek() == '(')
                    || Regex.IsMatch(before, @"[^=!<>]=\s*(static\s+)?(\w+|\([^()]*\))\s*$");
                if (isLambda && !Regex.IsMatch(before, @"\bstatic\s+(\w+|\([^()]*\))\s*$"))
                {
                    yield return i;
                }
            }
        }
    }
}

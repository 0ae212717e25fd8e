namespace Sim.Tests.Tidy;

[TestFixture]
internal sealed class SizeTests
{
    private const int FileLinesMost = 500;
    private const int FunctionLinesMost = 70;
    private const int LineLengthMost = 120;
    private const long DataBytesMost = 2 << 20;

    [Test]
    public void Files_HaveAtMost500Lines() => Exceptions.Judge("file-lines",
        SourceFile.All.Select(static f => (f.Path, Lines: f.Text.AsSpan().Count('\n')))
            .Where(static f => f.Lines > FileLinesMost)
            .Select(static f => (f.Path, $"{f.Path}: {f.Lines} lines")));

    [Test]
    public void Functions_HaveAtMost70Lines() => Exceptions.Judge("function-lines",
        SourceFile.All.SelectMany(static f => Functions.Of(f)
            .Where(static m => m.Lines > FunctionLinesMost)
            .Select(m => (f.Path, $"{f.Path}:{m.Line}: {m.Lines} lines: {m.Header}"))));

    [Test]
    public void Lines_HaveAtMost120Characters() => Exceptions.Judge("line-length",
        SourceFile.All.SelectMany(static f => f.Text.Split('\n')
            .Select(static (line, i) => (Line: i + 1, line.TrimEnd('\r').Length))
            .Where(static l => l.Length > LineLengthMost)
            .Select(l => (f.Path, $"{f.Path}:{l.Line}: {l.Length} characters"))));

    [Test]
    public void NoFile_IsLargerThan2MB() => Assert.That(
        SourceFile.AllFiles.Where(static f =>
            new FileInfo(Path.Combine(RepositoryPaths.Root, f)).Length > DataBytesMost),
        Is.Empty);

    [Test]
    public void Scanner_FindsFunctionsAndTheirLength()
    {
        const string Text = """"
            namespace A;
            /// <summary>{ not code</summary>
            public sealed record P(int X);
            internal sealed class C(int x) : B
            {
                private static readonly int[] Table = { 1, 2, F(3) };
                private readonly Func<int> _f = () => { return 1; };
                public int Property { get; set; } = F(4);
                public int Getter { get { return 1; } }
                [Test, Category("{")]
                public void Long(string s = "}")
                {
                    string t = $"{s.Length:0} {{ \" {(s == "}" ? "{" : '}')}";
                    string r = """
                        } " {
                        """;
                }

                public C() : this(1) { }
                public static int F(int y) =>
                    y switch { 1 => 2, _ => 3 };
                private struct Inner
                {
                    public static bool operator ==(Inner a, Inner b)
                    {
                        return true;
                    }
                }
            }
            """";
        SourceFile file = new("x.cs", Text, SourceText.CodeOf(Text));
        Assert.That(
            Functions.Of(file).Select(static m => (m.Header.Split('(')[0], m.Lines)),
            Is.EqualTo(new[]
            {
                ("public void Long", 7), ("public C", 1), ("public static int F", 2),
                ("public static bool operator ==", 4),
            }));
        Assert.That(file.Types, Is.EqualTo(new[] { "P", "C", "Inner" }));
    }
}

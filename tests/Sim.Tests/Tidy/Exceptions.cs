namespace Sim.Tests.Tidy;

/// <summary>What is known to break a rule and is still to be put right: tests/Sim.Tests/Tidy/exceptions.txt.</summary>
/// <remarks>The list may shrink; a new line in it needs a reason in the commit.</remarks>
internal static class Exceptions
{
    private static readonly HashSet<string> Lines =
        [.. File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "tests", "Sim.Tests", "Tidy", "exceptions.txt"))];

    /// <summary>Fails for what breaks a rule and is not listed, and for what is listed and breaks it no more.</summary>
    public static void Judge(string rule, IEnumerable<(string Name, string Text)> violations)
    {
        List<(string Name, string Text)> found = [.. violations];
        HashSet<string> names = [.. found.Select(v => rule + " " + v.Name)];
        Assert.That(found.Where(v => !Lines.Contains(rule + " " + v.Name)).Select(static v => v.Text), Is.Empty);
        Assert.That(Lines.Where(l => l.StartsWith(rule + " ", StringComparison.Ordinal) && !names.Contains(l)),
            Is.Empty, "holds by now: to be taken off tests/Sim.Tests/Tidy/exceptions.txt");
    }
}

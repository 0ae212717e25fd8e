namespace Sim.Tests.Tidy;

/// <summary>What is known to break a rule and is still to be put right: tests/Sim.Tests/Tidy/exceptions.txt.</summary>
/// <remarks>The list may shrink; a new line in it needs a reason in the commit.</remarks>
internal static class Exceptions
{
    private static readonly HashSet<string> Lines =
        [.. File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "tests", "Sim.Tests", "Tidy", "exceptions.txt"))];

    /// <summary>Whether a rule does not hold yet for a file or name.</summary>
    public static bool Allow(string rule, string name) => Lines.Contains(rule + " " + name);
}

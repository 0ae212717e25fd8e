namespace Sim.Tests;

/// <summary>Lists of recorded cases that are not reproduced yet. A listed case that passes fails, so lists only
/// shrink.</summary>
internal static class NotYet
{
    /// <summary>The ids of a list, one per line; text after a blank says why.</summary>
    public static HashSet<string> List(string path) =>
        [.. File.ReadAllLines(Path.Combine(RepositoryPaths.Root, path.Replace('/', Path.DirectorySeparatorChar)))
            .Select(static l => l.Split(' ')[0]).Where(static l => l.Length > 0)];

    /// <summary>Fails on differences, or on their absence when the case is listed.</summary>
    public static void Judge(IReadOnlyList<string> differences, bool isListed)
    {
        if (isListed)
        {
            Assert.That(differences, Is.Not.Empty,
                "the case is listed as not yet reproduced but passes: remove it from the list");
            return;
        }

        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }
}

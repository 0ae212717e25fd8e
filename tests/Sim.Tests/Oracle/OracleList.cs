namespace Sim.Tests.Oracle;

/// <summary>Lists of recorded cases that are not met yet: such a case must fail.</summary>
internal static class OracleList
{
    /// <summary>Ids of a list in the repository's own folder of a family; empty when there is no list.</summary>
    public static HashSet<string> Read(string family, string name)
    {
        string file = Path.Combine(RepositoryPaths.Root, "tests", "Oracle", family, name);
        return File.Exists(file)
            ? new HashSet<string>(File.ReadLines(file).Select(static l => l.Split('#')[0].Trim())
                .Where(static l => l.Length > 0), StringComparer.Ordinal)
            : [];
    }

    /// <summary>Fails when a case differs, or when a listed one does not.</summary>
    public static void Judge(HashSet<string> notYet, string id, string differences)
    {
        if (notYet.Contains(id))
        {
            Assert.That(differences, Is.Not.Empty, id + " is met now: take it off the list");
        }
        else if (differences.Length > 0)
        {
            Assert.Fail(id + "\n" + (differences.Length > 20000 ? differences[..20000] + "\n..." : differences));
        }
    }
}

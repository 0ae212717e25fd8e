namespace Sim.Tests.Oracle;

/// <summary>Finds recorded cases in tests/Oracle/FAMILY and in every folder named in SIM_ORACLE (a path
/// list).</summary>
internal static class OracleFiles
{
    /// <summary>Folders of a family: the repository's own first, then FAMILY below each extra folder.</summary>
    public static IEnumerable<string> Folders(string family)
    {
        yield return Path.Combine(RepositoryPaths.Root, "tests", "Oracle", family);
        foreach (string folder in ExtraFolders.Of("SIM_ORACLE"))
        {
            string sub = Path.Combine(folder, family);
            if (Directory.Exists(sub))
            {
                yield return sub;
            }
        }
    }

    /// <summary>Files of a family that match a pattern, in ordinal order within each folder.</summary>
    public static IEnumerable<string> Files(string family, string pattern) =>
        Folders(family).Where(Directory.Exists)
            .SelectMany(f => Directory.GetFiles(f, pattern).Order(StringComparer.Ordinal));

    /// <summary>An NUnit case named <c>family/id</c> in category Oracle.</summary>
    public static TestCaseData Case(string family, string id, params object?[] arguments) =>
        new TestCaseData(arguments).SetArgDisplayNames(family + "/" + id).SetCategory("Oracle");
}

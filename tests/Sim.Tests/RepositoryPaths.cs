namespace Sim.Tests;

/// <summary>Finds the checkout the tests were built from.</summary>
internal static class RepositoryPaths
{
    /// <summary>Folder that holds Sim.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (File.Exists(Path.Combine(d.FullName, "Sim.sln")))
            {
                return d.FullName;
            }
        }

        throw new InvalidOperationException("no Sim.sln above " + AppContext.BaseDirectory);
    }
}

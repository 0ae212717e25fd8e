namespace Sim.Tests;

/// <summary>Folders named in an environment variable (a path list).</summary>
internal static class ExtraFolders
{
    /// <summary>The folders that exist; a folder that does not is an error, lest a typo passes for a green
    /// run.</summary>
    public static IEnumerable<string> Of(string variable)
    {
        string? list = Environment.GetEnvironmentVariable(variable);
        foreach (string folder in (list ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return Directory.Exists(folder) ? folder
                : throw new DirectoryNotFoundException($"{variable} names {folder}, which does not exist");
        }
    }
}

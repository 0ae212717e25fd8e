namespace Sim.Cli.Commands;

/// <summary>Where scenario packs are: in a folder of the user's, or those that came with the program.</summary>
internal static class PackFolder
{
    /// <summary>File that makes a folder a pack.</summary>
    public const string ScenarioFile = "scenario.yaml";

    private const string InCheckout = "scenarios";

    /// <summary>The folder to look in: the one that is named, else <c>scenarios</c> of the working folder, else the
    /// packs beside the program.</summary>
    /// <param name="named">Folder that the user named; null = none.</param>
    public static string Find(string? named) => named is not null ? named
        : Directory.Exists(InCheckout) ? InCheckout : Path.Combine(AppContext.BaseDirectory, "packs");

    /// <summary>The packs of a folder, in order of their names.</summary>
    public static IReadOnlyList<string> Packs(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
            .Where(static d => File.Exists(Path.Combine(d, ScenarioFile)))];
}

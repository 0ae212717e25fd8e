namespace Sim.Cli;

/// <summary>One code of docs/diagnostics.md.</summary>
/// <param name="Code">Code.</param>
/// <param name="Severity">info, warning or error.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record CatalogueEntry(string Code, string Severity, string Meaning, string Advice);

/// <summary>Every diagnostic code, read from docs/diagnostics.md, which is built into the program.</summary>
public static class DiagnosticCatalogue
{
    /// <summary>The entries in the order of the file.</summary>
    public static IReadOnlyList<CatalogueEntry> Entries { get; } = Read();

    /// <summary>The entry of a code, in any case of letters; null when there is none.</summary>
    public static CatalogueEntry? Find(string code)
    {
        foreach (CatalogueEntry entry in Entries)
        {
            if (string.Equals(entry.Code, code, StringComparison.OrdinalIgnoreCase))
            {
                return entry;
            }
        }

        return null;
    }

    private static List<CatalogueEntry> Read()
    {
        using Stream stream = typeof(DiagnosticCatalogue).Assembly.GetManifestResourceStream("diagnostics.md")
            ?? throw new InvalidOperationException("docs/diagnostics.md is not built in");
        using StreamReader reader = new(stream);
        List<CatalogueEntry> entries = [];
        while (reader.ReadLine() is string line)
        {
            string[] cells = [.. line.Split('|').Select(static c => c.Trim())];
            if (cells.Length == 6 && cells[1].Length > 4 && char.IsAsciiDigit(cells[1][^1]))
            {
                entries.Add(new CatalogueEntry(cells[1], cells[2], cells[3], cells[4]));
            }
        }

        return entries;
    }
}

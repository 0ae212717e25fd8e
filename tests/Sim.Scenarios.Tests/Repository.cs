using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Scenarios.Tests;

/// <summary>The checkout and its scenarios.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every scenario with the empty variant and each of its own.</summary>
    public static IEnumerable<TestCaseData> Editions()
    {
        string[] folders = Directory.GetDirectories(Path.Combine(Root, "scenarios"));
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(folder, ScenarioReader.FileName)))
            {
                continue;
            }

            string name = Path.GetFileName(folder);
            yield return new TestCaseData(name, "").SetArgDisplayNames(name);
            ScenarioDocument? d = ScenarioReader.Read(folder, null, "", new DiagnosticBag());
            foreach (VariantInfo v in d?.Variants ?? [])
            {
                yield return new TestCaseData(name, v.Name.Value).SetArgDisplayNames($"{name}, {v.Name}");
            }
        }
    }

    public static ScenarioDocument Read(string scenario, string variant, DiagnosticBag bag) =>
        ScenarioReader.Read(Path.Combine(Root, "scenarios", scenario), null, variant, bag)
        ?? throw new InvalidOperationException("no scenario " + scenario);

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

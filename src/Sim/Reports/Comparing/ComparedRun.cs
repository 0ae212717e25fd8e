using Sim.Runs;

namespace Sim.Reports.Comparing;

/// <summary>A finished run among those that are compared.</summary>
/// <param name="Name">What tells it from the others.</param>
/// <param name="Result">The run.</param>
public sealed record ComparedRun(string Name, RunResult Result)
{
    /// <summary>Name of the scenario as it stands.</summary>
    public const string Base = "base";

    /// <summary>Runs under the shortest names that tell them apart: the variant, else scenario and variant, else with
    /// the place it was read from.</summary>
    /// <param name="runs">Runs with the place each comes from.</param>
    public static IReadOnlyList<ComparedRun> Of(IReadOnlyList<(RunResult Result, string Place)> runs)
    {
        Func<(RunResult Result, string Place), string>[] names =
        [
            static r => Variant(r.Result),
            static r => r.Result.Stamp.Scenario + " / " + Variant(r.Result),
            static r => Variant(r.Result) + " (" + r.Place + ")",
        ];
        Func<(RunResult Result, string Place), string> name =
            Array.Find(names, n => runs.Select(n).Distinct(StringComparer.Ordinal).Count() == runs.Count)
            ?? names[^1];
        return [.. runs.Select(r => new ComparedRun(name(r), r.Result))];
    }

    private static string Variant(RunResult result) =>
        result.Stamp.Variant.Length == 0 ? Base : result.Stamp.Variant;
}

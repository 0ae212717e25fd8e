using Sim.Runs;

namespace Sim.Experiments;

/// <summary>What the user asks of a sweep.</summary>
/// <param name="Scenario">Scenario, seed, replications and overrides; its variant and threads are not used.</param>
/// <param name="Vary">Further axes, <c>PATH=V1,V2,...</c>; null = none.</param>
public sealed record SweepRequest(ScenarioRequest Scenario, IReadOnlyList<string>? Vary = null);

/// <summary>A part of a sweep: shard <paramref name="Index"/> of <paramref name="Count"/>.</summary>
/// <remarks>Without a stop rule runs are dealt out one by one, with one whole points are: a stop rule looks at all
/// replications of its point.</remarks>
/// <param name="Index">From 1.</param>
/// <param name="Count">At least 1; 1 = everything.</param>
public readonly record struct SweepShard(int Index, int Count)
{
    /// <summary>Everything.</summary>
    public static SweepShard All { get; } = new(1, 1);

    /// <summary>Reads <c>i/n</c>, 1 &lt;= i &lt;= n.</summary>
    public static bool TryParse(string? text, out SweepShard shard)
    {
        shard = All;
        string[] parts = (text ?? "").Split('/');
        if (parts.Length != 2
            || !int.TryParse(parts[0], System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out int index)
            || !int.TryParse(parts[1], System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out int count)
            || index < 1 || index > count)
        {
            return false;
        }

        shard = new(index, count);
        return true;
    }

    /// <summary>Whether a run belongs to the shard.</summary>
    public bool Holds(SweepPlan plan, int point, int replication)
    {
        long number = plan.Stop is null ? plan.RunOf(point, replication) : point;
        return number % Count == Index - 1;
    }
}

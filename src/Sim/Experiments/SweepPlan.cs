using System.Globalization;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>Every run of a sweep, before any has taken place.</summary>
public sealed record SweepPlan
{
    /// <summary>Name of the scenario as it stands in <see cref="SweepSpec.Variants"/> and on the terminal.</summary>
    public const string Base = "base";

    /// <summary>Name of the dimension of variants.</summary>
    public const string VariantName = "variant";

    /// <summary>What was asked.</summary>
    public required SweepRequest Request { get; init; }

    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>Seed; every point uses the same one, so that points are compared under common random numbers.
    /// </summary>
    public required ulong Seed { get; init; }

    /// <summary>Axes in order; the last one changes fastest.</summary>
    public required IReadOnlyList<SweepAxis> Axes { get; init; }

    /// <summary>Points in order.</summary>
    public required IReadOnlyList<SweepPoint> Points { get; init; }

    /// <summary>Measures in order.</summary>
    public required IReadOnlyList<PlannedMeasure> Measures { get; init; }

    /// <summary>Confidence of all intervals, 0..1.</summary>
    public required double Confidence { get; init; }

    /// <summary>When replications stop; null = after <see cref="ReplicationsMost"/>.</summary>
    public StopRule? Stop { get; init; }

    /// <summary>Replications of a point at most.</summary>
    public required int ReplicationsMost { get; init; }

    /// <summary>Hash of everything above and of every input byte, 16 hex digits: rows of another plan are not mixed in.
    /// </summary>
    public required string Hash { get; init; }

    /// <summary>Number of a run: points one after another, each with room for all its replications.</summary>
    public long RunOf(int point, int replication) => (long)point * ReplicationsMost + replication;

    /// <summary>The plan's runs of a shard as far as they are certain: with a stop rule, at most these.</summary>
    public long RunsMost(SweepShard shard)
    {
        long count = 0;
        for (int p = 0; p < Points.Count; p++)
        {
            for (int r = 0; r < ReplicationsMost; r++)
            {
                count += shard.Holds(this, p, r) ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>Hash of parts, in order.</summary>
    internal static string HashOf(IEnumerable<string> parts)
    {
        ulong hash = StableHash.Of("meshsim/sweep/1");
        foreach (string part in parts)
        {
            hash = StableHash.Combine(hash, StableHash.Of(part));
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>One combination of variant and values.</summary>
/// <param name="Index">Number, from 0.</param>
/// <param name="Variant">Variant; empty = the scenario as it stands.</param>
/// <param name="Values">A value for each axis.</param>
/// <param name="Prepared">The scenario with all of it applied.</param>
/// <param name="Baseline">Point it is compared with; -1 = none, its own index = it is a baseline.</param>
public sealed record SweepPoint(
    int Index, string Variant, IReadOnlyList<string> Values, PreparedScenario Prepared, int Baseline)
{
    /// <summary>For people: <c>base, rate=20/s</c>.</summary>
    public string Label(SweepPlan plan) => string.Join(", ",
        ((string[])[Variant.Length == 0 ? SweepPlan.Base : Variant])
            .Concat(plan.Axes.Select((a, i) => a.Name.Value + "=" + Values[i])));
}

/// <summary>A figure taken from each run.</summary>
/// <param name="Name">Name without unit.</param>
/// <param name="Column">Column of the tables, with the unit's suffix.</param>
/// <param name="Expression">As written.</param>
/// <param name="Selector">What is measured.</param>
public sealed record PlannedMeasure(string Name, string Column, string Expression, SelectorOperand Selector)
{
    private const double NsPerMs = 1_000_000;

    /// <summary>Unit: share, ms or number.</summary>
    public string Unit => Selector.Unit switch
    {
        AssertionUnit.Share => "share",
        AssertionUnit.Time => "ms",
        _ => "number",
    };

    /// <summary>A measured value in the unit of the tables: shares 0..1, milliseconds, numbers.</summary>
    public double InUnit(double value) => Selector.Unit == AssertionUnit.Time ? value / NsPerMs : value;
}

/// <summary>The sequential stop rule of a point.</summary>
/// <remarks>Looks at the point's own first n replications only, at n = Least, Least + Batch, ..., so that it decides
/// the same with any number of threads or shards. Chow and Robbins, "On the asymptotic theory of fixed-width sequential
/// confidence intervals", Ann. Math. Statist. 36(2), 1965: the coverage of an interval at which one stops tends to the
/// stated confidence as the width tends to 0; at few replications it lies somewhat below. An interval of width 0 (every
/// replication gave the same) is narrow enough.</remarks>
/// <param name="Measure">Index of the measure that is watched.</param>
/// <param name="HalfWidth">Half a width that is narrow enough, in the unit of the tables.</param>
/// <param name="Least">Replications before the first look.</param>
/// <param name="Batch">Replications between two looks.</param>
public sealed record StopRule(int Measure, double HalfWidth, int Least, int Batch)
{
    /// <summary>Whether a point is measured well enough.</summary>
    /// <param name="values">The measure in each replication, in order; NaN = nothing was measured.</param>
    /// <param name="confidence">Confidence, 0..1.</param>
    public bool IsMet(IReadOnlyList<double> values, double confidence) =>
        MeanInterval.Of(values, confidence) is { HalfWidth: { } half } && half <= HalfWidth;
}

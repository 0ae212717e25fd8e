using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>How a loss ends.</summary>
public enum LossEnd
{
    /// <summary>Every workload of every region stays below the limit.</summary>
    Holds,

    /// <summary>Some does not, or requests find no host.</summary>
    Breaks,
}

/// <summary>What is expected of the loss of a region.</summary>
/// <param name="Loss">Region, or <c>none</c>.</param>
/// <param name="Is">How it ends.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record LossExpectation(Sourced<string> Loss, Sourced<LossEnd> Is, SourceSpan Span);

/// <summary>What <c>method: {type: static}</c> asks for.</summary>
public sealed record StaticSpec
{
    /// <summary>Utilization from which on a workload of a region counts as overloaded.</summary>
    public double Limit { get; init; } = 1;

    /// <summary>Expected ends; none = every loss must hold.</summary>
    public IReadOnlyList<LossExpectation> Expect { get; init; } = [];

    internal static StaticSpec Read(ScenarioObject method)
    {
        var expect = new List<LossExpectation>();
        foreach (ScenarioObject row in method.Objects("expect"))
        {
            expect.Add(new LossExpectation(row.Text("loss"), row.Choice("is", LossEnd.Holds), row.Span));
            row.Close();
        }

        return new StaticSpec { Limit = method.Share("limit", 1), Expect = expect };
    }
}

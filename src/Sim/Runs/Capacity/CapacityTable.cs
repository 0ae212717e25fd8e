namespace Sim.Runs.Capacity;

/// <summary>The pods of one workload in one region under one loss.</summary>
/// <param name="Loss">Region that is lost; <c>none</c> = everything is up.</param>
/// <param name="Workload"><c>namespace/name</c>.</param>
/// <param name="Region">Region.</param>
/// <param name="Pods">Pods that are left.</param>
/// <param name="OfferedPerSecond">Requests a second that come to them.</param>
/// <param name="CapacityPerSecond">Requests a second that they can do; infinite without a limit.</param>
/// <param name="Busiest">The busiest of them.</param>
/// <param name="BusiestUtilization">Share of its own capacity that it is asked for, 0 and up; above 1 balancers
/// spread what it refuses over the others.</param>
public sealed record CapacityRow(
    string Loss, string Workload, string Region, int Pods, double OfferedPerSecond, double CapacityPerSecond,
    string Busiest, double BusiestUtilization)
{
    /// <summary>Share of their capacity that they are asked for together, 0 and up.</summary>
    public double Utilization => OfferedPerSecond / CapacityPerSecond;

    /// <summary><c>namespace/name in region</c>.</summary>
    public string Place => Workload + " in " + Region;
}

/// <summary>Whether everything stands the loss of a region.</summary>
/// <param name="Loss">Region that is lost; <c>none</c> = everything is up.</param>
/// <param name="Utilization">Of the busiest workload in a region, 0 and up.</param>
/// <param name="Busiest">That workload and region.</param>
/// <param name="UnservedPerSecond">Requests a second that find no host at all.</param>
/// <param name="Breaks">Some workload is asked for the limit or more, or a request finds no host.</param>
public sealed record LossVerdict(
    string Loss, double Utilization, string Busiest, double UnservedPerSecond, bool Breaks);

/// <summary>Capacity against demand, with everything up and without each region: arithmetic, no simulation.</summary>
/// <param name="Limit">Utilization from which on a workload of a region counts as overloaded.</param>
/// <param name="Losses">Verdicts, <c>none</c> first, then by region in the order of the clusters.</param>
/// <param name="Rows">Details in the same order, by workload and region.</param>
public sealed record CapacityTable(
    double Limit, IReadOnlyList<LossVerdict> Losses, IReadOnlyList<CapacityRow> Rows)
{
    /// <summary>Name of the state without loss.</summary>
    public const string None = "none";

    /// <summary>The answer in a sentence.</summary>
    public string Sentence
    {
        get
        {
            string[] breaking = [.. Losses.Where(static l => l.Breaks).Select(static l => l.Loss)];
            return breaking.Length == 0 ? "no region's loss breaks it"
                : breaking.Contains(None) ? "it is overloaded with everything up"
                : "the loss of " + string.Join(", ", breaking) + " breaks it";
        }
    }
}

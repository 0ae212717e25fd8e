using Sim.Core;

namespace Sim.Runs.Observing;

/// <summary>What an alerting rule can do in the clusters as they are.</summary>
public enum AlertReach
{
    /// <summary>It asks for series that are not simulated, or for none.</summary>
    NotJudged,

    /// <summary>It selects what no proxy can report: it can never fire.</summary>
    Never,

    /// <summary>No call that is answered makes it true; others may.</summary>
    Quiet,

    /// <summary>Some calls that are answered make it true, others do not.</summary>
    Sometimes,

    /// <summary>Every call that is answered makes it true: it fires at rest.</summary>
    Always,
}

/// <summary>An alerting rule of an object in a cluster, examined without a run.</summary>
/// <param name="Cluster">Cluster that has the object.</param>
/// <param name="Resource"><c>Kind namespace/name</c>.</param>
/// <param name="Alert">Name of the alert.</param>
/// <param name="Span">Where the rule stands.</param>
/// <param name="IsRead">Whether a Prometheus of the cluster reads it; otherwise the verdict is that of one that would.
/// </param>
/// <param name="Reach">Verdict.</param>
/// <param name="Why">Reason, a sentence without its period.</param>
public sealed record ExaminedAlert(
    string Cluster, string Resource, string Alert, SourceSpan Span, bool IsRead, AlertReach Reach, string Why);

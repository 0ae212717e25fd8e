using Sim.Core;
using Sim.Runs;
using Sim.Runs.Observing;

namespace Sim.Labs;

/// <summary>What became of a line.</summary>
public enum LabOutcome
{
    /// <summary>It did what it says.</summary>
    Done,

    /// <summary>The API server, istiod's webhook or istioctl refuses it.</summary>
    Refused,

    /// <summary>It fails for another reason, as the program would.</summary>
    Failed,

    /// <summary>It sent a request; the answer says how that ended.</summary>
    Sent,

    /// <summary>It changes nothing: it looks, waits, writes a file, sets a variable.</summary>
    NoEffect,

    /// <summary>It was not carried out, or not wholly; the findings say what.</summary>
    NotCarriedOut,
}

/// <summary>How a claim of the text stands.</summary>
public enum LabVerdict
{
    /// <summary>What happens is what it says.</summary>
    Holds,

    /// <summary>Something else happens.</summary>
    DoesNotHold,

    /// <summary>It is of a kind that can be judged, but not here.</summary>
    CannotBeJudged,

    /// <summary>No rule judges such a sentence: it is quoted.</summary>
    NotJudged,
}

/// <summary>Requests that ended alike.</summary>
/// <param name="Count">How many.</param>
/// <param name="Code">Status code; 0 = none.</param>
/// <param name="Flags">Envoy's response flags, <c>-</c> when none.</param>
/// <param name="Details">Response code details; empty when none.</param>
/// <param name="Disposition">Disposition, see docs/dispositions.md.</param>
/// <param name="Exit">Exit code of curl.</param>
/// <param name="ServedCluster">Cluster of the pod that answered; <c>none</c> when none did.</param>
/// <param name="ServedRegion">Its region; empty or <c>none</c> when it has none.</param>
/// <param name="ServedWorkload">Its workload; empty when none answered.</param>
/// <param name="ServedVersion">Its label <c>version</c>; empty when it has none.</param>
public sealed record LabAnswer(
    int Count, int Code, string Flags, string Details, string Disposition, int Exit, string ServedCluster,
    string ServedRegion, string ServedWorkload, string ServedVersion);

/// <summary>Requests that a line sends, or that were sent to see what a stored resource does.</summary>
/// <param name="Line">The line of the curl, or of the route that is tried.</param>
/// <param name="Curl">The request.</param>
/// <param name="From">Pod that sends it, <c>cluster/namespace/pod</c>; empty when none can.</param>
/// <param name="What">Why it is sent; empty when the lab sends it itself.</param>
/// <param name="Answers">How the requests ended, most frequent first.</param>
/// <param name="Steps">Why the first of them ended so.</param>
/// <param name="Deciding">The line that decided.</param>
public sealed record LabTrial(
    int Line, string Curl, string From, string What, IReadOnlyList<LabAnswer> Answers, IReadOnlyList<WhyStep> Steps,
    SourceSpan Deciding)
{
    /// <summary>What decided instead of the route that was tried; empty when that one did.</summary>
    public string Overruled { get; init; } = "";

    /// <summary>Number of requests that ended.</summary>
    public int Count => Answers.Sum(static a => a.Count);
}

/// <summary>A line of an exercise and what it did.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Text">As written, in one line, without here-document.</param>
/// <param name="Cluster">Cluster it concerns; empty when none.</param>
/// <param name="AtNs">Simulated time.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Did">What the program would print, or what the line changed.</param>
/// <param name="Findings">What was found while it was carried out.</param>
/// <param name="Request">The request it sends; null when it sends none.</param>
public sealed record LabStep(
    int Line, string Text, string Cluster, long AtNs, LabOutcome Outcome, IReadOnlyList<string> Did,
    IReadOnlyList<Diagnostic> Findings, LabTrial? Request = null)
{
    /// <summary>Hash of what objects that a line shows say; 0 when it shows none.</summary>
    internal ulong Seen { get; init; }
}

/// <summary>A resource of Istio that the exercise applies.</summary>
/// <param name="Resource"><c>Kind namespace/name</c>.</param>
/// <param name="Cluster">Cluster.</param>
/// <param name="Line">Its first line.</param>
/// <param name="EndLine">Last line of its manifest.</param>
/// <param name="IsStored">Whether the cluster has it afterwards.</param>
/// <param name="Effect">What it governs; empty when that is told by findings and trials.</param>
public sealed record LabResource(
    string Resource, string Cluster, int Line, int EndLine, bool IsStored, string Effect);

/// <summary>A claim of the text.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Text">The sentence.</param>
/// <param name="Kind">What it claims: <c>status</c>, <c>denied</c>, <c>served-by</c> ...; <c>none</c> when no rule
/// knows it.</param>
/// <param name="Verdict">Verdict.</param>
/// <param name="Why">What happens instead, or why it cannot be judged.</param>
/// <param name="Deciding">The line that decided; unknown when none did.</param>
public sealed record LabClaim(
    int Line, string Text, string Kind, LabVerdict Verdict, string Why, SourceSpan Deciding);

/// <summary>An exercise, carried out.</summary>
/// <param name="Id">Number, or title in small letters and hyphens.</param>
/// <param name="Title">Heading.</param>
/// <param name="Line">Line of the heading.</param>
public sealed record LabExercise(string Id, string Title, int Line)
{
    /// <summary>Lines in order.</summary>
    public IReadOnlyList<LabStep> Steps { get; init; } = [];

    /// <summary>Resources of Istio that it applies.</summary>
    public IReadOnlyList<LabResource> Resources { get; init; } = [];

    /// <summary>What its stored routes and hosts do with requests that the lab does not send.</summary>
    public IReadOnlyList<LabTrial> Trials { get; init; } = [];

    /// <summary>Claims, in order of their lines.</summary>
    public IReadOnlyList<LabClaim> Claims { get; init; } = [];

    /// <summary>What analysis finds at its end and did not find before.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    /// <summary>Alerting rules that it applies, and whether they can fire at all.</summary>
    public IReadOnlyList<ExaminedAlert> Alerts { get; init; } = [];

    /// <summary>What was assumed of the clusters.</summary>
    public IReadOnlyList<Diagnostic> Assumed { get; init; } = [];

    /// <summary>Pods at its end: cluster, how many, how many of them with a sidecar.</summary>
    public IReadOnlyList<(string Cluster, int Pods, int Sidecars)> Pods { get; init; } = [];

    /// <summary>Whether no claim fails and no line fails that no claim expects to fail.</summary>
    public bool Held => Claims.All(static c => c.Verdict != LabVerdict.DoesNotHold)
        && Steps.All(s => s.Outcome is not (LabOutcome.Refused or LabOutcome.Failed)
            || Claims.Any(c => c.Kind is "refused" or "stored" && c.Verdict == LabVerdict.Holds
                && c.Deciding.Line == s.Line));
}

/// <summary>A lab, carried out.</summary>
/// <param name="File">File as the user gave it.</param>
/// <param name="Exercises">Exercises asked for, in order.</param>
/// <param name="Stamp">What must be known to repeat it; null when the lab could not be read.</param>
/// <param name="Diagnostics">Findings about the text and the world; an error means that not all was carried out.
/// </param>
public sealed record LabReport(
    string File, IReadOnlyList<LabExercise> Exercises, RunStamp? Stamp, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Number of claims with a verdict.</summary>
    public int Count(LabVerdict verdict) => Exercises.Sum(e => e.Claims.Count(c => c.Verdict == verdict));

    /// <summary>Whether everything was read and every exercise held.</summary>
    public bool Held => Exercises.All(static e => e.Held);
}

using Sim.Core;

namespace Sim.Runs.Matrix;

/// <summary>A workload that calls.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Workload">Its name.</param>
/// <param name="Principal">Its identity, without <c>spiffe://</c>; empty without sidecar.</param>
public sealed record MatrixCaller(string Cluster, string Namespace, string Workload, string Principal)
{
    /// <summary><c>cluster/namespace/workload</c>.</summary>
    public string Name => Cluster + "/" + Namespace + "/" + Workload;
}

/// <summary>What is called.</summary>
/// <param name="Text">As people call it: <c>name.namespace:port</c>, or as the scenario writes it.</param>
/// <param name="Host">Host that is looked up.</param>
/// <param name="Port">Port.</param>
public sealed record MatrixTarget(string Text, string Host, int Port);

/// <summary>What one of the ways of a request comes to.</summary>
/// <param name="Verdict">Verdict.</param>
/// <param name="Cluster">Kubernetes cluster whose pod would answer; empty when none is reached.</param>
/// <param name="Workload">Its workload; empty when none is reached.</param>
/// <param name="Priority">Priority of its hosts, from 0.</param>
/// <param name="IsTaken">Requests take this way now; false = only after a failover.</param>
/// <param name="Pods">Hosts that come to the same.</param>
/// <param name="Code">Status that the caller sees; 200 when the application is reached, 0 = none.</param>
/// <param name="Flags">Response flags; empty = none.</param>
/// <param name="Rule">What decided, in short.</param>
/// <param name="Origin">Where that stands.</param>
/// <param name="Text">Explanation.</param>
public sealed record MatrixOutcome(
    MatrixVerdict Verdict, string Cluster, string Workload, int Priority, bool IsTaken, int Pods, int Code,
    string Flags, string Rule, SourceSpan Origin, string Text);

/// <summary>One cell of a truth table.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="Target">What is called.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path.</param>
/// <param name="Verdict">Common verdict of all ways that are taken now.</param>
/// <param name="Outcomes">Every way, those taken now first.</param>
public sealed record MatrixCell(
    MatrixCaller Caller, MatrixTarget Target, string Method, string Path, MatrixVerdict Verdict,
    IReadOnlyList<MatrixOutcome> Outcomes)
{
    /// <summary>What was expected; empty = nothing.</summary>
    public string Expected { get; init; } = "";

    /// <summary>Whether it is as expected; null = nothing was.</summary>
    public bool? Held { get; init; }

    /// <summary>The way that decides: the first one taken that is not allowed, else the first.</summary>
    public MatrixOutcome Deciding
    {
        get
        {
            foreach (MatrixOutcome o in Outcomes)
            {
                if (o.IsTaken && o.Verdict != MatrixVerdict.Allowed)
                {
                    return o;
                }
            }

            return Outcomes[0];
        }
    }

    /// <summary>The request in one line.</summary>
    public string Request => $"{Caller.Name} {Method} {Target.Text}{Path}";
}

/// <summary>A difference between two clusters.</summary>
/// <param name="Kind"><c>object</c>: the same object says something else, or is missing. <c>verdict</c>: the same call
/// gets another verdict.</param>
/// <param name="Subject">The object, or the call.</param>
/// <param name="Difference">What differs.</param>
/// <param name="ClusterA">First cluster.</param>
/// <param name="SaysA">What it says.</param>
/// <param name="OriginA">Where.</param>
/// <param name="ClusterB">Second cluster.</param>
/// <param name="SaysB">What it says.</param>
/// <param name="OriginB">Where.</param>
public sealed record PolicyDrift(
    string Kind, string Subject, string Difference, string ClusterA, string SaysA, SourceSpan OriginA,
    string ClusterB, string SaysB, SourceSpan OriginB);

/// <summary>Callers x targets x methods x paths with verdict and deciding line, and what differs between the
/// clusters.</summary>
public sealed record PolicyMatrix
{
    /// <summary>Simulated time at which the configuration was looked at.</summary>
    public long AtNs { get; init; }

    /// <summary>Cells by caller, target, method, path.</summary>
    public IReadOnlyList<MatrixCell> Cells { get; init; } = [];

    /// <summary>Differences between clusters.</summary>
    public IReadOnlyList<PolicyDrift> Drift { get; init; } = [];

    /// <summary>Expected values, judged; and patterns that name nothing.</summary>
    public IReadOnlyList<Judgement> Judgements { get; init; } = [];
}

/// <summary>A truth table, or why there is none.</summary>
/// <param name="Matrix">The table; null when the input could not be read.</param>
/// <param name="Stamp">What must be known to repeat it; null likewise.</param>
/// <param name="Findings">Findings about the input.</param>
public sealed record MatrixReport(PolicyMatrix? Matrix, RunStamp? Stamp, IReadOnlyList<Diagnostic> Findings);

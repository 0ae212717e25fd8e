using Sim.Core;

namespace Sim.Runs;

/// <summary>What the user asks for.</summary>
/// <param name="Directory">Scenario folder, or the scenario file itself.</param>
/// <param name="Seed">Overrides the scenario's seed.</param>
/// <param name="Replications">Overrides the number of replications.</param>
/// <param name="Variant">Variant to run; empty = the scenario as it stands.</param>
/// <param name="Set">Overrides <c>path=value</c> of the scenario document.</param>
/// <param name="Threads">Replications in parallel, at least 1; never changes a result.</param>
public sealed record ScenarioRequest(
    string Directory, ulong? Seed = null, int? Replications = null, string Variant = "",
    IReadOnlyList<string>? Set = null, int Threads = 1);

/// <summary>How far a run has come.</summary>
/// <param name="Fraction">0..1.</param>
/// <param name="SimulatedNs">Simulated time reached in all replications together.</param>
/// <param name="Requests">Requests simulated so far.</param>
/// <param name="Done">Replications finished.</param>
/// <param name="Total">Replications in all.</param>
public readonly record struct RunProgress(double Fraction, long SimulatedNs, long Requests, int Done, int Total);

/// <summary>What came out.</summary>
/// <param name="Result">First replication with the judgements of all (an assertion holds when it holds in every
/// replication; the figure shown is the worst); null when the input could not be read.</param>
/// <param name="Replications">Every replication, in order; the first is <paramref name="Result"/>'s own.</param>
/// <param name="Diagnostics">Findings about the input, also when no run took place.</param>
public sealed record ScenarioOutcome(
    RunResult? Result, IReadOnlyList<RunResult> Replications, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>One question of <c>why</c>.</summary>
/// <param name="Scenario">Scenario, variant and overrides.</param>
/// <param name="From">Caller, <c>cluster/workload</c> or <c>cluster/namespace/workload</c>.</param>
/// <param name="Curl">Arguments of curl, such as <c>-H "region: eu" http://x/</c>.</param>
/// <param name="AtNs">When; null = at the end of the warm-up.</param>
/// <param name="RequestId">Instead: explain this recorded request again; null = use the others.</param>
public sealed record WhyRequest(
    ScenarioRequest Scenario, string From, string Curl, long? AtNs = null, long? RequestId = null);

/// <summary>One step of an explanation.</summary>
/// <param name="Step">DNS, listener, route, cluster, priority, host, mTLS, RBAC, workload, retry, result ...</param>
/// <param name="Text">What happened and why.</param>
/// <param name="Span">The deciding line; unknown when none decided.</param>
/// <param name="Depth">0 = the request itself; 1 and more = a call that an application made for it.</param>
public sealed record WhyStep(string Step, string Text, SourceSpan Span = default, int Depth = 0);

/// <summary>An explanation.</summary>
/// <param name="Title">Request, time, caller.</param>
/// <param name="Steps">Steps in order.</param>
/// <param name="Conclusion">Disposition, code, who served, how long.</param>
/// <param name="Diagnostics">Findings, also when nothing could be explained.</param>
public sealed record WhyReport(
    string Title, IReadOnlyList<WhyStep> Steps, string Conclusion, IReadOnlyList<Diagnostic> Diagnostics);

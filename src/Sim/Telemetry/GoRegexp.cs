using Sim.Core.RegularExpressions;

namespace Sim.Telemetry;

/// <summary>Regular expressions as Prometheus compiles them.</summary>
/// <remarks>Prometheus: model/labels/regexp.go, model/relabel/relabel.go#NewRegexp, promql/functions.go.</remarks>
internal static class GoRegexp
{
    /// <summary>Compiles an expression that must match a whole value: the caller wraps it and Go reads the
    /// whole.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="dotMatchesNewline">As with flag s, which 3.x sets.</param>
    /// <param name="problem">Go's words for what is wrong; empty when nothing is.</param>
    public static Re2? CompileAnchored(string text, bool dotMatchesNewline, out string problem) =>
        Compile((dotMatchesNewline ? "^(?s:" : "^(?:") + text + ")$", out problem);

    /// <summary>Compiles the expression of a matcher: 3.x reads it alone before it wraps it.</summary>
    /// <remarks>Prometheus: model/labels/regexp.go#NewFastRegexMatcher.</remarks>
    public static Re2? CompileMatcher(string text, bool readsAlone, out string problem)
    {
        problem = readsAlone ? Re2.Check(text)?.GoText ?? "" : "";
        return problem.Length > 0 ? null : CompileAnchored(text, readsAlone, out problem);
    }

    /// <summary>Compiles an expression that may match anywhere.</summary>
    public static Re2? Compile(string text, out string problem)
    {
        Re2? expression = Re2.Compile(text, Re2Options.None, out Re2Problem? found);
        problem = found?.GoText ?? "";
        return expression;
    }
}

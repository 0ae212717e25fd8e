using Sim.Core;
using Sim.Core.RegularExpressions;

namespace Sim.Envoy;

/// <summary>Regular expressions of a proxy's configuration.</summary>
/// <remarks>Envoy: source/common/common/regex.cc#CompiledGoogleReMatcher.</remarks>
internal static class EnvoyRegex
{
    /// <summary>An expression; null when RE2 would refuse it, which is reported.</summary>
    /// <param name="pattern">Pattern in RE2's syntax.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="diagnostics">Takes the refusal.</param>
    public static Re2? Compile(string pattern, Re2Options options, SourceSpan span, DiagnosticBag? diagnostics)
    {
        Re2? expression = Re2.Compile(pattern, options, out Re2Problem? problem);
        if (problem is not null)
        {
            diagnostics?.Error(
                "MS5001", "The regular expression '" + pattern + "' is refused by RE2: " + problem.Re2Text + ".", span,
                "Envoy uses RE2 syntax: https://github.com/google/re2/wiki/Syntax");
        }

        return expression;
    }
}

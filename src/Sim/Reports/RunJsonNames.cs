using System.Globalization;
using Sim.Core;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>How values are spelled in <c>run.json</c> and the tables, for writer and reader.</summary>
internal static class RunJsonNames
{
    /// <summary>Kinds of judgement in the order of their sections in <c>run.json</c>.</summary>
    public static readonly (string Section, string[] Kinds)[] JudgementSections =
    [
        ("assertions", ["assertion", "recover", "query", "alert"]),
        ("probes", ["probe"]),
        ("slos", ["slo"]),
        ("invariants", ["invariant"]),
    ];

    /// <summary>Section of a kind; a kind this version does not know stands with the assertions.</summary>
    public static string SectionOf(string kind)
    {
        foreach ((string section, string[] kinds) in JudgementSections)
        {
            if (Array.IndexOf(kinds, kind) >= 0)
            {
                return section;
            }
        }

        return "assertions";
    }

    /// <summary><c>held</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Held => "held",
        Verdict.Failed => "failed",
        Verdict.Interrupted => "interrupted",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    /// <summary><c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public static string Of(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Warning => "warning",
        Severity.Error => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(severity)),
    };

    /// <summary>Seconds as an exact decimal number without trailing zeros.</summary>
    public static decimal Seconds(long nanoseconds) => nanoseconds / 1_000_000_000m;

    /// <summary>Milliseconds as an exact decimal number without trailing zeros.</summary>
    public static decimal Milliseconds(long nanoseconds) => nanoseconds / 1_000_000m;

    /// <summary>Text of <see cref="Seconds"/>, such as <c>303.214</c>.</summary>
    public static string SecondsText(long nanoseconds) =>
        Seconds(nanoseconds).ToString("0.#########", CultureInfo.InvariantCulture);

    /// <summary>Text of <see cref="Milliseconds"/>, such as <c>2.9</c>.</summary>
    public static string MillisecondsText(long nanoseconds) =>
        Milliseconds(nanoseconds).ToString("0.######", CultureInfo.InvariantCulture);
}

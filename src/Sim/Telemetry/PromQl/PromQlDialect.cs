namespace Sim.Telemetry.PromQl;

/// <summary>What differs between the versions of PromQL that are modelled.</summary>
/// <remarks>Held against recorded answers of Prometheus 2.42.0 (all of them) and of the engines of 2.51.1 and 3.8.1
/// (values and what is accepted; texts of errors are those of 2.42).</remarks>
public sealed class PromQlDialect
{
    private PromQlDialect(string version) => Version = version;

    /// <summary>Debian's Prometheus 2.42.</summary>
    public static PromQlDialect V2_42 { get; } = new("2.42")
    {
        CapsAtZeroFirst = true,
        KeepsNameForAtan2 = true,
        ChecksJoinedLabels = true,
        HasHoltWinters = true,
    };

    /// <summary>Prometheus 2.51, which Istio 1.22 ships as an addon.</summary>
    public static PromQlDialect V2_51 { get; } = new("2.51")
    {
        TakesQuotedNames = true,
        HasHoltWinters = true,
        HasHistogramDeviation = true,
    };

    /// <summary>Prometheus 3.8, which Istio 1.29 ships as an addon.</summary>
    public static PromQlDialect V3_8 { get; } = new("3.8")
    {
        IsOpenOnTheLeft = true,
        TakesQuotedNames = true,
        TakesAnyLabelName = true,
        TakesNumbersAsDurations = true,
        ChecksJoinedLabels = true,
        DotMatchesNewline = true,
        ForgetsErrorAtInfinity = true,
        HasHistogramDeviation = true,
    };

    /// <summary>All dialects, the oldest first.</summary>
    public static IReadOnlyList<PromQlDialect> All { get; } = [V2_42, V2_51, V3_8];

    /// <summary>The version, as a result is stamped with it.</summary>
    public string Version { get; }

    /// <summary>Windows and look-back leave out a sample exactly at their left end (since 3.0).</summary>
    public bool IsOpenOnTheLeft { get; private init; }

    /// <summary>rate and increase cap the left gap at the zero of the line before they compare it with the mean
    /// interval (until 2.51 changed it).</summary>
    public bool CapsAtZeroFirst { get; private init; }

    /// <summary><c>atan2</c> keeps the name of the metric (an oversight of 2.42).</summary>
    public bool KeepsNameForAtan2 { get; private init; }

    /// <summary>label_join refuses results with equal labels (not in 2.51).</summary>
    public bool ChecksJoinedLabels { get; private init; }

    /// <summary>Names of metrics and labels may stand in quotes within braces.</summary>
    public bool TakesQuotedNames { get; private init; }

    /// <summary>Any text is a label name, in grouping, label_replace, label_join and count_values.</summary>
    public bool TakesAnyLabelName { get; private init; }

    /// <summary><c>[300]</c> and <c>offset 5</c> are durations in seconds, and <c>5m</c> is the number 300.</summary>
    public bool TakesNumbersAsDurations { get; private init; }

    /// <summary>In a regular expression <c>.</c> matches a newline.</summary>
    public bool DotMatchesNewline { get; private init; }

    /// <summary>Compensated sums stay infinite once they are; before, they turn into NaN.</summary>
    public bool ForgetsErrorAtInfinity { get; private init; }

    /// <summary>There is a function <c>holt_winters</c>.</summary>
    public bool HasHoltWinters { get; private init; }

    /// <summary>There are <c>histogram_stddev</c>, <c>histogram_stdvar</c> and <c>histogram_avg</c>.</summary>
    public bool HasHistogramDeviation { get; private init; }

    /// <summary>The dialect of a version such as <c>2.42</c>, or null.</summary>
    public static PromQlDialect? Find(string version) => All.FirstOrDefault(d => d.Version == version);

    /// <inheritdoc/>
    public override string ToString() => "PromQL " + Version;
}

using Sim.Core;
using Sim.Manifests;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Templates;

namespace Sim.Telemetry.Rules;

/// <summary>A rule of a group.</summary>
public abstract record Rule
{
    private protected Rule()
    {
    }

    /// <summary>Name of the alert or of the recorded series.</summary>
    public required string Name { get; init; }

    /// <summary>Its expression.</summary>
    public required PromQlQuery Query { get; init; }

    /// <summary>Where it stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Labels it sets, in order of name; an empty value removes the label. Those of an alert are
    /// templates.</summary>
    public required IReadOnlyList<Label> Labels { get; init; }
}

/// <summary>Stores the value of its expression as a series of its own.</summary>
public sealed record RecordingRule : Rule;

/// <summary>Raises an alert for every element of its expression.</summary>
public sealed record AlertingRule : Rule
{
    /// <summary>How long an element must be there before its alert fires, milliseconds.</summary>
    public required long ForMs { get; init; }

    /// <summary>How long a firing alert stays after its element has gone, milliseconds.</summary>
    public required long KeepFiringForMs { get; init; }

    /// <summary>Texts about the alert: templates in order of name.</summary>
    public required IReadOnlyList<Label> Annotations { get; init; }

    internal IReadOnlyList<(string Name, GoTemplate Template)> LabelTemplates { get; init; } = [];

    internal IReadOnlyList<(string Name, GoTemplate Template)> AnnotationTemplates { get; init; } = [];
}

/// <summary>Rules that are evaluated one after the other at one interval.</summary>
/// <param name="Name">Its name, unique in its file.</param>
/// <param name="IntervalMs">Its interval, milliseconds; 0 for the server's <c>evaluation_interval</c>.</param>
/// <param name="Limit">Most alerts or series of one rule; 0 for no limit.</param>
/// <param name="Rules">The rules in order.</param>
/// <param name="Span">Where it stands.</param>
public sealed record RuleGroup(string Name, long IntervalMs, int Limit, IReadOnlyList<Rule> Rules, SourceSpan Span);

/// <summary>A file of recording and alerting rules, as Prometheus reads it.</summary>
/// <param name="Groups">Its groups in order.</param>
public sealed record RuleFile(IReadOnlyList<RuleGroup> Groups)
{
    /// <summary>Reads a rule file.</summary>
    /// <param name="text">YAML; of several documents only the first counts.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="dialect">The version that reads it: its fields and its PromQL.</param>
    /// <param name="diagnostics">Receives MS0701 (not a rule file), MS0702 (a wrong rule) and MS0703 (a rule that
    /// stands twice), in promtool's words.</param>
    /// <returns>The file, or null when Prometheus would not load it.</returns>
    /// <remarks>Prometheus: model/rulefmt, cmd/promtool#checkRules.</remarks>
    public static RuleFile? Read(string text, string file, PromQlDialect dialect, DiagnosticBag diagnostics) =>
        new RuleFileReader(dialect, diagnostics).Read(text, file);

    /// <summary>Reads the groups of a PrometheusRule: its <c>spec</c>.</summary>
    /// <param name="root">A mapping with <c>groups</c>.</param>
    /// <param name="dialect">The version that reads it.</param>
    /// <param name="diagnostics">Receives what <see cref="Read(string, string, PromQlDialect, DiagnosticBag)"/> says.
    /// </param>
    /// <returns>The file, or null when Prometheus would not load it.</returns>
    public static RuleFile? Read(YamlNode root, PromQlDialect dialect, DiagnosticBag diagnostics) =>
        new RuleFileReader(dialect, diagnostics).Read(root);
}

namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of rules and of Prometheus' configuration.</summary>
    private static IEnumerable<DiagnosticDescription> Telemetry =>
    [
        new("MS0701", "A file is no rule file of this Prometheus.",
            "A field is unknown or has a value of the wrong type; the server does not load the file."),
        new("MS0702", "A rule or a group of rules is wrong.",
            "The expression, a name, a template or the choice of fields is refused; the server does not load it."),
        new("MS0703", "A rule stands twice.",
            "The server takes both, and they overwrite each other's series; promtool's linter tells."),
        new("MS0704", "A value in Prometheus' configuration is wrong.",
            "The server does not load such a configuration."),
        new("MS0705", "A field of a scrape job is read over.",
            "It has no effect on what is simulated."),
    ];
}

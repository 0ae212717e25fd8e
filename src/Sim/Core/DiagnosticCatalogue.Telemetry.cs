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
        new("MS0706", "An alert that can never fire.",
            "Its expression selects nothing that Istio's proxies could report, or selected nothing in the whole run."),
        new("MS0707", "An alert that always fires.",
            "Its expression is true for every request, or it fired at every evaluation to the end of the run."),
        new("MS0708", "A ConfigMap that no Prometheus reads.",
            "It holds scrape jobs or rules, but the cluster has no Prometheus, or the Prometheus is not told of it."),
        new("MS0709", "A rule that fails when it is evaluated.",
            "The server writes nothing for it at that time."),
        new("MS0710", "A scrape target that never answered.",
            "The job is configured for an address or a path at which there are no metrics."),
        new("MS0711", "A part of an OpenSLO document that is not understood.",
            "The objective is judged without it, or not at all."),
    ];
}

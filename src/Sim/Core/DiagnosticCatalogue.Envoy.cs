namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of what a proxy refuses.</summary>
    private static IEnumerable<DiagnosticDescription> Envoy =>
    [
        new("MS5001", "Envoy refuses a regular expression.",
            "Envoy uses RE2: look-around and back-references do not exist there, and the proxy rejects the update."),
        new("MS5002", "Envoy refuses a path template.",
            "Use {*} for one path segment, {**} for the rest, and a name only once."),
        new("MS5003", "Envoy refuses an address range.",
            "Write an address or a range such as 10.0.0.0/8."),
    ];
}

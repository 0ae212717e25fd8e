namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of the mesh model and istiod.</summary>
    private static IEnumerable<DiagnosticDescription> Mesh =>
    [
        new("MS0201", "A field was read and is not modelled: traffic is simulated as if it were absent.",
            "Weigh the result accordingly."),
        new("MS0202", "A field was read and not modelled, which cannot change what the simulated callers see.",
            "Nothing."),
        new("MS0203", "istiod ignores the field.",
            "Use the field that the hint names."),
        new("MS0204", "Keys of a token issuer come from elsewhere: its tokens are taken as the scenario states them.",
            "State in the scenario which tokens are valid."),
        new("MS0205", "A lab-only extension gave this field a meaning that Istio does not know.",
            "Remove the extension to see what Istio does."),
        new("MS0206", "The mesh configuration has a key that this version of Istio does not have.",
            "Remove it, or choose the profile that has it."),
        new("MS0207", "A value of the mesh configuration cannot be read.",
            "Correct the value."),
        new("MS0210", "An annotation on a service cannot be read and is ignored.",
            "Write it as the hint says."),
        new("MS0211", "An endpoint names a pod that is not there; istiod waits for it.",
            "Dump the pods together with the endpoint slices."),
    ];
}

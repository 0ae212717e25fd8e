namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of the scenario file.</summary>
    private static IEnumerable<DiagnosticDescription> Scenario =>
    [
        new("MS3001", "The scenario file has a key that does not exist.",
            "Correct the name; the hint names the nearest one."),
        new("MS3002", "A value has the wrong type.",
            "Write the type that the message asks for."),
        new("MS3003", "A value cannot be read or is out of range.",
            "Write a value of the stated form and range."),
        new("MS3004", "A key that must be there is missing.",
            "Add it."),
        new("MS3005", "A name stands for nothing.",
            "Use one of the names the hint lists."),
        new("MS3006", "A name is used twice.",
            "Rename one of the two."),
        new("MS3007", "A curl line that curl would refuse, or that cannot be carried out.",
            "Correct the options; the message names the one."),
        new("MS3008", "An expression is outside the expression language.",
            "Use the forms that the hint shows."),
        new("MS3009", "A file or folder that the scenario names is not there.",
            "Correct the path; it is relative to the scenario's folder."),
        new("MS3010", "Two keys contradict each other.",
            "Keep one of them."),
        new("MS3011", "An override cannot be applied.",
            "Write an existing path and a value of its type."),
        new("MS3012", "Something has no effect in this run.",
            "Remove it, or change what makes it idle."),
        new("MS3013", "A kubectl line of the timeline cannot be carried out.",
            "Use one of the forms that the hint lists."),
        new("MS3014", "An extension reads a field where it was meant to stand.",
            "Istio refuses or ignores the field there: move it for a real cluster."),
        new("MS3090", "Something is known and not modelled yet.",
            "Weigh the result accordingly."),
        new("MS4001", "No round-trip time is known between two regions.",
            "A stated assumption was used: give one in topology.links."),
        new("MS4002", "No running pod of that workload at that time.",
            "Give --from CLUSTER/WORKLOAD, and a time at which it runs."),
        new("MS4003", "The request to explain was not found or did not end.",
            "Requests are numbered from 0 in order of arrival."),
        new("MS4004", "The extension global-hosts reads a host as the Service it is named after.",
            "Istio has no such names."),
    ];
}

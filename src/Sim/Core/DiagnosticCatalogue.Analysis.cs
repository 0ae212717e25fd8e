namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of our own analyzers.</summary>
    private static IEnumerable<DiagnosticDescription> Analysis =>
    [
        new("MS0501", "Several workloads share one identity, so that a policy cannot tell them apart.",
            "A principal is trust domain, namespace and service account: give each workload a serviceAccountName."),
        new("MS0502", "Alternatives were written where conditions that hold together were probably meant.",
            "Rules of a policy, entries of from and to, and entries of a match list are alternatives; conditions "
            + "inside one entry hold together. Put them into one entry."),
        new("MS0503", "A DENY by notNamespaces or notPrincipals does not mean what it says across clusters.",
            "A namespace of another cluster with the same name passes, and a caller without mutual TLS has no "
            + "namespace at all and is denied. Use trust domains or principals per cluster, and STRICT mutual TLS."),
        new("MS0504", "A policy stands in a namespace without injection: no proxy there enforces it.",
            "Label the namespace istio-injection=enabled and restart its pods, or remove the policy."),
        new("MS0505", "A document cannot be decoded and was left out of the analysis.",
            "Correct the value that the message names; a cluster refuses the document, too."),
    ];
}

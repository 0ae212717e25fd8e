namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of Markdown labs.</summary>
    private static IEnumerable<DiagnosticDescription> Labs =>
    [
        new("MS0801", "A shell could not read the block.",
            "Close the quote, here-document, substitution or loop that is named; nothing of it was carried out."),
        new("MS0802", "A line, or a part of one, is not carried out.",
            "What follows may differ from a real run in what this line would have changed."),
        new("MS0803", "A context does not exist.",
            "kubectl and istioctl fail on it: correct the name, create the cluster, or declare it in the world."),
        new("MS0804", "A variable is used that nothing in the lab sets.",
            "The shell takes it as empty; export it before, as the reader of the lab would have to."),
        new("MS0805", "Something was assumed about the clusters.",
            "The lab's own lines do not make it so: state it in the world file to decide it."),
        new("MS0806", "The lab, or the exercise that was asked for, is not there.",
            "Commands are read from fenced blocks marked bash, sh, shell, zsh or console."),
        new("MS0807", "The world file says something that a world cannot say.",
            "A world has clusters, topology, workloads, profile, admission and extensions; what happens is the lab's."),
        new("MS0808", "A pattern of file names stands in an assignment.",
            "A shell does not expand it there: the variable gets the pattern itself."),
    ];
}

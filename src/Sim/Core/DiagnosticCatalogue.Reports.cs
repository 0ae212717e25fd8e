namespace Sim.Core;

public static partial class DiagnosticCatalogue
{
    /// <summary>Codes of the files of a run.</summary>
    private static IEnumerable<DiagnosticDescription> Reports =>
    [
        new("MS0601", "A run.json cannot be opened.",
            "Name a run.json or the folder that holds one."),
        new("MS0602", "A file is no run.json of this version, or not a whole one.",
            "Write it again with meshsim run DIR --out DIR."),
        new("MS0603", "The requests.csv beside a run.json is not one that meshsim wrote.",
            "Remove it, or write it again."),
        new("MS0604", "A runs.csv is not one of this sweep, or is broken.",
            "Choose another folder, or remove the file; shards need the same scenario and options."),
        new("MS0605", "A sweep.json or year.json cannot be read, or is none of this version.",
            "Name the file, or its folder; write it again with meshsim sweep or meshsim year."),
    ];
}

using Sim.Runs.Matrix;

namespace Sim.Runs.Scenario;

/// <content>The truth table.</content>
public static partial class ScenarioKeys
{
    private static ScenarioObjectType[] Matrix() =>
    [
        new("matrix", "A truth table: callers x targets x methods x paths, each with its verdict and the line that "
            + "decided. Judged by `meshsim matrix` and by every run. Patterns know `*`.",
        [
            new("callers", KeyType.TextList, "Patterns `workload`, `cluster/workload` or "
                + "`cluster/namespace/workload`.", Default: "every workload"),
            new("targets", KeyType.TextList, "Hosts as a caller writes them, with optional `:port`.",
                Default: "every port of every Service"),
            new("methods", KeyType.TextList, "HTTP methods.", Default: "GET"),
            new("paths", KeyType.TextList, "Paths.", Default: "/"),
            new("headers", KeyType.TextList, "Headers of every request, `name: value`."),
            new("at", KeyType.Duration, "When.", Default: "the end of the warm-up"),
            Choice<DriftHandling>("drift", "Whether a difference between clusters fails.", "report"),
            new("expect", KeyType.ObjectList, "Expected verdicts; the first row that fits a cell judges it, a row "
                + "that fits none fails.", Of: "matrixExpectation"),
            new("expectFile", KeyType.Text, "Further rows: a CSV file with the columns from, to, method, path, "
                + "verdict."),
        ]),
        new("matrixExpectation", "An expected verdict.",
        [
            new("from", KeyType.Text, "Caller.", Default: "*"),
            new("to", KeyType.Text, "Target, with or without namespace and port.", Default: "*"),
            new("method", KeyType.Text, "Method.", Default: "*"),
            new("path", KeyType.Text, "Path.", Default: "*"),
            new("is", KeyType.Choice, "Verdict; `refused` = any but allowed.", Required: true,
                Choices: [.. Names.Of<MatrixVerdict>(), MatrixExpectation.Refused]),
        ]),
    ];
}

namespace Sim.Runs.Scenario;

/// <content>Sweeps.</content>
public static partial class ScenarioKeys
{
    private static ScenarioObjectType[] Experiments() => [.. Methods(), .. Sweeps()];

    private static ScenarioObjectType[] Methods() =>
    [
        new("method", "How the scenario is evaluated, see docs/experiments.md. `limit` and `expect` belong to "
            + "`static`, all other keys but `type` to `incidents`.",
        [
            Choice<MethodKind>("type", "`requests` = one run; `incidents` = what `meshsim year` does; `static` = "
                + "capacity against demand with everything up and without each region, and the truth table: "
                + "arithmetic, no request is sent.", "requests"),
            new("limit", KeyType.Share, "Utilization from which on a workload of a region counts as overloaded.",
                Default: "100%"),
            new("expect", KeyType.ObjectList, "How losses must end.", Of: "lossExpectation",
                Default: "every loss holds"),
            new("horizon", KeyType.Duration, "Length of a year.", Default: "365d"),
            new("years", KeyType.Integer, "Years that are sampled.", Default: "1000"),
            new("windows", KeyType.Integer, "Times the window of each component's outage is simulated.",
                Default: "20"),
            new("longest", KeyType.Duration, "Longest stretch that is simulated; longer ones go on at the rate of "
                + "its last half.", Default: "6m"),
            new("settle", KeyType.Duration, "Simulated after an outage; outages closer than that are one window.",
                Default: "2m"),
            new("target", KeyType.Share, "Availability asked for.", Default: "99.99%"),
            new("components", KeyType.ObjectList, "What fails.", Of: "component"),
        ]),
        new("lossExpectation", "How the loss of a region must end.",
        [
            new("loss", KeyType.Text, "Region, or `none`.", Required: true),
            Choice<LossEnd>("is", "`holds` = every workload stays below the limit and every request finds a host.",
                "holds"),
        ]),
        new("component", "Something that fails and is repaired; `{}` in any value stands for the instance.",
        [
            new("name", KeyType.Text, "Name.", Required: true),
            new("of", KeyType.TextList, "Instances, each failing by itself.", Default: "one"),
            new("mtbf", KeyType.TextOrObject, "Time from a repair to the next failure: the mean of an exponential "
                + "law, or a law.", Of: "serviceTime", Required: true),
            new("mttr", KeyType.TextOrObject, "Time from a failure to its repair, likewise.", Of: "serviceTime",
                Required: true),
            new("fault", KeyType.Object, "What the failure is; it lasts until the repair.", Of: "fault"),
            new("down", KeyType.Text, "Instead of a fault: a kubectl line at the failure."),
            new("up", KeyType.Text, "And one at the repair."),
        ]),
    ];

    private static ScenarioObjectType[] Sweeps() =>
    [
        new("sweep", "The runs of `meshsim sweep`: variants x grid x replications, see docs/experiments.md.",
        [
            new("variants", KeyType.TextList, "Variants to compare, `base` = the scenario as it stands.",
                Default: "base and all variants"),
            new("grid", KeyType.ObjectList, "Axes; the last one changes fastest.", Of: "sweepAxis"),
            new("where", KeyType.Text, "Condition on axis names and `variant`; points that do not meet it are left "
                + "out."),
            new("measure", KeyType.TextOrObjectList, "What is taken from each run: functions of the assertion "
                + "language.", Of: "sweepMeasure", Default: "availability, errors, p50, p99"),
            new("baseline", KeyType.TextMap, "Axis names (or `variant`) and the value others are compared with.",
                Default: "the first variant, else the first point"),
            new("confidence", KeyType.Share, "Confidence of all intervals.", Default: "95%"),
            new("stop", KeyType.Object, "Replicate until an interval is narrow enough.", Of: "sweepStop",
                Default: "after spec.replications"),
        ]),
        new("sweepAxis", "One axis of a grid.",
        [
            new("name", KeyType.Text, "Name of the axis, a column of the tables.", Required: true),
            new("set", KeyType.TextList, "Paths that get the value, as `--set` names them.", Required: true),
            new("values", KeyType.TextList, "Values in order.", Required: true),
            new("template", KeyType.Text, "What is written at the paths; `{}` stands for the value.",
                Default: "{}"),
        ]),
        new("sweepMeasure", "A figure taken from each run.",
        [
            new("name", KeyType.Text, "Column of the tables.", Default: "made from the expression"),
            new("expr", KeyType.Text, "A function with labels, such as `p99{traffic=\"payments\"}`.", Required: true),
        ]),
        new("sweepStop", "The sequential stop rule: after `min` replications of a point, and after each `batch` more, "
            + "stop when half the width of the confidence interval is at most `halfWidth`.",
        [
            new("measure", KeyType.Text, "Measure that is watched.", Default: "the first"),
            new("halfWidth", KeyType.Text, "In the measure's unit: `0.05%`, `5ms`, `3`.", Required: true),
            new("min", KeyType.Integer, "Replications before the first look.", Default: "5"),
            new("max", KeyType.Integer, "Replications at most.", Default: "100"),
            new("batch", KeyType.Integer, "Replications between two looks.", Default: "5"),
        ]),
    ];
}

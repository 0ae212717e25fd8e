namespace Sim.Runs.Scenario;

/// <content>Keys of workloads, traffic, timeline and judgement.</content>
public static partial class ScenarioKeys
{
    private static ScenarioObjectType[] Loads() =>
    [
        new("workload", "Behaviour of the pods it matches.",
        [
            new("match", KeyType.Object, "Which pods.", Of: "match", Required: true),
            new("serviceTime", KeyType.TextOrObject, "Time of work for a request: a duration, or a distribution.",
                Of: "serviceTime", Default: "1ms"),
            new("concurrency", KeyType.Integer, "Requests worked on at a time; 0 = no limit.", Default: "0"),
            new("queue", KeyType.Integer, "Places for waiting requests; a full queue answers 503.", Default: "1024"),
            new("errors", KeyType.Object, "Answers that fail in normal times.", Of: "errors"),
            new("startup", KeyType.Duration, "From a container's start to its being up.", Default: "2s"),
            new("completesAfter", KeyType.Duration,
                "From a container's being up to its end, of a Job's pods; 0s = they run as long as the simulation.",
                Default: "0s"),
            new("responseBytes", KeyType.Size, "Size of an answer.", Default: "1KiB"),
            new("dataClass", KeyType.Text, "Class of its data, for the residency ledger."),
            new("calls", KeyType.CallList, "Calls for each request: items in sequence, a nested list in parallel.",
                Of: "call"),
            new("onCallError", KeyType.Object, "What it makes of a failed call.", Of: "onCallError"),
            Choice<AbandonedWork>("abandonedWork", "Work whose caller has left.", "finish"),
            new("dnsCache", KeyType.Duration, "How long it keeps an address that DNS gave; 0s = it asks every time.",
                Default: "0s"),
            new("dnsNegativeCache", KeyType.Duration, "How long it remembers that DNS gave none.", Default: "0s"),
        ]),
        new("match", "Which pods; parts left out match everything.", MatchKeys()),
        new("serviceTime", "A distribution.",
        [
            new("dist", KeyType.Choice, "Family: constant (`value`), uniform (`min`, `max`), exponential (`mean`), "
                + "lognormal (`p50`, `p99`, or `mean`, `cv`), gamma (`mean`, `cv`), pareto (`min`, `shape`), empirical "
                + "(`file`).", Required: true, Choices: Names.Of<DistributionKind>()),
            new("value", KeyType.Duration, "The constant."),
            new("min", KeyType.Duration, "Lower bound."),
            new("max", KeyType.Duration, "Upper bound."),
            new("mean", KeyType.Duration, "Mean."),
            new("p50", KeyType.Duration, "Median."),
            new("p99", KeyType.Duration, "99th percentile."),
            new("cv", KeyType.Number, "Coefficient of variation."),
            new("shape", KeyType.Number, "Tail exponent."),
            new("file", KeyType.Text, "File with one duration a line."),
        ]),
        new("errors", "Answers that fail in normal times.",
        [
            new("rate", KeyType.Share, "Share of requests.", Required: true),
            new("status", KeyType.Integer, "Status.", Default: "500"),
        ]),
        new("call", "A call of an application to another service.",
        [
            new("to", KeyType.Text, "`name`, `name.namespace` or a host, with optional `:port`.", Required: true),
            new("timeout", KeyType.Duration, "The application's own timeout; 0 = none.", Default: "0s"),
            new("probability", KeyType.Share, "Share of requests that make the call.", Default: "100%"),
            new("optional", KeyType.Boolean, "A failure is ignored.", Default: "false"),
            new("method", KeyType.Text, "HTTP method.", Default: "GET"),
            new("path", KeyType.Text, "Path.", Default: "/"),
        ]),
        new("onCallError", "What an application makes of a failed call: one of the two.",
        [
            new("respond", KeyType.Integer, "This status.", Default: "500"),
            new("forward", KeyType.Boolean, "The status of the failed call."),
        ]),
    ];

    private static ScenarioObjectType[] Traffic() =>
    [
        new("traffic", "A source of requests.",
        [
            new("name", KeyType.Text, "Name.", Required: true),
            new("from", KeyType.Object, "Who sends.", Of: "source", Required: true),
            Choice<TrafficModel>("model", "`open`: sends whatever becomes of earlier requests. `closed`: a number of "
                + "users, each of whom waits for the answer, thinks, and sends the next.", "open"),
            new("rate", KeyType.Rate, "Rate of all sending pods together."),
            new("stages", KeyType.ObjectList, "Changes of the rate, one after another.", Of: "stage"),
            new("diurnal", KeyType.Object, "A daily rhythm.", Of: "diurnal"),
            new("trace", KeyType.Text, "File of arrival times, one duration a line."),
            Choice<ArrivalKind>("arrivals", "Gaps between requests; of `closed`, times to think.", "poisson"),
            new("request", KeyType.Object, "The request.", Of: "request", Required: true),
            new("start", KeyType.Duration, "First instant of sending.", Default: "0s"),
            new("stop", KeyType.Duration, "End of sending.", Default: "end of the run"),
            new("users", KeyType.Integer, "Users of `closed`."),
            new("think", KeyType.Duration, "Mean time from an answer to the user's next request, of `closed`.",
                Default: "1s"),
        ]),
        new("source", "Who sends.",
        [
            new("context", KeyType.Text, "Cluster; with `ingress` the one whose gateway is entered."),
            new("namespace", KeyType.Text, "Namespace; with `ingress` the gateway's.",
                Default: "default; istio-system with ingress"),
            new("workload", KeyType.Text, "Workload whose pods send."),
            new("exec", KeyType.Text, "As `kubectl exec`: `deployment/NAME`, `statefulset/NAME`, ..."),
            new("ingress", KeyType.Text, "Service of the gateway by which callers from outside the mesh enter."),
            new("region", KeyType.Text, "Where outside callers are. Without `context` they enter by the gateways of "
                + "their region's clusters, with equal chances.", Default: "that of the cluster"),
            new("address", KeyType.Text, "Address that outside callers show.", Default: OutsideCallers.DefaultAddress),
        ]),
        new("stage", "A change of the rate.",
        [
            new("to", KeyType.Rate, "Rate at its end.", Required: true),
            new("over", KeyType.Duration, "Length of the change; 0 = at once.", Default: "0s"),
            new("hold", KeyType.Duration, "How long the rate is then held.", Default: "0s"),
        ]),
        new("diurnal", "A daily rhythm: a cosine between two rates.",
        [
            new("low", KeyType.Rate, "Lowest rate.", Required: true),
            new("high", KeyType.Rate, "Highest rate.", Required: true),
            new("peakAt", KeyType.Duration, "Time of day of the highest rate.", Default: "14h"),
        ]),
        new("request", "The request.",
        [
            new("curl", KeyType.Text, "Arguments of curl: -H, -X, -d, -m/--max-time and the URL.", Required: true),
            new("timeout", KeyType.Duration, "The client's own timeout; 0 = none.", Default: "0s"),
        ]),
    ];

    private static ScenarioKey[] MatchKeys() =>
    [
        new("context", KeyType.Text, "Cluster."),
        new("namespace", KeyType.Text, "Namespace."),
        new("workload", KeyType.Text, "Workload."),
        new("region", KeyType.Text, "Region."),
        new("zone", KeyType.Text, "Zone."),
        new("pod", KeyType.Text, "Pod."),
        new("labels", KeyType.TextMap, "Labels the pod carries."),
    ];

    private static ScenarioObjectType[] Steps() =>
    [
        new("step", "A step of the timeline: one of run, apply, delete, patch, fault.",
        [
            new("at", KeyType.Duration, "When.", Required: true),
            new("as", KeyType.Text, "Name for `during`, `recover` and `ends`."),
            new("ends", KeyType.Text, "Name of the step that this one ends."),
            new("run", KeyType.Text, "A kubectl line: scale, apply, delete, rollout restart, label, create, expose, "
                + "set image; or istioctl install."),
            new("apply", KeyType.Object, "Files to apply.", Of: "files"),
            new("delete", KeyType.Object, "Files or an object to delete.", Of: "objects"),
            new("patch", KeyType.Object, "A merge patch.", Of: "patch"),
            new("fault", KeyType.Object, "A fault.", Of: "fault"),
        ]),
        new("files", "Files to apply.",
        [
            new("context", KeyType.Text, "Cluster.", Required: true),
            new("files", KeyType.TextList, "Files and folders.", Required: true),
            new("namespace", KeyType.Text, "Namespace of objects that name none.", Default: "default"),
        ]),
        new("objects", "Objects to delete: files, or a kind and a name.",
        [
            new("context", KeyType.Text, "Cluster.", Required: true),
            new("files", KeyType.TextList, "Files and folders."),
            new("kind", KeyType.Text, "Kind."),
            new("name", KeyType.Text, "Name."),
            new("namespace", KeyType.Text, "Namespace.", Default: "default"),
        ]),
        new("patch", "A merge patch of one object.",
        [
            new("context", KeyType.Text, "Cluster.", Required: true),
            new("kind", KeyType.Text, "Kind.", Required: true),
            new("name", KeyType.Text, "Name.", Required: true),
            new("namespace", KeyType.Text, "Namespace.", Default: "default"),
            new("patch", KeyType.Free, "What changes; null removes.", Required: true),
        ]),
        new("fault", "A fault. Each type takes the keys that its row in docs/scenario.md names.",
        [
            new("type", KeyType.Choice, "Kind of fault.", Required: true, Choices: Names.Of<FaultKind>()),
            new("select", KeyType.Object, "Pods it concerns.", Of: "select"),
            Choice<FaultMode>("mode", "How many of them.", "all"),
            new("value", KeyType.NumberOrShare, "Number of `fixed`, share of `percent`."),
            new("for", KeyType.Duration, "How long.", Default: "to the end of the run"),
            new("status", KeyType.Integer, "errors: status.", Default: "503"),
            new("rate", KeyType.Share, "errors, slow: share of requests. packet-loss: share of packets. "
                + "cpu-saturation: share of the processor that is taken.", Default: "100%"),
            new("factor", KeyType.Number, "slow: factor on the service time.", Default: "1"),
            new("add", KeyType.Duration, "slow: time added. latency: time added to each way.", Default: "0s"),
            new("silent", KeyType.Boolean, "pod-failure, gateway-down, node-down, zone-outage, region-outage: packets "
                + "vanish instead of being refused.", Default: "false; true for node-down"),
            new("region", KeyType.Text, "region-outage: the region."),
            new("zone", KeyType.Text, "zone-outage: the zone."),
            new("node", KeyType.Text, "node-down, drain: the node.", Default: "the nodes of the selected pods"),
            new("target", KeyType.Object, "partition, latency, packet-loss: the other side. kube-api-down: clusters "
                + "whose istiods lose it.", Of: "select", Default: "every other pod; everybody"),
            Choice<PartitionAction>("action", "partition: packets vanish or are refused.", "drop"),
            Choice<PartitionDirection>("direction", "partition, latency, packet-loss: which way.", "both"),
            new("files", KeyType.TextList, "config-push: files and folders that are applied, taken back at the end."),
            new("revertAfter", KeyType.Duration, "config-push: the same as `for`."),
            new("faults", KeyType.ObjectList, "random: faults of which one is drawn each time, all as likely; `for` is "
                + "until when new ones begin.", Of: "fault"),
            new("mtbf", KeyType.TextOrObject, "random: time from a repair to the next failure: the mean of an "
                + "exponential law, or a law.", Of: "serviceTime"),
            new("mttr", KeyType.TextOrObject, "random: time from a failure to its repair, likewise.",
                Of: "serviceTime"),
            new("host", KeyType.Text, "dns-failure: the full name concerned.", Default: "every name"),
            Choice<DnsFailureAnswer>("answer", "dns-failure: no answer, or no such name.", "servfail"),
        ]),
        new("select", "Which pods; parts left out match everything.", MatchKeys()),
    ];

    private static ScenarioObjectType[] Judged() =>
    [
        new("probe", "One curl each time, judged.",
        [
            new("name", KeyType.Text, "Name.", Required: true),
            new("from", KeyType.Object, "Who runs it.", Of: "source", Required: true),
            new("curl", KeyType.Text, "Arguments of curl.", Required: true),
            new("every", KeyType.Duration, "Interval, from the end of the warm-up."),
            new("at", KeyType.DurationList, "Instants."),
            new("expect", KeyType.Object, "What is expected.", Of: "expect"),
            new("during", KeyType.ObjectMap, "What is expected while a named step holds.", Of: "expect"),
        ]),
        new("expect", "What is expected of an answer.",
        [
            new("code", KeyType.Integer, "Status; 0 = none."),
            new("exit", KeyType.Integer, "curl's exit code."),
            new("servedBy", KeyType.Object, "Who answers.", Of: "servedBy"),
        ]),
        new("servedBy", "Who answers.",
        [
            new("cluster", KeyType.Text, "Cluster."),
            new("region", KeyType.Text, "Region."),
        ]),
        new("slo", "A service level objective.",
        [
            new("name", KeyType.Text, "Name.", Required: true),
            new("target", KeyType.Share, "Share of good requests.", Required: true),
            new("window", KeyType.Duration, "Length, from the end backwards.", Default: "all but the warm-up"),
            new("good", KeyType.Text, "What makes a request good.", Default: "response_code < 500"),
            new("service", KeyType.Text, "Service.", Default: "every entry request"),
            new("traffic", KeyType.Text, "Traffic source.", Default: "every one"),
            new("burn", KeyType.ObjectList, "Burn rates to look for.", Of: "burnRate",
                Default: "14.4 in 1h and 5m, 6 in 6h and 30m, 1 in 3d and 6h"),
        ]),
        new("flow", "Data that must not move; keys left out stand for any.",
        [
            new("dataClass", KeyType.Text, "Class that a workload declares."),
            new("leaves", KeyType.Text, "Geography it lies in and must not leave."),
            new("from", KeyType.Text, "Cluster it lies in."),
            new("to", KeyType.Text, "Cluster that must not get it."),
            new("path", KeyType.Choice, "Way it takes.", Choices: ["direct", "gateway"]),
        ]),
        new("invariant", "What must hold always, at least once, or never: one of the three.",
        [
            new("name", KeyType.Text, "Name.", Required: true),
            new("always", KeyType.Text, "Holds in every bin after the warm-up."),
            new("sometimes", KeyType.Text, "Holds in at least one bin after the warm-up."),
            new("never", KeyType.Object, "Data that never moves so, in the whole run.", Of: "flow"),
        ]),
        new("assertion", "An assertion: an expression, or a recovery.",
        [
            new("expr", KeyType.Text, "Expression."),
            new("during", KeyType.Text, "Only while this step holds."),
            new("recover", KeyType.Text, "Step to recover from."),
            new("within", KeyType.Duration, "How long the recovery may take."),
            new("to", KeyType.Text, "What must be true again, and stay true."),
            new("query", KeyType.Text, "PromQL, asked of a cluster's Prometheus."),
            new("cluster", KeyType.Text, "Cluster of the server.", Default: "the only one"),
            new("at", KeyType.Duration, "When it is asked.", Default: "at the end"),
            new("expect", KeyType.Choice, "What the answer of `query` must be: some series, or none.", Default: "some",
                Choices: ["some", "none"]),
        ]),
    ];
}

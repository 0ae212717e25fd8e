using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Every key of the scenario file: the one table that the reader, the JSON Schema and the reference in
/// docs/scenario.md are held against.</summary>
public static partial class ScenarioKeys
{
    /// <summary>Name of the outermost mapping.</summary>
    public const string Root = "scenario";

    /// <summary>All kinds of mappings; the outermost first.</summary>
    public static IReadOnlyList<ScenarioObjectType> Objects { get; } =
    [
        .. Frame(), .. Settings(), .. Places(), .. Loads(), .. Traffic(), .. Steps(), .. Judged(),
        .. Observed(), .. Matrix(), .. Experiments(),
    ];

    /// <summary>The kind of a name.</summary>
    public static ScenarioObjectType Of(string name)
    {
        foreach (ScenarioObjectType o in Objects)
        {
            if (o.Name == name)
            {
                return o;
            }
        }

        throw new ArgumentException("no mapping of the scenario file is called " + name, nameof(name));
    }

    private static ScenarioKey Choice<T>(string name, string summary, string @default = "")
        where T : struct, Enum => new(name, KeyType.Choice, summary, Default: @default, Choices: Names.Of<T>());

    private static ScenarioObjectType[] Frame() =>
    [
        new(Root, "A scenario file.",
        [
            new("apiVersion", KeyType.Choice, "Version of the format.", Required: true,
                Choices: ["meshsim/v1alpha1"]),
            new("kind", KeyType.Choice, "Kind of the document.", Required: true, Choices: ["Scenario"]),
            new("metadata", KeyType.Object, "Name and labels.", Of: "metadata"),
            new("spec", KeyType.Object, "The scenario.", Of: "spec", Required: true),
        ]),
        new("metadata", "Name and labels.",
        [
            new("name", KeyType.Text, "Name of the scenario.", Default: "name of the folder"),
            new("labels", KeyType.TextMap, "Labels for people and tools."),
        ]),
        new("spec", "The scenario. Everything is optional but `clusters`.",
        [
            new("description", KeyType.Text, "What it is about, in a sentence or two."),
            new("compat", KeyType.Object, "Behaviour profile.", Of: "compat"),
            Choice<AdmissionMode>("admission",
                "What becomes of manifests that the API server or istiod's webhook would refuse.", "strict"),
            new("extensions", KeyType.TextList, "Lab-only meanings that Istio does not have: `source.cluster`, "
                + "`global-hosts`, `region-wildcards`, `curl-timeout`, `install-keys`. Named in every result."),
            new("duration", KeyType.Duration, "Simulated time, warm-up included.", Default: "1m"),
            new("warmup", KeyType.Duration, "Left out of assertions, SLOs and invariants.", Default: "0s"),
            new("bin", KeyType.Duration, "Length of a bin of the recorded series.", Default: "1s"),
            new("start", KeyType.Timestamp, "Timestamp of the simulated time 0.", Default: "2026-01-01T00:00:00Z"),
            new("seed", KeyType.Integer, "Seed of all random numbers.", Default: "1"),
            new("replications", KeyType.Integer, "Runs with random numbers of their own.", Default: "1"),
            new("delays", KeyType.Object, "Delays of pods and of the control plane.", Of: "delays"),
            new("proxy", KeyType.Object, "Settings of every sidecar that no manifest carries.", Of: "proxy"),
            new("clusters", KeyType.ObjectList, "Kubernetes clusters.", Of: "cluster", Required: true),
            new("topology", KeyType.Object, "Links between places.", Of: "topology"),
            new("workloads", KeyType.ObjectList, "How pods behave; the first match wins.", Of: "workload"),
            new("traffic", KeyType.ObjectList, "Who sends requests.", Of: "traffic"),
            new("timeline", KeyType.ObjectList, "What happens when.", Of: "step"),
            new("probes", KeyType.ObjectList, "One curl each time, judged.", Of: "probe"),
            new("matrix", KeyType.Object, "Truth table of callers and targets.", Of: "matrix"),
            new("roi", KeyType.Text, "CSV file with monthly costs, what part is saved, and asserted values; the report "
                + "adds them up. Nothing of it is simulated."),
            new("slos", KeyType.ObjectList, "Service level objectives.", Of: "slo"),
            new("openSlos", KeyType.ObjectList, "OpenSLO documents.", Of: "openSlo"),
            new("invariants", KeyType.ObjectList, "What must hold always, at least once, or never.", Of: "invariant"),
            new("assert", KeyType.TextOrObjectList, "Assertions, see docs/assertions.md.", Of: "assertion"),
            new("prometheus", KeyType.Object, "A Prometheus in each cluster, see docs/observability.md. `{}` = as "
                + "Istio's addon.", Of: "prometheus"),
            new("alerts", KeyType.Object, "Rule files, and what is expected of their alerts.", Of: "alerts"),
            new("variants", KeyType.ObjectList, "Named overlays on this document.", Of: "variant"),
            new("sweep", KeyType.Object, "The runs of `meshsim sweep`.", Of: "sweep"),
            new("method", KeyType.Object, "How the scenario is evaluated.", Of: "method"),
        ]),
    ];

    private static ScenarioObjectType[] Settings() =>
    [
        new("compat", "Behaviour profile.",
        [
            new("istio", KeyType.Choice, "Version whose behaviour is reproduced.", Default: "1.29",
                Choices: ["1.22", "1.29", "1.31"]),
        ]),
        new("delays", "Delays of pods and of the control plane.",
        [
            new("schedule", KeyType.Duration, "From a pod's creation to its containers' start.", Default: "1s"),
            new("readiness", KeyType.Duration, "From the application's being up to the pod's being Ready.",
                Default: "1s"),
            new("endpointSlice", KeyType.Duration, "From a pod's change to the EndpointSlice's.", Default: "50ms"),
            new("watch", KeyType.Duration, "From an object's change to istiod's hearing of it.", Default: "20ms"),
            new("debounce", KeyType.Duration, "istiod waits for quiet this long.", Default: "100ms"),
            new("debounceMax", KeyType.Duration, "istiod waits at most this long.", Default: "10s"),
            new("push", KeyType.Duration, "From the push to the proxy's having it.", Default: "20ms"),
            new("drain", KeyType.Duration, "How long a terminating sidecar keeps serving.", Default: "5s"),
            new("gracePeriod", KeyType.Duration, "Grace period of pods that declare none.", Default: "30s"),
            new("dnsTtl", KeyType.Duration, "Time to live of an answer of cluster DNS.", Default: "30s"),
            new("certificateLife", KeyType.Duration, "Life of a sidecar's certificate.", Default: "24h"),
            new("certificateRenewal", KeyType.Share, "Share of its life after which it is renewed.", Default: "50%"),
        ]),
        new("proxy", "Settings of every sidecar that no manifest carries.",
        [
            new("updateMergeWindow", KeyType.Duration, "Envoy's update merge window.", Default: "1s"),
            new("outlierSweepPhase", KeyType.Duration, "First outlier sweep after a proxy's start.",
                Default: "drawn for each proxy"),
        ]),
        new("variant", "A named overlay: mappings are merged, lists of named items are merged by name, other lists "
            + "are replaced, null removes.",
        [
            new("name", KeyType.Text, "Name for `--variant`.", Required: true),
            new("description", KeyType.Text, "What is different."),
            new("spec", KeyType.Free, "Overlay on `spec`."),
            new("manifests", KeyType.ObjectList, "Manifests added and removed.", Of: "variantManifests"),
        ]),
        new("variantManifests", "Manifests added to and removed from a cluster.",
        [
            new("cluster", KeyType.Text, "Cluster.", Required: true),
            new("add", KeyType.TextList, "Files and folders to add at the end."),
            new("remove", KeyType.TextList, "Files and folders to leave out, as the list of the cluster has them."),
        ]),
    ];

    private static ScenarioObjectType[] Places() =>
    [
        new("cluster", "A Kubernetes cluster.",
        [
            new("name", KeyType.Text, "Name = kubectl context = cluster id.", Required: true),
            new("manifests", KeyType.TextList, "Files and folders, applied in this order, folders in lexical file "
                + "order with their sub-folders."),
            new("region", KeyType.Text, "Region of the nodes; without it nodes carry no locality."),
            new("zones", KeyType.TextList, "Zones: one node each. Node objects in the manifests win."),
            new("network", KeyType.Text, "Network; clusters of one network reach each other's pods."),
            new("controlPlane", KeyType.Object, "Whose istiod.", Of: "controlPlane"),
            new("trust", KeyType.Object, "Trust domain and root.", Of: "trust"),
            new("eastWestGateway", KeyType.Object, "Gateway for calls from other networks.", Of: "eastWestGateway"),
            new("ingressGateway", KeyType.Object, "Gateway for callers from outside: Deployment and Service "
                + "istio-ingressgateway in istio-system; Gateways select it by `istio: ingressgateway`.",
                Of: "ingressGateway"),
            new("remoteSecrets", KeyType.TextList, "Clusters whose API servers this istiod reads as well."),
            new("meshConfig", KeyType.Free, "MeshConfig, as istiod's ConfigMap has it."),
            new("podSubnet", KeyType.Text, "Pod addresses.", Default: "10.(10 n).0.0/16 for the n-th cluster"),
            new("serviceSubnet", KeyType.Text, "Service addresses.", Default: "10.(95 + n).0.0/16"),
        ]),
        new("controlPlane", "Whose istiod configures the cluster's sidecars.",
        [
            Choice<ControlPlaneMode>("mode", "`primary` = its own, `remote` = that of another cluster, `none` = no "
                + "mesh at all.", "primary"),
            new("of", KeyType.Text, "The other cluster of `remote`."),
        ]),
        new("trust", "Trust domain and root of the certificates.",
        [
            new("domain", KeyType.Text, "Trust domain.", Default: "cluster.local"),
            new("root", KeyType.Text, "Name of the root; equal names trust each other.", Default: "shared"),
        ]),
        new("eastWestGateway", "An east-west gateway.",
        [
            new("replicas", KeyType.Integer, "Gateway pods.", Default: "1"),
            new("addresses", KeyType.Integer, "Addresses other networks use.", Default: "1"),
        ]),
        new("ingressGateway", "An ingress gateway.",
        [
            new("replicas", KeyType.Integer, "Gateway pods.", Default: "1"),
        ]),
        new("topology", "Links between places.",
        [
            Choice<TopologyPreset>("preset", "Table of round-trip times.", "public-cloud"),
            new("geo", KeyType.ListMap, "Geographies and their regions, for the residency ledger."),
            new("links", KeyType.ObjectList, "Links that differ from the table.", Of: "link"),
            new("proxyOverhead", KeyType.Duration, "Added by each pass through a proxy.", Default: "500us"),
            new("sameNode", KeyType.Duration, "Round trip inside a node."),
            new("sameZone", KeyType.Duration, "Round trip inside a zone."),
            new("crossZone", KeyType.Duration, "Round trip between zones of a region."),
            new("jitter", KeyType.Share, "Between regions: 99th percentile over the median, less 1."),
        ]),
        new("link", "The link between two places.",
        [
            new("between", KeyType.TextList, "Two regions, zones or clusters.", Required: true),
            new("rtt", KeyType.Duration, "Median round-trip time."),
            new("jitter", KeyType.Duration, "99th percentile less the median."),
            new("loss", KeyType.Share,
                "Packets lost: each is sent again after 200 ms, then after twice as long, and so on.", Default: "0%"),
        ]),
    ];
}

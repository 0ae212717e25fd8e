using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Tests.Vectors;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of when istiod pushes, and of endpoints out of WorkloadEntries.</summary>
[TestFixture]
public sealed class PushAndEntryVectorTests
{
    public static IEnumerable<TestCaseData> Cases() =>
        new[] { "istio-push", "istio-service-entry" }.SelectMany(VectorFiles.Cases);

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(c))
        {
            Judge(Differences(expected, Actual(Text(c, "op"), c.GetProperty("input"), profile)), profile);
        }
    }

    private static JsonNode? Actual(string op, JsonElement i, IstioProfile profile) => op switch
    {
        "debounce" => Debounce(i),
        "serviceAccountsChanged" => PushQueue.ServiceAccountsChange(
            Child(i, "before").EnumerateObject().ToDictionary(
                static p => p.Name, static p => Accounts(p.Value), StringComparer.Ordinal),
            Text(i, "cluster"), Accounts(Child(i, "after"))),
        "workloadEntryEndpoint" => Endpoint(i, profile),
        "workloadEntryPorts" => EntryPorts(i, profile),
        "trafficDistribution" => Distribution(i, profile),
        _ => throw new InvalidDataException("unknown op " + op),
    };

    private static IReadOnlyList<string> Accounts(JsonElement list) =>
        [.. list.EnumerateArray().Select(static e => Text(e, "serviceAccount"))];

    private static JsonObject Debounce(JsonElement i)
    {
        JsonElement o = Child(i, "options");
        var queue = new PushQueue(Ms(o, "debounceAfterMs"), Ms(o, "debounceMaxMs"), Text(o, "edsDebounce") == "true");
        long end = Ms(i, "observeForMs");
        long busyUntil = long.MaxValue;
        int full = 0;
        int partial = 0;
        var events = new Queue<JsonElement>(Items(i, "events").OrderBy(static e => Ms(e, "atMs")));
        while (true)
        {
            long next = events.Count > 0 ? Ms(events.Peek(), "atMs") : long.MaxValue;
            long now = Math.Min(Math.Min(next, queue.NextPushAtNs), busyUntil);
            if (now > end || now == long.MaxValue)
            {
                return new JsonObject { ["full"] = full, ["partial"] = partial };
            }

            if (now == next)
            {
                bool isFull = Text(events.Dequeue(), "type") == "config";
                partial += queue.OnEvent(now, isFull) ? 0 : 1;
            }
            else if (now == busyUntil)
            {
                queue.PushDone(now);
                busyUntil = long.MaxValue;
            }
            else if (queue.Push(now))
            {
                full++;
                busyUntil = now + Ms(o, "fullPushDurationMs");
            }
            else
            {
                partial++;
                queue.PushDone(now);
            }
        }
    }

    private static long Ms(JsonElement e, string key) => long.Parse(Text(e, key)) * SimDuration.Millisecond;

    private static JsonObject Entry(string resolution, JsonNode ports) => new()
    {
        ["hosts"] = new JsonArray("svc.example"), ["location"] = "MESH_INTERNAL", ["resolution"] = resolution,
        ["ports"] = ports.DeepClone(),
        ["workloadSelector"] = new JsonObject { ["labels"] = new JsonObject() },
    };

    /// <summary>Endpoints of a ServiceEntry that selects one WorkloadEntry.</summary>
    private static List<IstioEndpoint> Selected(
        IstioProfile profile, string cluster, string ns, JsonNode entry, JsonNode? labels, JsonNode workload)
    {
        JsonObject metadata = VectorMesh.Metadata(ns, "we", "");
        metadata["labels"] = labels ?? new JsonObject();
        VectorMesh mesh = new VectorMesh { Profile = profile }.Add(cluster, "ServiceEntry", ns, "se", entry)
            .Add(cluster, new JsonObject
            {
                ["kind"] = "WorkloadEntry", ["metadata"] = metadata, ["spec"] = workload.DeepClone(),
            });
        return [.. mesh.Push().Registry.Endpoints("svc.example", ns)];
    }

    private static JsonObject Endpoint(JsonElement i, IstioProfile profile)
    {
        JsonNode spec = Node(Child(i, "spec"))!;
        var ports = new JsonArray(new JsonObject { ["number"] = 80, ["name"] = "http", ["protocol"] = "HTTP" });
        List<IstioEndpoint> Of(string resolution) => Selected(profile, Text(i, "cluster"), Text(i, "namespace"),
            Entry(resolution, ports), Node(Child(i, "metadataLabels")), spec);
        List<IstioEndpoint> direct = Of("STATIC");
        List<IstioEndpoint> dns = Of("DNS");
        IstioEndpoint e = direct.Concat(dns).First();
        return new JsonObject
        {
            ["addresses"] = new JsonArray(e.Address),
            ["tlsMode"] = e.TlsMode,
            ["serviceAccount"] = e.ServiceAccount,
            ["labels"] = new JsonObject(e.Labels.Select(static l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))),
            ["locality"] = e.LocalityLabel,
            ["network"] = e.Network,
            ["onlyForDnsServiceEntry"] = direct.Count == 0 && dns.Count == 1,
        };
    }

    private static JsonObject EntryPorts(JsonElement i, IstioProfile profile)
    {
        List<IstioEndpoint> list = Selected(profile, "c1", "ns", Entry("STATIC", Node(Child(i, "serviceEntryPorts"))!),
            null, Node(Child(i, "workloadEntry"))!);
        return new JsonObject
        {
            ["endpointPorts"] = new JsonArray([.. list.Select(static e => (JsonNode)e.Port)]),
            ["tlsMode"] = list[0].TlsMode,
        };
    }

    private static JsonNode Distribution(JsonElement i, IstioProfile profile)
    {
        var mesh = new VectorMesh { Profile = profile };
        JsonObject ns = VectorMesh.Metadata("", "ns", "");
        ns["annotations"] = Node(Child(i, "namespaceAnnotations"));
        mesh.Add("c1", new JsonObject { ["kind"] = "Namespace", ["metadata"] = ns });
        ServiceObjects.Add(mesh, "c1", "ns", "svc", [80], distribution: Text(i, "specTrafficDistribution"),
            annotations: Node(Child(i, "resourceAnnotations")) as JsonObject);
        string text = mesh.Push().Registry.Services[0].TrafficDistribution;
        return text.Length == 0 ? "Any" : text;
    }
}

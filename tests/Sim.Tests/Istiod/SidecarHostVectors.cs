using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Virtual hosts of one route configuration of a sidecar.</summary>
internal static class SidecarHostVectors
{
    public static IEnumerable<string> Differences(
        JsonElement i, JsonElement fixtures, JsonElement expected, IstioProfile profile)
    {
        JsonElement fixture = Text(i, "fixture") is { Length: > 0 } name ? Child(fixtures, name) : i;
        string ns = Text(fixture, "proxyNamespace");
        var proxy = new Proxy(Push(i, fixture, ns, profile), new ProxyRef("c1", ns, "client"));
        string port = Text(i, "port");
        int number = int.Parse(port);
        EgressListener? egress = proxy.Scope.ListenerFor(number, "");
        RouteConfiguration config = new VirtualHostBuilder(proxy, new RouteBuilder(proxy)).Build(port, number, egress!);
        Dictionary<string, VirtualHost> actual = config.VirtualHosts.ToDictionary(static v => v.Name);
        foreach (JsonProperty host in expected.GetProperty("virtualHosts").EnumerateObject())
        {
            string want = string.Join(' ', host.Value.EnumerateArray().Select(static d => d.GetString()!)
                .Where(d => profile != IstioProfile.V1_22 || !d.EndsWith('.')).Order(StringComparer.Ordinal));
            string got = actual.Remove(host.Name, out VirtualHost? v)
                ? string.Join(' ', v.Domains.Order(StringComparer.Ordinal)) : "no such virtual host";
            if (want != got)
            {
                yield return $"{host.Name}: expected [{want}], got [{got}]";
            }

            string cluster = Text(Child(expected, "clusters"), host.Name);
            if (cluster.Length > 0 && v?.Routes[0].Clusters[0].Name != cluster)
            {
                yield return $"{host.Name}: expected {cluster}, got {v?.Routes[0].Clusters[0].Name}";
            }
        }

        foreach (string more in actual.Keys)
        {
            yield return "unexpected virtual host " + more;
        }
    }

    private static PushContext Push(JsonElement i, JsonElement fixture, string ns, IstioProfile profile)
    {
        var mesh = new VectorMesh
        {
            Profile = profile,
            Domain = Text(fixture, "proxyDnsDomain").EndsWith(".svc.cluster.local", StringComparison.Ordinal)
                ? "cluster.local" : "",
            MeshConfig = new JsonObject
            {
                ["outboundTrafficPolicy"] = new JsonObject { ["mode"] = Text(i, "meshOutboundPolicy") },
            },
        };
        mesh.AddPod("c1", ns, "client");
        if (Text(i, "sidecar") is { Length: > 0 } sidecar)
        {
            mesh.Add("c1", "Sidecar", ns, "default", Node(Child(Child(fixture, "sidecars"), sidecar))!);
        }

        foreach (JsonElement vs in Items(i, "virtualServices"))
        {
            JsonObject spec = Node(vs)!.AsObject();
            string vsNamespace = Text(vs, "namespace") is { Length: > 0 } n ? n : ns;
            spec.Remove("name");
            spec.Remove("namespace");
            mesh.Add("c1", "VirtualService", vsNamespace, Text(vs, "name"), spec);
        }

        MeshModel model = mesh.Build();
        KubeCluster cluster = model.Clusters[0] with
        {
            Services = [.. Items(fixture, "services").Select(ServiceOf)],
        };
        return new PushContext(model with { Clusters = [cluster] }, cluster);
    }

    private static KubeService ServiceOf(JsonElement s)
    {
        string address = Text(s, "address");
        return new KubeService
        {
            Meta = new ConfigMeta(Text(s, "hostname"), Text(s, "namespace"), "", default),
            Hostname = Text(s, "hostname"),
            Ports = [.. Items(s, "httpPorts").Select(
                static p => new ServicePort("http-" + p, p.GetInt32(), Protocol.Http))],
            IsHeadless = Text(s, "headless") == "true",
            ClusterIps = address is "" or "0.0.0.0" ? [] : [address],
            ExportTo = Texts(s, "exportTo"),
        };
    }
}

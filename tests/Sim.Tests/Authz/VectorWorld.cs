using System.Text.Json;

namespace Sim.Tests.Authz;

/// <summary>Objects around the workload of a vector.</summary>
internal static class VectorWorld
{
    /// <summary>A pod <c>server</c> with its service, and the service of the external authorizer.</summary>
    /// <param name="ns">Namespace.</param>
    /// <param name="labels">Labels of the pod.</param>
    /// <param name="ip">Address of the pod.</param>
    /// <param name="hasSidecar">The pod runs a proxy.</param>
    /// <param name="ports">Ports; none = no service.</param>
    public static string Objects(
        string ns, JsonElement labels, string ip, bool hasSidecar, params (int Port, string Protocol)[] ports)
    {
        string all = string.Join(", ", labels.EnumerateObject().Select(
            static p => $"\"{p.Name}\": \"{p.Value.GetString()}\"").Append("\"vector\": \"yes\""));
        string proxy = hasSidecar ? ", {name: istio-proxy, image: proxyv2}" : "";
        string pod = $$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: server, namespace: {{ns}}, labels: { {{all}} } }
            spec: {containers: [{name: app, image: app}{{proxy}}]}
            status:
              phase: Running
              podIP: "{{ip}}"
              podIPs: [{ip: "{{ip}}"}]
              conditions: [{type: Ready, status: 'True'}]

            """;
        return ports.Length == 0 ? pod : pod + "---\n" + Services(ns, ip, ports);
    }

    /// <summary>DestinationRule with a TLS mode for the service.</summary>
    public static string Rule(string mode) => $$"""
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: dr, namespace: bank}
        spec:
          host: server.bank.svc.cluster.local
          trafficPolicy: {tls: {mode: {{mode}} } }
        """;

    /// <summary>ServiceEntry <c>entry.example</c> with the pod as its endpoint.</summary>
    public static string Entry(string location, string labels) => $$"""
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: se, namespace: web}
        spec:
          hosts: [entry.example]
          resolution: STATIC
          location: {{location}}
          ports: [{number: 80, name: http, protocol: HTTP}]
          endpoints: [{address: 10.0.0.1, labels: {{labels}}}]
        """;

    /// <summary>PeerAuthentication of the mesh.</summary>
    public static string Peer(string mode) => $$"""
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: default, namespace: istio-system}
        spec: {mtls: {mode: {{mode}} } }
        """;

    private static string Services(string ns, string ip, (int Port, string Protocol)[] ports)
    {
        string list = string.Join(", ", ports.Select(
            static (p, i) => $"{{name: {p.Protocol}-{i}, port: {p.Port}, targetPort: {p.Port}}}"));
        string slice = string.Join(", ", ports.Select(
            static (p, i) => $"{{name: {p.Protocol}-{i}, port: {p.Port}, protocol: TCP}}"));
        return $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: server, namespace: {{ns}}}
            spec: {clusterIP: 10.9.0.1, selector: {vector: "yes"}, ports: [{{list}}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: server-1, namespace: {{ns}}, labels: {kubernetes.io/service-name: server} }
            addressType: IPv4
            endpoints:
            - addresses: ["{{ip}}"]
              conditions: {ready: true}
              targetRef: {kind: Pod, name: server, namespace: {{ns}}}
            ports: [{{slice}}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: authorizer, namespace: istio-system}
            spec: {clusterIP: 10.9.0.2, ports: [{name: grpc, port: 9000}]}
            """;
    }
}

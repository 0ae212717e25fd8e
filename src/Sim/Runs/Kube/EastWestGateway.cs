using System.Globalization;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>The objects of an east-west gateway, as istioctl's sample makes them.</summary>
/// <remarks>Istio: samples/multicluster/gen-eastwest-gateway.sh and expose-services.yaml.</remarks>
internal static class EastWestGateway
{
    /// <summary>Whether a pod is a gateway: it is nothing but a proxy, or has the label of the gateways of Istio's
    /// charts and samples.</summary>
    /// <remarks>Simplified: Istio takes the word of the proxy itself (its arguments <c>proxy router</c>).</remarks>
    public static bool IsGateway(PodState pod) => pod.IsProxyOnly || pod.Labels.GetValueOrDefault("istio", "")
        is "eastwestgateway" or "ingressgateway" or "egressgateway";

    public static ApplyManifests Manifests(ClusterSpec cluster, EastWestGatewaySpec gateway)
    {
        string ingress = string.Concat(Enumerable.Range(0, gateway.Addresses).Select(i =>
            $"\n    - ip: {AddressOf(cluster, i)}"));
        string network = cluster.Network.Value.Length > 0 ? cluster.Network.Value : cluster.Name.Value;
        string text = string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: istio-eastwestgateway, namespace: istio-system}
            spec:
              replicas: {{gateway.Replicas.Value}}
              selector: {matchLabels: {istio: eastwestgateway} }
              template:
                metadata:
                  labels:
                    istio: eastwestgateway
                    app: istio-eastwestgateway
                    topology.istio.io/network: "{{network}}"
                spec:
                  containers:
                  - name: istio-proxy
                    image: auto
                    env: [{name: ISTIO_META_REQUESTED_NETWORK_VIEW, value: "{{network}}"}]
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: istio-eastwestgateway
              namespace: istio-system
              labels: {istio: eastwestgateway, app: istio-eastwestgateway, topology.istio.io/network: "{{network}}" }
            spec:
              type: LoadBalancer
              selector: {istio: eastwestgateway}
              ports: [{name: tls, port: 15443, targetPort: 15443}]
            status:
              loadBalancer:
                ingress:{{ingress}}
            ---
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: cross-network-gateway, namespace: istio-system}
            spec:
              selector: {istio: eastwestgateway}
              servers:
              - port: {number: 15443, name: tls, protocol: TLS}
                tls: {mode: AUTO_PASSTHROUGH}
                hosts: ["*.local"]
            """);
        string file = gateway.Span.IsKnown ? gateway.Span.File : "east-west-gateway.yaml";
        return new ApplyManifests(file, text);
    }

    /// <summary>Address of a gateway: the upper end of the service subnet's neighbour, unused by pods and services.
    /// </summary>
    public static string AddressOf(ClusterSpec cluster, int index) =>
        Ipv4Range.TryParse(cluster.ServiceSubnet, out Ipv4Range range) && range.Count > 512
            ? range.At(range.Count - 256 + index)
            : string.Create(CultureInfo.InvariantCulture, $"172.16.0.{index + 1}");
}

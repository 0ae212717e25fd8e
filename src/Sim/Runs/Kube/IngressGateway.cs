using System.Globalization;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>The objects of an ingress gateway, as <c>istioctl install</c> makes them.</summary>
/// <remarks>Istio: manifests/charts/gateways/istio-ingress/templates/{deployment,service}.yaml.</remarks>
internal static class IngressGateway
{
    /// <summary>Addresses of east-west gateways come first.</summary>
    private const int FirstAddress = 128;

    public static ApplyManifests Manifests(ClusterSpec cluster, IngressGatewaySpec gateway)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: istio-ingressgateway, namespace: istio-system}
            spec:
              replicas: {{gateway.Replicas.Value}}
              selector: {matchLabels: {istio: ingressgateway} }
              template:
                metadata:
                  labels: {istio: ingressgateway, app: istio-ingressgateway}
                spec:
                  serviceAccountName: istio-ingressgateway-service-account
                  containers:
                  - name: istio-proxy
                    image: auto
                    ports: [{containerPort: 8080}, {containerPort: 8443}]
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: istio-ingressgateway-service-account, namespace: istio-system}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: istio-ingressgateway
              namespace: istio-system
              labels: {istio: ingressgateway, app: istio-ingressgateway}
            spec:
              type: LoadBalancer
              selector: {istio: ingressgateway}
              ports:
              - {name: http2, port: 80, targetPort: 8080}
              - {name: https, port: 443, targetPort: 8443}
            status:
              loadBalancer:
                ingress:
                - ip: {{EastWestGateway.AddressOf(cluster, FirstAddress)}}
            """);
        string file = gateway.Span.IsKnown ? gateway.Span.File : "ingress-gateway.yaml";
        return new ApplyManifests(file, text);
    }
}

namespace Sim.Tests.Manifests;

/// <summary>One manifest for each rule of admission that no recording breaks.</summary>
internal static class BrokenRules
{
    private const string Route = "route: [{destination: {host: a}}]";

    /// <summary>A name and the manifest.</summary>
    public static IEnumerable<(string Name, string Text)> All() =>
        Traffic().Concat(Entries()).Concat(Security()).Concat(Others()).Concat(Core());

    private static IEnumerable<(string Name, string Text)> Traffic()
    {
        yield return ("dr-requests-per-connection",
            Rule("trafficPolicy: {connectionPool: {http: {maxRequestsPerConnection: -1}}}"));
        yield return ("dr-split-local-origin",
            Rule("trafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 3}}"));
        yield return ("dr-two-localities", Rule("trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN, "
            + "localityLbSetting: {enabled: true}, zoneAwareLbSetting: {}}}"));
        yield return ("dr-ring-size", Rule("trafficPolicy: {loadBalancer: {consistentHash: "
            + "{httpHeaderName: a, minimumRingSize: 5}}}"));
        yield return ("dr-insecure", Rule(
            "trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: a}}"));
        yield return ("dr-mutual", Rule("trafficPolicy: {tls: {mode: MUTUAL, privateKey: a}}"));
        yield return ("dr-failover-label", Rule("trafficPolicy: {loadBalancer: {localityLbSetting: {failover: "
            + "[{from: a, to: b}], failoverPriority: [topology.kubernetes.io/region]}}}"));
        yield return ("dr-weight-sum", Rule("trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: "
            + "[{from: a/*, to: {b/*: 60, c/*: 30}}]}}}"));
        yield return ("dr-empty-place", Rule("trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: "
            + "[{from: a//b, to: {b/*: 100}}]}}}"));
        yield return ("dr-warmup", Rule("trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN, "
            + "warmup: {duration: 10s, minimumPercent: 101}}}"));
        yield return ("dr-export-to", Rule("exportTo: [a_b]"));
        yield return ("vs-response-and-route", Routes("{directResponse: {status: 200}, " + Route + "}"));
        yield return ("vs-redirect-and-response", Routes("{redirect: {uri: /a}, directResponse: {status: 200}}"));
        yield return ("vs-route-and-redirect", Routes("{redirect: {uri: /a}, " + Route + "}"));
        yield return ("vs-rewrite-and-response", Routes("{rewrite: {uri: /a}, directResponse: {status: 200}}"));
        yield return ("vs-last-rule", Routes("{" + Route + "}, {match: [{uri: {exact: /a}}], " + Route + "}"));
        yield return ("vs-delegate-tcp", Istio("networking.istio.io/v1", "VirtualService",
            "tcp: [{" + Route + "}]\n  http: [{" + Route + "}]"));
        yield return ("vs-delegate-route", Routes("{delegate: {name: a}, directResponse: {status: 200}}"));
        yield return ("vs-root-route", Routes("{delegate: {name: b}, " + Route + "}"));
        yield return ("vs-two-catch-alls", Routes("{" + Route + "}, {" + Route + "}"));
        yield return ("vs-gateway", Istio("networking.istio.io/v1", "VirtualService",
            "hosts: [a]\n  gateways: [A_b/c]\n  http: [{" + Route + "}]"));
        yield return ("vs-tcp-route", Istio("networking.istio.io/v1", "VirtualService",
            "hosts: [a]\n  tcp: [{match: [{port: 80}]}]"));
        yield return ("gw-port-names", Istio("networking.istio.io/v1", "Gateway",
            "servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ['*']}, "
            + "{port: {number: 81, name: a, protocol: HTTP}, hosts: ['*']}]"));
        yield return ("gw-istio-mutual", Server("HTTPS", "tls: {mode: ISTIO_MUTUAL, caCertificates: a}, "));
        yield return ("gw-passthrough", Server("TLS", "tls: {mode: AUTO_PASSTHROUGH, serverCertificate: a}, "));
        yield return ("gw-plain-tls", Server("HTTP", "tls: {mode: SIMPLE, credentialName: a}, "));
        yield return ("gw-host", Istio("networking.istio.io/v1", "Gateway",
            "servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: [a/b/c]}]"));
    }

    private static IEnumerable<(string Name, string Text)> Entries()
    {
        yield return ("se-selector-and-endpoints", Entry("hosts: [a.b]\n  resolution: STATIC\n  workloadSelector: "
            + "{labels: {a: b}}\n  endpoints: [{address: 1.2.3.4}]"));
        yield return ("se-host", Entry("hosts: ['a_b!.c']"));
        yield return ("se-any-host", Entry("hosts: ['*']"));
        yield return ("se-endpoint", Entry("hosts: [a.b]\n  resolution: STATIC\n"
            + "  ports: [{number: 80, name: a, protocol: HTTP}]\n  endpoints: [{address: a_b}]"));
        yield return ("se-two-names", Entry("hosts: [a.b, c.d]\n  addresses: [1.2.3.4]\n  resolution: DNS\n"
            + "  ports: [{number: 443, name: a, protocol: TLS}]"));
        yield return ("se-protocol", Entry("hosts: [a.b]\n  ports: [{number: 80, name: a, protocol: NOPE}]"));
        yield return ("se-unix", Entry("hosts: [a.b]\n  resolution: STATIC\n"
            + "  ports: [{number: 80, name: a, protocol: HTTP}]\n  endpoints: [{address: 'unix://a'}]"));
        yield return ("se-unix-ports", Entry("hosts: [a.b]\n  resolution: STATIC\n"
            + "  ports: [{number: 80, name: a, protocol: HTTP}]\n"
            + "  endpoints: [{address: 'unix:///a', ports: {a: 81}}]"));
        yield return ("se-unix-empty", Entry("hosts: [a.b]\n  resolution: STATIC\n"
            + "  ports: [{number: 80, name: a, protocol: HTTP}]\n  endpoints: [{address: 'unix://'}]"));
        yield return ("se-address", Entry("hosts: [a.b]\n  addresses: [1.2.3.444]"));
        yield return ("se-export-to", Entry("hosts: [a.b]\n  exportTo: ['~', a]"));
        yield return ("we-unix", Istio("networking.istio.io/v1", "WorkloadEntry", "address: 'unix://a'"));
        yield return ("we-unix-ports",
            Istio("networking.istio.io/v1", "WorkloadEntry", "address: 'unix:///a'\n  ports: {a: 81}"));
        yield return ("wg-exec", Istio("networking.istio.io/v1", "WorkloadGroup",
            "template: {serviceAccount: a}\n  probe: {exec: {command: []}}"));
        yield return ("sc-unix-port", Sidecar("egress: [{bind: 'unix:///a', port: {number: 3, name: a, "
            + "protocol: HTTP}, hosts: ['./*']}]"));
        yield return ("sc-unix-twice", Sidecar("egress: [{bind: 'unix:///a', port: {number: 0, name: a, protocol: "
            + "HTTP}, hosts: ['./*']}, {bind: 'unix:///a', port: {number: 0, name: b, protocol: HTTP}, "
            + "hosts: ['./*']}]"));
        yield return ("sc-default-endpoint", Sidecar("ingress: [{port: {number: 80, name: a, protocol: HTTP}, "
            + "defaultEndpoint: 'a:b'}]"));
        yield return ("sc-redirect", Sidecar("ingress: [{port: {number: 80, name: a, protocol: HTTPS}, "
            + "defaultEndpoint: '127.0.0.1:80', tls: {mode: SIMPLE, httpsRedirect: true, serverCertificate: a, "
            + "privateKey: b}}]"));
        yield return ("sc-egress-host", Sidecar("egress: [{hosts: [a]}]"));
    }

    private static IEnumerable<(string Name, string Text)> Security()
    {
        const string Kind = "security.istio.io/v1";
        yield return ("ra-audience", Istio(Kind, "RequestAuthentication", "jwtRules: [{issuer: a, audiences: ['']}]"));
        yield return ("ra-query", Istio(Kind, "RequestAuthentication", "jwtRules: [{issuer: a, fromParams: ['']}]"));
        yield return ("ra-jwks-cut", Istio(Kind, "RequestAuthentication", "jwtRules: [{issuer: a, jwks: '{'}]"));
        yield return ("ap-trust-domain", Policy("{from: [{source: {trustDomains: ['ab*cd']}}]}"));
        yield return ("ap-block", Policy("{from: [{source: {ipBlocks: [nope/24]}}]}"));
        yield return ("ap-ip", Policy("{from: [{source: {ipBlocks: [nope]}}]}"));
        yield return ("ap-ip-when", Policy("{when: [{key: source.ip, values: [nope]}]}"));
        yield return ("ap-target", Istio(Kind, "AuthorizationPolicy",
            "targetRefs: [{group: '', kind: Pod, name: a}]\n  rules: [{}]"));
        yield return ("ap-dry-run", "apiVersion: " + Kind + "\nkind: AuthorizationPolicy\n"
            + "metadata: {name: a, annotations: {istio.io/dry-run: maybe}}\nspec: {rules: [{}]}\n");
    }

    private static IEnumerable<(string Name, string Text)> Others()
    {
        const string Filter = "networking.istio.io/v1alpha3";
        yield return ("ef-null", Istio(Filter, "EnvoyFilter", "configPatches: [null]"));
        yield return ("ef-route", Istio(Filter, "EnvoyFilter", "configPatches: [{applyTo: VIRTUAL_HOST, "
            + "match: {listener: {}}, patch: {operation: REMOVE}}]"));
        yield return ("ef-filter", Istio(Filter, "EnvoyFilter", "configPatches: [{applyTo: NETWORK_FILTER, "
            + "match: {listener: {filterChain: {filter: {}}}}, patch: {operation: REMOVE}}]"));
        yield return ("ef-subfilter", Istio(Filter, "EnvoyFilter", "configPatches: [{applyTo: HTTP_FILTER, match: "
            + "{listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, "
            + "subFilter: {}}}}}, patch: {operation: REMOVE}}]"));
        yield return ("wp-hash", Istio("extensions.istio.io/v1alpha1", "WasmPlugin", "url: a\n  sha256: x"));
        yield return ("we-long", Istio("networking.istio.io/v1", "WorkloadEntry", "address: " + new string('a', 300)));
        yield return ("te-override", Telemetry("metrics: [{overrides: [{tagOverrides: {'': {value: a}}}]}]"));
        yield return ("te-tag", Telemetry("tracing: [{customTags: {'': {literal: {value: a}}}}]"));
        yield return ("te-header", Telemetry("tracing: [{customTags: {a: {header: {name: ''}}}}]"));
        yield return ("te-environment", Telemetry("tracing: [{customTags: {a: {environment: {name: ''}}}}]"));
    }

    private static IEnumerable<(string Name, string Text)> Core()
    {
        yield return ("svc-port-name", Service("ports: [{port: 80, name: a, targetPort: abcdefghijklmnopq}]"));
        yield return ("svc-port-hyphens", Service("ports: [{port: 80, name: a, targetPort: a--b}]"));
        yield return ("svc-port-ends", Service("ports: [{port: 80, name: a, targetPort: a-}]"));
        yield return ("svc-type", Service("type: Nope, ports: [{port: 80}]"));
        yield return ("svc-affinity", Service("sessionAffinity: Nope, ports: [{port: 80}]"));
        yield return ("svc-internal", Service("internalTrafficPolicy: Nope, ports: [{port: 80}]"));
        yield return ("svc-external",
            Service("type: LoadBalancer, externalTrafficPolicy: Nope, ports: [{port: 80}]"));
        yield return ("svc-distribution", Service("trafficDistribution: Nope, ports: [{port: 80}]"));
        yield return ("svc-protocol", Service("ports: [{port: 80, protocol: NOPE}]"));
        yield return ("pod-restart", Pod("restartPolicy: Nope, containers: [{name: a, image: b}]"));
        yield return ("pod-pull", Pod("containers: [{name: a, image: b, imagePullPolicy: Nope}]"));
        yield return ("pod-protocol",
            Pod("containers: [{name: a, image: b, ports: [{containerPort: 1, protocol: N}]}]"));
        yield return ("slice-type", "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\n"
            + "addressType: Nope\nendpoints: []\n");
        yield return ("label-empty-name", Labelled("a.b/"));
        yield return ("label-long-name", Labelled(new string('a', 64)));
        yield return ("label-prefix", Labelled("A_b/c"));
        yield return ("label-long-prefix", Labelled(new string('a', 254) + "/c"));
        foreach (string address in new[] { "a", "0.0.0.0", "127.0.0.1", "169.254.0.1", "224.0.0.1" })
        {
            yield return ("endpoints-" + address, "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n"
                + "subsets: [{addresses: [{ip: " + address + "}], ports: [{port: 80}]}]\n");
        }

        yield return ("hpa-least", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"
            + "spec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 0, maxReplicas: 0}\n");
    }

    private static string Istio(string version, string kind, string spec) =>
        $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  {spec}\n";

    private static string Rule(string spec) => Istio("networking.istio.io/v1", "DestinationRule", "host: a\n  " + spec);

    private static string Routes(string http) =>
        Istio("networking.istio.io/v1", "VirtualService", $"hosts: [a]\n  http: [{http}]");

    private static string Server(string protocol, string tls) => Istio("networking.istio.io/v1", "Gateway",
        $"servers: [{{port: {{number: 80, name: a, protocol: {protocol}}}, {tls}hosts: ['*']}}]");

    private static string Entry(string spec) => Istio("networking.istio.io/v1", "ServiceEntry", spec);

    private static string Sidecar(string spec) => Istio("networking.istio.io/v1", "Sidecar", spec);

    private static string Policy(string rule) =>
        Istio("security.istio.io/v1", "AuthorizationPolicy", $"rules: [{rule}]");

    private static string Telemetry(string spec) => Istio("telemetry.istio.io/v1", "Telemetry", spec);

    private static string Service(string spec) =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{{spec}}}\n";

    private static string Pod(string spec) => $"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{spec}}}\n";

    private static string Labelled(string key) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, labels: {{{key}: b}}}}\n";
}

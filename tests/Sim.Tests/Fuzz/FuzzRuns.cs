using System.Text;
using Sim.Runs;
using Sim.Tests.Runs;

namespace Sim.Tests.Fuzz;

/// <summary>Whole runs of a small world whose Istio resources are broken and taken as they are, as without a webhook.
/// </summary>
internal static class FuzzRuns
{
    private static readonly Lazy<(SmallWorld World, ScenarioRequest Request)> Small = new(Make);

    /// <summary>Resources about the world's services; each with as many of its fields as make sense together.</summary>
    public static IReadOnlyList<string> Seeds { get; } =
    [
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: pay}
        spec:
          hosts: [pay]
          http:
          - match: [{uri: {regex: '/a.*'}, headers: {x: {exact: b}}, method: {prefix: G},
              queryParams: {q: {exact: z}}}]
            redirect: {uri: /b, authority: c, redirectCode: 302}
          - match: [{uri: {prefix: /}}]
            route:
            - {destination: {host: pay, subset: v1}, weight: 60, headers: {request: {add: {a: b}}}}
            - {destination: {host: other, port: {number: 80}}, weight: 40}
            retries: {attempts: 2, perTryTimeout: 1s, retryOn: '5xx,503', backoff: 10ms}
            timeout: 2s
            fault: {delay: {fixedDelay: 10ms, percentage: {value: 50}},
              abort: {httpStatus: 503, percentage: {value: 1}}}
            mirror: {host: other}
            mirrorPercentage: {value: 10}
            rewrite: {uri: /x, authority: y}
            corsPolicy: {allowOrigins: [{exact: a}], maxAge: 1h}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: bytes}
        spec:
          hosts: [bytes]
          tcp: [{match: [{port: 90}], route: [{destination: {host: bytes}, weight: 1},
            {destination: {host: pay}, weight: 3}]}]
          tls: [{match: [{port: 90, sniHosts: [bytes]}], route: [{destination: {host: bytes}}]}]
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: pay}
        spec:
          host: pay
          trafficPolicy:
            connectionPool: {tcp: {maxConnections: 2, connectTimeout: 1s, maxConnectionDuration: 3s, idleTimeout: 1s},
              http: {http1MaxPendingRequests: 1, http2MaxRequests: 9, maxRequestsPerConnection: 2, maxRetries: 1,
                idleTimeout: 1s, h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 3}}
            outlierDetection: {consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 50,
              minHealthPercent: 20, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2}
            loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 10s, minimumPercent: 10, aggression: 2},
              localityLbSetting: {enabled: true, failover: [{from: us, to: eu}]}}
            tls: {mode: ISTIO_MUTUAL}
          subsets: [{name: v1, labels: {app: pay}, trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x,
            ringHash: {minimumRingSize: 64}}}}}]
          exportTo: ['*']
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: other}
        spec:
          host: other
          trafficPolicy:
            loadBalancer: {localityLbSetting: {enabled: true, distribute: [{from: us/*, to: {'us/*': 80, 'eu/*': 20}}]},
              consistentHash: {httpCookie: {name: c, ttl: 0s}, maglev: {tableSize: 65537}}}
            outlierDetection: {consecutiveGatewayErrors: 1, interval: 500ms, baseEjectionTime: 1s}
            portLevelSettings: [{port: {number: 80}, connectionPool: {http: {http1MaxPendingRequests: 3}}}]
            proxyProtocol: {version: V1}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: far}
        spec:
          hosts: [far.example.com]
          addresses: [240.1.2.3]
          location: MESH_INTERNAL
          resolution: STATIC
          ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
          endpoints: [{address: 10.9.9.9, locality: us/a, weight: 3, labels: {a: b}, network: n, serviceAccount: x}]
          subjectAltNames: [spiffe://a]
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: front}
        spec:
          workloadSelector: {labels: {app: front}}
          outboundTrafficPolicy: {mode: REGISTRY_ONLY}
          egress: [{port: {number: 80, protocol: HTTP, name: h}, bind: 127.0.0.1, hosts: ['./*', 'default/pay.*']}]
          ingress: [{port: {number: 8080, protocol: HTTP, name: a}, defaultEndpoint: '127.0.0.1:8080'}]
        """,
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: default}
        spec: {mtls: {mode: STRICT}, selector: {matchLabels: {app: pay}}, portLevelMtls: {8080: {mode: DISABLE}}}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: pay}
        spec:
          selector: {matchLabels: {app: pay}}
          action: DENY
          rules: [{from: [{source: {principals: ['*/front'], notIpBlocks: [10.0.0.0/8]}}],
            to: [{operation: {methods: [POST], paths: ['/{*}/x', '/a*'], ports: ['8080'], hosts: ['*.b']}}],
            when: [{key: 'request.headers[x]', values: [a]}]}]
        ---
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: pay}
        spec: {selector: {matchLabels: {app: pay}}, jwtRules: [{issuer: a, jwks: '{"keys":[]}',
          fromHeaders: [{name: x}]}]}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: door}
        spec:
          selector: {istio: ingressgateway}
          servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*/a.example.com', b.example.com],
            tls: {httpsRedirect: false}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: door}
        spec: {hosts: [b.example.com], gateways: [door, mesh], http: [{route: [{destination: {host: pay}}]}]}
        """,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: more, labels: {a: b}, annotations: {networking.istio.io/traffic-distribution: PreferClose}}
        spec:
          selector: {app: pay}
          type: LoadBalancer
          externalIPs: [1.2.3.4]
          trafficDistribution: PreferSameZone
          publishNotReadyAddresses: true
          ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http2}, {name: tcp, port: 90}]
        status: {loadBalancer: {ingress: [{ip: 9.9.9.9}]}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: more}
        spec:
          replicas: 3
          minReadySeconds: 1
          strategy: {rollingUpdate: {maxSurge: 50%, maxUnavailable: 0}}
          selector: {matchLabels: {app: pay}}
          template:
            metadata: {labels: {app: pay, version: v2}, annotations: {proxy.istio.io/config: '{"concurrency": 2}'}}
            spec:
              terminationGracePeriodSeconds: 1
              topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone}]
              containers: [{name: a, image: x, ports: [{containerPort: 8080, name: h}],
                readinessProbe: {periodSeconds: 1, initialDelaySeconds: 1}}]
        """,
    ];

    /// <summary>The rest of the world's scenario file: faults, loads and measures of every kind.</summary>
    public static IReadOnlyList<string> Scenarios { get; } =
    [
        """
          warmup: 1s
          seed: 7
          topology: {links: [{between: [us, eu], rtt: 80ms, jitter: 5ms, loss: 1%}], proxyOverhead: 500us}
          workloads:
            - {match: {workload: pay}, serviceTime: {dist: lognormal, p50: 5ms, p99: 50ms}, concurrency: 2, queue: 3,
               errors: {rate: 20%, status: 503}, startup: 1s, responseBytes: 1000, dataClass: payments,
               calls: [[{to: other, timeout: 1s, optional: true}], {to: other}],
               onCallError: {forward: true} }
            - {match: {workload: other}, serviceTime: 1ms, dnsCache: 1s, dnsNegativeCache: 1s, abandonedWork: cancel}
          traffic:
            - {name: a, from: {workload: front}, rate: 10/s, arrivals: constant,
               request: {curl: 'http://pay/a?q=z -H "x: b" -m 1'} }
            - {name: b, from: {workload: front}, rate: 1/s,
               stages: [{to: 20/s, over: 1s, hold: 1s}], request: {curl: 'http://other/'} }
            - {name: c, from: {workload: front}, model: closed, users: 3, think: 100ms,
               request: {curl: 'http://pay/'} }
          probes: [{name: p, from: {workload: front}, every: 500ms, curl: 'http://pay/', expect: {code: 200}}]
          slos: [{name: s, good: 'response_code < 500', target: 99.9%, window: 30d}]
          assert:
            - 'availability{service="pay"} >= 1%'
            - {expr: 'p99{service="pay"} < 9s', during: gone}
            - {recover: gone, within: 3s, to: 'availability >= 1%'}
          timeline:
            - {at: 1s, run: 'kubectl --context=us scale deployment pay --replicas=1'}
            - {at: 1s, as: gone, fault: {type: pod-kill, select: {context: us, workload: pay}, for: 1s}}
            - {at: 1s, fault: {type: errors, select: {workload: other}, status: 500, rate: 50%, for: 1s}}
            - {at: 1200ms, fault: {type: slow, select: {workload: pay}, factor: 3, add: 10ms, for: 1s}}
        """,
        """
          seed: 8
          workloads: [{match: {workload: pay}, serviceTime: {dist: gamma, mean: 5ms, cv: 2}, concurrency: 1}]
          traffic:
            - {name: a, from: {workload: front}, rate: 20/s, request: {curl: 'http://pay/'} }
            - {name: d, from: {region: us, ingress: istio-ingressgateway}, rate: 5/s,
               request: {curl: http://b.example.com/} }
          timeline:
            - {at: 500ms, fault: {type: partition, select: {region: us}, target: {region: eu}, action: reject,
                direction: to, for: 1s}}
            - {at: 1s, fault: {type: region-outage, select: {region: eu}, for: 1s}}
            - {at: 1s, fault: {type: istiod-down, select: {context: us}, for: 1s}}
            - {at: 1s, fault: {type: kube-api-down, select: {context: us}, for: 500ms}}
            - {at: 1s, fault: {type: dns-failure, select: {context: us}, host: other, answer: nxdomain, for: 1s}}
            - {at: 2s, fault: {type: gateway-down, select: {context: us}, for: 1s}}
            - {at: 2s, fault: {type: cert-expiry, select: {context: us}, for: 1s}}
            - {at: 2s, fault: {type: random, mtbf: 1s, mttr: 100ms,
                faults: [{type: app-down, select: {workload: pay}}]}}
            - {at: 2s, fault: {type: latency, select: {region: us}, target: {region: eu}, add: 10ms, for: 1s}}
            - {at: 2s, fault: {type: packet-loss, select: {region: us}, target: {region: eu}, rate: 10%, for: 1s}}
            - {at: 2s, fault: {type: cpu-saturation, select: {workload: pay}, rate: 50%, for: 1s}}
            - {at: 2s, fault: {type: zone-outage, select: {region: us, zone: us-a}, for: 1s}}
            - {at: 2s, run: 'kubectl --context=us rollout restart deployment/pay'}
          replications: 1
          variants: [{name: v, spec: {seed: 9}}]
        """,
    ];

    /// <summary>Runs the world under a broken scenario, for a short time.</summary>
    public static void RunScenario(string text, int _)
    {
        (SmallWorld world, ScenarioRequest request) = Small.Value;
        string folder = Path.Combine(world.Folder, "scenario");
        Directory.CreateDirectory(folder);
        const string Head = "apiVersion: meshsim/v1alpha1\nkind: Scenario\nmetadata: {name: broken}\nspec:\n"
            + "  admission: lax\n  duration: 3s\n  clusters:\n"
            + "    - {name: us, manifests: [../us.yaml], region: us, zones: [us-a], remoteSecrets: [eu],\n"
            + "       ingressGateway: {}}\n"
            + "    - {name: eu, manifests: [../eu.yaml], region: eu, remoteSecrets: [us]}\n";
        File.WriteAllBytes(Path.Combine(folder, "scenario.yaml"), Encoding.UTF8.GetBytes(Head + text));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        ScenarioRunner.Run(request with { Directory = folder, Set = ["duration=3s"] }, null, limit.Token);
    }

    /// <summary>Runs the world with the resources from the start, or, for odd numbers, applied in the middle.</summary>
    public static void Run(string text, int number)
    {
        (SmallWorld world, ScenarioRequest request) = Small.Value;
        bool isLate = number % 2 == 1;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        File.WriteAllBytes(Path.Combine(world.Folder, "broken.yaml"), isLate ? [] : bytes);
        File.WriteAllBytes(Path.Combine(world.Folder, "late.yaml"), isLate ? bytes : []);
        ScenarioRunner.Run(request, null, default);
    }

    private static (SmallWorld World, ScenarioRequest Request) Make()
    {
        SmallWorld world = new SmallWorld("us", "eu").Cluster("us", ", ingressGateway: {}").Workload("us", "front")
            .Workload("us", "pay", 2).Service("us", "pay").Workload("us", "other").Service("us", "other")
            .Workload("eu", "other").Service("eu", "other").Objects("us", """
                apiVersion: v1
                kind: Service
                metadata: {name: bytes}
                spec: {selector: {app: pay}, ports: [{name: tcp, port: 90, targetPort: 8080}]}
                """).Spec("""
            admission: lax
            duration: 4s
            seed: 7
            workloads: [{match: {workload: pay}, serviceTime: 5ms, errors: {rate: 20%, status: 503} }]
            traffic:
              - {name: a, from: {workload: front}, rate: 10/s, request: {curl: 'http://pay/a?q=z -H "x: b"'} }
              - {name: b, from: {workload: front}, rate: 5/s, request: {curl: 'http://other/'} }
              - {name: c, from: {workload: front}, rate: 5/s, request: {curl: 'http://bytes:90/'} }
              - {name: d, from: {region: us, ingress: istio-ingressgateway}, rate: 5/s,
                 request: {curl: http://b.example.com/} }
              - {name: e, from: {workload: front}, rate: 2/s, request: {curl: 'http://far.example.com/'} }
            timeline:
              - {at: 2s, apply: {context: us, files: [late.yaml]} }
            """);
        return (world, world.Write("", "clusters[us].manifests=[us.yaml, broken.yaml]"));
    }
}

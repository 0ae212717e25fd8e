using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Runs;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>Vectors <c>istio-authz</c>, <c>istio-peerauthn</c>, <c>istio-trustdomain</c>.</summary>
internal sealed class SecurityVectorTests
{
    private const string Kubernetes = "world.yaml";

    private static IEnumerable<TestCaseData> AuthzCases() => VectorFiles.Cases("istio-authz");

    private static IEnumerable<TestCaseData> PeerCases() => VectorFiles.Cases("istio-peerauthn");

    private static IEnumerable<TestCaseData> TrustDomainCases() => VectorFiles.Cases("istio-trustdomain");

    [TestCaseSource(nameof(TrustDomainCases))]
    public void Principals_are_expanded(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        var bundle = new TrustDomainBundle(c.GetProperty("trustDomain").GetString()!, Texts(c, "aliases"));
        IReadOnlyList<string> expected = Texts(c.GetProperty("expect"), "principals");
        Assert.That(bundle.Rewrite(Texts(c, "principals")), Is.EquivalentTo(expected));
    }

    [TestCaseSource(nameof(AuthzCases))]
    public void Requests_are_judged(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement request = c.GetProperty("request");
        JsonElement mesh = c.GetProperty("mesh");
        JsonElement destination = request.GetProperty("destination");
        bool isHttp = request.GetProperty("protocol").GetString() == "http";
        int port = destination.GetProperty("port").GetInt32();
        string ns = destination.GetProperty("namespace").GetString()!;
        var world = SecurityWorld.Of(
            [
                (Kubernetes, VectorWorld.Objects(
                    ns, destination.GetProperty("labels"), Ip(destination), true, (port, isHttp ? "http" : "tcp"))),
                ("policies.yaml", c.GetProperty("policies").GetString()!),
            ],
            MeshSettings(mesh),
            new MeshOptions
            {
                Profile = Profile(c),
                // What was read off the tests of istiod's builder, not checked on running software, says nothing of
                // the handshake before the policies.
                SkipValidateTrustDomain = !c.TryGetProperty("checked", out _)
                    || (mesh.TryGetProperty("skipValidateTrustDomain", out JsonElement s) && s.GetBoolean()),
            }, "one");
        InboundListener listener = world.Inbound(ns + "/server", port);
        AuthzAnswer answer = Ask(listener, request, mesh, isHttp, Profile(c));
        JsonElement expect = c.GetProperty("expect");
        Assert.Multiple(() =>
        {
            Assert.That(answer.Decision, Is.EqualTo(expect.GetProperty("decision").GetString()));
            Assert.That(Deciding(answer), Is.EqualTo(Text(expect, "matchedPolicy")), "matchedPolicy");
            if (Text(expect, "responseCodeDetails") is string details)
            {
                Assert.That(answer.Details, Is.EqualTo(details));
            }

            if (expect.TryGetProperty("httpStatus", out JsonElement status))
            {
                Assert.That(answer.Status, Is.EqualTo(status.GetInt32()));
                Assert.That(answer.Flags, Is.EqualTo(Text(expect, "responseFlags") ?? answer.Flags));
                Assert.That(answer.Body ?? Text(expect, "body"), Is.EqualTo(Text(expect, "body") ?? answer.Body));
            }

            if (Text(expect, "connection") is string connection)
            {
                Assert.That(answer.Connection, Is.EqualTo(connection));
            }
        });
    }

    [TestCaseSource(nameof(PeerCases))]
    public void Connections_are_made(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        if (c.GetProperty("type").GetString() == "effective-mode")
        {
            CheckMode(c);
        }
        else
        {
            CheckConnection(c);
        }
    }

    private static void CheckMode(JsonElement c)
    {
        JsonElement workload = c.GetProperty("workload");
        string ns = workload.GetProperty("namespace").GetString()!;
        JsonElement expect = c.GetProperty("expect");
        (int, string)[] ports = [.. expect.GetProperty("perPort").EnumerateObject().Select(
            static p => (int.Parse(p.Name, CultureInfo.InvariantCulture), "http"))];
        var world = SecurityWorld.Of(
            [
                (Kubernetes, VectorWorld.Objects(ns, workload.GetProperty("labels"), "10.0.0.1", true, ports)),
                ("policies.yaml", c.GetProperty("policies").GetString()!),
            ],
            "{\"rootNamespace\": \"" + c.GetProperty("rootNamespace").GetString() + "\"}",
            new MeshOptions { Profile = Profile(c) }, "one");
        Assert.That(world.Inbound(ns + "/server", 0).Mtls.ToString().ToUpperInvariant(),
            Is.EqualTo(expect.GetProperty("mode").GetString()));
        foreach (JsonProperty p in expect.GetProperty("perPort").EnumerateObject())
        {
            int port = int.Parse(p.Name, CultureInfo.InvariantCulture);
            Assert.That(world.Inbound(ns + "/server", port).Mtls.ToString().ToUpperInvariant(),
                Is.EqualTo(p.Value.GetString()), p.Name);
        }
    }

    private static void CheckConnection(JsonElement c)
    {
        bool hasSidecar = c.GetProperty("server").GetString() == "sidecar";
        string domain = Text(c, "meshTrustDomain") ?? "cluster.local";
        string aliases = c.TryGetProperty("meshTrustDomainAliases", out JsonElement a) ? a.GetRawText() : "[]";
        string rule = Text(c, "destinationRuleTls") is string mode ? VectorWorld.Rule(mode) : "";
        string host = "server.bank.svc.cluster.local";
        string entry = "";
        if (c.TryGetProperty("serviceEntry", out JsonElement e))
        {
            host = "entry.example";
            entry = VectorWorld.Entry(Text(e, "location")!, e.GetProperty("endpointLabels").GetRawText());
        }

        using JsonDocument labels = JsonDocument.Parse(
            hasSidecar ? "{\"security.istio.io/tlsMode\": \"istio\"}" : "{}");
        var world = SecurityWorld.Of(
            [
                (Kubernetes, VectorWorld.Objects("bank", labels.RootElement, "10.0.0.1", hasSidecar, (80, "http"))),
                ("client.yaml", VectorWorld.Objects("web", labels.RootElement, "10.0.0.2", true)),
                ("peer.yaml", VectorWorld.Peer(Text(c, "serverMode")!)),
                ("rule.yaml", rule), ("entry.yaml", entry),
            ],
            "{\"trustDomain\": \"" + domain + "\", \"trustDomainAliases\": " + aliases + "}",
            new MeshOptions { Profile = Profile(c) }, "one");
        bool isShared = !c.TryGetProperty("sharedRoot", out JsonElement shared) || shared.GetBoolean();
        string own = Text(c, "clientTrustDomain") ?? domain;
        var client = new WorkloadIdentity(own + "/ns/web/sa/default", own, isShared ? "mesh" : "other");
        WorkloadIdentity? server = hasSidecar ? new(domain + "/ns/bank/sa/default", domain, "mesh") : null;
        InboundListener? inbound = hasSidecar ? world.Inbound("bank/server", 80) : null;
        JsonElement expect = c.GetProperty("expect");
        if (c.GetProperty("client").GetString() == "client-certificate")
        {
            InboundTaking taking = InboundTransport.Choose(
                inbound!, ConnectionOffer.OfSidecar(client, true), "mesh", true);
            Assert.That(taking == InboundTaking.Http ? "ok" : "tls-error", Is.EqualTo(Text(expect, "outcome")));
            return;
        }

        ProxySnapshot snapshot = world.Snapshot("web/server");
        ClusterConfig cluster = snapshot.Clusters["outbound|80||" + host];
        ClusterLoadAssignment endpoints = cluster.InlineEndpoints ?? snapshot.Endpoints[cluster.Name];
        string tlsMode = endpoints.Endpoints[0].Endpoints[0].TlsMode;
        HandshakeResult result = MtlsHandshake.Connect(
            new ConnectionEnds(cluster.Tls, tlsMode, client, server, inbound));
        if (c.GetProperty("client").GetString() == "no-sidecar")
        {
            result = MtlsHandshake.Connect(new ConnectionEnds(UpstreamTls.Plaintext, "", null, server, inbound));
        }

        var report = ConnectionReport.Of(result.Outcome, true, 2);
        string outcome = report.IsOpen ? "ok" : result.Failure.Length > 0
            || result.Outcome == HandshakeOutcome.ServerRefuses ? "tls-error" : "connection-reset";
        Assert.That(outcome, Is.EqualTo(Text(expect, "outcome")));
        bool isTls = cluster.Tls.Mode == UpstreamTlsMode.IstioMutual
            || (cluster.Tls.Mode == UpstreamTlsMode.AutoMtls && tlsMode == "istio");
        Assert.That(isTls ? "mtls" : "plaintext", Is.EqualTo(Text(expect, "wire") ?? (isTls ? "mtls" : "plaintext")));
        if (expect.TryGetProperty("clientSeesHttp", out JsonElement status))
        {
            Assert.That(report.Status, Is.EqualTo(status.GetInt32()));
            Assert.That(report.Flags.Length == 0 ? "-" : report.Flags, Is.EqualTo(Text(expect, "clientFlags")));
        }
    }

    private static AuthzAnswer Ask(
        InboundListener listener, JsonElement request, JsonElement mesh, bool isHttp, IstioProfile profile)
    {
        JsonElement source = request.GetProperty("source");
        JsonElement destination = request.GetProperty("destination");
        string? principal = source.GetProperty("mtls").GetBoolean() ? Text(source, "principal") : null;
        ConnectionOffer offer = principal is null ? ConnectionOffer.Plaintext : ConnectionOffer.OfSidecar(
            new WorkloadIdentity(principal, principal.Split('/')[0], "mesh"), isHttp);
        InboundTaking taking = InboundTransport.Choose(listener, offer, "mesh", isHttp);
        if (taking is not (InboundTaking.Http or InboundTaking.Tcp))
        {
            return new AuthzAnswer("deny", 0, isHttp ? "" : "closed-by-server");
        }

        var connection = new InboundConnection
        {
            Peer = principal is null ? null : RbacPeer.Of("spiffe://" + principal),
            DestinationIp = IpAddress.Parse(Ip(destination)),
            DestinationPort = destination.GetProperty("port").GetInt32(),
            PeerIp = IpAddress.Parse(Text(source, "ip")),
            SourceIp = IpAddress.Parse(Text(source, "remoteIp") ?? Text(source, "ip")),
            ServerName = Text(destination, "sni"),
        };
        var policy = InboundPolicy.Compile(listener, InboundRelease.Of(profile));
        ExternalAnswer external = Text(request, "extAuthz") == "deny"
            ? new ExternalAnswer(ExternalAnswerKind.Deny) : ExternalAnswer.Allow;
        InboundDecision decision;
        if (isHttp)
        {
            JsonElement http = request.GetProperty("http");
            decision = policy.Decide(connection, Request(http, mesh), _ => external, 1_785_000_000);
            bool isGrpc = decision.Reply is not null && http.TryGetProperty("headers", out JsonElement h)
                && (Text(h, "content-type") ?? "").StartsWith("application/grpc");
            return decision.Reply is not LocalReply reply ? new AuthzAnswer("allow", 200) { Filters = decision }
                : new AuthzAnswer("deny", reply.CodeFor(isGrpc), "", ResponseFlags.ShortName(reply.Flag), reply.Details,
                    reply.BodyFor(isGrpc)) { Filters = decision };
        }

        decision = policy.DecideTcp(connection, _ => external);
        return decision.IsAllowed ? new AuthzAnswer("allow", 0, "open") { Filters = decision }
            : new AuthzAnswer("deny", 0, "closed-by-server", Details: decision.Reply!.Details) { Filters = decision };
    }

    private static InboundRequest Request(JsonElement http, JsonElement mesh)
    {
        MetadataValue? claims = null;
        if (http.TryGetProperty("jwtClaims", out JsonElement j) && j.ValueKind == JsonValueKind.Object)
        {
            claims = ClaimReader.Split(
                ClaimReader.Read(j), ["scope", "permission", .. Texts(mesh, "spaceDelimitedClaims")]);
        }

        KeyValuePair<string, string>[] lines = !http.TryGetProperty("headers", out JsonElement headers) ? []
            : [.. headers.EnumerateObject().Select(
                static p => new KeyValuePair<string, string>(p.Name, p.Value.GetString()!))];
        return new InboundRequest(
            Text(http, "method")!, Text(http, "host"), Text(http, "path")!, lines)
        {
            StatedClaims = claims, IsHttp2 = Text(http, "version") == "2",
        };
    }

    private static string? Deciding(AuthzAnswer answer)
    {
        InboundDecision? d = answer.Filters;
        if (d is null)
        {
            return null;
        }

        return d.Reply?.Flag == ResponseFlag.UnauthorizedExternalService ? "ext_authz"
            : d.Rule.Length > 0 ? d.Rule
            : d.Reply?.Details.StartsWith("rbac_", StringComparison.Ordinal) == true ? "none" : null;
    }

    private static string MeshSettings(JsonElement mesh)
    {
        var providers = new List<object>();
        foreach (JsonProperty p in mesh.TryGetProperty("extensionProviders", out JsonElement e)
                     ? e.EnumerateObject() : default)
        {
            providers.Add(new Dictionary<string, object>
            {
                ["name"] = p.Name,
                [p.Value.GetString() == "grpc" ? "envoyExtAuthzGrpc" : "envoyExtAuthzHttp"] =
                    new { service = "authorizer.istio-system.svc.cluster.local", port = 9000 },
            });
        }

        return JsonSerializer.Serialize(new
        {
            rootNamespace = Text(mesh, "rootNamespace"),
            trustDomain = Text(mesh, "trustDomain"),
            trustDomainAliases = Texts(mesh, "trustDomainAliases"),
            pathNormalization = new { normalization = Text(mesh, "pathNormalization") ?? "BASE" },
            extensionProviders = providers,
        });
    }

    private static string Ip(JsonElement destination) => Text(destination, "ip") ?? "10.0.0.1";

    private static IstioProfile Profile(JsonElement c) =>
        Text(c, "since") is "1.30" or "1.31" ? IstioProfile.V1_31 : IstioProfile.V1_29;

    private static IReadOnlyList<string> Texts(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.Array
            ? [.. v.EnumerateArray().Select(static t => t.GetString()!)] : [];

    private static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
}

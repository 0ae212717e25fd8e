using System.Text.Json;
using Sim.Runs;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>Recorded connections: family <c>mtls</c>, both sides.</summary>
internal sealed class MtlsOracleTests
{
    private const string Client = "web/front-1";
    private const string Server = "bank/ledger-1";

    public static IEnumerable<TestCaseData> Cases()
    {
        foreach (string file in OracleFiles.Files("mtls", "cases-*.jsonl"))
        {
            foreach (string line in File.ReadLines(file))
            {
                JsonElement c = JsonDocument.Parse(line).RootElement;
                yield return OracleFiles.Case(
                    "mtls", c.GetProperty("id").GetString()!, Path.GetDirectoryName(file), c);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Connections_end_as_recorded(string folder, JsonElement c)
    {
        JsonElement server = c.GetProperty("server");
        bool hasSidecar = server.GetProperty("sidecar").GetBoolean();
        var world = SecurityWorld.Of(Path.Combine(folder, hasSidecar ? "world-sidecar" : "world-no-sidecar"), c);
        WorkloadIdentity client = Identity("web", "front", c.GetProperty("clientCertificate").GetString()!);
        WorkloadIdentity? own = hasSidecar
            ? Identity("bank", "ledger", server.GetProperty("certificate").GetString()!) : null;
        var differences = new List<string>();
        ProxySnapshot snapshot = world.Snapshot(Client);
        foreach (JsonElement connection in c.GetProperty("connections").EnumerateArray())
        {
            string protocol = connection.GetProperty("protocol").GetString()!;
            int port = protocol switch { "http" => 25080, "tcp" => 25081, _ => 25082 };
            InboundListener? inbound = hasSidecar ? world.Inbound(Server, port) : null;
            bool isHttp = protocol.EndsWith("http", StringComparison.Ordinal);
            string kind = connection.GetProperty("client").GetString()!;
            Dictionary<string, string> actual = kind == "sidecar"
                ? OfSidecar(snapshot, c.GetProperty("host").GetString()!, client, own, inbound, port, isHttp)
                : OfOther(kind, own, inbound, isHttp);
            differences.AddRange(Expected(connection.GetProperty("expect"))
                .Where(e => actual.GetValueOrDefault(e.Key, "") != e.Value)
                .Select(e => $"{kind} {protocol}: {e.Key} {actual.GetValueOrDefault(e.Key, "")} instead of {e.Value}"));
        }

        foreach (JsonProperty p in c.GetProperty("clientTls").EnumerateObject())
        {
            ClusterConfig cluster = snapshot.Clusters[$"outbound|{p.Name}||{c.GetProperty("host").GetString()}"];
            string expected = Tls(p.Value);
            if (Tls(cluster.Tls) != expected)
            {
                differences.Add($"client TLS of port {p.Name}: {Tls(cluster.Tls)} instead of {expected}");
            }
        }

        OracleList.Judge(OracleList.Read("mtls", "not-yet.txt"), "mtls/" + c.GetProperty("id").GetString(),
            string.Join('\n', differences));
    }

    private static Dictionary<string, string> OfSidecar(
        ProxySnapshot snapshot, string host, WorkloadIdentity client, WorkloadIdentity? server,
        InboundListener? inbound, int port, bool isHttp)
    {
        ClusterConfig cluster = snapshot.Clusters[$"outbound|{(port == 25080 ? 80 : port)}||{host}"];
        ClusterLoadAssignment endpoints = cluster.InlineEndpoints ?? snapshot.Endpoints[cluster.Name];
        string tlsMode = endpoints.Endpoints[0].Endpoints[0].TlsMode;
        HandshakeResult result = MtlsHandshake.Connect(
            new ConnectionEnds(cluster.Tls, tlsMode, client, server, inbound) { IsHttp = isHttp });
        var report = ConnectionReport.Of(result.Outcome, isHttp, 2);
        var actual = new Dictionary<string, string>
        {
            ["outcome"] = report.IsOpen ? "ok" : "fails",
            ["flags"] = report.Flags,
            ["details"] = report.Details.TrimEnd('}'),
            ["serverIdentity"] = result.ServerPrincipal.Length > 0 ? "spiffe://" + result.ServerPrincipal : "",
            ["transportFailureKind"] = result.Failure,
        };
        actual[isHttp ? "status" : "connection"] =
            isHttp ? report.Status.ToString() : report.IsOpen ? "open" : "closed";
        actual["attempts"] = isHttp ? report.Attempts.ToString() : "";
        return actual;
    }

    /// <summary>A client without sidecar that connects to the workload port.</summary>
    private static Dictionary<string, string> OfOther(
        string kind, WorkloadIdentity? server, InboundListener? inbound, bool isHttp)
    {
        ConnectionOffer offer = Offer(kind, isHttp);
        var actual = new Dictionary<string, string>();
        bool isOpen = !offer.IsTls;
        if (inbound is not null)
        {
            InboundTaking taking = InboundTransport.Choose(inbound, offer, server!.Root, isHttp);
            isOpen = taking is InboundTaking.Http or InboundTaking.Tcp;
            bool hasSeen = offer.Certificate is not null && taking is InboundTaking.Http or InboundTaking.Tcp
                or InboundTaking.CertificateRefused;
            actual["server.identity"] = hasSeen && offer.IsTls ? "spiffe://" + offer.Certificate!.Principal : "";
            (actual["server.flags"], actual["server.details"], actual["server.tlsFailureKind"], actual["server.http"]) =
                taking switch
                {
                    InboundTaking.NoChain => ("NR", "filter_chain_not_found", "", ""),
                    InboundTaking.Http => ("", "", "", "200 via_upstream -"),
                    InboundTaking.TlsAsHttp => ("DPE", "", "", "400 http1.codec_error DPE"),
                    InboundTaking.NoCertificate => ("", "", "PEER_DID_NOT_RETURN_A_CERTIFICATE", ""),
                    InboundTaking.CertificateRefused => ("", "", "CERTIFICATE_VERIFY_FAILED", ""),
                    _ => ("", "", "", ""),
                };
        }

        actual["outcome"] = isOpen ? "ok" : "fails";
        actual[isHttp ? "status" : "connection"] = isHttp ? isOpen ? "200" : "" : isOpen ? "open" : "closed";
        return actual;
    }

    private static ConnectionOffer Offer(string kind, bool isHttp)
    {
        if (kind == "plaintext")
        {
            return ConnectionOffer.Plaintext;
        }

        bool isOfIstio = !kind.Contains("no istio ALPN");
        string certificate = kind.Split(", ")[1];
        return new ConnectionOffer(
            true, !isOfIstio ? isHttp ? ["http/1.1"] : [] : isHttp ? ["istio-http/1.1", "istio"]
                : ["istio-peer-exchange", "istio"],
            certificate == "no certificate" ? null : Identity("web", "front", certificate switch
            {
                "mesh certificate" => "good",
                "certificate of another root" => "otherroot",
                "certificate of another trust domain" => "othertd",
                "expired certificate" => "expired",
                _ => throw new InvalidDataException("unknown client " + kind),
            }));
    }

    private static WorkloadIdentity Identity(string ns, string account, string certificate)
    {
        string domain = certificate == "othertd" ? "other.example" : "cluster.local";
        return new WorkloadIdentity(
            $"{domain}/ns/{ns}/sa/{(certificate == "wrongsa" ? "cards" : account)}", domain,
            certificate == "otherroot" ? "other" : "mesh", certificate == "expired");
    }

    private static IEnumerable<KeyValuePair<string, string>> Expected(JsonElement e)
    {
        foreach (string name in (string[])["outcome", "status", "attempts", "connection", "serverIdentity", "flags"])
        {
            yield return new(name, Text(e, name));
        }

        yield return new("details", Text(e, "details").Split('|')[0].TrimEnd('}'));
        yield return new("transportFailureKind",
            Text(e, "transportFailureKind").Replace("Connection_reset_by_peer", "WRONG_VERSION_NUMBER"));
        if (!e.TryGetProperty("server", out JsonElement s))
        {
            yield break;
        }

        foreach (string name in (string[])["flags", "details", "identity", "tlsFailureKind"])
        {
            yield return new("server." + name, Text(s, name));
        }

        yield return new("server.http", !s.TryGetProperty("http", out JsonElement http) ? ""
            : $"{Text(http, "code")} {Text(http, "details")} {Text(http, "flags")}");
    }

    private static string Tls(JsonElement recorded)
    {
        bool isAll = recorded.TryGetProperty("all", out JsonElement all);
        JsonElement tls = isAll ? all : recorded.GetProperty("byEndpoint").GetProperty("tlsMode-istio");
        return tls.ValueKind == JsonValueKind.String ? "plaintext"
            : (isAll ? "all " : "istio ") + Text(tls, "sni") + " " + string.Join(
                ' ', tls.GetProperty("serverNames").EnumerateArray().Select(static n => n.GetString()));
    }

    private static string Tls(UpstreamTls tls) => tls.Mode == UpstreamTlsMode.Plaintext ? "plaintext"
        : (tls.Mode == UpstreamTlsMode.AutoMtls ? "istio " : "all ") + tls.Sni + " "
            + string.Join(' ', tls.SubjectAltNames);

    private static string Text(JsonElement e, string name) =>
        !e.TryGetProperty(name, out JsonElement v) || v.ValueKind == JsonValueKind.Null ? ""
        : v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText();
}

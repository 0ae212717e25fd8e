using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Sim.Envoy;
using Sim.Runs;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>One recorded request asked of the product, in the words of the recording.</summary>
/// <param name="Decision">allow, deny, closed or hang.</param>
/// <param name="Status">HTTP status; 0 = none.</param>
/// <param name="Connection">open, closed or hang on TCP; empty = HTTP.</param>
/// <param name="Flags">Response flags; <c>-</c> = none.</param>
/// <param name="Details">Details; empty = none.</param>
/// <param name="Body">Body; null = the application's.</param>
/// <param name="Path">Path at the application; null = not looked at.</param>
/// <param name="GrpcStatus">gRPC status; -1 = none.</param>
internal sealed record AuthzAnswer(
    string Decision, int Status = 0, string Connection = "", string Flags = "-", string Details = "",
    string? Body = null, string? Path = null, int GrpcStatus = -1)
{
    private const long Now = 1_785_000_000;

    private static readonly ConditionalWeakTable<
        InboundListener, ConcurrentDictionary<InboundRelease, InboundPolicy>> Policies = [];

    /// <summary>What the filters said; null when none was asked.</summary>
    public InboundDecision? Filters { get; init; }

    /// <summary>Asks.</summary>
    /// <param name="listener">The port.</param>
    /// <param name="request">The recorded request.</param>
    /// <param name="destinationIp">Address of the pod.</param>
    /// <param name="token">Gives a token by its name.</param>
    /// <param name="release">Release of Envoy.</param>
    public static AuthzAnswer Of(
        InboundListener listener, JsonElement request, string destinationIp, Func<string, string> token,
        InboundRelease release)
    {
        bool isHttp = request.TryGetProperty("http", out JsonElement http);
        string bytes = isHttp ? http.GetProperty("method").GetString() + " " : request.GetProperty("tcp").GetString()!;
        JsonElement source = request.GetProperty("src");
        WorkloadIdentity? identity = Identity(source);
        ConnectionOffer offer = identity is null ? ConnectionOffer.Plaintext
            : ConnectionOffer.OfSidecar(identity, isHttp);
        HttpGuess guess = RequestTarget.Guess(bytes);
        InboundTaking taking = InboundTransport.Choose(listener, offer, "mesh", guess == HttpGuess.Yes);
        if (!offer.IsTls && IsUndecided(listener, bytes, guess))
        {
            return new AuthzAnswer("hang", Connection: isHttp ? "" : "hang");
        }

        bool seesPeer = identity is not null && taking is InboundTaking.Http or InboundTaking.Tcp;
        string ip = source.GetProperty("ip").GetString()!;
        var connection = new InboundConnection
        {
            Peer = seesPeer ? RbacPeer.Of("spiffe://" + identity!.Principal) : null,
            DestinationIp = IpAddress.Parse(destinationIp),
            DestinationPort = request.GetProperty("port").GetInt32(),
            PeerIp = IpAddress.Parse(ip),
            SourceIp = IpAddress.Parse(Text(source, "remoteIp") ?? ip),
            ServerName = identity is null ? null
                : Text(request, "sni") ?? "outbound_.80_._.ledger.bank.svc.cluster.local",
        };
        InboundPolicy policy = PolicyOf(listener, release);
        switch (taking)
        {
            case InboundTaking.Http when isHttp:
                return OfHttp(policy.Decide(connection, Request(http, token), d => Ask(d, http), Now), http);
            case InboundTaking.Http:
                return new AuthzAnswer("deny", 0, "closed", "DPE", "http1.codec_error");
            case InboundTaking.Tcp or InboundTaking.TcpWithTlsInside:
                InboundDecision tcp = policy.DecideTcp(
                    connection, static _ => new ExternalAnswer(ExternalAnswerKind.Deny));
                return OfTcp(tcp, isHttp, taking == InboundTaking.TcpWithTlsInside);
            default:
                return OfRefusal(taking, isHttp);
        }
    }

    /// <summary>The filters of a listener, compiled once for all of its requests.</summary>
    private static InboundPolicy PolicyOf(InboundListener listener, InboundRelease release) => Policies
        .GetValue(listener, static _ => new ConcurrentDictionary<InboundRelease, InboundPolicy>())
        .GetOrAdd(release, static (r, l) => InboundPolicy.Compile(l, r), listener);

    private static bool IsUndecided(InboundListener listener, string bytes, HttpGuess guess) =>
        (listener.Mtls != MtlsMode.Disable && bytes.Length > 0 && bytes[0] == '\u0016')
        || (guess == HttpGuess.Undecided && listener.Mtls != MtlsMode.Strict && listener.Protocol != PortProtocol.Tcp);

    private static AuthzAnswer OfHttp(InboundDecision d, JsonElement http)
    {
        bool isGrpc = http.TryGetProperty("headers", out JsonElement lines) && lines.EnumerateArray().Any(
            static l => l[0].GetString() == "content-type" && l[1].GetString()!.StartsWith("application/grpc"));
        bool hasBody = http.GetProperty("method").GetString() != "HEAD";
        return d.Reply is not LocalReply reply
            ? new AuthzAnswer("allow", 200, Path: d.Path) { Filters = d }
            : new AuthzAnswer("deny", reply.CodeFor(isGrpc), "", ResponseFlags.ShortName(reply.Flag), reply.Details,
                hasBody ? reply.BodyFor(isGrpc) : null, GrpcStatus: isGrpc ? reply.GrpcStatus : -1) { Filters = d };
    }

    private static AuthzAnswer OfTcp(InboundDecision d, bool isHttp, bool isTlsInside)
    {
        string flags = d.Reply is null ? "-" : ResponseFlags.ShortName(d.Reply.Flag);
        string details = d.Reply is { Flag: ResponseFlag.None } reply && !isHttp ? reply.Details : "";
        bool isOpen = d.IsAllowed && !isTlsInside;
        return isHttp
            ? new AuthzAnswer(isOpen ? "allow" : "closed", isOpen ? 200 : 0, "", flags) 
            : new AuthzAnswer(isOpen ? "allow" : "deny", 0, isOpen ? "open" : "closed", flags, details) { Filters = d };
    }

    private static AuthzAnswer OfRefusal(InboundTaking taking, bool isHttp)
    {
        (string flags, string details) = taking switch
        {
            InboundTaking.NoChain => ("NR", isHttp ? "filter_chain_not_found" : ""),
            InboundTaking.TlsAsHttp => ("DPE", "http1.codec_error"),
            _ => ("-", ""),
        };
        return new AuthzAnswer(isHttp ? "closed" : "deny", 0, isHttp ? "" : "closed", flags, details);
    }

    private static WorkloadIdentity? Identity(JsonElement source)
    {
        if (Text(source, "principal") is not string principal)
        {
            return null;
        }

        bool isExpired = source.TryGetProperty("expired", out JsonElement e) && e.GetBoolean();
        return new WorkloadIdentity(principal, principal.Split('/')[0], Text(source, "root") ?? "mesh", isExpired);
    }

    private static InboundRequest Request(JsonElement http, Func<string, string> token)
    {
        var lines = new List<KeyValuePair<string, string>>();
        foreach (JsonElement l in http.TryGetProperty("headers", out JsonElement h) ? h.EnumerateArray() : default)
        {
            string value = l[1].GetString()!;
            int at;
            while ((at = value.IndexOf("{token:", StringComparison.Ordinal)) >= 0)
            {
                int end = value.IndexOf('}', at);
                value = value[..at] + token(value[(at + 7)..end]) + value[(end + 1)..];
            }

            lines.Add(new(l[0].GetString()!, value));
        }

        return new InboundRequest(
            http.GetProperty("method").GetString()!, Text(http, "host"), http.GetProperty("path").GetString()!, lines);
    }

    /// <summary>The recorded authorizer: answers by a request header.</summary>
    private static ExternalAnswer Ask(RbacDecision custom, JsonElement http)
    {
        string? wish = null;
        foreach (JsonElement l in http.TryGetProperty("headers", out JsonElement h) ? h.EnumerateArray() : default)
        {
            wish = l[0].GetString() == "x-ext-authz" ? l[1].GetString() : wish;
        }

        bool isGrpc = custom.Authorizer!.IsGrpc;
        return wish switch
        {
            "allow" => ExternalAnswer.Allow,
            "error" => new ExternalAnswer(isGrpc ? ExternalAnswerKind.Unreachable : ExternalAnswerKind.ServerError),
            "unauthorized" when !isGrpc => new ExternalAnswer(ExternalAnswerKind.Deny, 401, "log in on"),
            _ => new ExternalAnswer(ExternalAnswerKind.Deny, 403, isGrpc ? "" : "no access"),
        };
    }

    private static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
}

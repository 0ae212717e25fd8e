using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a server's proxy decides about one request.</summary>
internal readonly record struct RbacVerdict(bool Allowed, string Details, string Rule, SourceSpan Origin)
{
    /// <summary>Status of a refusal.</summary>
    public int Status { get; init; } = 403;
}

/// <summary>The inbound side of one workload port of one proxy.</summary>
internal sealed class InboundRuntime
{
    /// <summary>2026-01-01: simulated time has no calendar, tokens are looked at on this day.</summary>
    private const long TokenTimeSeconds = 1_767_225_600;

    private readonly InboundPolicy? _policy;
    private readonly Dictionary<VerdictKey, RbacVerdict> _verdicts = [];

    private InboundRuntime(InboundListener? listener, IstioProfile profile)
    {
        Listener = listener;
        IReadOnlyList<RbacRules> rules = (IsTcp ? listener?.TcpRbac : listener?.HttpRbac) ?? [];
        bool isAsked = rules.Count > 0 || (!IsTcp && listener?.TokenIssuers.Count > 0);
        _policy = isAsked ? InboundPolicy.Compile(listener!, InboundRelease.Of(profile)) : null;
    }

    /// <summary>Configuration; null = the proxy has no listener for the port: everything passes.</summary>
    public InboundListener? Listener { get; }

    /// <summary>The way to the application.</summary>
    public InboundCluster Cluster { get; set; } = null!;

    /// <summary>Whether any policy is asked.</summary>
    public bool HasRbac => _policy is not null;

    /// <summary>The port passes bytes on.</summary>
    public bool IsTcp => Listener?.Protocol == PortProtocol.Tcp;

    public static InboundRuntime Of(ProxySnapshot? snapshot, int port, IstioProfile profile)
    {
        InboundListener? any = null;
        foreach (InboundListener l in snapshot?.Inbound ?? [])
        {
            if (l.Port == port)
            {
                return new InboundRuntime(l, profile);
            }

            any = l.Port == 0 ? l : any;
        }

        return new InboundRuntime(any, profile);
    }

    /// <summary>Judges a request. The verdict of a client, its cluster and template is found once and kept: nothing
    /// else of a request can change it.</summary>
    /// <param name="client">Caller.</param>
    /// <param name="source">Pod whose address the connection comes from: the caller, or a gateway on the way.</param>
    /// <param name="upstream">The caller's cluster, for its server name; null when the caller has left.</param>
    /// <param name="byMtls">The caller's identity is known.</param>
    /// <param name="template">Request.</param>
    /// <param name="server">Server.</param>
    /// <param name="port">Its port.</param>
    public RbacVerdict Judge(
        PodRuntime client, PodRuntime source, ClusterRuntime? upstream, bool byMtls, RequestTemplate template,
        PodRuntime server, int port)
    {
        var key = new VerdictKey(client.Id, source.Id, upstream?.Id ?? -1, template.Id, byMtls);
        if (!_verdicts.TryGetValue(key, out RbacVerdict verdict))
        {
            verdict = Evaluate(client, source, upstream, byMtls, template, server, port);
            _verdicts.Add(key, verdict);
        }

        return verdict;
    }

    private RbacVerdict Evaluate(
        PodRuntime client, PodRuntime source, ClusterRuntime? upstream, bool byMtls, RequestTemplate template,
        PodRuntime server, int port)
    {
        if (_policy is null)
        {
            return new RbacVerdict(true, "", "", default);
        }

        IpAddress from = IpAddress.Parse(source.Ip);
        var connection = new InboundConnection
        {
            Peer = byMtls && client.Identity is { } identity ? RbacPeer.Of("spiffe://" + identity.Principal) : null,
            SourceIp = from,
            PeerIp = from,
            ServerName = byMtls ? upstream?.Config.Tls.Sni : null,
            DestinationIp = IpAddress.Parse(server.Ip),
            DestinationPort = port,
            SourceCluster = byMtls ? client.Cluster : null,
        };
        RequestHeaders sent = template.Headers;
        var request = new InboundRequest(sent.Method, sent.Authority, sent.Path ?? "/", template.Lines)
        {
            IsHttp2 = true,
        };
        InboundDecision decision = IsTcp ? _policy.DecideTcp(connection, static _ => ExternalAnswer.Allow)
            : _policy.Decide(connection, request, static _ => ExternalAnswer.Allow, TokenTimeSeconds);
        return new RbacVerdict(decision.IsAllowed, decision.Reply?.Details ?? "", decision.Rule, decision.Origin)
        {
            Status = decision.Reply?.Code ?? 200,
        };
    }

    private readonly record struct VerdictKey(int Client, int Source, int Upstream, int Template, bool Mtls);
}

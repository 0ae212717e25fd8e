using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>The filters of a workload port with every verdict found so far. Ports of all pods with the same filters
/// share one: who the callers are and what they send decides, not which pod is asked.</summary>
/// <remarks>Callers that the filters cannot tell apart are one caller here. A verdict that is known costs two array
/// reads.</remarks>
internal sealed class JudgeTable
{
    /// <summary>2026-01-01: simulated time has no calendar, tokens are looked at on this day.</summary>
    private const long TokenTimeSeconds = 1_767_225_600;

    private readonly InboundPolicy _policy;
    private readonly Attributes _asked;
    private readonly Dictionary<Caller, int> _callers = [];
    private readonly List<Caller> _byNumber = [];
    private readonly Dictionary<(int Caller, int Template), RbacVerdict> _late = [];
    private RbacVerdict?[][] _verdicts = [];

    /// <summary>The filters of a listener.</summary>
    /// <param name="listener">Configuration.</param>
    /// <param name="isTcp">The port passes bytes on.</param>
    /// <param name="profile">Release of the data plane.</param>
    public JudgeTable(InboundListener listener, bool isTcp, IstioProfile profile)
    {
        _policy = InboundPolicy.Compile(listener, InboundRelease.Of(profile));
        IsTcp = isTcp;
        foreach (RbacRules rules in isTcp ? listener.TcpRbac : listener.HttpRbac)
        {
            foreach (RbacPolicy policy in rules.Policies)
            {
                Collect(policy.Permissions, ref _asked);
                Collect(policy.Principals, ref _asked);
            }
        }
    }

    /// <summary>The port passes bytes on: connections are judged, not requests.</summary>
    public bool IsTcp { get; }

    /// <summary>Number of a caller on a connection; those that no rule can tell apart have the same.</summary>
    /// <param name="client">Caller.</param>
    /// <param name="source">Pod whose address the connection comes from: the caller, or a gateway on the way.</param>
    /// <param name="serverName">SNI; null = none.</param>
    /// <param name="byMtls">The caller's identity is known.</param>
    /// <param name="server">Server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="isTls">The server name is seen whether the caller is known or not.</param>
    public int CallerOf(
        PodRuntime client, PodRuntime source, string? serverName, bool byMtls, PodRuntime server, int port,
        bool isTls = false)
    {
        var caller = new Caller(
            byMtls ? client.Identity?.Principal : null,
            _asked.HasFlag(Attributes.SourceIp) ? source.Ip : "",
            _asked.HasFlag(Attributes.ServerName) && (byMtls || isTls) ? serverName : null,
            _asked.HasFlag(Attributes.DestinationIp) ? server.Ip : "", port,
            _asked.HasFlag(Attributes.SourceCluster) && byMtls ? client.Cluster : null);
        if (!_callers.TryGetValue(caller, out int number))
        {
            number = _byNumber.Count;
            _byNumber.Add(caller);
            _callers.Add(caller, number);
        }

        return number;
    }

    /// <summary>Judges a request.</summary>
    /// <param name="caller">Number of the caller.</param>
    /// <param name="template">Request.</param>
    public RbacVerdict Judge(int caller, RequestTemplate template)
    {
        RbacVerdict?[][] verdicts = _verdicts;
        if ((uint)caller < (uint)verdicts.Length && (uint)template.Id < (uint)verdicts[caller].Length
            && verdicts[caller][template.Id] is { } known)
        {
            return known;
        }

        return JudgeSlowly(caller, template);
    }

    private RbacVerdict JudgeSlowly(int caller, RequestTemplate template)
    {
        if (_late.TryGetValue((caller, template.Id), out RbacVerdict? verdict))
        {
            return verdict;
        }

        verdict = Evaluate(_byNumber[caller], template);
        if (template.Id >= ProxyRuntime.FirstLateTemplate)
        {
            _late.Add((caller, template.Id), verdict);
            return verdict;
        }

        while (_verdicts.Length <= caller)
        {
            _verdicts = [.. _verdicts, []];
        }

        ref RbacVerdict?[] row = ref _verdicts[caller];
        if (row.Length <= template.Id)
        {
            Array.Resize(ref row, template.Id + 1);
        }

        row[template.Id] = verdict;
        return verdict;
    }

    private RbacVerdict Evaluate(Caller caller, RequestTemplate template)
    {
        IpAddress from = IpAddress.Parse(caller.SourceIp);
        var connection = new InboundConnection
        {
            Peer = caller.Principal is { } principal ? RbacPeer.Of("spiffe://" + principal) : null,
            SourceIp = from,
            PeerIp = from,
            ServerName = caller.ServerName,
            DestinationIp = IpAddress.Parse(caller.DestinationIp),
            DestinationPort = caller.Port,
            SourceCluster = caller.Cluster,
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
            Status = (short)(IsTcp && !decision.IsAllowed ? 0 : decision.Reply?.Code ?? 200), // Bytes get no answer.
        };
    }

    private static void Collect(IReadOnlyList<RbacNode> nodes, ref Attributes asked)
    {
        foreach (RbacNode node in nodes)
        {
            asked |= node.Kind switch
            {
                RbacNodeKind.DirectRemoteIp or RbacNodeKind.RemoteIp or RbacNodeKind.SourceIp => Attributes.SourceIp,
                RbacNodeKind.DestinationIp => Attributes.DestinationIp,
                RbacNodeKind.RequestedServerName => Attributes.ServerName,
                RbacNodeKind.SourceCluster => Attributes.SourceCluster,
                _ => Attributes.None,
            };
            Collect(node.Children, ref asked);
        }
    }

    /// <summary>What some rule asks of a connection besides the caller's identity.</summary>
    [Flags]
    private enum Attributes
    {
        None = 0,
        SourceIp = 1,
        DestinationIp = 2,
        ServerName = 4,
        SourceCluster = 8,
    }

    /// <summary>What the filters may know of a caller; what no rule asks for is left empty.</summary>
    private sealed record Caller(
        string? Principal, string SourceIp, string? ServerName, string DestinationIp, int Port, string? Cluster);
}

using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a server's proxy decides about one request.</summary>
internal readonly record struct RbacVerdict(bool Allowed, string Details, string Rule, SourceSpan Origin);

/// <summary>The inbound side of one workload port of one proxy.</summary>
internal sealed class InboundRuntime
{
    private readonly RbacEngine? _rules;
    private readonly Dictionary<VerdictKey, RbacVerdict> _verdicts = [];

    private InboundRuntime(InboundListener? listener)
    {
        Listener = listener;
        IReadOnlyList<RbacRules> rules = (IsTcp ? listener?.TcpRbac : listener?.HttpRbac) ?? [];
        _rules = rules.Count > 0 ? RbacEngine.Compile(rules) : null;
    }

    /// <summary>Configuration; null = the proxy has no listener for the port: everything passes.</summary>
    public InboundListener? Listener { get; }

    /// <summary>Whether the proxy tries again when the application cannot be reached (profiles from 1.24).</summary>
    public bool Retries => Listener?.RetryPolicy is { NumRetries: > 0 };

    /// <summary>Whether any policy is asked.</summary>
    public bool HasRbac => _rules is not null;

    /// <summary>The port passes bytes on.</summary>
    public bool IsTcp => Listener?.Protocol == PortProtocol.Tcp;

    public static InboundRuntime Of(ProxySnapshot? snapshot, int port)
    {
        InboundListener? any = null;
        foreach (InboundListener l in snapshot?.Inbound ?? [])
        {
            if (l.Port == port)
            {
                return new InboundRuntime(l);
            }

            any = l.Port == 0 ? l : any;
        }

        return new InboundRuntime(any);
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
        if (_rules is null)
        {
            return new RbacVerdict(true, "", "", default);
        }

        var request = new RbacRequest
        {
            Headers = IsTcp ? null : template.Headers,
            Peer = byMtls && client.Identity is { } identity ? RbacPeer.Of("spiffe://" + identity.Principal) : null,
            SourceIp = IpAddress.Parse(source.Ip),
            DirectRemoteIp = IpAddress.Parse(source.Ip),
            RemoteIp = IpAddress.Parse(IsTcp ? source.Ip : ForwardedFor(template) ?? source.Ip),
            ServerName = byMtls ? upstream?.Config.Tls.Sni : null,
            DestinationIp = IpAddress.Parse(server.Ip),
            DestinationPort = port,
            SourceCluster = byMtls ? client.Cluster : null,
        };
        RbacDecision decision = _rules.Evaluate(in request);
        return new RbacVerdict(decision.IsAllowed, decision.Details, decision.Policy, decision.Origin);
    }

    /// <summary>The client's address as the request itself states it: sidecars believe the last entry.</summary>
    /// <remarks>Envoy: source/common/http/conn_manager_utility.cc#mutateRequestHeaders with
    /// <c>use_remote_address</c> false and no trusted hop.</remarks>
    private static string? ForwardedFor(RequestTemplate template)
    {
        string? address = null;
        foreach (KeyValuePair<string, string> line in template.Lines)
        {
            address = line.Key == "x-forwarded-for" ? line.Value.Split(',')[^1].Trim() : address;
        }

        return System.Net.IPAddress.TryParse(address, out _) ? address : null;
    }

    private readonly record struct VerdictKey(int Client, int Source, int Upstream, int Template, bool Mtls);
}

using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>How releases of Envoy differ in what <see cref="InboundPolicy"/> does.</summary>
/// <param name="RepeatedHeaders">How repeated header lines are compared.</param>
/// <param name="KeepsStatusOnServerError">The stated status is also used when an HTTP authorizer answers with a server
/// error; older releases then answer 403.</param>
public sealed record InboundRelease(RepeatedHeaderRule RepeatedHeaders, bool KeepsStatusOnServerError)
{
    /// <summary>The release that goes with a profile: 1.37 up to Istio 1.29, later ones from 1.31.</summary>
    public static InboundRelease Of(IstioProfile profile) =>
        new(RepeatedHeaderRules.OfRbac(profile), profile >= IstioProfile.V1_31);
}

/// <summary>The filters of a workload port in their order: connection manager, CUSTOM, tokens, AUDIT, DENY,
/// ALLOW.</summary>
/// <remarks>
/// Istio: pilot/pkg/networking/core/listener_builder.go; Envoy: source/common/http/conn_manager_impl.cc,
/// source/extensions/filters/http/{ext_authz,jwt_authn,rbac}. Belongs to one run; not thread-safe.
/// </remarks>
public sealed class InboundPolicy
{
    private readonly RbacEngine _custom;
    private readonly RbacEngine _policies;
    private readonly RbacEngine _tcpCustom;
    private readonly RbacEngine _tcpPolicies;
    private readonly TokenFilter _tokens;
    private readonly PathNormalization _normalization;
    private readonly InboundRelease _release;
    private readonly bool _usesRemoteAddress;

    private InboundPolicy(InboundListener listener, InboundRelease release, DiagnosticBag? diagnostics)
    {
        RbacEngine Compile(IReadOnlyList<RbacRules> rules, bool custom) => RbacEngine.Compile(
            [.. rules.Where(r => (r.IsCustom || r.Provider.Length > 0) == custom)], release.RepeatedHeaders,
            diagnostics);

        _custom = Compile(listener.HttpRbac, true);
        _policies = Compile(listener.HttpRbac, false);
        _tcpCustom = Compile(listener.TcpRbac, true);
        _tcpPolicies = Compile(listener.TcpRbac, false);
        _tokens = new TokenFilter(listener.TokenIssuers);
        _normalization = listener.PathNormalization;
        _release = release;
        _usesRemoteAddress = listener.UsesRemoteAddress;
    }

    /// <summary>Compiles the filters of a port.</summary>
    /// <param name="listener">Configuration.</param>
    /// <param name="release">Release of Envoy.</param>
    /// <param name="diagnostics">Takes expressions that Envoy would refuse.</param>
    public static InboundPolicy Compile(
        InboundListener listener, InboundRelease release, DiagnosticBag? diagnostics = null) =>
        new(listener, release, diagnostics);

    /// <summary>Decides about a request.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="request">The request.</param>
    /// <param name="ask">Asks the external authorizer; called only when a CUSTOM policy matches.</param>
    /// <param name="nowSeconds">Time in seconds since 1970, for tokens.</param>
    public InboundDecision Decide(
        InboundConnection connection, InboundRequest request, Func<RbacDecision, ExternalAnswer> ask, long nowSeconds)
    {
        if (RequestTarget.Check(ref request, _normalization) is LocalReply refusal)
        {
            return new InboundDecision { Reply = refusal };
        }

        RbacDecision custom = _custom.Evaluate(Question(connection, request, null));
        LocalReply? refused = custom.Reply ?? Asked(custom, ask);
        if (refused is not null)
        {
            return new InboundDecision { Reply = refused, Custom = custom };
        }

        TokenVerdict token = _tokens.Check(request, nowSeconds);
        if (token.Reply is not null)
        {
            return new InboundDecision { Reply = token.Reply, Custom = custom };
        }

        MetadataValue? payload = token.Payload ?? request.StatedClaims;
        RbacDecision policies = _policies.Evaluate(Question(connection, token.Request, payload));
        return new InboundDecision
        {
            Reply = policies.Reply, Custom = custom, Policies = policies,
            Path = policies.IsAllowed ? token.Request.Path : null,
        };
    }

    /// <summary>Decides about the first bytes of a connection on the TCP chain.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="ask">Asks the external authorizer; called only when a CUSTOM policy matches.</param>
    public InboundDecision DecideTcp(InboundConnection connection, Func<RbacDecision, ExternalAnswer> ask)
    {
        RbacDecision custom = _tcpCustom.Evaluate(connection.Question);
        LocalReply? refusal = custom.Reply ?? Asked(custom, ask);
        if (refusal is not null)
        {
            return new InboundDecision { Reply = refusal, Custom = custom };
        }

        RbacDecision policies = _tcpPolicies.Evaluate(connection.Question);
        return new InboundDecision { Reply = policies.Reply, Custom = custom, Policies = policies };
    }

    private LocalReply? Asked(RbacDecision custom, Func<RbacDecision, ExternalAnswer> ask)
    {
        if (custom.Provider.Length == 0)
        {
            return null;
        }

        ExternalAnswer answer = ask(custom);
        ExternalAuthorizer authorizer = custom.Authorizer ?? new ExternalAuthorizer(true, false, 403);
        switch (answer.Kind)
        {
            case ExternalAnswerKind.Allow:
                return null;
            case ExternalAnswerKind.Deny:
                return LocalReply.ExternallyDenied(answer.Status, answer.Body);
            default:
                bool isStated = answer.Kind == ExternalAnswerKind.Unreachable || authorizer.IsGrpc
                    || _release.KeepsStatusOnServerError;
                return authorizer.FailsOpen ? null
                    : LocalReply.ExternalAuthorizerFailed(isStated ? authorizer.StatusOnError : 403);
        }
    }

    private RbacRequest Question(
        InboundConnection connection, InboundRequest request, MetadataValue? payload)
    {
        RbacRequest question = connection.Question;
        question.Headers = new RequestHeaders(request.Method, request.Host, request.Path, request.Lines);
        question.Metadata = ClaimReader.Metadata(payload);
        question.RemoteIp = _usesRemoteAddress ? connection.SourceIp : Forwarded(request) ?? connection.SourceIp;
        return question;
    }

    /// <summary>The last address of X-Forwarded-For, which a sidecar believes; null when it is none.</summary>
    /// <remarks>Envoy: source/common/http/utility.cc#Utility::getLastAddressFromXFF.</remarks>
    private static IpAddress? Forwarded(InboundRequest request)
    {
        string? value = request.Header("x-forwarded-for");
        if (value is null)
        {
            return null;
        }

        IpAddress last = IpAddress.Parse(value[(value.LastIndexOf(',') + 1)..].Trim());
        return last.Family == 0 ? null : last;
    }
}

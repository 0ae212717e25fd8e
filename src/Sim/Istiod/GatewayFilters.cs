using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Filters on the ports of a gateway: the policies that select its pods, in HTTP and TCP chains.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/gateway.go#buildGatewayListeners,
/// listener_builder.go#buildHTTPConnectionManager (the gateway's own address counts as the edge:
/// <c>use_remote_address</c>). Simplified: no trusted proxies in front (<c>gatewayTopology.numTrustedProxies</c>
/// 0).</remarks>
internal static class GatewayFilters
{
    /// <summary>One entry for each listener.</summary>
    /// <param name="proxy">The gateway.</param>
    /// <param name="listeners">Its listeners.</param>
    public static List<InboundListener> Of(Proxy proxy, IReadOnlyList<OutboundListener> listeners)
    {
        PushContext push = proxy.Push;
        var builder = new AuthorizationBuilder(push);
        IReadOnlyList<AuthorizationPolicy> policies = push.Authorization.For(
            proxy.Namespace, proxy.Pod.Meta.Labels);
        IReadOnlyList<RbacRules> http = builder.Build(policies, false);
        IReadOnlyList<RbacRules> tcp = builder.Build(policies, true);
        IReadOnlyList<TokenIssuer> issuers = push.Tokens.For(proxy.Namespace, proxy.Pod.Meta.Labels);
        return
        [
            .. listeners.Select(l => new InboundListener
            {
                Port = l.Port,
                Protocol = l.ReadsHttp ? PortProtocol.Http : PortProtocol.Tcp,
                Mtls = l.TlsRoutes.Any(static r => r.Certificates == ClientCertificates.Mesh)
                    ? MtlsMode.Strict : MtlsMode.Disable,
                HttpRbac = http,
                TcpRbac = tcp,
                TokenIssuers = issuers,
                PathNormalization = InboundBuilder.Normalization(push.Config.PathNormalization),
                UsesRemoteAddress = true,
            }),
        ];
    }
}

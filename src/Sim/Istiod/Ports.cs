using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>How a declared protocol is read by a proxy.</summary>
/// <remarks>Istio: pilot/pkg/networking/networking.go#ModelProtocolToListenerProtocol.</remarks>
internal static class Ports
{
    public static PortProtocol ProtocolOf(Protocol p) => p switch
    {
        Protocol.Http or Protocol.HttpProxy => PortProtocol.Http,
        Protocol.Http2 => PortProtocol.Http2,
        Protocol.Grpc or Protocol.GrpcWeb => PortProtocol.Grpc,
        Protocol.Https or Protocol.Tls => PortProtocol.Tls,
        Protocol.Unsupported => PortProtocol.Auto,
        Protocol.Udp => PortProtocol.Udp,
        _ => PortProtocol.Tcp,
    };
}

namespace Sim.Mesh;

/// <summary>Protocol of a port as declared.</summary>
public enum Protocol
{
    /// <summary>Not declared: sniffed per connection.</summary>
    Unsupported,

    /// <summary>HTTP/1.1.</summary>
    Http,

    /// <summary>HTTP/2 in plaintext.</summary>
    Http2,

    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>gRPC-Web.</summary>
    GrpcWeb,

    /// <summary>HTTP proxy port.</summary>
    HttpProxy,

    /// <summary>TLS of the application around HTTP: opaque.</summary>
    Https,

    /// <summary>TLS of the application: opaque.</summary>
    Tls,

    /// <summary>Bytes.</summary>
    Tcp,

    /// <summary>MongoDB: bytes with a statistics filter.</summary>
    Mongo,

    /// <summary>Redis: bytes.</summary>
    Redis,

    /// <summary>MySQL: bytes.</summary>
    MySql,

    /// <summary>UDP: not proxied.</summary>
    Udp,
}

/// <summary>Questions about protocols.</summary>
/// <remarks>Istio: pkg/config/protocol/instance.go, pkg/config/kube/conversion.go#ConvertProtocol.</remarks>
public static class Protocols
{
    /// <summary>Handled by HTTP connection managers.</summary>
    public static bool IsHttp(this Protocol p) =>
        p is Protocol.Http or Protocol.Http2 or Protocol.Grpc or Protocol.GrpcWeb or Protocol.HttpProxy;

    /// <summary>Spoken over HTTP/2.</summary>
    public static bool IsHttp2(this Protocol p) => p is Protocol.Http2 or Protocol.Grpc or Protocol.GrpcWeb;

    /// <summary>gRPC or gRPC-Web.</summary>
    public static bool IsGrpc(this Protocol p) => p is Protocol.Grpc or Protocol.GrpcWeb;

    /// <summary>Bytes to Envoy, whatever they mean to the application.</summary>
    public static bool IsTcp(this Protocol p) =>
        p is Protocol.Tcp or Protocol.Https or Protocol.Tls or Protocol.Mongo or Protocol.Redis or Protocol.MySql;

    /// <summary>Routed by SNI.</summary>
    public static bool IsTls(this Protocol p) => p is Protocol.Https or Protocol.Tls;

    /// <summary>Reads a protocol name in any case.</summary>
    public static Protocol Parse(string name) => name.ToLowerInvariant() switch
    {
        "tcp" => Protocol.Tcp,
        "udp" => Protocol.Udp,
        "grpc" => Protocol.Grpc,
        "grpc-web" => Protocol.GrpcWeb,
        "http" => Protocol.Http,
        "http_proxy" => Protocol.HttpProxy,
        "http2" => Protocol.Http2,
        "https" => Protocol.Https,
        "tls" => Protocol.Tls,
        "mongo" => Protocol.Mongo,
        "redis" => Protocol.Redis,
        "mysql" => Protocol.MySql,
        _ => Protocol.Unsupported,
    };

    /// <summary>The protocol of a Kubernetes port: appProtocol, else the prefix of the name, else a few well-known
    /// numbers. Istio 1.22 does not know the names of web sockets.</summary>
    public static Protocol OfKubePort(
        int port, string name, string transport, string? appProtocol, bool knowsWebSockets = true)
    {
        if (string.Equals(transport, "UDP", StringComparison.OrdinalIgnoreCase))
        {
            return Protocol.Udp;
        }

        string text = name;
        if (appProtocol is not null)
        {
            text = appProtocol;
            switch (text)
            {
                case "kubernetes.io/h2c": return Protocol.Http2;
                case "kubernetes.io/ws" when knowsWebSockets: return Protocol.Http;
                case "kubernetes.io/wss" when knowsWebSockets: return Protocol.Https;
            }
        }

        if (text.StartsWith("grpc-web", StringComparison.OrdinalIgnoreCase))
        {
            return Protocol.GrpcWeb;
        }

        int dash = text.IndexOf('-', StringComparison.Ordinal);
        Protocol p = Parse(dash >= 0 ? text[..dash] : text);
        return p == Protocol.Unsupported && (port is 25 or 53 or 3306 or 27017) ? Protocol.Tcp : p;
    }
}

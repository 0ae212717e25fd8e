using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <summary>One kind of request, compiled once: what the application sends, not where it goes.</summary>
public sealed class RequestTemplate
{
    /// <summary>A request.</summary>
    /// <param name="id">Dense id within the run.</param>
    /// <param name="host">Name or address the client connects to.</param>
    /// <param name="port">Port the client connects to.</param>
    /// <param name="headers">What is sent.</param>
    public RequestTemplate(int id, string host, int port, RequestHeaders headers)
    {
        Id = id;
        Host = host;
        Port = port;
        Headers = headers;
    }

    /// <summary>Dense id within the run.</summary>
    public int Id { get; }

    /// <summary>Name or address the client connects to.</summary>
    public string Host { get; }

    /// <summary>Port the client connects to.</summary>
    public int Port { get; }

    /// <summary>Method, authority, path and headers.</summary>
    public RequestHeaders Headers { get; }

    /// <summary>Header lines as sent, without Host; names in lower case.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Lines { get; init; } = [];

    /// <summary>The application speaks HTTP/2 to its proxy; gRPC always does.</summary>
    public bool IsHttp2 { get; init; }

    /// <summary>Bytes of the body.</summary>
    public long BodyBytes { get; init; }

    /// <summary>The application's own timeout in nanoseconds; 0 = it waits for ever.</summary>
    public long ClientTimeoutNs { get; init; }

    /// <summary>The command line is one that curl refuses (exit 2); empty when it is fine.</summary>
    public string UsageError { get; init; } = "";

    /// <summary>Short name of the called service for reports, <c>name.namespace</c>.</summary>
    public string Service { get; init; } = "";

    /// <summary>Where the request is written.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>The same request with other header lines.</summary>
    /// <param name="id">Id of its own.</param>
    /// <param name="lines">Header lines without Host, names in lower case.</param>
    public RequestTemplate With(int id, IReadOnlyList<KeyValuePair<string, string>> lines) =>
        new(id, Host, Port, new RequestHeaders(
            Headers.Method, Headers.Authority, Headers.Path, lines, id, Headers.Scheme))
        {
            Lines = lines, IsHttp2 = IsHttp2, BodyBytes = BodyBytes, ClientTimeoutNs = ClientTimeoutNs,
            UsageError = UsageError, Service = Service, Span = Span,
        };
}

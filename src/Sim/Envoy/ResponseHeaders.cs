using System.Globalization;

namespace Sim.Envoy;

/// <summary>What a proxy sees of response headers: a template that many responses share.</summary>
public sealed class ResponseHeaders
{
    private static readonly ResponseHeaders[] Plain =
        [.. Enumerable.Range(0, 600).Select(static code => new ResponseHeaders(code, null))];

    /// <summary>A response template.</summary>
    /// <param name="code">Status.</param>
    /// <param name="headers">Headers; null = none.</param>
    public ResponseHeaders(int code, IEnumerable<KeyValuePair<string, string>>? headers)
    {
        Code = code;
        var lines = new List<KeyValuePair<string, string>>
        {
            new(":status", code.ToString(CultureInfo.InvariantCulture)),
        };
        if (headers is not null)
        {
            lines.AddRange(headers.Where(static h => h.Key != ":status"));
        }

        Headers = new HeaderMap(lines);
        string? status = Headers.FirstLine("grpc-status");
        GrpcStatus = status is null ? -1
            : int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 2;
        IsRateLimited = Headers.FirstLine("x-envoy-ratelimited") is not null;
        IsDegraded = Headers.FirstLine("x-envoy-degraded") is not null;
    }

    /// <summary>Status.</summary>
    public int Code { get; }

    /// <summary><c>grpc-status</c> in the headers; -1 = absent.</summary>
    public int GrpcStatus { get; }

    /// <summary><c>x-envoy-ratelimited</c> is present.</summary>
    public bool IsRateLimited { get; }

    /// <summary><c>x-envoy-degraded</c> is present.</summary>
    public bool IsDegraded { get; }

    /// <summary>All headers with <c>:status</c>.</summary>
    public HeaderMap Headers { get; }

    /// <summary>A response that has a status and nothing else. Allocates nothing.</summary>
    /// <param name="code">0 to 599.</param>
    public static ResponseHeaders OfCode(int code) => Plain[code];

    /// <summary>The code that outlier detection hears.</summary>
    /// <remarks>Envoy: source/common/router/router.cc#Filter::onUpstreamHeaders.</remarks>
    /// <param name="isGrpcRequest">The request had a gRPC content type.</param>
    public int OutlierCode(bool isGrpcRequest) =>
        isGrpcRequest && GrpcStatus >= 0 ? LocalReply.GrpcToHttpCode(GrpcStatus) : Code;
}

using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>An HTTP request as a curl command line describes it.</summary>
/// <param name="Text">The line as written.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Scheme">http or https.</param>
/// <param name="Host">Host of the URL: the name that is resolved.</param>
/// <param name="Port">Port.</param>
/// <param name="Path">Path with query.</param>
/// <param name="Authority">What the Host header carries: <c>-H "Host: ..."</c>, else the URL's host and port.</param>
/// <param name="Headers">Headers in order, names in lower case, without Host.</param>
/// <param name="MaxTimeNs">--max-time; 0 = none.</param>
/// <param name="ConnectTimeoutNs">--connect-timeout; 0 = none.</param>
/// <param name="BodyBytes">Size of the body of -d.</param>
/// <param name="Exit">curl's exit code when it would refuse the line and send nothing (2); 0 = it sends.</param>
/// <param name="Span">Where the line stands.</param>
public sealed record CurlRequest(
    string Text, string Method, string Scheme, string Host, int Port, string Path, string Authority,
    IReadOnlyList<KeyValuePair<string, string>> Headers, long MaxTimeNs, long ConnectTimeoutNs, int BodyBytes,
    int Exit, SourceSpan Span)
{
    /// <summary>The request of a line that could not be read.</summary>
    public static CurlRequest None { get; } =
        new("", "GET", "http", "", 80, "/", "", [], 0, 0, 0, 0, SourceSpan.None);

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name)
    {
        foreach (KeyValuePair<string, string> h in Headers)
        {
            if (string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return h.Value;
            }
        }

        return null;
    }
}

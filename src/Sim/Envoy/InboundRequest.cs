namespace Sim.Envoy;

/// <summary>A request as it arrives at a proxy.</summary>
/// <param name="Method">Method.</param>
/// <param name="Host">Host header; null = none.</param>
/// <param name="Path">Request target as sent.</param>
/// <param name="Lines">Other header lines in order.</param>
public sealed record InboundRequest(
    string Method, string? Host, string Path, IReadOnlyList<KeyValuePair<string, string>> Lines)
{
    /// <summary>Claims of a token that is stated to be good, instead of a real token; null = none.</summary>
    public MetadataValue? StatedClaims { get; init; }

    /// <summary>Sent over HTTP/2: any method is taken as it is.</summary>
    public bool IsHttp2 { get; init; }

    /// <summary>All values of a header joined by commas; null when it is absent.</summary>
    internal string? Header(string name)
    {
        string? result = null;
        foreach ((string key, string value) in Lines)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                result = result is null ? value : result + "," + value;
            }
        }

        return result;
    }

    /// <summary>The request without a header.</summary>
    internal InboundRequest Without(string name) => this with
    {
        Lines = [.. Lines.Where(l => !l.Key.Equals(name, StringComparison.OrdinalIgnoreCase))],
    };

    /// <summary>The request with one line more.</summary>
    internal InboundRequest With(string name, string value) => this with
    {
        Lines = [.. Lines, new KeyValuePair<string, string>(name, value)],
    };
}

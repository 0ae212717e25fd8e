namespace Sim.Xds;

/// <summary>Cross-origin rules of a route. What concerns the browser alone is kept as text.</summary>
/// <remarks>Envoy: api/envoy/extensions/filters/http/cors/v3/cors.proto.</remarks>
public sealed record CorsPolicy
{
    /// <summary>Origins that may call, any of which suffices.</summary>
    public IReadOnlyList<StringMatcher> AllowOrigins { get; init; } = [];

    /// <summary>Preflight requests of other origins go on to the server; otherwise they are answered, too.</summary>
    public bool ForwardNotMatchingPreflights { get; init; } = true;

    /// <summary>Methods told to browsers, joined by commas.</summary>
    public string AllowMethods { get; init; } = "";

    /// <summary>Request headers told to browsers, joined by commas.</summary>
    public string AllowHeaders { get; init; } = "";

    /// <summary>Response headers told to browsers, joined by commas.</summary>
    public string ExposeHeaders { get; init; } = "";

    /// <summary>Seconds for which browsers may keep the answer; empty = not told.</summary>
    public string MaxAge { get; init; } = "";

    /// <summary>Whether browsers may send credentials; null = not told.</summary>
    public bool? AllowCredentials { get; init; }
}

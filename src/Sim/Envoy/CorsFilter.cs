using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The cross-origin filter of a route: which preflight requests the proxy answers itself.</summary>
/// <remarks>Envoy: source/extensions/filters/http/cors/cors_filter.cc#decodeHeaders. What it adds to answers concerns
/// the browser alone: every request reaches its server whatever its origin.</remarks>
public sealed class CorsFilter
{
    /// <summary>Details of the answers it gives.</summary>
    public const string Details = "cors_response";

    private readonly StringMatch[] _origins;
    private readonly bool _forwards;

    /// <summary>Compiles the rules.</summary>
    /// <param name="policy">Rules.</param>
    /// <param name="span">Where they stand.</param>
    /// <param name="diagnostics">Takes regular expressions that are refused.</param>
    public CorsFilter(CorsPolicy policy, SourceSpan span, DiagnosticBag? diagnostics)
    {
        _origins = [.. policy.AllowOrigins.Select(m => StringMatch.Compile(m, span, diagnostics))];
        _forwards = policy.ForwardNotMatchingPreflights;
    }

    /// <summary>Whether a request is a preflight one that goes no further.</summary>
    /// <param name="request">Request.</param>
    public bool Answers(RequestHeaders request)
    {
        string origin = request.Headers.FirstLine("origin") ?? "";
        string asked = request.Headers.FirstLine("access-control-request-method") ?? "";
        return origin.Length > 0 && asked.Length > 0 && request.Method == "OPTIONS"
            && (!_forwards || IsAllowed(origin));
    }

    private bool IsAllowed(string origin)
    {
        foreach (StringMatch allowed in _origins)
        {
            if (allowed.Matches("*") || allowed.Matches(origin))
            {
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Cross-origin rules of routes.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/route.go#TranslateCORSPolicy.</remarks>
internal static class CorsBuilder
{
    public static CorsPolicy? Build(HttpCors? cors, IstioProfile profile)
    {
        if (cors is null)
        {
            return null;
        }

        return new CorsPolicy
        {
            AllowOrigins = [.. cors.AllowOrigins.Select(RouteMatchBuilder.Text)],
            ForwardNotMatchingPreflights = profile == IstioProfile.V1_22 || !cors.IgnoresUnmatchedPreflights,
            AllowMethods = string.Join(',', cors.AllowMethods),
            AllowHeaders = string.Join(',', cors.AllowHeaders),
            ExposeHeaders = string.Join(',', cors.ExposeHeaders),
            MaxAge = cors.MaxAgeNs is { } age
                ? (age / SimDuration.Second).ToString(CultureInfo.InvariantCulture) : "",
            AllowCredentials = cors.AllowCredentials,
        };
    }
}

using Sim.Core;

namespace Sim.Envoy;

/// <summary>How matchers see a header that stands in several lines.</summary>
/// <remarks>
/// Recorded on Envoy 1.36 to 1.40: 1.37.0 and older join the lines, 1.38.2 compares them one by one in RBAC only
/// (<c>rbac_match_headers_individually</c>), 1.39.3 and 1.40.0 everywhere.
/// </remarks>
public enum RepeatedHeaderRule
{
    /// <summary>The lines joined with commas are compared.</summary>
    Joined,

    /// <summary>Each line is compared; one match is enough, and negation negates that.</summary>
    EachLine,
}

/// <summary>The rule by release.</summary>
public static class RepeatedHeaderRules
{
    /// <summary>Rule of routes, faults and retry conditions.</summary>
    public static RepeatedHeaderRule OfRoutes(IstioProfile profile) =>
        profile >= IstioProfile.V1_31 ? RepeatedHeaderRule.EachLine : RepeatedHeaderRule.Joined;

    /// <summary>Rule of RBAC.</summary>
    public static RepeatedHeaderRule OfRbac(IstioProfile profile) =>
        profile >= IstioProfile.V1_31 ? RepeatedHeaderRule.EachLine : RepeatedHeaderRule.Joined;
}

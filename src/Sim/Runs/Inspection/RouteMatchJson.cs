using System.Text.Json.Nodes;
using Sim.Xds;
using static Sim.Runs.Inspection.EnvoyJson;

namespace Sim.Runs.Inspection;

/// <summary>Conditions of routes in JSON with Envoy's names.</summary>
/// <remarks>Envoy: api/envoy/config/route/v3/route_components.proto#RouteMatch.</remarks>
internal static class RouteMatchJson
{
    /// <summary>Conditions.</summary>
    public static JsonObject Of(RouteMatch m)
    {
        JsonObject o = [];
        switch (m.PathKind)
        {
            case PathMatchKind.Exact:
                o["path"] = m.Path;
                break;
            case PathMatchKind.Regex:
                o["safe_regex"] = new JsonObject { ["regex"] = m.Path };
                break;
            case PathMatchKind.PathSeparatedPrefix:
                o["path_separated_prefix"] = m.Path;
                break;
            case PathMatchKind.Connect:
                o["connect_matcher"] = new JsonObject();
                break;
            case PathMatchKind.UriTemplate:
                o["path_match_policy"] = new JsonObject { ["path_template"] = m.Path };
                break;
            default:
                o["prefix"] = m.Path;
                break;
        }

        if (!m.CaseSensitive)
        {
            o["case_sensitive"] = false;
        }

        return o.With("headers", new JsonArray([.. m.Headers.Select(static h => (JsonNode)Header(h))]))
            .With("query_parameters", new JsonArray([.. m.QueryParameters.Select(static q =>
                (JsonNode)new JsonObject { ["name"] = q.Name }
                    .With("string_match", q.Match is { } s ? Text(s) : null)
                    .With("present_match", q.PresentMatch is { } p ? (JsonNode)p : null))]))
            .With("dynamic_metadata", new JsonArray([.. m.Metadata.Select(static d => (JsonNode)Metadata(d))]))
            .With("runtime_fraction", m.RuntimeFraction is { } f
                ? new JsonObject { ["default_value"] = Fraction(f) } : null)
            .With("grpc", m.GrpcOnly ? new JsonObject() : null);
    }

    private static JsonObject Header(HeaderMatcher h)
    {
        JsonObject o = new JsonObject { ["name"] = h.Name }
            .With("string_match", h.Match is { } s ? Text(s) : null);
        if (h.Range is { } range)
        {
            o["range_match"] = new JsonObject { ["start"] = range.Start, ["end"] = range.End };
        }

        return o.With("present_match", h.PresentMatch is { } p ? (JsonNode)p : null).With("invert_match", h.Invert)
            .With("treat_missing_header_as_empty", h.TreatMissingAsEmpty);
    }

    private static JsonObject Metadata(MetadataMatcher d)
    {
        JsonObject o = new()
        {
            ["filter"] = d.Filter,
            ["path"] = new JsonArray([.. d.Path.Select(static k => (JsonNode)new JsonObject { ["key"] = k })]),
        };
        if (d.Match is { } match)
        {
            o["value"] = new JsonObject
            {
                ["or_match"] = new JsonObject
                {
                    ["value_matchers"] = new JsonArray(new JsonObject { ["string_match"] = Text(match) }),
                },
            };
        }

        return o.With("invert", d.Invert);
    }

    public static JsonObject Text(StringMatcher m)
    {
        JsonObject o = m.Kind switch
        {
            StringMatchKind.Exact => new JsonObject { ["exact"] = m.Value },
            StringMatchKind.Prefix => new JsonObject { ["prefix"] = m.Value },
            StringMatchKind.Suffix => new JsonObject { ["suffix"] = m.Value },
            StringMatchKind.Contains => new JsonObject { ["contains"] = m.Value },
            StringMatchKind.Regex => new JsonObject { ["safe_regex"] = new JsonObject { ["regex"] = m.Value } },
            _ => [],
        };
        return o.With("ignore_case", m.IgnoreCase);
    }
}

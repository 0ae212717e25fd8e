using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Reads matchers, routes and policies: the vectors' short form and Envoy's proto JSON.</summary>
internal static class MatcherJson
{
    /// <summary>A reset reason by its name in vectors.</summary>
    public static ResetReason Reset(string name) => Enum.Parse<ResetReason>(OutlierJson.PascalCase(name));

    /// <summary>Header lines, an object or a list of pairs.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Lines(JsonElement? e)
    {
        if (e is not JsonElement lines)
        {
            return [];
        }

        return lines.ValueKind == JsonValueKind.Object
            ? lines.EnumerateObject().Select(static p => new KeyValuePair<string, string>(p.Name, p.Value.GetString()!))
            : lines.EnumerateArray()
                .Select(static p => new KeyValuePair<string, string>(p[0].GetString()!, p[1].GetString()!));
    }

    /// <summary>A header condition.</summary>
    public static HeaderMatcher Header(JsonElement e) => new(
        e.Text("name").ToLowerInvariant(), StringOf(e), Range(e),
        (e.Get("present_match") ?? e.Get("present"))?.GetBoolean(),
        e.Flag("invert_match") || e.Flag("invert"), e.Flag("treat_missing_header_as_empty"));

    /// <summary>A condition on a query parameter.</summary>
    public static QueryParameterMatcher Query(JsonElement e) =>
        new(e.Text("name"), StringOf(e), e.Get("present_match")?.GetBoolean());

    /// <summary>A comparison with a text, directly or below <c>string_match</c>; null when there is none.</summary>
    public static StringMatcher? StringOf(JsonElement e)
    {
        if (e.Get("string_match") is JsonElement inner)
        {
            return StringOf(inner);
        }

        bool ignoreCase = e.Flag("ignore_case");
        (string Name, StringMatchKind Kind)[] kinds =
        [
            ("exact", StringMatchKind.Exact), ("prefix", StringMatchKind.Prefix), ("suffix", StringMatchKind.Suffix),
            ("contains", StringMatchKind.Contains), ("regex", StringMatchKind.Regex),
        ];
        foreach ((string name, StringMatchKind kind) in kinds)
        {
            if (e.Get(name) is JsonElement v)
            {
                return new StringMatcher(kind, v.GetString()!, ignoreCase);
            }
        }

        return e.Get("safe_regex") is JsonElement regex
            ? new StringMatcher(StringMatchKind.Regex, regex.Text("regex")) : null;
    }

    /// <summary>A percentage in proto JSON.</summary>
    public static FractionalPercent Percent(JsonElement e) =>
        new((uint)e.Int("numerator"), Denominator(e.Text("denominator", "HUNDRED")));

    /// <summary>A denominator by name.</summary>
    public static uint Denominator(string name) => name switch
    {
        "HUNDRED" => 100,
        "TEN_THOUSAND" => 10_000,
        "MILLION" => 1_000_000,
        _ => throw new ArgumentException(name),
    };

    /// <summary>Conditions of a route, in both forms.</summary>
    public static RouteMatch Match(JsonElement e)
    {
        (string Name, PathMatchKind Kind)[] kinds =
        [
            ("prefix", PathMatchKind.Prefix), ("path", PathMatchKind.Exact), ("regex", PathMatchKind.Regex),
            ("path_separated_prefix", PathMatchKind.PathSeparatedPrefix), ("connect_matcher", PathMatchKind.Connect),
        ];
        PathMatchKind? kind = null;
        string path = "";
        foreach ((string name, PathMatchKind k) in kinds)
        {
            if (e.Get(name) is JsonElement v)
            {
                kind = k;
                path = v.ValueKind == JsonValueKind.String ? v.GetString()! : "";
            }
        }

        if (e.Get("safe_regex") is JsonElement regex)
        {
            kind = PathMatchKind.Regex;
            path = regex.Text("regex");
        }

        if (e.Get("path_match_policy") is JsonElement template)
        {
            kind = PathMatchKind.UriTemplate;
            path = template.GetProperty("typed_config").Text("path_template");
        }

        return new RouteMatch
        {
            PathKind = kind ?? throw new InvalidDataException(e.ToString()),
            Path = path,
            CaseSensitive = e.Get("case_sensitive")?.GetBoolean() ?? true,
            Headers = [.. e.Items("headers").Select(Header)],
            QueryParameters = [.. e.Items("query_parameters").Select(Query)],
            RuntimeFraction = e.Get("runtime_fraction") is JsonElement f ? Percent(f.GetProperty("default_value"))
                : null,
            GrpcOnly = e.Get("grpc") is not null,
        };
    }

    private static (long Start, long End)? Range(JsonElement e) =>
        e.Get("range") is JsonElement r ? (r[0].GetInt64(), r[1].GetInt64())
            : e.Get("range_match") is JsonElement p ? (Bound(p, "start"), Bound(p, "end")) : null;

    private static long Bound(JsonElement e, string name) =>
        e.Get(name) is not JsonElement v ? 0
            : v.ValueKind == JsonValueKind.String
                ? long.Parse(v.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : v.GetInt64();
}

using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>The rules that Istio's custom resources carry as CEL expressions.</summary>
/// <remarks>Each expression of the 1.29.0 files is one named case here; the table names the rule and its
/// message.</remarks>
internal sealed partial class CelRules
{
    private readonly List<Objection> _errors = [];

    /// <summary>Violations found so far.</summary>
    public IReadOnlyList<Objection> Errors => _errors;

    /// <summary>Visits the fields of an object.</summary>
    public void VisitChildren(YamlMapping map, CrdField field, string path)
    {
        foreach (YamlEntry e in map.Entries)
        {
            CrdField? named = field.Child(e.Key);
            CrdField? child = named ?? field.Values;
            if (child is not null)
            {
                Visit(e.Value, child, path.Length == 0 ? e.Key : named is null ? $"{path}[{e.Key}]"
                    : $"{path}.{e.Key}");
            }
        }
    }

    private void Visit(YamlNode node, CrdField field, string path)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return;
        }

        foreach (CrdRule rule in field.Rules)
        {
            if (Problem(rule, node) is not { } problem)
            {
                continue;
            }

            string shown = node is YamlScalar s && problem.Length == 0 ? ScalarValue.Of(s).ToJson() + ": "
                : problem.Length > 0 ? "\"" + TypeOf(node) + "\": " + problem + " evaluating rule: " : "";
            _errors.Add(new Objection("Invalid value: " + shown + rule.Message, node.Span, path));
        }

        if (node is YamlMapping map)
        {
            VisitChildren(map, field, path);
        }
        else if (node is YamlSequence list && field.Items is { } items)
        {
            for (int i = 0; i < list.Items.Count; i++)
            {
                Visit(list.Items[i], items, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            }
        }
    }

    private static string TypeOf(YamlNode node) => node switch
    {
        YamlMapping => "object",
        YamlSequence => "array",
        YamlScalar s => ScalarValue.Of(s).JsonType,
        _ => "null",
    };

    /// <summary>Null when the rule holds, empty when it does not, otherwise the error of its evaluation.</summary>
    private static string? Problem(CrdRule rule, YamlNode node)
    {
        string text = node is YamlScalar s ? s.Value : "";
        return rule.Id switch
        {
            "text-without-star" => Unless(!text.Contains('*', StringComparison.Ordinal)),
            "text-empty" => Unless(text.Length == 0),
            "not-star" => Unless(text != "*"),
            "http-scheme" => Unless(text is "" or "HTTP" or "HTTPS"),
            "uds-absolute" => Unless(!IsUds(text) || text["unix://".Length..] is ['/' or '@', ..]),
            "uds-no-directory" => Unless(!IsUds(text) || !text.EndsWith('/')),
            "duration-1ms" => !GoDuration.TryParse(text, out long ns)
                ? "type conversion error from 'string' to 'google.protobuf.Duration'"
                : Unless(ns >= SimDuration.Millisecond),
            "number" => Unless(node is YamlScalar n && IsWithin(n, rule)),
            "url-http" => UrlHttp(text),
            "url-schema" => UrlSchema(text),
            _ => node is YamlMapping m ? OfObject(rule, m) : node is YamlSequence l ? OfList(rule, l) : null,
        };
    }

    private static string? OfObject(CrdRule rule, YamlMapping m)
    {
        int present = rule.Arguments.Count(a => m[a] is not null);
        return rule.Id switch
        {
            "few" => Unless(present <= 1),
            "any" => Unless(present >= 1),
            "one" => Unless(present == 1),
            "keys-without-star" => Unless(m.Entries.All(static e => !e.Key.Contains('*', StringComparison.Ordinal))),
            "keys-not-empty" => Unless(m.Entries.All(static e => e.Key.Length > 0)),
            "keys-are-port-names" => Unless(m.Entries.All(static e => e.Key.Length < 63 && PortName().IsMatch(e.Key))),
            "keys-are-ports" => KeysArePorts(m),
            "service-accounts-alone" => Unless((m["serviceAccounts"] ?? m["notServiceAccounts"]) is null
                || (m["principals"] ?? m["notPrincipals"] ?? m["namespaces"] ?? m["notNamespaces"]) is null),
            "waypoint-context" => Unless((TextOf(m, "context") == "WAYPOINT") == (m["waypoint"] is not null)),
            "port-mtls-needs-selector" => Unless(m["portLevelMtls"] is null
                || ((m["selector"] as YamlMapping)?["matchLabels"] as YamlMapping)?.Entries.Count > 0),
            "cidr-resolution" => Unless(TextOf(m, "resolution", "NONE") is "NONE" or "STATIC"
                || m["addresses"] is not YamlSequence a
                || a.Items.All(static i => i is YamlScalar s && !s.Value.Contains('/', StringComparison.Ordinal))),
            "none-without-endpoints" => Unless(TextOf(m, "resolution", "NONE") != "NONE" || m["endpoints"] is null),
            "round-robin-one-endpoint" => Unless(TextOf(m, "resolution") != "DNS_ROUND_ROBIN"
                || m["endpoints"] is not YamlSequence { Items.Count: > 1 }),
            "uds-without-ports" => Unless(!IsUds(TextOf(m, "address")) || m["ports"] is null),
            "upsert-has-value" => TextOf(m, "operation") != "UPSERT" ? null
                : m["value"] is null ? "no such key: value" : Unless(TextOf(m, "value").Length > 0),
            "remove-has-no-value" => Unless(TextOf(m, "operation") != "REMOVE" || m["value"] is null),
            "host-has-no-value" => Unless(TextOf(m, "valueFrom") != "HOST" || m["value"] is null),
            _ => null,
        };
    }

    private static string? OfList(CrdRule rule, YamlSequence list)
    {
        if (rule.Id != "numbers-unique")
        {
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Unless(list.Items.All(i => i is not YamlMapping m || seen.Add(TextOf(m, "number"))));
    }

    private static string? KeysArePorts(YamlMapping m)
    {
        foreach (YamlEntry e in m.Entries)
        {
            if (!long.TryParse(e.Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long port))
            {
                return "type conversion error from 'string' to 'int'";
            }

            if (port is <= 0 or > 65535)
            {
                return "";
            }
        }

        return null;
    }

    private static string? UrlHttp(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? null
        : text.Contains("://", StringComparison.Ordinal) || text.StartsWith('/') ? ""
        : $"URL parse error during conversion from string: parse {JsonText.Quote(text)}: invalid URI for request";

    private static string? UrlSchema(string text)
    {
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        return Unless(scheme is "" or "http" or "https" or "file" or "oci");
    }

    private static bool IsWithin(YamlScalar n, CrdRule rule)
    {
        ScalarValue v = ScalarValue.Of(n);
        return v.Kind == ScalarKind.Integer
               && v.Integer >= long.Parse(rule.Arguments[0], CultureInfo.InvariantCulture)
               && v.Integer <= long.Parse(rule.Arguments[1], CultureInfo.InvariantCulture);
    }

    private static string? Unless(bool holds) => holds ? null : "";

    private static bool IsUds(string text) => text.StartsWith("unix://", StringComparison.Ordinal);

    private static string TextOf(YamlMapping map, string key, string absent = "") =>
        map[key] is YamlScalar { IsNull: false } s ? s.Value : absent;

    [GeneratedRegex("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex PortName();
}

using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Templates;

namespace Sim.Telemetry.Rules;

/// <summary>Reads rule files with all that is wrong with them.</summary>
internal sealed class RuleFileReader(PromQlDialect dialect, DiagnosticBag diagnostics)
{
    private const string NoFile = "MS0701";
    private const string BadRule = "MS0702";
    private const string Twice = "MS0703";

    private static readonly string[] RuleFields =
        ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

    private bool _isBroken;

    private string[] GroupFields => dialect == PromQlDialect.V3_8
        ? ["name", "interval", "query_offset", "limit", "rules", "labels"] : ["name", "interval", "limit", "rules"];

    public RuleFile? Read(string text, string file)
    {
        var bag = new DiagnosticBag();
        IReadOnlyList<YamlNode> documents = YamlReader.Read(text, file, bag);
        diagnostics.AddRange(bag.Items);
        if (bag.HasErrors)
        {
            return null;
        }

        return Read(documents.Count > 0 ? documents[0] : null);
    }

    /// <summary>Reads a tree; null is an empty file.</summary>
    public RuleFile? Read(YamlNode? root)
    {
        List<(YamlMapping Node, List<YamlMapping> Rules)> groups = root is null ? [] : Decode(root);
        if (_isBroken)
        {
            return null;
        }

        var result = new List<RuleGroup>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((YamlMapping node, List<YamlMapping> rules) in groups)
        {
            string name = Text(node["name"]);
            if (name.Length == 0)
            {
                Refuse(BadRule, "Groupname must not be empty", node.Span);
            }

            if (!names.Add(name))
            {
                Refuse(BadRule, $"groupname: \"{name}\" is repeated in the same file", node.Span);
            }

            List<Rule> read = [.. rules.Select((r, i) => ReadRule(r, name, i + 1)).OfType<Rule>()];
            result.Add(new RuleGroup(name, DurationOf(node["interval"]),
                node["limit"] is YamlScalar { IsNull: false } l ? int.Parse(l.Value, CultureInfo.InvariantCulture) : 0,
                read, node.Span));
        }

        if (_isBroken)
        {
            return null;
        }

        WarnOfTwins(result);
        return new RuleFile(result);
    }

    private static string Text(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";

    private void Refuse(string code, string message, SourceSpan span)
    {
        _isBroken = true;
        diagnostics.Error(code, message, span);
    }

    private void RefuseType(YamlNode node, string wanted)
    {
        string got = node switch
        {
            YamlMapping => "!!map",
            YamlSequence => "!!seq",
            YamlScalar s => "!!str `" + s.Value + "`",
            _ => "",
        };
        Refuse(NoFile, $"line {node.Span.Line.ToString(CultureInfo.InvariantCulture)}: cannot unmarshal {got} into "
            + wanted, node.Span);
    }

    private void CheckFields(YamlMapping node, string[] fields, string type)
    {
        foreach (YamlEntry e in node.Entries.Where(e => !fields.Contains(e.Key)))
        {
            Refuse(NoFile, $"line {e.KeySpan.Line.ToString(CultureInfo.InvariantCulture)}: field {e.Key} not found in "
                + "type rulefmt." + type, e.KeySpan);
        }
    }

    private List<(YamlMapping Node, List<YamlMapping> Rules)> Decode(YamlNode root)
    {
        var groups = new List<(YamlMapping Node, List<YamlMapping> Rules)>();
        if (root is not YamlMapping file)
        {
            RefuseType(root, "rulefmt.RuleGroups");
            return groups;
        }

        CheckFields(file, ["groups"], "RuleGroups");
        foreach (YamlMapping group in Items(file["groups"], "rulefmt.RuleGroup"))
        {
            CheckFields(group, GroupFields, "RuleGroup");
            CheckScalar(group["name"]);
            CheckDuration(group["interval"]);
            CheckDuration(group["query_offset"]);
            if (group["limit"] is { } limit and not YamlScalar { IsNull: true }
                && !(limit is YamlScalar s && int.TryParse(s.Value, NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture, out _)))
            {
                RefuseType(limit, "int");
            }

            List<YamlMapping> rules = [.. Items(group["rules"], "rulefmt.RuleNode")];
            rules.ForEach(DecodeRule);
            groups.Add((group, rules));
        }

        return groups;
    }

    private void DecodeRule(YamlMapping rule)
    {
        CheckFields(rule, RuleFields, "RuleNode");
        CheckDuration(rule["for"]);
        CheckDuration(rule["keep_firing_for"]);
        foreach (YamlNode? texts in (YamlNode?[])[rule["labels"], rule["annotations"]])
        {
            if (texts is YamlMapping map)
            {
                foreach (YamlEntry e in map.Entries)
                {
                    CheckScalar(e.Value);
                }
            }
            else if (texts is not (null or YamlScalar { IsNull: true }))
            {
                RefuseType(texts, "map[string]string");
            }
        }
    }

    private IEnumerable<YamlMapping> Items(YamlNode? node, string type)
    {
        if (node is null or YamlScalar { IsNull: true })
        {
            return [];
        }

        if (node is not YamlSequence list)
        {
            RefuseType(node, "[]" + type);
            return [];
        }

        foreach (YamlNode item in list.Items.Where(static i => i is not YamlMapping))
        {
            RefuseType(item, type);
        }

        return list.Items.OfType<YamlMapping>();
    }

    private void CheckScalar(YamlNode? node)
    {
        if (node is YamlMapping or YamlSequence)
        {
            RefuseType(node, "string");
        }
    }

    private void CheckDuration(YamlNode? node)
    {
        CheckScalar(node);
        if (node is YamlScalar { IsNull: false } s && !Literals.TryDuration(s.Value, out _, out string problem))
        {
            Refuse(NoFile, problem, s.Span);
        }
    }

    private static long DurationOf(YamlNode? node) =>
        Literals.TryDuration(Text(node), out long ms, out _) ? ms : 0;

    private static List<Label> LabelsOf(YamlNode? node) => node is not YamlMapping map ? []
        : [.. map.Entries.Select(static e => new Label(e.Key, Text(e.Value)))
            .OrderBy(static l => l.Name, StringComparer.Ordinal)];

    /// <summary>A rule, or null when it is wrong; all that is wrong is told.</summary>
    private Rule? ReadRule(YamlMapping node, string group, int number)
    {
        string record = Text(node["record"]);
        string alert = Text(node["alert"]);
        string name = alert.Length > 0 ? alert : record;
        string prefix = string.Create(CultureInfo.InvariantCulture,
            $"group {GoText.Quote(group)}, rule {number}, {GoText.Quote(name)}: ");
        bool isBroken = false;
        void Bad(string message, YamlNode? at)
        {
            isBroken = true;
            Refuse(BadRule, prefix + message, (at ?? node).Span);
        }

        if (record.Length > 0 && alert.Length > 0)
        {
            Bad("only one of 'record' and 'alert' must be set", node["record"]);
        }
        else if (name.Length == 0)
        {
            Bad("one of 'record' or 'alert' must be set", node["record"]);
        }

        PromQlQuery? query = null;
        string expression = Text(node["expr"]);
        if (expression.Length == 0)
        {
            Bad("field 'expr' must be set in rule", node["expr"]);
        }
        else
        {
            query = PromQlQuery.Parse(expression, dialect, out PromQlError? error);
            if (error is not null)
            {
                Bad("could not parse expression: " + error, node["expr"]);
            }
        }

        List<Label> labels = LabelsOf(node["labels"]);
        List<Label> annotations = LabelsOf(node["annotations"]);
        if (record.Length > 0)
        {
            CheckRecord(node, record, annotations, Bad);
        }

        CheckNames(labels, annotations, Bad);
        List<(string Name, GoTemplate Template)> labelTemplates = Templates(alert, "label", labels, Bad);
        List<(string Name, GoTemplate Template)> annotationTemplates =
            Templates(alert, "annotation", annotations, Bad);
        if (isBroken)
        {
            return null;
        }

        return alert.Length == 0
            ? new RecordingRule { Name = record, Query = query!, Span = node.Span, Labels = labels }
            : new AlertingRule
            {
                Name = alert,
                Query = query!,
                Span = node.Span,
                Labels = labels,
                Annotations = annotations,
                ForMs = DurationOf(node["for"]),
                KeepFiringForMs = DurationOf(node["keep_firing_for"]),
                LabelTemplates = labelTemplates,
                AnnotationTemplates = annotationTemplates,
            };
    }

    private static void CheckRecord(
        YamlMapping node, string record, List<Label> annotations, Action<string, YamlNode?> bad)
    {
        if (annotations.Count > 0)
        {
            bad("invalid field 'annotations' in recording rule", node["record"]);
        }

        foreach (string field in (string[])["for", "keep_firing_for"])
        {
            if (DurationOf(node[field]) != 0)
            {
                bad($"invalid field '{field}' in recording rule", node["record"]);
            }
        }

        if (!Literals.IsMetricName(record))
        {
            bad("invalid recording rule name: " + record, node["record"]);
        }
    }

    private void CheckNames(List<Label> labels, List<Label> annotations, Action<string, YamlNode?> bad)
    {
        bool IsName(string name) => dialect.TakesAnyLabelName ? name.Length > 0 : Literals.IsLabelName(name);
        foreach (Label l in labels.Where(l => !IsName(l.Name) || l.Name == LabelSet.MetricName))
        {
            bad("invalid label name: " + l.Name, null);
        }

        foreach (Label a in annotations.Where(a => !IsName(a.Name)))
        {
            bad("invalid annotation name: " + a.Name, null);
        }
    }

    private static List<(string Name, GoTemplate Template)> Templates(
        string alert, string kind, List<Label> texts, Action<string, YamlNode?> bad)
    {
        var templates = new List<(string Name, GoTemplate Template)>();
        foreach (Label text in alert.Length > 0 ? texts : [])
        {
            templates.Add((text.Name, GoTemplate.Parse(alert, text.Value, out string problem)));
            if (problem.Length > 0)
            {
                bad(kind + " " + GoText.Quote(text.Name) + ": " + problem, null);
            }
        }

        return templates;
    }

    /// <summary>What promtool's linter says of rules that stand twice, of each pair once.</summary>
    private void WarnOfTwins(List<RuleGroup> groups)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Rule rule in groups.SelectMany(static g => g.Rules))
        {
            string labels = string.Join(", ", rule.Labels.Select(static l => l.Name + ": " + l.Value));
            string key = rule.Name + "\n" + labels;
            seen[key] = seen.GetValueOrDefault(key) + 1;
            if (seen[key] == 2)
            {
                diagnostics.Warn(Twice, $"duplicate rule: metric {rule.Name}, labels {{{labels}}}", rule.Span,
                    "might cause inconsistency while recording expressions");
            }
        }
    }
}

using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>The schema of a custom resource, then its rules, on what is left after pruning.</summary>
/// <remarks>
/// Source: Kubernetes apiextensions-apiserver and kube-openapi, in the wording of 1.35 (family admission). An error
/// that
/// leaves the shape of the object open keeps the rules from running, which the server says in a further error.
/// </remarks>
internal sealed class SchemaCheck
{
    private readonly List<Objection> _errors = [];
    private readonly CelRules _rules = new();
    private bool _isBlocked;

    /// <summary>Checks a pruned document.</summary>
    /// <param name="document">The pruned document.</param>
    /// <param name="root">Fields of its kind.</param>
    /// <param name="isIncomplete">True when the metadata already lacks something the rules would need.</param>
    public static IReadOnlyList<Objection> Run(YamlMapping document, CrdField root, bool isIncomplete)
    {
        var check = new SchemaCheck { _isBlocked = isIncomplete };
        check.VisitChildren(document, root, "");
        if (check._isBlocked)
        {
            check.Add("<nil>", "Invalid value: null: some validation rules were not checked because the object was " +
                               "invalid; correct the existing errors to complete validation", document.Span);
        }
        else
        {
            check._rules.VisitChildren(document, root, "");
            check._errors.AddRange(check._rules.Errors);
        }

        return check._errors;
    }

    private static string TypeOf(YamlNode node) => node switch
    {
        YamlMapping => "object",
        YamlSequence => "array",
        YamlScalar s => ScalarValue.Of(s).JsonType,
        _ => "null",
    };

    private static string ShowOf(YamlNode node) => node is YamlScalar s ? ScalarValue.Of(s).ToJson() : "\""
        + TypeOf(node) + "\"";

    private static bool IsOfType(string found, string wanted) => wanted switch
    {
        "number" => found is "number" or "integer",
        "int-or-string" => found is "integer" or "string",
        _ => found == wanted,
    };

    private void Add(string field, string text, SourceSpan span, string hint = "") =>
        _errors.Add(new Objection(text, span, field, hint));

    private void Block(string field, string text, SourceSpan span, string hint = "")
    {
        _isBlocked = true;
        Add(field, text, span, hint);
    }

    private void Visit(YamlNode node, CrdField field, string path)
    {
        string found = TypeOf(node);
        if (found == "null" && field.IsNullable)
        {
            return;
        }

        if (!IsOfType(found, field.Type))
        {
            Block(path, $"Invalid value: \"{found}\": {path} in body must be of type {field.Type}: \"{found}\"",
                node.Span);
        }

        if (field.Enum.Count > 0 && found is not ("object" or "array"))
        {
            string text = node is YamlScalar s ? s.Value : "";
            if (found != "string" || !field.Enum.Contains(text))
            {
                string supported = string.Join(", ", field.Enum.Select(static e => "\"" + e + "\""));
                string? near = Nearest.Of(text, field.Enum);
                Block(path, $"Unsupported value: {ShowOf(node)}: supported values: {supported}", node.Span,
                    near is null ? "" : $"did you mean {near}?");
            }
        }

        switch (node)
        {
            case YamlMapping map when field.Type == "object":
                VisitObject(map, field, path);
                break;
            case YamlSequence list when field.Type == "array":
                VisitList(list, field, path);
                break;
            case YamlScalar scalar:
                VisitScalar(scalar, ScalarValue.Of(scalar), field, path);
                break;
            default:
                break;
        }
    }

    private void VisitObject(YamlMapping map, CrdField field, string path)
    {
        CheckCount(map.Entries.Count, field, "props", "properties", path, map.Span);
        foreach (CrdRule rule in field.Rules)
        {
            CheckOneOf(map, rule, path);
        }

        VisitChildren(map, field, path);
    }

    private void VisitChildren(YamlMapping map, CrdField field, string path)
    {
        foreach (CrdField c in field.Children)
        {
            if (c.IsRequired && map[c.Name] is null && c.Name is not ("[]" or "{}"))
            {
                Block(path.Length == 0 ? c.Name : path + "." + c.Name, "Required value", map.Span);
            }
        }

        foreach (YamlEntry e in map.Entries)
        {
            CrdField? child = field.Child(e.Key) ?? field.Values;
            if (child is not null && !(path.Length == 0 && e.Key is "metadata" or "apiVersion" or "kind"))
            {
                Visit(e.Value, child, path.Length == 0 ? e.Key : path + "." + e.Key);
            }
        }
    }

    private void VisitList(YamlSequence list, CrdField field, string path)
    {
        CheckCount(list.Items.Count, field, "items", "items", path, list.Span);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < list.Items.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            YamlNode item = list.Items[i];
            if (field.ListKeys.Count > 0 && item is YamlMapping m)
            {
                var key = new YamlMapping([.. m.Entries.Where(e => field.ListKeys.Contains(e.Key))], m.Span);
                string text = JsonText.Of(key);
                if (!seen.Add(text))
                {
                    Add(at, "Duplicate value: " + text, item.Span);
                }
            }

            if (field.Items is { } items)
            {
                Visit(item, items, at);
            }
        }
    }

    private void VisitScalar(YamlScalar node, ScalarValue v, CrdField field, string path)
    {
        if (v.Kind is ScalarKind.Integer or ScalarKind.Float && field.Type is "integer" or "number")
        {
            if (field.Bounds.TryGetValue("min", out double min) && v.Float < min)
            {
                Add(path, $"Invalid value: {v.ToJson()}: {path} in body should be greater than or equal to " +
                          min.ToString(CultureInfo.InvariantCulture), node.Span);
            }

            if (field.Bounds.TryGetValue("max", out double max) && v.Float > max)
            {
                Add(path, $"Invalid value: {v.ToJson()}: {path} in body should be less than or equal to " +
                          max.ToString(CultureInfo.InvariantCulture), node.Span);
            }
        }

        if (v.Kind != ScalarKind.Text || field.Type != "string")
        {
            return;
        }

        int length = v.Text.EnumerateRunes().Count();
        if (field.Bounds.TryGetValue("minlen", out double minLength) && length < minLength)
        {
            Add(path, string.Create(CultureInfo.InvariantCulture,
                $"Invalid value: {v.ToJson()}: {path} in body should be at least {minLength} chars long"), node.Span);
        }

        if (field.Bounds.TryGetValue("maxlen", out double maxLength) && length > maxLength)
        {
            Block(path, string.Create(CultureInfo.InvariantCulture,
                $"Too long: may not be more than {maxLength} bytes"), node.Span);
        }

        if (field.Pattern is { } pattern && !pattern.IsMatch(v.Text))
        {
            Add(path, $"Invalid value: {v.ToJson()}: {path} in body should match '{pattern}'", node.Span);
        }

        if (field.IsBytes && !Convert.TryFromBase64String(v.Text, new byte[v.Text.Length], out _))
        {
            Block(path, $"Invalid value: {v.ToJson()}: {path} in body must be of type byte: {v.ToJson()}", node.Span);
        }
    }

    private void CheckCount(int count, CrdField field, string bound, string noun, string path, SourceSpan span)
    {
        if (field.Bounds.TryGetValue("min" + bound, out double min) && count < min)
        {
            Add(path, string.Create(CultureInfo.InvariantCulture,
                $"Invalid value: {count}: {path} in body should have at least {min} {noun}"), span);
        }

        if (field.Bounds.TryGetValue("max" + bound, out double max) && count > max)
        {
            Block(path, string.Create(CultureInfo.InvariantCulture,
                $"Too many: {count}: must have at most {max} items"), span);
        }
    }

    private void CheckOneOf(YamlMapping map, CrdRule rule, string path)
    {
        if (rule.Id is not ("one-of" or "all-of-one-of"))
        {
            return;
        }

        bool isViolated = false;
        int present = 0;
        foreach (string name in rule.Arguments.Append("/"))
        {
            if (name == "/")
            {
                if (present > 1)
                {
                    isViolated = true;
                    Add("<nil>", string.Create(CultureInfo.InvariantCulture,
                        $"Invalid value: \"\": \"{path}\" must validate one and only one schema (oneOf). Found " +
                            $"{present} valid alternatives"),
                        map.Span, "keep only one of them");
                }

                present = 0;
            }
            else if (map[name] is not null)
            {
                present++;
            }
        }

        if (isViolated && rule.Id == "all-of-one-of")
        {
            Add("<nil>", $"Invalid value: \"\": \"{path}\" must validate all the schemas (allOf)", map.Span);
        }
    }
}

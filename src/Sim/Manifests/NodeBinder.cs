using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Sim.Core;

namespace Sim.Manifests;

/// <summary>What the binder found wrong.</summary>
internal enum BindFault
{
    UnknownField,
    WrongType,
}

/// <summary>One value the binder could not take.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Path">Path of the value, such as <c>spec.ports[0].port</c>.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="Owner">Record that has the field.</param>
/// <param name="Wanted">Type that was wanted, in Go's terms.</param>
/// <param name="Found">JSON type that was found.</param>
/// <param name="Known">Keys that would have been known.</param>
/// <param name="MapKey">Key of the map entry that is meant; null when it is none.</param>
internal sealed record BindIssue(
    BindFault Fault, string Path, SourceSpan Span, string Owner, string Wanted, string Found,
    IReadOnlyList<string> Known, string? MapKey = null);

/// <summary>
/// Binds nodes to the records of this folder: each constructor parameter is one field, its name in camel case the key,
/// its type the expected type. The records are the table; there is no other binding code.
/// </summary>
/// <param name="takesQuotedNumbers">True where a number may be written in quotes, as protojson takes it.</param>
internal sealed class NodeBinder(bool takesQuotedNumbers = false)
{
    private static readonly ConcurrentDictionary<Type, RecordPlan> Plans = new();
    private readonly List<BindIssue> _issues = [];

    /// <summary>Findings in document order.</summary>
    public IReadOnlyList<BindIssue> Issues => _issues;

    /// <summary>Binds a document to a record of a kind.</summary>
    public KubeObject BindObject(Type type, ObjectHeader header)
    {
        RecordPlan plan = PlanOf(type);
        return (KubeObject)Construct(plan, header.Node, "", header);
    }

    /// <summary>Binds a node to a record; null when it is absent, null or no mapping.</summary>
    public T? Bind<T>(YamlNode? node, string path)
        where T : class => (T?)BindRecord(PlanOf(typeof(T)), node, path, typeof(T).Name);

    private static RecordPlan PlanOf(Type type) => Plans.GetOrAdd(type, static t => new RecordPlan(t));

    private object Construct(RecordPlan plan, YamlMapping map, string path, ObjectHeader? header)
    {
        var arguments = new object?[plan.Fields.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            FieldPlan f = plan.Fields[i];
            arguments[i] = f.Shape switch
            {
                Shape.Header => header,
                Shape.Span => map.Span,
                _ => BindField(plan, f, map[f.Key], path.Length == 0 ? f.Key : path + "." + f.Key),
            };
        }

        if (plan.Known is not null)
        {
            foreach (YamlEntry e in map.Entries)
            {
                if (!plan.Known.Contains(e.Key))
                {
                    string at = path.Length == 0 ? e.Key : path + "." + e.Key;
                    _issues.Add(new BindIssue(BindFault.UnknownField, at, e.KeySpan, plan.Name, "", "",
                        plan.KnownList));
                }
            }
        }

        return plan.Constructor.Invoke(arguments);
    }

    private object? BindField(RecordPlan owner, FieldPlan field, YamlNode? node, string path)
    {
        bool absent = node is null or YamlScalar { IsNull: true };
        switch (field.Shape)
        {
            case Shape.Raw:
                return absent ? null : node;
            case Shape.Scalar:
                return absent ? null : BindScalar(field, node!, path, owner.Name);
            case Shape.Record:
                return absent ? null : BindRecord(PlanOf(field.Element), node, path, owner.Name);
            case Shape.List:
                return BindList(owner, field, absent ? null : node, path);
            case Shape.Map:
                return BindMap(owner, field, absent ? null : node, path);
            default:
                throw new InvalidOperationException("no such shape");
        }
    }

    private object? BindRecord(RecordPlan plan, YamlNode? node, string path, string owner)
    {
        if (node is YamlMapping map)
        {
            return Construct(plan, map, path, null);
        }

        if (node is not null && node is not YamlScalar { IsNull: true })
        {
            Wrong(node, path, owner, "v1." + plan.Name);
        }

        return null;
    }

    private object BindList(RecordPlan owner, FieldPlan field, YamlNode? node, string path)
    {
        if (node is not YamlSequence sequence)
        {
            if (node is not null)
            {
                Wrong(node, path, owner.Name, "[]" + field.GoElement);
            }

            return field.MakeList([]);
        }

        var items = new List<object>(sequence.Items.Count);
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            YamlNode child = sequence.Items[i];
            bool isEmptyRecord = field.IsRecordElement && child is YamlScalar { IsNull: true };
            object? item = isEmptyRecord
                // Go decodes a null item as a record without any field set.
                ? Construct(PlanOf(field.Element), new YamlMapping([], child.Span), at, null)
                : field.IsRecordElement
                ? BindRecord(PlanOf(field.Element), child, at, owner.Name)
                : BindScalar(field, child, at, owner.Name);
            if (item is not null)
            {
                items.Add(item);
            }
        }

        return field.MakeList(items);
    }

    private object BindMap(RecordPlan owner, FieldPlan field, YamlNode? node, string path)
    {
        if (node is not YamlMapping map)
        {
            if (node is not null)
            {
                Wrong(node, path, owner.Name, "map[string]" + field.GoElement);
            }

            return field.MakeMap([], [], [], SourceSpan.None);
        }

        var keys = new List<string>(map.Entries.Count);
        var values = new List<object>(map.Entries.Count);
        var spans = new List<SourceSpan>(map.Entries.Count);
        foreach (YamlEntry e in map.Entries)
        {
            string at = path + "." + e.Key;
            object? value = field.IsRecordElement
                ? BindRecord(PlanOf(field.Element), e.Value, at, owner.Name)
                : BindScalar(field, e.Value, at, owner.Name, e.Key);
            if (value is not null)
            {
                keys.Add(e.Key);
                values.Add(value);
                spans.Add(e.KeySpan);
            }
        }

        return field.MakeMap(keys, values, spans, map.Span);
    }

    private object? BindScalar(
        FieldPlan field, YamlNode node, string path, string owner, string? mapKey = null)
    {
        if (node is not YamlScalar scalar)
        {
            Wrong(node, path, owner, field.GoElement, mapKey);
            return null;
        }

        ScalarValue v = ScalarValue.Of(scalar);
        if (v.Kind == ScalarKind.Null)
        {
            // A null in a list or map of texts is Go's zero value, as the API server decodes it.
            return field.Element == typeof(string) ? new Spanned<string>("", node.Span) : null;
        }

        object? bound = field.Read(v, node.Span, takesQuotedNumbers);
        if (bound is null)
        {
            Wrong(node, path, owner, field.GoElement, mapKey);
        }

        return bound;
    }

    private void Wrong(YamlNode node, string path, string owner, string wanted, string? mapKey = null) =>
        _issues.Add(new BindIssue(BindFault.WrongType, path, node.Span, owner, wanted, GoTypeOf(node), [], mapKey));

    private static string GoTypeOf(YamlNode node) => node switch
    {
        YamlMapping => "object",
        YamlSequence => "array",
        YamlScalar s => ScalarValue.Of(s).Kind switch
        {
            ScalarKind.Bool => "bool",
            ScalarKind.Integer or ScalarKind.Float => "number",
            _ => "string",
        },
        _ => "value",
    };
}

using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests;

/// <summary>How a parameter is bound.</summary>
internal enum Shape
{
    Header,
    Span,
    Raw,
    Scalar,
    Record,
    List,
    Map,
}

/// <summary>What the binder needs to know about a record: its constructor and one plan per parameter.</summary>
internal sealed class RecordPlan
{
    /// <summary>Reads the plan out of a record's only constructor.</summary>
    public RecordPlan(Type type)
    {
        Name = type.Name;
        Constructor = type.GetConstructors().Single();
        Fields = [.. Constructor.GetParameters().Select(static p => new FieldPlan(p))];
        var other = type.GetCustomAttribute<OtherFieldsAttribute>();
        if (other is null)
        {
            return;
        }

        IEnumerable<string> known = Fields.Where(static f => f.Shape is not (Shape.Header or Shape.Span))
            .Select(static f => f.Key).Concat(other.Names);
        if (typeof(KubeObject).IsAssignableFrom(type))
        {
            known = known.Concat(["apiVersion", "kind", "metadata"]);
        }

        KnownList = [.. known.Order(StringComparer.Ordinal)];
        Known = new HashSet<string>(KnownList, StringComparer.Ordinal);
    }

    /// <summary>Name of the record, which is the API's name of the type.</summary>
    public string Name { get; }

    /// <summary>The constructor.</summary>
    public ConstructorInfo Constructor { get; }

    /// <summary>Plans of the parameters, in order.</summary>
    public FieldPlan[] Fields { get; }

    /// <summary>All keys the API has; null when this record does not claim to know them.</summary>
    public HashSet<string>? Known { get; }

    /// <summary>The same keys in ordinal order.</summary>
    public IReadOnlyList<string> KnownList { get; } = [];
}

/// <summary>How one parameter is bound.</summary>
internal sealed partial class FieldPlan
{
    private readonly bool _isDuration;
    private readonly bool _isQuantity;
    private readonly Type _item;

    /// <summary>Reads the plan out of a parameter.</summary>
    public FieldPlan(ParameterInfo parameter)
    {
        string name = parameter.Name ?? throw new InvalidOperationException("a parameter without a name");
        Key = parameter.GetCustomAttribute<FieldAttribute>()?.Name ?? char.ToLowerInvariant(name[0]) + name[1..];
        _isDuration = parameter.GetCustomAttribute<DurationAttribute>() is not null;
        _isQuantity = parameter.GetCustomAttribute<QuantityAttribute>() is not null;
        Type type = parameter.ParameterType;
        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        _item = type;
        Shape = type == typeof(ObjectHeader) ? Shape.Header
            : type == typeof(SourceSpan) ? Shape.Span
            : type == typeof(YamlNode) ? Shape.Raw
            : definition == typeof(Spanned<>) ? Shape.Scalar
            : definition == typeof(IReadOnlyList<>) ? Shape.List
            : definition == typeof(SpannedMap<>) ? Shape.Map
            : Shape.Record;
        if (Shape is Shape.List or Shape.Map)
        {
            _item = type.GetGenericArguments()[0];
        }

        bool isScalar = _item.IsGenericType && _item.GetGenericTypeDefinition() == typeof(Spanned<>);
        IsRecordElement = !isScalar;
        Element = isScalar ? _item.GetGenericArguments()[0] : _item;
    }

    /// <summary>The key in the document.</summary>
    public string Key { get; }

    /// <summary>How it is bound.</summary>
    public Shape Shape { get; }

    /// <summary>Record type, or type inside <c>Spanned</c>, of the value or of the items.</summary>
    public Type Element { get; }

    /// <summary>True when the value or the items are records.</summary>
    public bool IsRecordElement { get; }

    /// <summary>Name of the element type in the texts of Go's JSON decoder.</summary>
    public string GoElement => _isQuantity ? "quantity" : IsRecordElement ? "v1." + Element.Name
        : Element == typeof(string) ? "string"
        : Element == typeof(bool) ? "bool"
        : Element == typeof(double) ? "float64"
        : Element == typeof(long) ? "int32"
        : "intstr.IntOrString";

    /// <summary>A scalar of the wanted type, or null when the type is another one.</summary>
    public object? Read(ScalarValue v, SourceSpan span, bool takesQuotedNumbers)
    {
        if (_isDuration)
        {
            return v.Kind == ScalarKind.Text && SimDuration.TryParse(v.Text, out long ns)
                ? new Spanned<long>(ns, span) : null;
        }

        bool isNumber = v.Kind is ScalarKind.Integer or ScalarKind.Float;
        if (Element == typeof(string))
        {
            return _isQuantity && !Quantity().IsMatch(v.Text) ? null
                : v.Kind == ScalarKind.Text || (_isQuantity && isNumber) ? new Spanned<string>(v.Text, span) : null;
        }

        if (Element == typeof(long))
        {
            return v.Kind == ScalarKind.Integer ? new Spanned<long>(v.Integer, span)
                : takesQuotedNumbers && v.Kind == ScalarKind.Text && long.TryParse(
                    v.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long quoted)
                    ? new Spanned<long>(quoted, span) : null;
        }

        if (Element == typeof(bool))
        {
            return v.Kind == ScalarKind.Bool ? new Spanned<bool>(v.Bool, span) : null;
        }

        if (Element == typeof(double))
        {
            return isNumber ? new Spanned<double>(v.Float, span) : null;
        }

        if (Element == typeof(IntOrString))
        {
            return v.Kind == ScalarKind.Text ? new Spanned<IntOrString>(new IntOrString(null, v.Text), span)
                : v.Kind == ScalarKind.Integer && v.Integer is >= int.MinValue and <= int.MaxValue
                    ? new Spanned<IntOrString>(new IntOrString((int)v.Integer, v.Text), span)
                    : null;
        }

        throw new InvalidOperationException("no reader for " + Element.Name);
    }

    /// <summary>A typed list of bound items.</summary>
    public object MakeList(IReadOnlyList<object> items)
    {
        Array array = Array.CreateInstance(_item, items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            array.SetValue(items[i], i);
        }

        return array;
    }

    /// <summary>A typed map of bound values.</summary>
    public object MakeMap(
        List<string> keys, List<object> values, List<SourceSpan> spans, SourceSpan span)
    {
        Type entry = typeof(SpannedEntry<>).MakeGenericType(_item);
        Array array = Array.CreateInstance(entry, keys.Count);
        for (int i = 0; i < keys.Count; i++)
        {
            array.SetValue(Activator.CreateInstance(entry, keys[i], values[i], spans[i]), i);
        }

        return Activator.CreateInstance(typeof(SpannedMap<>).MakeGenericType(_item), array, span)!;
    }

    [GeneratedRegex("^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Quantity();
}

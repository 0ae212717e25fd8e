namespace Sim.Manifests;

/// <summary>The key of a record parameter where it is not the parameter's name in camel case.</summary>
/// <param name="name">The key.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class FieldAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>The parameter is a duration such as <c>10s</c>, bound as nanoseconds.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DurationAttribute : Attribute;

/// <summary>The values are quantities such as <c>100m</c>, written as text or as a number.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class QuantityAttribute : Attribute;

/// <summary>
/// Fields that the API has and this record does not read. A record with this attribute is complete: any other key is
/// unknown to the API server as well.
/// </summary>
/// <param name="names">The keys, separated by blanks.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OtherFieldsAttribute(string names) : Attribute
{
    public IReadOnlyList<string> Names { get; } = names.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

using System.Text.RegularExpressions;

namespace Sim.Manifests.Admission;

/// <summary>One field of a custom resource: type, bounds, rules and the fields below it.</summary>
internal sealed class CrdField
{
    private Regex? _pattern;

    /// <summary>Name of the field; <c>[]</c> for items, <c>{}</c> for map values.</summary>
    public required string Name { get; init; }

    /// <summary>JSON type: object, array, string, integer, number, boolean or int-or-string.</summary>
    public required string Type { get; init; }

    /// <summary>Fields below, in table order.</summary>
    public List<CrdField> Children { get; } = [];

    /// <summary>Rules of this field, in table order.</summary>
    public List<CrdRule> Rules { get; } = [];

    /// <summary>Items of a list; null when it is none.</summary>
    public CrdField? Items => Child("[]");

    /// <summary>Values of a map; null when it is none.</summary>
    public CrdField? Values => Child("{}");

    /// <summary>True when the parent must have it.</summary>
    public bool IsRequired { get; set; }

    /// <summary>True when null is a value; otherwise null is removed before the check.</summary>
    public bool IsNullable { get; set; }

    /// <summary>True when unknown fields below are kept.</summary>
    public bool IsOpen { get; set; }

    /// <summary>True for base64 text.</summary>
    public bool IsBytes { get; set; }

    /// <summary>Allowed texts; empty = any.</summary>
    public IReadOnlyList<string> Enum { get; set; } = [];

    /// <summary>Keys that make list items unique; empty = none.</summary>
    public IReadOnlyList<string> ListKeys { get; set; } = [];

    /// <summary>Numeric bounds by name: min, max, minlen, maxlen, minitems, maxitems, minprops, maxprops.</summary>
    public Dictionary<string, double> Bounds { get; } = new(StringComparer.Ordinal);

    /// <summary>Expression the text must match; null = any.</summary>
    public Regex? Pattern =>
        _pattern ??= Expression.Length == 0 ? null : new Regex(Expression, RegexOptions.CultureInvariant);

    /// <summary>The expression as it is written; empty = none.</summary>
    public string Expression { get; set; } = "";

    /// <summary>A child by name, or null.</summary>
    public CrdField? Child(string name)
    {
        foreach (CrdField c in Children)
        {
            if (c.Name == name)
            {
                return c;
            }
        }

        return null;
    }

    /// <summary>Names of the fields below.</summary>
    public IEnumerable<string> KnownNames =>
        Children.Where(static c => c.Name is not ("[]" or "{}")).Select(static c => c.Name);
}

/// <summary>A rule of a custom resource, named instead of written as an expression.</summary>
/// <param name="Id">Name of the rule.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Message">Text when it is violated.</param>
internal sealed record CrdRule(string Id, IReadOnlyList<string> Arguments, string Message);
